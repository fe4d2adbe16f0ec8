//! Values that are the beginning or the end of something longer: `Anna Schmidt-Weber`,
//! `anna@x.test.org`, `Bahnhofstraße 12-14`, `+49 30 485770-12`. That is somebody
//! or something else.

use std::ops::Range;

use crate::model::words;

use super::super::label::is_label;
use super::phone;
use super::slug::Standing;

/// What joins names to one name. A dash does where no space is beside it.
const HYPHENS: [char; 4] = ['-', '\u{2010}', '\u{2011}', '\u{2013}'];

/// Endings of the names of files, none of which ends an address.
const FILES: [&str; 37] = [
    "bak", "bin", "bmp", "cfg", "crt", "csv", "dat", "dcm", "doc", "eml", "gif", "gz", "hl7",
    "htm", "ics", "ini", "jpg", "key", "log", "msg", "odt", "ods", "p7m", "p7s", "pdf", "pem",
    "png", "ppt", "rtf", "sql", "svg", "tif", "tmp", "txt", "vcf", "xls", "xml",
];

/// Domains of more than three letters that people have addresses in. Other words of
/// that length behind an address say what it is for.
const LONG_DOMAINS: [&str; 30] = [
    "aero",
    "asia",
    "berlin",
    "care",
    "center",
    "clinic",
    "cloud",
    "club",
    "coop",
    "dental",
    "doctor",
    "email",
    "example",
    "family",
    "group",
    "health",
    "hospital",
    "info",
    "international",
    "life",
    "live",
    "local",
    "mobi",
    "museum",
    "name",
    "online",
    "shop",
    "swiss",
    "test",
    "world",
];

/// How the value at `place` of `text`, which a field or column calls `name`, stands
/// among what is joined to it.
pub(super) fn standing(text: &str, place: &Range<usize>, name: &str) -> Standing {
    let (Some(before), Some(value), Some(after)) = (
        text.get(..place.start),
        text.get(place.clone()),
        text.get(place.end..),
    ) else {
        return Standing::Alone;
    };
    let goes_on = if value.contains('@') {
        has_longer_domain(value, after)
    } else if !value.contains(|c: char| c.is_ascii_digit()) {
        return of_name(before, value, after);
    } else if is_called_phone(value, name) {
        has_extension(after)
    } else {
        value.contains(char::is_whitespace) && is_other_house(before, value, after)
    };
    if goes_on {
        Standing::Part
    } else {
        Standing::Alone
    }
}

/// Names go on behind a hyphen and begin before one: `Hans-Peter Müller` is
/// nobody called Peter Müller. `user-Anna Schmidt` is Anna Schmidt.
fn of_name(before: &str, value: &str, after: &str) -> Standing {
    if !value.contains(char::is_whitespace) {
        // Words that hyphens join are read elsewhere.
        return Standing::Alone;
    }
    let is_part = |word: &str| !word.is_empty() && word.chars().all(char::is_alphabetic);
    // Written small beside a name that is not, a word is none of it.
    let is_small = |word: &str| word.starts_with(char::is_lowercase);
    let is_written_small = is_small(value);
    let mut joined = Vec::new();
    if let Some(before) = before.strip_suffix(HYPHENS) {
        let word = before.rsplit(|c: char| !c.is_alphanumeric()).next();
        let word = word.unwrap_or_default();
        if is_part(word) && (is_written_small || !is_small(word)) {
            // Of `PatientReport-` the last word says what it is.
            joined.extend(words(word).pop());
        }
    }
    if let Some(after) = after.strip_prefix(HYPHENS) {
        let word = after.split(|c: char| !c.is_alphanumeric()).next();
        let word = word.unwrap_or_default();
        if is_part(word) && (is_written_small || !is_small(word)) {
            joined.push(word.to_lowercase());
        }
    }
    joined.retain(|word| !is_label(word));
    if joined.is_empty() {
        Standing::Alone
    } else {
        Standing::With(joined)
    }
}

/// Whether the domain of the address `mail` goes on: `x.test` in `x.test.org`. What
/// begins with a capital letter behind a dot is another sentence, and what ends
/// like the name of a file is one.
fn has_longer_domain(mail: &str, after: &str) -> bool {
    let is_of_domain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    let rest = after.split(|c| !is_of_domain(c)).next().unwrap_or_default();
    let rest = rest.trim_end_matches(['.', '-']);
    let mut inner = rest.chars();
    let Some(mark @ ('.' | '-')) = inner.next() else {
        return false;
    };
    let Some(first) = inner.next().filter(|c| c.is_alphanumeric()) else {
        return false;
    };
    let is_sentence = first.is_uppercase() && mail.contains(char::is_lowercase);
    let Some((_, last)) = rest.rsplit_once('.') else {
        return false;
    };
    let last = last.to_lowercase();
    let is_short = (2..=3).contains(&last.chars().count());
    let is_domain = last.chars().any(char::is_alphabetic)
        && !FILES.contains(&last.as_str())
        && (is_short || LONG_DOMAINS.contains(&last.as_str()));
    is_domain && (mark == '-' || !is_sentence)
}

