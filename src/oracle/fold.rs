//! Folding: the form in which texts are compared.

mod eight;

use std::ops::Range;

use super::label::{is_joint, is_label};
use eight::EIGHT;

/// `text` in lower case with every run of white space made one space, so that
/// a name broken over two lines of a page is still that name.
///
/// ```
/// assert_eq!(fpt::oracle::fold("Anna\n  SCHMIDT"), "anna schmidt");
/// ```
pub fn fold(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut folded = Vec::with_capacity(bytes.len());
    // Space at the beginning counts for nothing, like space behind space.
    let mut spaced = true;
    let mut at = 0;
    while at < bytes.len() {
        if let Some(chunk) = bytes[at..].first_chunk::<CHUNK>()
            && let Some((chunk, ends_spaced)) = folded_chunk(chunk, spaced)
        {
            folded.extend_from_slice(&chunk);
            spaced = ends_spaced;
            at += CHUNK;
            continue;
        }
        let end = at + CHUNK;
        while at < bytes.len().min(end) {
            if let Some(eight) = bytes[at..].first_chunk::<EIGHT>()
                && let Some((eight, ends_spaced)) = eight::folded(*eight, spaced)
            {
                folded.extend_from_slice(&eight);
                spaced = ends_spaced;
                at += EIGHT;
            } else {
                at = letter_by_letter(text, at..at + EIGHT, &mut folded, &mut spaced);
            }
        }
    }
    if folded.last() == Some(&b' ') {
        folded.pop();
    }
    String::from_utf8(folded)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Bytes that are written together.
const CHUNK: usize = 32;

/// The same as [`eight::folded`] of so many more.
#[inline]
fn folded_chunk(chunk: &[u8; CHUNK], mut spaced: bool) -> Option<([u8; CHUNK], bool)> {
    let mut folded = [0; CHUNK];
    let (eights, into) = (chunk.as_chunks().0, folded.as_chunks_mut().0);
    for (eight, into) in eights.iter().zip(into) {
        (*into, spaced) = eight::folded(*eight, spaced)?;
    }
    Some((folded, spaced))
}

/// Folds the letters that begin in `place`; gives where the next one begins.
fn letter_by_letter(
    text: &str,
    place: Range<usize>,
    folded: &mut Vec<u8>,
    spaced: &mut bool,
) -> usize {
    let bytes = text.as_bytes();
    let mut at = place.start;
    while at < bytes.len().min(place.end) {
        let byte = bytes[at];
        if byte.is_ascii() {
            let space = is_space(byte);
            if !(space && *spaced) {
                folded.push(if space {
                    b' '
                } else {
                    byte.to_ascii_lowercase()
                });
            }
            *spaced = space;
            at += 1;
            continue;
        }
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else {
            break;
        };
        if !c.is_whitespace() {
            for lower in c.to_lowercase() {
                folded.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
            }
        } else if !*spaced {
            folded.push(b' ');
        }
        *spaced = c.is_whitespace();
        at += c.len_utf8();
    }
    at
}

/// White space, as `char::is_whitespace` has it for ASCII.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// For each byte of the folded `text` the place in `text` of the character that
/// it comes from, and the end.
pub(super) fn places(text: &str) -> Vec<usize> {
    let mut places = Vec::with_capacity(text.len() + 1);
    let mut gap = None;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            gap.get_or_insert(at);
            continue;
        }
        if let Some(begin) = gap.take()
            && !places.is_empty()
        {
            places.push(begin);
        }
        let length = c.to_lowercase().map(char::len_utf8).sum::<usize>();
        places.resize(places.len() + length, at);
    }
    places.push(gap.unwrap_or(text.len()));
    places
}

/// Whether a match at `start..end` of `text` stands on its own: `M-1001` is
/// not in `M-10012`, and `anna@x.test` is not in `joanna@x.test`.
pub(super) fn stands_alone(text: &str, start: usize, end: usize, mail: bool) -> bool {
    let glued = |inner: Option<char>, outer: Option<char>| {
        let (Some(inner), Some(outer)) = (inner, outer) else {
            return false;
        };
        // Scripts without spaces between words have no word boundaries.
        let word = |c: char| c.is_alphanumeric() && !is_unspaced(c);
        (word(inner) && word(outer))
            || (mail && is_local_part(outer) && !is_labelled(&text[..start], &text[start..end]))
    };
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    let first = text[start..].chars().next();
    let last = text[..end].chars().next_back();
    let glued_after = {
        let word = |c: char| c.is_alphanumeric() && !is_unspaced(c);
        matches!((last, after), (Some(last), Some(after)) if word(last) && word(after))
    };
    !glued(first, before) && !glued_after
}

