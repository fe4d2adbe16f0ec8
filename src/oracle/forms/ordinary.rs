//! Names that are ordinary words: May Long, Will Power, Mark Down. Written small
//! they say what they say: "you may long for it".

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use crate::model::words;

use super::hints_at;

/// Words by which people are called, too, first or last.
static WORDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("words.txt").split_whitespace().collect());

/// Whether what stands at `place` of `text` reads as words rather than as the
/// name that is known as `fact`: all of it could be words, and one is written
/// small. What a field is called (`hint`) can say that it is a name all the same.
pub(super) fn reads_as_words(text: &str, place: &Range<usize>, hint: &str, fact: &str) -> bool {
    let Some(slice) = text.get(place.clone()) else {
        return false;
    };
    let is_small = |word: &str| word.chars().next().is_some_and(char::is_lowercase);
    let parts = || {
        slice
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty())
    };
    parts().count() > 1
        && parts().any(is_small)
        && !slice.contains(|c: char| c.is_ascii_digit() || c == '@')
        && parts().all(|word| WORDS.contains(word.to_lowercase().as_str()))
        && !is_of_a_name(hint, fact)
}

fn is_of_a_name(hint: &str, fact: &str) -> bool {
    !hint.is_empty()
        && (hints_at(hint, fact) || words(hint).iter().any(|word| word.ends_with("name")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str, part: &str, hint: &str) -> bool {
        reads_as(text, part, hint, "full_name")
    }

    fn reads_as(text: &str, part: &str, hint: &str, fact: &str) -> bool {
        let start = text.find(part).unwrap();
        reads_as_words(text, &(start..start + part.len()), hint, fact)
    }

    #[test]
    fn small_words_are_words() {
        for (text, part) in [
            ("The wait may long outlast it", "may long"),
            ("Will power beats talent", "Will power"),
            ("you may\nlong for it", "may\nlong"),
            ("/blog/will-power", "will-power"),
            ("Long may you run", "Long may"),
            ("jo young and old", "jo young"),
            ("ein ernst klein gedruckter Satz", "ernst klein"),
        ] {
            assert!(reads(text, part, ""), "{text}");
        }
    }

    #[test]
    fn names_are_names() {
        for (text, part, hint) in [
            ("Dear May Long, welcome", "May Long", ""),
            ("DEAR MAY LONG", "MAY LONG", ""),
            ("may long", "may long", "name"),
            ("may long", "may long", "fullName"),
            ("dear anna lee", "anna lee", ""),
            ("dear will smithson", "will smithson", ""),
            ("may", "may", ""),
            ("may long", "may long", "nickname"),
            ("lives at 5 long hill", "5 long hill", ""),
        ] {
            assert!(!reads(text, part, hint), "{text}");
        }
        for (hint, words) in [("patient", false), ("note", true)] {
            assert_eq!(reads_as("may long", "may long", hint, "patient"), words);
        }
    }
}
