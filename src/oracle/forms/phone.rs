//! Phone numbers: national and international, whatever groups their digits.
//!
//! A number is its country code and the number within the country. All that is
//! needed of the numbering plans of the world is how long country codes are
//! (ITU-T E.164): the rest has to be equal anyway, so a library with every plan
//! would only cost time.

use std::collections::BTreeSet;
use std::ops::Range;

use super::number::{Group, is_natural};
use super::{COUNTRY_UNKNOWN, NATIONAL, PHONE, moment};

/// Digits of a number within its country, and of one with its country code.
const FEWEST: usize = 8;
const MOST: usize = 15;

/// Digits without a separator, a plus sign or a leading zero are as likely an
/// id, unless there are as many as this.
const BARE: usize = 10;

/// Groups of one number.
const MOST_GROUPS: usize = 8;

/// Whether `value`, which has no letters, is a phone number: by itself, or
/// because it is called one.
pub(super) fn is_phone(value: &str, called_so: bool) -> bool {
    let digits = digits_of(value);
    let grouped = value.contains([' ', '-', '/', '(']);
    (9..=MOST).contains(&digits.len())
        && is_natural(value)
        && (called_so
            || value.starts_with(['+', '('])
            || digits.starts_with("00")
            || (digits.starts_with('0') && grouped))
}

fn digits_of(value: &str) -> String {
    // `+49 (0)151`: the zero is only for callers within the country.
    value
        .replace("(0)", "")
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}

/// The forms of a phone number.
pub(super) fn forms(value: &str) -> BTreeSet<String> {
    let digits = digits_of(value);
    let international = value.trim_start().trim_start_matches('(').starts_with('+');
    let mut forms = BTreeSet::new();
    let with_country = match digits.strip_prefix("00") {
        Some(digits) => Some(digits),
        None if international => Some(digits.as_str()),
        None => None,
    };
    if let Some((country, number)) = with_country.and_then(split) {
        forms.insert(format!("{country}{number}{PHONE}"));
        if number.len() >= FEWEST {
            forms.insert(format!("{number}{NATIONAL}"));
        }
    } else {
        let number = digits.trim_start_matches('0');
        if number.len() >= FEWEST {
            forms.insert(format!("{number}{NATIONAL}"));
            forms.insert(format!("{number}{COUNTRY_UNKNOWN}"));
        }
    }
    forms
}

/// The country code of `digits`, and the number without its leading zeros.
fn split(digits: &str) -> Option<(&str, &str)> {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        [b'2'..=b'9', ..] => 3,
        _ => return None,
    };
    let (country, number) = digits.split_at_checked(length)?;
    let number = number.trim_start_matches('0');
    (number.len() >= 6).then_some((country, number))
}

/// Calls `found` with every phone number in `text`: its range, each form that
/// it may be known in, and whether it needs a hint.
pub(super) fn phones(
    text: &str,
    runs: &[Vec<Group>],
    found: &mut dyn FnMut(Range<usize>, String, bool),
) {
    for run in runs {
        for numbers in run.split(|group| !group.is_number() || group.glued) {
            for first in 0..numbers.len() {
                if !begins(text, numbers, first) {
                    continue;
                }
                let most = numbers.len().min(first + MOST_GROUPS);
                for last in first..most {
                    if ends(text, numbers, first, last) {
                        tell(text, &numbers[first..=last], found);
                    }
                }
            }
        }
    }
}

/// Whether a number can begin with the group `at`.
fn begins(text: &str, numbers: &[Group], at: usize) -> bool {
    let group = &numbers[at];
    let Some(before) = at.checked_sub(1).map(|at| &numbers[at]) else {
        // Directly behind a letter it is a part of an id.
        return !text[..group.start].ends_with(char::is_alphanumeric);
    };
    text.as_bytes()[group.start] == b'0' || text[before.end..group.start].chars().count() > 1
}

/// Whether a number that began with `first` can end with `last`.
fn ends(text: &str, numbers: &[Group], first: usize, last: usize) -> bool {
    let Some(next) = numbers.get(last + 1) else {
        return true;
    };
    let between = &text[numbers[last].end..next.start];
    let other_separator =
        between.contains('/') && !text[numbers[first].start..numbers[last].end].contains('/');
    text.as_bytes()[next.start] == b'0' || between.chars().count() > 1 || other_separator
}