/// Characters that can stand before an address's name and belong to it.
fn is_local_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-')
}

/// Whether the address `mail` is joined to a label rather than being the end of
/// a longer one: `user-anna.lee@x.test` in the key of a cache. A short name of
/// letters alone can be the end of anything.
fn is_labelled(before: &str, mail: &str) -> bool {
    let name = mail.split('@').next().unwrap_or_default();
    let is_unlikely = name.len() >= 8 || name.contains(|c: char| c == '.' || c.is_ascii_digit());
    is_unlikely
        && before.strip_suffix(is_joint).is_some_and(|before| {
            let word = before.rsplit(|c: char| !c.is_alphanumeric()).next();
            is_label(word.unwrap_or_default())
        })
}

/// Han, kana, Thai and the like.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0e00..=0x0eff | 0x3040..=0x30ff | 0x3400..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the words have it, letter by letter.
    fn letter_by_letter(text: &str) -> String {
        let mut folded = String::new();
        let mut gap = false;
        for c in text.chars() {
            if c.is_whitespace() {
                gap = true;
                continue;
            }
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.extend(c.to_lowercase());
        }
        folded
    }

    proptest! {
        #[test]
        fn many_bytes_at_a_time_are_folded_like_single_letters(
            text in "([A-Za-z0-9.,\"{}:]{0,40}[ \t\n\u{b}\u{1c}\u{85}\u{a0}\u{2003}]{0,3}|\\PC{0,3}| ){0,12}",
        ) {
            prop_assert_eq!(fold(&text), letter_by_letter(&text));
        }
    }

    #[test]
    fn places_are_found_again() {
        for text in [
            "You are Anna Schmidt",
            "\n  Ä İstanbul\t\tAnna\n Schmidt  ",
            "Anna Schmidt",
            "",
        ] {
            let folded = fold(text);
            let places = places(text);
            assert_eq!(places.len(), folded.len() + 1, "{text}");
            let Some(at) = folded.find("anna schmidt") else {
                continue;
            };
            assert_eq!(places[at], text.find("Anna").unwrap(), "{text}");
            let end = text.find("Schmidt").unwrap() + 7;
            assert_eq!(places[at + 12], end, "{text}");
        }
    }

    #[test]
    fn folds_case_and_space() {
        for (text, folded) in [
            ("  A\tB  ", "a b"),
            ("MÜLLER", "müller"),
            ("İ", "i\u{307}"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn parts_of_longer_words_do_not_stand_alone() {
        for (text, part, mail, alone) in [
            ("id m-1001 ok", "m-1001", false, true),
            ("id m-10012 ok", "m-1001", false, false),
            ("xm-1001", "m-1001", false, false),
            ("<anna@x.test>", "anna@x.test", true, true),
            ("joanna@x.test", "anna@x.test", true, false),
            ("jo.anna@x.test", "anna@x.test", true, false),
            ("mailto:anna@x.test.", "anna@x.test", true, true),
            ("user-anna.lee@x.test", "anna.lee@x.test", true, true),
            ("export_anna7@x.test.csv", "anna7@x.test", true, true),
            (
                "k:2026+annaschmidt@x.test",
                "annaschmidt@x.test",
                true,
                true,
            ),
            ("user-anna@x.test", "anna@x.test", true, false),
            ("mary-ann.lee@x.test", "ann.lee@x.test", true, false),
            ("-ann.lee@x.test", "ann.lee@x.test", true, false),
            ("superuser-ann.lee@x.test", "ann.lee@x.test", true, false),
            ("氏名山田太郎様", "山田太郎", false, true),
        ] {
            let start = text.find(part).unwrap();
            assert_eq!(
                stands_alone(text, start, start + part.len(), mail),
                alone,
                "{text}"
            );
        }
    }
}
