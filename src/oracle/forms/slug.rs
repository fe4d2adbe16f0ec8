//! Names in paths, keys and file names, where words are joined:
//! `/patients/anna-schmidt`, `Arztbrief_Anna_Schmidt.pdf`.

use std::ops::Range;

use crate::model::words;

use super::super::label::{is_joint, is_label};

/// Longer texts are read as they are written.
const LONGEST: usize = 512;

/// `text` with a space for whatever joins two words, byte by byte; `None` when
/// nothing does.
pub(super) fn spaced(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let letter =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
    let bytes = text.as_bytes();
    let joins = |at: usize| {
        is_joint(char::from(bytes[at]))
            && letter(at.checked_sub(1).and_then(|before| bytes.get(before)))
            && letter(bytes.get(at + 1))
    };
    let first = (0..bytes.len()).find(|at| joins(*at))?;
    let mut spaced = text[..first].to_owned();
    for (at, c) in text[first..].char_indices() {
        spaced.push(if c.is_ascii() && joins(first + at) {
            ' '
        } else {
            c
        });
    }
    Some(spaced)
}

/// How a name stands among what it is joined to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// By itself, or with labels alone.
    Alone,
    /// With words, in lower case, that are no known labels.
    With(Vec<String>),
    /// As a part of something, or not joined at all.
    Part,
}

/// Whether the words at `place` of `text` are all of a name: joined by the same
/// character throughout, and not going on: `anna-schmidt-strasse` is a street,
/// `mary-ann-lee` somebody else.
pub(super) fn standing(text: &str, place: &Range<usize>) -> Standing {
    let (before, inner, after) = (
        &text[..place.start],
        &text[place.clone()],
        &text[place.end..],
    );
    let mut joints = inner.chars().filter(|c| is_joint(*c));
    let Some(joint) = joints.next() else {
        return Standing::Part;
    };
    if inner.contains(char::is_whitespace) || joints.any(|other| other != joint) {
        return Standing::Part;
    }
    let is_word = |c: char| c.is_alphanumeric();
    let left = before.chars().next_back();
    // Of an e-mail address this is a part.
    if ends_with_at(before)
        || begins_with_at(after)
        || before.ends_with(is_word)
        || after.starts_with(is_word)
    {
        return Standing::Part;
    }
    let mut unknown = Vec::new();
    // A hyphen joins first names whatever joins the rest.
    if left == Some(joint) || left == Some('-') {
        let word = before[..before.len() - 1].rsplit(|c| !is_word(c)).next();
        // Of `PatientReport_` the last word says what it is.
        let label = words(word.unwrap_or_default()).pop();
        unknown.extend(label.filter(|label| !is_label(label)));
    }
    let mut rest = after.chars();
    let next = rest.next();
    let word: String = rest.clone().take_while(|c| is_word(*c)).collect();
    let behind = rest.as_str()[word.len()..].chars().next();
    let ending =
        next == Some('.') && word.len() <= 4 && !behind.is_some_and(|c| is_joint(c) || c == '@');
    let is_joined = next == Some(joint)
        // So does one that joins last names.
        || (next == Some('-') && word.chars().all(char::is_alphabetic));
    if is_joined && !word.is_empty() && !ending {
        let word = word.to_lowercase();
        unknown.extend((!is_label(&word)).then_some(word));
    }
    if unknown.is_empty() {
        Standing::Alone
    } else {
        Standing::With(unknown)
    }
}

/// How an `@` is written where it must not stand by itself.
const ESCAPED_AT: [&str; 7] = [
    "&#64;", "&#x40;", "&#X40;", "&commat;", "\\u0040", "\\x40", "=40",
];

/// Whether `text` begins with an `@`, however often and in whatever way it is
/// escaped: the address that it is in is known only when that is undone.
fn begins_with_at(text: &str) -> bool {
    let in_percent = |code: &str| code.trim_start_matches("25").starts_with("40");
    text.starts_with('@')
        || text.strip_prefix('%').is_some_and(in_percent)
        || ESCAPED_AT.iter().any(|at| text.starts_with(at))
}

