//! Names and addresses: without accents, with the last name first.

use std::collections::BTreeSet;

use super::super::fold::fold;
use super::accents::{Ascii, unaccented};

/// The forms of a name of several words.
pub(super) fn forms(value: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    for plain in spellings(value) {
        let words: Vec<&str> = plain.split(' ').collect();
        for at in 1..words.len() {
            let (first, last) = (words[..at].join(" "), words[at..].join(" "));
            forms.insert(format!("{last}, {first}"));
            forms.insert(format!("{last} {first}"));
        }
        if words.iter().all(|word| !word.is_ascii()) {
            // Where words are written without spaces between them.
            forms.insert(words.concat());
        }
        if plain.contains('-') {
            forms.insert(plain.replace('-', " "));
        }
        forms.insert(plain);
    }
    forms
}

/// The forms of an address: lines in place of commas, without accents, and with the
/// word for a street cut short or in full.
pub(super) fn address_forms(value: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    let mut known = spellings(value);
    known.extend(streets(&unaccented(value, Ascii::WrittenOut).0));
    for plain in known {
        forms.insert(fold(&plain.replace(',', " ")));
        forms.insert(plain);
    }
    forms
}

/// Words for a street that are a word of their own, in full and short.
const STREETS: [(&str, &str); 6] = [
    ("avenue", "ave"),
    ("boulevard", "blvd"),
    ("drive", "dr"),
    ("lane", "ln"),
    ("road", "rd"),
    ("street", "st"),
];

/// `plain` with the last word for a street in it written in the other ways.
fn streets(plain: &str) -> Vec<String> {
    let words: Vec<&str> = plain.split(' ').collect();
    let found = words.iter().enumerate().rev().find_map(|(at, word)| {
        let core = word.trim_end_matches(',');
        let others = other_streets(core)?;
        Some((at, &word[core.len()..], others))
    });
    let Some((at, comma, others)) = found else {
        return Vec::new();
    };
    let written = |other: String| {
        let mut words = words.clone();
        let other = other + comma;
        words[at] = &other;
        words.join(" ")
    };
    others.into_iter().map(written).collect()
}

/// The other ways to write a word that ends with one for a street.
fn other_streets(word: &str) -> Option<Vec<String>> {
    let both = |stem: &str, short: &str| vec![format!("{stem}{short}"), format!("{stem}{short}.")];
    if let Some(stem) = word.strip_suffix("strasse") {
        return Some(both(stem, "str"));
    }
    let bare = word.trim_end_matches('.');
    if let Some(stem) = bare.strip_suffix("str") {
        return Some(vec![format!("{stem}strasse")]);
    }
    STREETS.iter().find_map(|(full, short)| {
        if word == *full {
            Some(both("", short))
        } else {
            (bare == *short).then(|| vec![(*full).to_owned()])
        }
    })
}

/// The value with and without its accents.
fn spellings(value: &str) -> BTreeSet<String> {
    let mut spellings = BTreeSet::from([fold(value)]);
    if !value.is_ascii() {
        for how in [Ascii::Dropped, Ascii::WrittenOut] {
            spellings.insert(unaccented(value, how).0);
        }
    }
    spellings
}

/// Whether a name in another form, at `start..end` of `text`, is a name by
/// itself and no part of a longer one or of a list: in `Peter Schmidt, Anna
/// Weber` nobody is called `Schmidt, Anna`.
pub(super) fn stands_by_itself(text: &str, start: usize, end: usize, swapped: bool) -> bool {
    let before = &text[..start];
    let after = &text[end..];
    let glued = |c: char| c.is_alphanumeric() || "-\u{2010}\u{2011}\u{2013}".contains(c);
    // Behind a letter it is `D'Anna`, escaped or doubled in a quoted text, otherwise a
    // quotation mark.
    let elided = before.ends_with(['\'', '’'])
        && before
            .trim_end_matches(['\'', '’', '\\'])
            .ends_with(char::is_alphanumeric);
    if elided || before.ends_with(glued) || starts_a_longer_word(after) {
        return false;
    }
    if !swapped {
        return true;
    }
    // In the same line, neither a word nor a comma may be next to it.
    let line = |c: char| matches!(c, '\n' | '\r' | '\t');
    let before = before.rsplit(line).next().unwrap_or_default().trim_end();
    let after = after.split(line).next().unwrap_or_default().trim_start();
    let neighbour = |c: char| c.is_alphabetic() || matches!(c, ',' | '.' | '&' | '/');
    let ends_sentence = after.starts_with('.') && !after[1..].starts_with(neighbour);
    let ends = ends_sentence || is_born(after) || !after.starts_with(neighbour);
    !before.ends_with(neighbour) && ends
}

/// Whether `text`, behind a name, goes on with when somebody was born: `, geb. 1970`.
fn is_born(text: &str) -> bool {
    text.strip_prefix(',').is_some_and(|text| {
        let text = text.trim_start();
        let words = ["*", "geb", "born", "dob", "née", "né"];
        text.starts_with(|c: char| c.is_ascii_digit())
            || words.into_iter().any(|word| {
                text.get(..word.len())
                    .is_some_and(|own| own.eq_ignore_ascii_case(word))
            })
    })
}

/// Whether `text`, behind a name, goes on with it: `Schmidt-Weber`.
fn starts_a_longer_word(text: &str) -> bool {
    let mut chars = text.chars();
    match chars.next() {
        Some('-' | '\u{2010}' | '\u{2011}' | '\u{2013}') => {
            chars.next().is_some_and(char::is_alphabetic)
        }
        Some('\'' | '’') => chars.next().is_some_and(|c| c.is_alphabetic() && c != 's'),
        Some(c) => c.is_alphanumeric() && c.is_ascii(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streets_are_written_short_and_in_full() {
        for (plain, others) in [
            ("goethestrasse 87", &["goethestr 87", "goethestr. 87"][..]),
            ("goethestr. 87", &["goethestrasse 87"]),
            (
                "lange strasse 5, 12345 linden",
                &["lange str 5, 12345 linden", "lange str. 5, 12345 linden"],
            ),
            (
                "12 main street, avon",
                &["12 main st, avon", "12 main st., avon"],
            ),
            ("12 st mary rd", &["12 st mary road"]),
            ("muehlgasse 64", &[]),
        ] {
            assert_eq!(streets(plain), others, "{plain}");
        }
    }

    #[test]
    fn when_somebody_was_born_is_no_further_name() {
        for (after, born) in [
            (", geb. 1970", true),
            (", 1970", true),
            (", *1970", true),
            (", née Lee", true),
            (", Karl", false),
            (", gé", false),
            (" geb. 1970", false),
            ("", false),
        ] {
            assert_eq!(is_born(after), born, "{after}");
        }
    }
}
