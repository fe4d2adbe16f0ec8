//! Ids and numbers, whatever separates their groups.

use super::moment;

/// Digits without a separator below this are told from others only by what
/// they are called.
const BARE: usize = 10;

/// The shortest id that has forms.
pub(super) const SHORTEST: usize = 9;

/// Longer ones are none.
const LONGEST: usize = 40;

/// Groups of one id.
const MOST_GROUPS: usize = 10;

/// Of these, ones without a digit.
const MOST_WORDS: usize = 2;

/// Digits in a text without which no id is looked for.
pub(super) const FEWEST_DIGITS: usize = 4;

/// A run of ASCII letters and digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) digits: usize,
    /// A plus sign stands before it.
    pub(super) plus: bool,
    /// It goes on with something that is no ASCII.
    pub(super) glued: bool,
}

impl Group {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn is_number(&self) -> bool {
        self.digits == self.len()
    }
}

/// Only letters and digits, in lower case.
pub(super) fn compact(value: &str) -> String {
    value
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether nothing but letters, digits and what separates them is in `value`.
pub(super) fn is_natural(value: &str) -> bool {
    value
        .trim()
        .chars()
        .all(|c| c.is_alphanumeric() || is_separator(c) || matches!(c, '+' | '(' | ')'))
}

/// Whether `value` is an id with enough of everything that it is not met by
/// chance.
pub(super) fn is_id(value: &str) -> bool {
    let found = groups(value);
    let [groups] = found.as_slice() else {
        return false;
    };
    let covers = groups[0].start == 0 && groups[groups.len() - 1].end == value.len();
    covers && groups.len() <= MOST_GROUPS && is_joined(value, groups) && {
        let length: usize = groups.iter().map(Group::len).sum();
        let digits: usize = groups.iter().map(|group| group.digits).sum();
        is_enough(length, digits)
    }
}

fn is_enough(length: usize, digits: usize) -> bool {
    (SHORTEST..=LONGEST).contains(&length) && (digits >= 6 || (length >= 16 && digits >= 4))
}

/// Whether all of `groups` can be one id: with a single separator between any
/// two, in the way of ids, and no words among them.
fn is_joined(text: &str, groups: &[Group]) -> bool {
    let words = groups.iter().filter(|group| group.digits == 0);
    words.clone().count() <= MOST_WORDS
        && words.into_iter().all(|group| group.len() <= 4)
        && groups.windows(2).all(|pair| {
            let between = &text[pair[0].end..pair[1].start];
            between.chars().count() == 1 && between.chars().all(is_separator)
        })
        && is_in_one_way(text, groups)
}

/// Whether no separator of digits comes back after another one. Ids have one,
/// or the last ones differ (`123.456.789-09`, `12.345.678/0001-95`); what changes
/// to and fro is several numbers. How letters are set apart from digits says
/// nothing of the digits.
fn is_in_one_way(text: &str, groups: &[Group]) -> bool {
    let mut left: Vec<&str> = Vec::new();
    let mut now = "";
    let bytes = text.as_bytes();
    groups.windows(2).all(|pair| {
        let (end, start) = (pair[0].end, pair[1].start);
        let between = &text[end..start];
        let digits = bytes[end - 1].is_ascii_digit() && bytes[start].is_ascii_digit();
        if !digits || between == now {
            return true;
        }
        left.push(now);
        now = between;
        !left.contains(&between)
    })
}

/// Calls `found` with every id in `text`: its range, itself without separators,
/// and whether it is so short that it needs a hint.
pub(super) fn ids(
    text: &str,
    runs: &[Vec<Group>],
    found: &mut dyn FnMut(std::ops::Range<usize>, String, bool),
) {
    for run in runs {
        for first in 0..run.len() {
            // Among plain words no id begins.
            let mut beginning = run[first..].iter().take(MOST_WORDS + 1);
            if beginning.all(|group| group.digits == 0) {
                continue;
            }
            for last in first..run.len().min(first + MOST_GROUPS) {
                let groups = &run[first..=last];
                let length: usize = groups.iter().map(Group::len).sum();
                if length > LONGEST
                    || !is_joined(text, &groups[groups.len().saturating_sub(2)..])
                    || !is_joined(text, groups)
                {
                    break;
                }
                let digits: usize = groups.iter().map(|group| group.digits).sum();
                if is_enough(length, digits) && stands_by_itself(text, run, first, last) {
                    let (start, end) = (run[first].start, run[last].end);
                    let bare = groups.len() == 1
                        && digits == length
                        && (length < BARE || moment::is_epoch(&text[start..end]));
                    found(start..end, compact(&text[start..end]), bare);
                }
            }
        }
    }
}

/// Whether the groups from `first` to `last` are not a part of a longer number.
fn stands_by_itself(text: &str, run: &[Group], first: usize, last: usize) -> bool {
    let before = text[..run[first].start].chars().next_back();
    let behind = text[run[last].end..].chars().next();
    if before.is_some_and(is_latin) || behind.is_some_and(is_latin) {
        return false;
    }
    let inner: String = run[first..=last]
        .windows(2)
        .map(|pair| &text[pair[0].end..pair[1].start])
        .collect();
    let belongs = |left: &Group, right: &Group, neighbour: &Group| {
        let between = &text[left.end..right.start];
        let same = between.chars().any(|c| inner.contains(c));
        let tight = between.chars().all(|c| !c.is_whitespace() && c != '/');
        neighbour.digits > 0 && between.chars().count() == 1 && (same || tight)
    };
    let before = first
        .checked_sub(1)
        .is_some_and(|at| belongs(&run[at], &run[first], &run[at]));
    let after = run
        .get(last + 1)
        .is_some_and(|next| belongs(&run[last], next, next));
    !before && !after
}

/// A letter or digit that goes on with an id. Letters of other scripts do not, nor does
/// the ordinal sign of `nº123`.
fn is_latin(c: char) -> bool {
    let accented = matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    c.is_ascii_alphanumeric() || (accented && c.is_alphabetic())
}

/// What stands between groups of one number.
pub(super) fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '-' | '\u{2010}'..='\u{2015}' | '.' | '/' | '_'
    )
}