/// The same of its end.
fn ends_with_at(text: &str) -> bool {
    text.ends_with('@') || ESCAPED_AT.iter().any(|at| text.ends_with(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_longer_ones() {
        for (text, name, alone) in [
            ("/patients/anna-schmidt", "anna-schmidt", true),
            ("/patients/anna-schmidt/", "anna-schmidt", true),
            ("/patients/anna-schmidt-17", "anna-schmidt", true),
            ("/patients/anna-schmidt?tab=1", "anna-schmidt", true),
            ("Arztbrief_Anna_Schmidt.pdf", "Anna_Schmidt", true),
            ("Laborwerte_Anna_Schmidt_2026.pdf", "Anna_Schmidt", true),
            ("export-anna-schmidt.csv", "anna-schmidt", true),
            ("anna.schmidt", "anna.schmidt", true),
            ("anna.schmidt.pdf", "anna.schmidt", true),
            ("q=anna+schmidt&x", "anna+schmidt", true),
            ("anna-schmidt-strasse", "anna-schmidt", false),
            ("maria-anna-schmidt", "anna-schmidt", false),
            ("PatientReport_Anna_Schmidt.pdf", "Anna_Schmidt", true),
            ("cache_user_anna_schmidt", "anna_schmidt", true),
            ("maria_anna_schmidt", "anna_schmidt", false),
            ("maria.anna.schmidt", "anna.schmidt", false),
            ("Maria-Anna_Schmidt", "Anna_Schmidt", false),
            ("Weber_Anna_Schmidt_Karl", "Anna_Schmidt", false),
            ("Befund_Anna_Schmidt-Weber.pdf", "Anna_Schmidt", false),
            ("Befund_Anna_Schmidt-2.pdf", "Anna_Schmidt", true),
            ("Anna_Schmidt-v2.pdf", "Anna_Schmidt", true),
            ("anna.schmidt@x.test", "anna.schmidt", false),
            ("info@anna-schmidt.test", "anna-schmidt", false),
            ("to=anna.schmidt%40x.test", "anna.schmidt", false),
            ("to=anna.schmidt%252540x.test", "anna.schmidt", false),
            ("to=anna.schmidt%20x", "anna.schmidt", true),
            ("anna.schmidt&#64;x.test", "anna.schmidt", false),
            ("info&#64;anna-schmidt.test", "anna-schmidt", false),
            ("anna.schmidt\\u0040x.test", "anna.schmidt", false),
            ("anna.schmidt=40x.test", "anna.schmidt", false),
            ("anna.schmidt.weber", "anna.schmidt", false),
            ("anna.schmidt.docx", "anna.schmidt", true),
            ("/files/anna.schmidt.docx?v=2", "anna.schmidt", true),
            ("anna.schmidt.karl@x.test", "anna.schmidt", false),
            ("anna.schmidt.karl-lee", "anna.schmidt", false),
            ("anna-schmidt2", "anna-schmidt", false),
            ("Anna-Lena Schmidt", "Lena Schmidt", false),
            ("anna-lena_schmidt", "anna-lena_schmidt", false),
        ] {
            let start = text.find(name).unwrap();
            let place = start..start + name.len();
            let found = standing(text, &place);
            assert_eq!(found == Standing::Alone, alone, "{text}");
        }
    }

    #[test]
    fn words_that_are_no_known_labels_are_told() {
        for (text, expected) in [
            ("Kurvenblatt_Anna_Schmidt.csv", Some(vec!["kurvenblatt"])),
            ("Termine_Anna_Schmidt.csv", Some(vec![])),
            ("Anna_Schmidt_Kurvenblatt.pdf", Some(vec!["kurvenblatt"])),
            ("Weber_Anna_Schmidt_Karl", Some(vec!["weber", "karl"])),
            ("Befund_Anna_Schmidt.pdf", Some(vec![])),
            ("anna.schmidt@x.test", None),
            ("xanna_schmidt", None),
        ] {
            let start = text.to_lowercase().find("anna").unwrap();
            let found = standing(text, &(start..start + "anna schmidt".len()));
            let expected = match expected {
                None => Standing::Part,
                Some(words) if words.is_empty() => Standing::Alone,
                Some(words) => Standing::With(words.into_iter().map(str::to_owned).collect()),
            };
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn only_what_joins_words_is_a_space() {
        for (text, found) in [
            (
                "x; filename=A_B-c.pdf",
                Some("x; filename=A B c pdf".to_owned()),
            ),
            ("J_Müller-Ötz", Some("J Müller Ötz".to_owned())),
            ("2026-03-01, M-1", None),
            ("well - known", None),
        ] {
            assert_eq!(spaced(text), found, "{text}");
        }
        for (length, is_read) in [(512, true), (513, false)] {
            let text = format!("a-b{}", "x".repeat(length - 3));
            assert_eq!(spaced(&text).is_some(), is_read, "{length}");
        }
    }
}