fn is_called_phone(value: &str, name: &str) -> bool {
    let called_so = words(name)
        .iter()
        .any(|word| super::shape::is_phone_word(word));
    !value.contains(char::is_alphabetic) && phone::is_phone(value, called_so)
}

/// Whether a telephone number goes on with an extension. `-0` is the number itself.
fn has_extension(after: &str) -> bool {
    after
        .strip_prefix(HYPHENS)
        .is_some_and(|rest| rest.starts_with(|c: char| matches!(c, '1'..='9')))
}

/// Whether the number of a house is another one: `12-14` begins with 12.
fn is_other_house(before: &str, value: &str, after: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let has_words = value.contains(char::is_alphabetic);
    let goes_on = value.ends_with(is_digit)
        && after
            .strip_prefix(HYPHENS)
            .is_some_and(|rest| rest.starts_with(is_digit));
    let began = value.starts_with(is_digit)
        && before
            .strip_suffix(HYPHENS)
            .is_some_and(|rest| rest.ends_with(is_digit));
    has_words && (goes_on || began)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, value: &str, text: &str) -> Standing {
        let start = text.find(value).unwrap();
        standing(text, &(start..start + value.len()), name)
    }

    #[test]
    fn longer_names_are_told_from_names_behind_labels() {
        for (text, with) in [
            ("Prof. Dr. Anna Lee-Groß", "groß"),
            ("Anna Lee\u{2011}Lindner", "lindner"),
            ("Anna Lee–Lindner", "lindner"),
            ("Hans-Anna Lee", "hans"),
            ("HANS-Anna Lee", "hans"),
            ("Kurvenblatt-Anna Lee", "kurvenblatt"),
            ("Anna Lee-Straße", "straße"),
        ] {
            let with = Standing::With(vec![with.to_owned()]);
            assert_eq!(found("full_name", "Anna Lee", text), with, "{text}");
        }
        let with = Standing::With(vec!["hans".to_owned()]);
        assert_eq!(found("full_name", "anna lee", "hans-anna lee"), with);
        for text in [
            "Anna Lee-",
            "Anna Lee - Dashboard",
            "Anna Lee-2026",
            "Anna Lee-led trial",
            "Anna Lee-Befund.pdf",
            "user-Anna Lee",
            "PatientReport-Anna Lee",
            "kurvenblatt-Anna Lee",
            "17-Anna Lee",
            "-Anna Lee",
        ] {
            assert_eq!(
                found("full_name", "Anna Lee", text),
                Standing::Alone,
                "{text}"
            );
        }
        let slug = found("login", "anna-lee", "hans-anna-lee");
        assert_eq!(slug, Standing::Alone);
    }

    #[test]
    fn longer_domains_are_told_from_ends_of_sentences() {
        let mail = "a.b@x.test";
        for (text, goes_on) in [
            ("a.b@x.test.org", true),
            ("<a.b@x.test.co.uk>", true),
            ("a.b@x.test.1und1.de", true),
            ("a.b@x.test-mail.org", true),
            ("a.b@x.test.org.", true),
            ("a.b@x.test.", false),
            ("a.b@x.test. next", false),
            ("a.b@x.test.Next sentence", false),
            ("a.b@x.test.csv", false),
            ("a.b@x.test.xls", false),
            ("a.b@x.test.preferences", false),
            ("a.b@x.test.info", true),
            ("a.b@x.test.2026.csv", false),
            ("a.b@x.test-2026.csv", false),
            ("a.b@x.test.profile", false),
            ("a.b@x.test-backup", false),
            ("a.b@x.test.2", false),
            ("a.b@x.test..org", false),
            ("a.b@x.test, b@x.org", false),
        ] {
            let part = found("email", mail, text) == Standing::Part;
            assert_eq!(part, goes_on, "{text}");
        }
        let large = found("email", "A.B@X.TEST", "A.B@X.TEST.ORG");
        assert_eq!(large, Standing::Part);
    }

    #[test]
    fn longer_numbers_are_others() {
        for (name, value, text, goes_on) in [
            ("phone", "+49304857765", "+49304857765-12", true),
            ("phone", "+49304857765", "+49304857765-0", false),
            ("phone", "+49304857765", "+49304857765 - 12", false),
            ("phone", "+49304857765", "+49304857765-", false),
            ("street", "Bahnhofstraße 12", "Bahnhofstraße 12-200", true),
            ("street", "Bahnhofstraße 12", "Bahnhofstraße 12–14", true),
            (
                "street",
                "Bahnhofstraße 12",
                "Bahnhofstraße 12 - 3. Etage",
                false,
            ),
            ("street", "Bahnhofstraße 12", "Bahnhofstraße 12-Hof", false),
            ("street", "12 Long Lane", "100-12 Long Lane", true),
            ("street", "12 Long Lane", "no-12 Long Lane", false),
            ("no", "4711 0815", "4711 0815-2", false),
            ("no", "M-4711", "M-4711-2", false),
        ] {
            let part = found(name, value, text) == Standing::Part;
            assert_eq!(part, goes_on, "{text}");
        }
    }
}
