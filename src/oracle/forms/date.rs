//! Dates: in any order, with the month as a number or a word.

use std::collections::BTreeSet;
use std::ops::Range;

use super::accents::{Ascii, unaccented};

/// Numbers and words that a date can take up: its three parts, and between two
/// of them at most [`BETWEEN`] characters, which are four words of one letter.
const MOST_TOKENS: usize = 3 + 2 * (BETWEEN / 2);

/// Characters between two parts of a date.
const BETWEEN: usize = 8;

/// A number or a word of a text.
struct Token<'a> {
    start: usize,
    end: usize,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Number(u32, usize),
    Word(&'a str),
}

/// The days that `value` can mean, as `19611210`: `10.12.1961` can be two.
pub(super) fn days(value: &str) -> BTreeSet<String> {
    let mut days = BTreeSet::new();
    dates(value, &mut |_, day| {
        days.insert(day);
    });
    days
}

/// Whether `value` is a date and nothing else but, perhaps, a time.
pub(super) fn is_whole(value: &str) -> bool {
    let value = value.trim();
    let mut whole = false;
    dates(value, &mut |range, _| {
        let rest = &value[range.end..];
        whole |= range.start == 0 && (rest.is_empty() || rest.starts_with('T'));
    });
    whole
}

/// Calls `found` with every date in `text` and the day it can mean.
pub(super) fn dates(text: &str, found: &mut dyn FnMut(Range<usize>, String)) {
    let tokens = tokens(text);
    for (at, token) in tokens.iter().enumerate() {
        if let Kind::Number(number, 8) = token.kind {
            let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
            tell(year, month, day, token.start..token.end, found);
        }
        let near: Vec<&Token<'_>> = tokens[at..]
            .iter()
            // Only so far: a text may hold nothing but what is left out here.
            .take(MOST_TOKENS)
            .filter(|token| {
                !matches!(
                    token.kind,
                    Kind::Word("de" | "of" | "d" | "th" | "st" | "nd" | "rd")
                )
            })
            .take(3)
            .collect();
        let [a, b, c] = near.as_slice() else { continue };
        if !is_near(text, a, b) || !is_near(text, b, c) {
            continue;
        }
        let range = a.start..c.end;
        match (&a.kind, &b.kind, &c.kind) {
            (Kind::Number(year, 4), Kind::Number(month, 1 | 2), Kind::Number(day, 1 | 2)) => {
                tell(*year, *month, *day, range, found);
            }
            (Kind::Number(one, 1 | 2), Kind::Number(other, 1 | 2), Kind::Number(year, 4)) => {
                tell(*year, *other, *one, range.clone(), found);
                tell(*year, *one, *other, range, found);
            }
            (Kind::Number(day, 1 | 2), Kind::Word(word), Kind::Number(year, 4))
            | (Kind::Word(word), Kind::Number(day, 1 | 2), Kind::Number(year, 4))
            | (Kind::Number(year, 4), Kind::Word(word), Kind::Number(day, 1 | 2)) => {
                if let Some(month) = month(word) {
                    tell(*year, month, *day, range, found);
                }
            }
            _ => {}
        }
    }
}

fn tell(
    year: u32,
    month: u32,
    day: u32,
    range: Range<usize>,
    found: &mut dyn FnMut(Range<usize>, String),
) {
    if (1850..=2150).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day) {
        found(range, format!("{year:04}{month:02}{day:02}"));
    }
}

/// Whether only what stands between the parts of a date is between both.
fn is_near(text: &str, a: &Token<'_>, b: &Token<'_>) -> bool {
    let between = &text[a.end..b.start];
    between.chars().take(BETWEEN + 1).count() <= BETWEEN
        && between.chars().all(|c| {
            matches!(
                c,
                ' ' | '\u{a0}' | '.' | '/' | '-' | ',' | '\'' | '年' | '月' | '日'
            ) || c.is_ascii_lowercase()
        })
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let digit = c.is_ascii_digit();
        if !digit && (!c.is_alphabetic() || matches!(c, '年' | '月' | '日')) {
            continue;
        }
        let mut end = start + c.len_utf8();
        while let Some((at, next)) = chars.peek().copied() {
            let same = if digit {
                next.is_ascii_digit()
            } else {
                next.is_alphabetic() && !matches!(next, '年' | '月' | '日')
            };
            if !same {
                break;
            }
            end = at + next.len_utf8();
            chars.next();
        }
        let own = &text[start..end];
        let kind = if digit {
            // Longer numbers are no parts of dates.
            Kind::Number(own.parse().unwrap_or(0), own.len())
        } else {
            Kind::Word(own)
        };
        tokens.push(Token { start, end, kind });
    }
    tokens
}