fn tell(text: &str, groups: &[Group], found: &mut dyn FnMut(Range<usize>, String, bool)) {
    let Some((head, tail)) = groups.split_first() else {
        return;
    };
    let range = head.start..groups[groups.len() - 1].end;
    let mut digits = text[head.start..head.end].to_owned();
    for group in tail {
        let own = &text[group.start..group.end];
        let in_brackets = text[..group.start].ends_with('(') && text[group.end..].starts_with(')');
        if !(own == "0" && in_brackets) {
            digits.push_str(own);
        }
    }
    if !(FEWEST..=MOST + 3).contains(&digits.len()) {
        return;
    }
    let abroad = digits
        .strip_prefix("00")
        .or_else(|| head.plus.then_some(digits.as_str()));
    if let Some(digits) = abroad {
        with_country(digits, &range, false, found);
        return;
    }
    let bare = tail.is_empty() && !digits.starts_with('0');
    let number = digits.trim_start_matches('0');
    let unlikely = number.len() + usize::from(digits.starts_with('0')) < 9;
    if !unlikely {
        let needs_hint = bare && (number.len() < BARE || moment::is_epoch(number));
        found(range.clone(), format!("{number}{NATIONAL}"), needs_hint);
    }
    if let Some(digits) = digits.strip_prefix("011") {
        // How to call abroad from North America.
        with_country(digits, &range, false, found);
    } else if !digits.starts_with('0') {
        let needs_hint = bare && (digits.len() < BARE || moment::is_epoch(&digits));
        with_country(&digits, &range, needs_hint, found);
    }
    if digits.len() == 11 && digits.starts_with(['1', '8']) {
        found(range, format!("{}{NATIONAL}", &digits[1..]), false);
    }
}

fn with_country(
    digits: &str,
    range: &Range<usize>,
    needs_hint: bool,
    found: &mut dyn FnMut(Range<usize>, String, bool),
) {
    if let Some((country, number)) = split(digits) {
        found(
            range.clone(),
            format!("{country}{number}{PHONE}"),
            needs_hint,
        );
        found(
            range.clone(),
            format!("{number}{COUNTRY_UNKNOWN}"),
            needs_hint,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::number::groups;
    use super::*;

    /// Where a number that is known as `value` counts when it is written as
    /// `text`.
    fn counts(value: &str, text: &str) -> &'static str {
        let known = forms(value);
        let mut hints = Vec::new();
        phones(text, &groups(text), &mut |_, form, needs_hint| {
            if known.contains(&form) {
                hints.push(needs_hint);
            }
        });
        match hints.iter().min() {
            Some(false) => "everywhere",
            Some(true) => "in a field of its name",
            None => "nowhere",
        }
    }

    #[test]
    fn numbers_count_however_their_digits_are_grouped() {
        for (value, text) in [
            ("+4915116924504", "+49(151)16924504"),
            ("+4915116924504", "0151 - 16924504"),
            ("030 1234567", "0301234567"),
            ("030 1234567", "(030) / 1234567"),
            ("040 123456", "040/123456"),
            ("+49 30 123456", "4930123456"),
            ("+15554780620", "5554780620"),
            ("+15554780620", "+1 555 478 062 0"),
            ("+15554780620", "(+1 555 478 062 0)"),
            ("5554780620", "(555) 478-0620"),
            ("5554780620", "+1 555 478 0620"),
            // Country codes of one and of three digits.
            ("+79161234567", "8 916 123-45-67"),
            ("+353871234567", "087 123 4567"),
            // Beside other numbers.
            ("+4915116924504", "17 0151 16924504"),
            ("+4915116924504", "0151 16924504 0171 2345678"),
            ("+4915116924504", "0151 16924504 - 12"),
            ("+4915116924504", "0151 16924504/12"),
            ("+12025550143", "17 - 202 555 0143"),
            // As many digits as there may be.
            ("+4915116924504", "+49 00000 15116924504"),
        ] {
            assert_eq!(counts(value, text), "everywhere", "{value}: {text}");
        }
    }

    #[test]
    fn short_digits_alone_count_in_a_field_of_their_name() {
        for (value, text) in [("030 1234567", "301234567"), ("+49 30 12345", "493012345")] {
            assert_eq!(counts(value, text), "in a field of its name", "{text}");
        }
    }

    #[test]
    fn other_numbers_and_parts_of_longer_ones_count_nowhere() {
        for (value, text) in [
            ("040 123456", "40 123456"),
            ("5554780620", "+55 54780620"),
            ("0493 0123456", "+49 30 123456"),
            ("+15554780620", "2 555 478 0620"),
            ("+12025550143", "17 202 555 0143"),
            ("+4915116924504", "0151/16924504/12"),
            ("+4915116924504", "+49 0000000 15116924504"),
            // Two columns.
            ("+4915116924504", "0151    16924504"),
        ] {
            assert_eq!(counts(value, text), "nowhere", "{value}: {text}");
        }
    }
}
