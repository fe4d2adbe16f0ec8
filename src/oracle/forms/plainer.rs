//! Texts without what stands between the parts of a value, letter by letter at the
//! same places: `Lee, Dr. Ann`, `Anna Schmidts Termine`, `Mühlgasse 64 · 87775 Großlinden`.

use std::ops::Range;

/// Longer texts are read as they are written.
const LONGEST: usize = 512;

/// How people are addressed.
const SALUTATIONS: [&str; 15] = [
    "frau",
    "fräulein",
    "hr",
    "herr",
    "herrn",
    "madame",
    "miss",
    "mme",
    "monsieur",
    "mr",
    "mrs",
    "ms",
    "mx",
    "señor",
    "señora",
];

/// Titles that stand before names.
const TITLES: [&str; 12] = [
    "dipl",
    "dr",
    "drs",
    "ing",
    "mag",
    "med",
    "pd",
    "priv",
    "prof",
    "professor",
    "dent",
    "doz",
];

/// Bytes of the longest of both.
const LONGEST_TITLE: usize = 10;

/// What somebody has, as Germans say it.
const OWNED: [&str; 27] = [
    "adresse",
    "akte",
    "akten",
    "anschrift",
    "arzt",
    "befund",
    "befunde",
    "daten",
    "dokumente",
    "geburtstag",
    "kalender",
    "karte",
    "konto",
    "krankenakte",
    "mutter",
    "nachricht",
    "nachrichten",
    "patientenakte",
    "rechnung",
    "rezept",
    "telefonnummer",
    "termin",
    "termine",
    "unterlagen",
    "vater",
    "versicherung",
    "werte",
];

/// `text` with spaces for titles, which matter where a comma is, and for the ending
/// of names in front of what somebody has; `None` when there is none.
pub(super) fn without_titles(text: &str) -> Option<String> {
    let ends_in_s = |three: &[u8]| three.starts_with(b"s ") && three[2].is_ascii_uppercase();
    if text.len() > LONGEST || !(text.contains(',') || text.as_bytes().windows(3).any(ends_in_s)) {
        return None;
    }
    blanked(
        text,
        words(text).filter_map(|word| {
            let end_of_word = word.end;
            let own = &text[word.clone()];
            if is_title(own) {
                // With the full stop behind it.
                let end = end_of_word + usize::from(text[end_of_word..].starts_with('.'));
                return Some(word.start..end);
            }
            is_genitive(own, &text[end_of_word..]).then_some(end_of_word - 1..end_of_word)
        }),
    )
}

/// `text` with spaces for what can stand between the lines of an address.
pub(super) fn without_marks(text: &str) -> Option<String> {
    if text.len() > LONGEST || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    blanked(
        text,
        text.char_indices().filter_map(|(at, c)| {
            let place = at..at + c.len_utf8();
            let is_apart = || {
                text[..at].ends_with(char::is_whitespace)
                    && text[place.end..].starts_with(char::is_whitespace)
            };
            let is_mark = match c {
                ';' | '|' | '·' | '•' => true,
                '-' | '–' | '—' | '/' => is_apart(),
                _ => false,
            };
            is_mark.then_some(place)
        }),
    )
}

/// Whether `text` holds two salutations, so that it is about two people.
pub(super) fn greets_two(text: &str) -> bool {
    let salutes = |word: Range<usize>| SALUTATIONS.contains(&&*text[word].to_lowercase());
    words(text).filter(|word| salutes(word.clone())).count() > 1
}

fn is_title(word: &str) -> bool {
    // Most words are none by their first letters, which costs nothing.
    let begins = word.bytes().next().map(|byte| byte.to_ascii_lowercase());
    if word.len() > LONGEST_TITLE || !begins.is_some_and(|byte| b"dfhimps".contains(&byte)) {
        return false;
    }
    let lower = word.to_lowercase();
    word.starts_with(char::is_uppercase) && SALUTATIONS.contains(&lower.as_str())
        || TITLES.contains(&lower.as_str())
}