/// The month that `word` names, in one of the languages of the population.
fn month(word: &str) -> Option<u32> {
    if word.len() < 3 {
        return None;
    }
    let word = unaccented(word, Ascii::Dropped).0;
    let long = word.get(..4).unwrap_or_default();
    Some(match (long, word.get(..3)?) {
        (_, "jan" | "gen" | "ene") => 1,
        (_, "feb" | "fev") => 2,
        (_, "mar" | "maa" | "mae" | "mrz" | "mrt") => 3,
        (_, "apr" | "avr" | "abr") => 4,
        (_, "may" | "mai" | "mag" | "mei") => 5,
        ("juin", _) | (_, "jun" | "giu") => 6,
        ("juil", _) | (_, "jul" | "lug") => 7,
        (_, "aug" | "aou" | "ago") => 8,
        (_, "sep" | "set") => 9,
        (_, "oct" | "okt" | "ott" | "out") => 10,
        (_, "nov") => 11,
        (_, "dec" | "dez" | "dic") => 12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_days_of_the_calendar() {
        for (text, expected) in [
            ("1961-12-10", &["19611210"][..]),
            ("10.12.1961", &["19611012", "19611210"]),
            ("13.12.1961", &["19611213"]),
            ("1961-2-3", &["19610203"]),
            ("3 Feb 1961", &["19610203"]),
            ("1850-01-01", &["18500101"]),
            ("2150-12-31", &["21501231"]),
            ("1849-12-31", &[]),
            ("2151-01-01", &[]),
            ("1961-00-10", &[]),
            ("1961-13-10", &[]),
            ("1961-12-00", &[]),
            ("1961-12-32", &[]),
            ("19611310", &[]),
            // A time of day beside a year.
            ("10:12.1961", &[]),
            ("10.12:1961", &[]),
            // Parts of a date stand in one column.
            ("13        12/1961", &["19611213"]),
            ("13         12/1961", &[]),
        ] {
            let days = days(text);
            let days: Vec<&str> = days.iter().map(String::as_str).collect();
            assert_eq!(days, expected, "{text}");
        }
    }

    /// Each of them was looked at with all that follow.
    #[test]
    fn what_stands_between_parts_of_a_date_does_not_go_on_for_ever() {
        let between = "d ".repeat(200_000);
        assert!(days(&between).is_empty());
        assert!(days(&format!("10 {between}12 1961")).is_empty());
        let expected = BTreeSet::from(["19611210".to_owned()]);
        assert_eq!(days(&format!("{between}10 de diciembre de 1961")), expected);
        assert_eq!(days("10d d d d diciembre d d d d1961"), expected);
    }

    #[test]
    fn months_are_known_in_the_languages_of_the_population() {
        for (month, words) in (1..).zip([
            "January jan Januar janvier gennaio enero januari janeiro",
            "February Februar février febbraio febrero februari fevereiro",
            "March März Maerz mrz mars marzo maart mrt março",
            "April avril aprile abril apr",
            "May Mai maggio mayo mei maio",
            "June Juni juin giugno junio junho",
            "July Juli juillet luglio julio julho",
            "August août agosto augustus aug",
            "September septembre settembre setiembre setembro",
            "October Oktober octobre ottobre octubre outubro",
            "November novembre noviembre novembro",
            "December Dezember décembre dicembre diciembre dezembro",
        ]) {
            for word in words.split(' ') {
                let expected = BTreeSet::from([format!("1961{month:02}10")]);
                assert_eq!(days(&format!("10 {word} 1961")), expected, "{word}");
            }
        }
        assert!(days("10 persons 1961").is_empty());
    }
}
