//! Numbers: ids, markers and passwords made from a permuted index.
//!
//! Each kind of number has one fixed form, and the forms differ in length or
//! first letter, so that none is a word of another.

use super::draw::Draw;

/// Without vowels, so that no words come out that nobody wants to read.
const TOKEN: &[u8; 31] = b"0123456789bcdfghjklmnpqrstvwxyz";
const TOKEN_BASE: u64 = TOKEN.len() as u64;
const TOKEN_LENGTH: u32 = 8;

/// Marks that need no escaping in a URL, a form or JSON.
const MARKS: &[u8] = b"!*-.~";
const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const LOWER: &[u8] = b"abcdefghijkmnpqrstuvwxyz";
const DIGITS: &[u8] = b"23456789";

/// How many member ids there are.
pub(super) const MEMBER_IDS: u64 = 26 * 10_u64.pow(7);
/// How many insurance numbers there are.
pub(super) const INSURANCE_NUMBERS: u64 = 26 * 10_u64.pow(8);
/// How many tokens there are.
pub(super) const TOKENS: u64 = TOKEN_BASE.pow(TOKEN_LENGTH);
/// How many canaries there are.
pub(super) const CANARIES: u64 = 6 << 60;

/// `M-` and a letter, seven digits and a check digit: `M-K48210573`.
pub(super) fn member_id(code: u64) -> String {
    format!("M-{}", checked(code, 7))
}

/// A letter, eight digits and a check digit, as German insurers do it:
/// `K482105733`.
pub(super) fn insurance_number(code: u64) -> String {
    checked(code, 8)
}

/// Eight signs for a mailbox or a password.
pub(super) fn token(mut code: u64) -> String {
    let mut text = String::with_capacity(TOKEN_LENGTH as usize);
    for _ in 0..TOKEN_LENGTH {
        text.push(char::from(TOKEN[(code % TOKEN_BASE) as usize]));
        code /= TOKEN_BASE;
    }
    text
}

/// A marker for free texts that cannot stand there by chance:
/// `cnry-e07c1f2b9d3a5468`. The number begins with a letter, so that it is
/// never taken for a phone number.
pub(super) fn canary(code: u64) -> String {
    let code = code + (0xa << 60);
    format!("cnry-{code:016x}")
}

/// A password that policies take: 20 signs of every class, unique by its
/// token.
pub(super) fn password(code: u64, draw: &mut Draw) -> String {
    let mut text = String::with_capacity(20);
    for class in [UPPER, LOWER, DIGITS, MARKS] {
        text.push(char::from(draw.pick(class)));
    }
    text.push_str(&token(code));
    for class in [LOWER, UPPER, DIGITS, LOWER, UPPER, LOWER, DIGITS, UPPER] {
        text.push(char::from(draw.pick(class)));
    }
    text
}

/// A letter, `digits` digits and their check digit.
fn checked(code: u64, digits: u32) -> String {
    let power = 10_u64.pow(digits);
    let letter = (code / power % 26) as u8;
    let rest = code % power;
    // The letter counts as its two-digit place in the alphabet.
    let body = format!("{:02}{rest:0width$}", letter + 1, width = digits as usize);
    let check = check_digit(&body);
    let letter = char::from(b'A' + letter);
    format!("{letter}{}{check}", &body[2..])
}

/// The check digit of Luhn (ISO/IEC 7812) for a text of digits.
fn check_digit(digits: &str) -> u32 {
    let weighted = digits.bytes().rev().enumerate().map(|(place, digit)| {
        let digit = u32::from(digit - b'0');
        match (place % 2, digit) {
            (0, 5..) => digit * 2 - 9,
            (0, _) => digit * 2,
            _ => digit,
        }
    });
    (10 - weighted.sum::<u32>() % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_form() {
        assert_eq!(member_id(0), "M-A00000009");
        assert_eq!(member_id(MEMBER_IDS - 1).len(), 11);
        assert_eq!(insurance_number(INSURANCE_NUMBERS - 1).len(), 10);
        assert_eq!(token(TOKENS - 1), "zzzzzzzz");
        assert_eq!(canary(0), "cnry-a000000000000000");
        assert_eq!(canary(CANARIES - 1), "cnry-ffffffffffffffff");
    }

    #[test]
    fn the_check_digit_is_luhns() {
        assert_eq!(check_digit("7992739871"), 3);
        assert_eq!(check_digit("010000000"), 9);
    }

    #[test]
    fn passwords_have_every_class() {
        let password = password(5, &mut Draw::of_user(1, 1));
        assert_eq!(password.len(), 20);
        assert!(password.contains(|char: char| char.is_ascii_uppercase()));
        assert!(password.contains(|char: char| char.is_ascii_lowercase()));
        assert!(password.contains(|char: char| char.is_ascii_digit()));
        assert!(password.contains(|char: char| char.is_ascii_punctuation()));
        assert!(password.contains(&token(5)));
    }
}