/// Whether `word` ends as German names do in front of what somebody has: behind an
/// `s` or what sounds like it there would be an apostrophe.
fn is_genitive(word: &str, after: &str) -> bool {
    let Some(name) = word.strip_suffix('s') else {
        return false;
    };
    let has = |owned: &str| {
        let lower = owned.to_lowercase();
        owned.starts_with(char::is_uppercase) && OWNED.contains(&&*lower)
    };
    name.starts_with(char::is_uppercase)
        && !name.ends_with(['s', 'x', 'z', 'ß'])
        && after
            .strip_prefix(' ')
            .and_then(|after| after.split(|c: char| !c.is_alphabetic()).next())
            .is_some_and(has)
}

/// The places of the words of `text`.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split(|c: char| !c.is_alphanumeric())
        .map(move |word| {
            let start = at + text[at..].find(word).unwrap_or_default();
            at = start + word.len();
            start..at
        })
        .filter(|word| !word.is_empty())
}

/// `text` with spaces at `places`, as many as there were bytes.
fn blanked(text: &str, places: impl Iterator<Item = Range<usize>>) -> Option<String> {
    let mut plain = String::new();
    let mut at = 0;
    for place in places {
        plain.push_str(&text[at..place.start]);
        plain.extend(place.clone().map(|_| ' '));
        at = place.end;
    }
    (at > 0).then(|| plain + &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_endings_go_and_places_stay() {
        for (text, plain) in [
            ("Lee, Dr. Ann", Some("Lee,     Ann")),
            (
                "Frau Prof. Dr. med. Lee, Ann",
                Some("                    Lee, Ann"),
            ),
            ("Herr Lee, Ann", Some("     Lee, Ann")),
            ("Herr Lee", None),
            ("Anna Lees Termine", Some("Anna Lee  Termine")),
            ("Anna Lees Akte", Some("Anna Lee  Akte")),
            ("Zoë Müllers Befund", Some("Zoë Müller  Befund")),
            ("Anna Lees Kuchen", None),
            ("Anna Lees", None),
            ("Anna Lees, Termine", None),
            ("Anna Voss Termine", None),
            ("alle Lees termine", None),
            ("Herrmann, Andrea", None),
            ("Lee, meine frau", None),
        ] {
            assert_eq!(without_titles(text).as_deref(), plain, "{text}");
        }
        for (length, is_read) in [(512, true), (513, false)] {
            let text = format!("Lee, Dr. {}", "x".repeat(length - 9));
            assert_eq!(without_titles(&text).is_some(), is_read, "{length}");
        }
    }

    #[test]
    fn marks_between_lines_of_an_address_go() {
        for (text, plain) in [
            ("Gasse 64 · 87775 Linden", Some("Gasse 64    87775 Linden")),
            ("Gasse 64|87775 Linden", Some("Gasse 64 87775 Linden")),
            ("Gasse 64; 87775 Linden", Some("Gasse 64  87775 Linden")),
            ("Gasse 64 – 87775 Linden", Some("Gasse 64     87775 Linden")),
            ("Gasse 64–66", None),
            ("Gasse 64-66", None),
            ("Gasse; Linden", None),
        ] {
            assert_eq!(without_marks(text).as_deref(), plain, "{text}");
        }
        for (length, is_read) in [(512, true), (513, false)] {
            let text = format!("1|{}", "x".repeat(length - 2));
            assert_eq!(without_marks(&text).is_some(), is_read, "{length}");
        }
    }

    #[test]
    fn two_salutations_are_two_people() {
        for (text, two) in [
            ("Herr Lee, Frau Ann", true),
            ("Frau Dr. Lee, Ann", false),
            ("Lee, Frau Ann", false),
        ] {
            assert_eq!(greets_two(text), two, "{text}");
        }
    }
}
