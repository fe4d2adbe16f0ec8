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

/// The forms of an address: lines in place of commas, and without accents.
pub(super) fn address_forms(value: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    for plain in spellings(value) {
        forms.insert(fold(&plain.replace(',', " ")));
        forms.insert(plain);
    }
    forms
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
    !before.ends_with(neighbour) && (ends_sentence || !after.starts_with(neighbour))
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