/// The groups of `text`, those together that only separators stand between.
pub(super) fn groups(text: &str) -> Vec<Vec<Group>> {
    let mut runs: Vec<Vec<Group>> = Vec::new();
    let mut run: Vec<Group> = Vec::new();
    let (mut separators, mut plus, mut broken) = (0, false, false);
    let mut open: Option<Group> = None;
    let mut end_run = |run: &mut Vec<Group>| {
        if run.iter().map(|group| group.digits).sum::<usize>() >= FEWEST_DIGITS {
            runs.push(std::mem::take(run));
        } else {
            run.clear();
        }
    };
    for (at, c) in text.char_indices() {
        if c.is_ascii_alphanumeric() {
            let group = open.get_or_insert_with(|| {
                if broken || separators > 3 {
                    end_run(&mut run);
                }
                Group {
                    start: at,
                    end: at,
                    digits: 0,
                    plus,
                    glued: false,
                }
            });
            group.end = at + 1;
            group.digits += usize::from(c.is_ascii_digit());
            (separators, plus, broken) = (0, false, false);
            continue;
        }
        if let Some(mut group) = open.take() {
            group.glued = c.is_alphanumeric();
            run.push(group);
        }
        match c {
            '+' => {
                // What a plus sign stands before is the beginning of a number.
                plus = true;
                broken = true;
            }
            // They stand beside separators: `(030) / 1234567`.
            '(' | ')' => {}
            _ if is_separator(c) => separators += 1,
            _ => {
                broken = true;
                plus = false;
            }
        }
    }
    run.extend(open);
    end_run(&mut run);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_enough_of_everything() {
        for (value, id) in [
            ("K48210573", true),
            ("K4821057", false),
            ("ABC123456", true),
            ("ABCD12345", false),
            ("abcdefghijkl1234", true),
            ("abcdefghijk1234", false),
            ("abcdefghijklm123", false),
            ("1234567890123456789012345678901234567890", true),
            ("12345678901234567890123456789012345678901", false),
            ("A-1700", false),
            // All of the value is the id.
            ("#48210573-22", false),
            ("48210573-22#", false),
            // Words among them are short, and few.
            ("AB-CD-482105", true),
            ("AB-CD-EF-482105", false),
            ("KRKV-482105", true),
            ("ORDER-482105", false),
            ("12-34-56-78-90-12-34-56-78-90", true),
            ("12-34-56-78-90-12-34-56-78-90-12", false),
            // One separator between any two.
            ("4821-0573-22", true),
            ("4821--057322", false),
            ("4821(057322", false),
            ("123.456.789-09", true),
            ("123-456.789-09", false),
        ] {
            assert_eq!(is_id(value), id, "{value}");
        }
    }

    #[test]
    fn numbers_are_letters_digits_and_what_separates_them() {
        for (value, natural) in [
            (" M-K48.210/573_1 ", true),
            ("+49 (0)151", true),
            ("M:1001", false),
            ("M-1001, M-1002", false),
        ] {
            assert_eq!(is_natural(value), natural, "{value}");
        }
    }
}
