//! Whether a value could be a drawn secret, by its looks alone.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use percent_encoding::percent_decode_str;

/// Values in which fewer bits could be are no secrets worth colliding.
const LEAST_BITS: f64 = 28.0;

/// Seconds since 1970 that are near enough to be meant as a time: 2015 to 2040.
const NEAR: std::ops::Range<u64> = 1_420_000_000..2_210_000_000;

/// More digits than this are no number of a word.
const FEW_DIGITS: usize = 6;

/// Longer runs of letters are no word.
const LONGEST_WORD: usize = 14;

/// Whether `value` could have been drawn: there is room for chance in it, and
/// it is no time, no address and not made of words.
pub(super) fn could_be_drawn(value: &str) -> bool {
    let value = percent_decode_str(value).decode_utf8_lossy();
    room(&value) >= LEAST_BITS
        && !is_time(&value)
        && !is_address(&value)
        && !is_made_of_words(&value)
}

/// The bits that a value of this length could hold with these letters.
#[expect(clippy::cast_precision_loss, reason = "lengths are small")]
fn room(value: &str) -> f64 {
    let letters: BTreeSet<char> = value.chars().collect();
    value.chars().count() as f64 * (letters.len().max(1) as f64).log2()
}

/// A date, with or without a time, or what has passed since 1970.
fn is_time(value: &str) -> bool {
    if httpdate::parse_http_date(value.trim()).is_ok() {
        return true;
    }
    let whole = value.split('.').next().unwrap_or(value);
    let since_1970 = match whole.len() {
        10 => 1,
        13 => 1_000,
        16 => 1_000_000,
        _ => 0,
    };
    let digits = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if digits && since_1970 > 0 {
        let number: u64 = whole.parse().unwrap_or(0);
        return NEAR.contains(&(number / since_1970));
    }
    let shape: String = value
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    let date = ["9999-99-99", "9999/99/99", "99999999T9999"]
        .iter()
        .any(|date| shape.starts_with(date));
    date && shape.chars().all(|c| "9TZtz:.+-/ ".contains(c))
}

/// An address of the network, or where a balancer sends a client to, which some
/// write as numbers with dots.
fn is_address(value: &str) -> bool {
    if value.parse::<IpAddr>().is_ok() || value.parse::<SocketAddr>().is_ok() {
        return true;
    }
    if value.contains('.') && value.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return true;
    }
    value.rsplit_once(':').is_some_and(|(host, port)| {
        port.parse::<u16>().is_ok()
            && host.contains('.')
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    })
}

/// Words and small numbers, such as `node-eu-west-1a`.
fn is_made_of_words(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let mut pieces = value
        .split(|c: char| !c.is_alphanumeric())
        .filter(|piece| !piece.is_empty());
    digits <= FEW_DIGITS && pieces.all(is_word)
}

/// A word with a number before or behind it, or either.
fn is_word(piece: &str) -> bool {
    let word = piece.trim_matches(|c: char| c.is_ascii_digit());
    let mut letters = word.chars();
    let capital = letters.next().is_some_and(char::is_uppercase);
    let rest = letters.as_str();
    let one_case =
        rest.chars().all(char::is_lowercase) || (capital && rest.chars().all(char::is_uppercase));
    let length = word.chars().count();
    one_case && length <= LONGEST_WORD && (length <= 3 || can_be_spoken(word))
}

/// Whether vowels and consonants take turns as in words.
fn can_be_spoken(word: &str) -> bool {
    let (mut vowels, mut consonants, mut any) = (0_u8, 0_u8, false);
    for letter in word.chars() {
        if "aeiouyAEIOUY".contains(letter) {
            (vowels, consonants, any) = (vowels + 1, 0, true);
        } else {
            (vowels, consonants) = (0, consonants + 1);
        }
        if vowels > 3 || consonants > 4 {
            return false;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_addresses_and_words_are_not_drawn() {
        for value in [
            "2026-03-01T10:00:00Z",
            "2026-03-01%2010%3A00%3A00.123+01:00",
            "20260301T100000Z",
            "Sun, 01 Mar 2026 10:00:00 GMT",
            "1772355600",
            "1772355600123",
            "1772355600.123",
            "1772355600123456",
            "1677787402.36895.0000",
            "10.20.30.40",
            "10.20.30.40:8080",
            "[2001:db8::1]:8080",
            "app-3.internal.test:8443",
            "node-eu-west-1a",
            "europe-west1-b",
            "guest-session-1",
            "Anonymous-User-42",
            "000000000017",
        ] {
            assert!(!could_be_drawn(value), "{value}");
        }
    }

    #[test]
    fn secrets_of_frameworks_are_drawn() {
        for value in [
            "0123456789abcdef",
            "3f9c1f70b2aa",
            "6f1ed002ab5595859014ebf0951522d9",
            "node01h7d3kqz9m2v4w8xq5t6r7y0",
            "s%3AgV2vS0J9Z0Qk0m4v7x1lq2.t5Jb8o2a1kq3z9",
            "t3a9qf8b6kq1m2n7p0r5s4u8vc",
            "2vtsjzg5a0fz5gk4qa2y1xgq",
            "b1946ac9-2492-4d23-8f4e-6c1d2a3b4c5d",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "i1-0000000000000012",
            "9203847561029384",
        ] {
            assert!(could_be_drawn(value), "{value}");
        }
    }
}
