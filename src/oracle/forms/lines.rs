//! Lines, paragraphs and cells: what stands on both sides of the end of one can
//! be a name that was broken there, or the end of one name and the beginning of
//! another.

use std::ops::Range;

use super::super::look::APART;

/// Characters of a line that was most likely broken because it was full.
const FULL: usize = 50;

/// Whether what stands at `place` of `text` can be several things rather than
/// one: `Weber, Anna` and `Schmidt, Karl` in two lines are nobody called Anna
/// Schmidt. Only words are met by chance: an address in two lines, or in two
/// elements, is one.
pub(super) fn are_apart(text: &str, place: &Range<usize>) -> bool {
    let slice = &text[place.clone()];
    if !slice.contains(['\n', APART]) || slice.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let inner: Vec<&str> = slice.split('\n').collect();
    // Behind an empty line another paragraph begins.
    if slice.contains(APART) || inner.iter().any(|line| line.trim().is_empty()) {
        return true;
    }
    let (mut before, mut after) = (lines(&text[..place.start]).rev(), lines(&text[place.end..]));
    let head = before.next().unwrap_or_default();
    let tail = after.next().unwrap_or_default();
    let (Some(first), Some(last)) = (inner.first(), inner.last()) else {
        return false;
    };
    let comes_after = head.trim_end().ends_with(LISTED);
    let rest = tail.trim_start().strip_prefix(LISTED);
    if comes_after && rest.is_some() {
        return true;
    }
    if head.chars().count() + first.chars().count() >= FULL {
        return false;
    }
    let in_columns = |inner: &str, outer: &str| {
        !outer.trim().is_empty() && (inner.starts_with('\t') || inner.starts_with("  "))
    };
    let gap = &head[head.trim_end().len()..];
    in_columns(gap, head)
        || in_columns(tail, tail)
        || (comes_after && are_names(head))
        || rest.is_some_and(are_names)
        || (are_names(&format!("{head}{first}"))
            && are_names(&format!("{last}{tail}"))
            && (before.next().is_some_and(are_names) || after.next().is_some_and(are_names)))
}

/// What stands between the names of a list.
const LISTED: [char; 3] = [',', ';', '|'];

fn lines(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(['\n', APART])
}

/// Whether a line holds names and nothing else, as lines of lists do: words
/// that begin with a capital letter, perhaps behind a number or a dash.
fn are_names(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| !c.is_alphabetic());
    let mut words = line.split(|c: char| c.is_whitespace() || LISTED.contains(&c));
    !line.is_empty()
        && words.all(|word| {
            !word.contains(|c: char| c.is_numeric())
                && word
                    .chars()
                    .find(|c| c.is_alphabetic())
                    .is_none_or(|c| !c.is_lowercase())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of `Anna Schmidt` in `text`, however it is broken.
    fn apart(text: &str) -> bool {
        let start = text.rfind("Anna").unwrap();
        let end = text[start..].find("Schmidt").unwrap() + start + 7;
        are_apart(text, &(start..end))
    }

    #[test]
    fn lists_columns_and_cells_are_told_from_lines_that_were_full() {
        for text in [
            "Anna Schmidt",
            "Weber, Anna Schmidt, Karl",
            "Dear Anna\nSchmidt",
            "Dear Anna\r\nSchmidt, your appointment is confirmed",
            "Anna\nSchmidt\nHauptstr. 5",
            "  Dear Anna\n  Schmidt,\n",
            "We have written to Karl Weber, to his aunt, and to Anna\nSchmidt, who lives there",
            "we invited Anna\nSchmidt and others",
            "Patients who were moved to another day: Karl Weber, Anna\nSchmidt and Paul Lee",
            "Invited with Karl Weber, Anna\nSchmidt",
            "Notes\nMet with Anna\nSchmidt on Monday\nRegards",
            // Fifty letters fill a line.
            "Weber-Hohenstein, Maria Theresia Charlotte A, Anna\nSchmidt",
        ] {
            assert!(!apart(text), "{text}");
        }
        for text in [
            "Weber, Anna\nSchmidt, Karl",
            "Weber, Anna\r\nSchmidt, Karl\r\n",
            "1. Weber, Anna\nSchmidt",
            "Anna\nSchmidt, Karl",
            "Weber; Anna\nSchmidt; Karl",
            "Weber, Maria Theresia, Anna\nSchmidt",
            "Weber-Hohenstein, Maria Theresia Charlotte, Anna\nSchmidt",
            "10:00  Anna\nSchmidt",
            "Anna\nSchmidt\t10:00",
            "Anna\n\nSchmidt",
            "Paul Lee\nPeter Anna\nSchmidt Karl",
            "Karl\nAnna\nSchmidt",
            "Anna\u{c}Schmidt",
            "Anna \u{c}\n\u{c} Schmidt",
            "2026-03-01 09:00 Cardiology, second floor, room 5, Weber, Anna\nSchmidt, Karl",
        ] {
            assert!(apart(text), "{text}");
        }
    }
}
