//! Texts for `{{ unique }}`.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::{RunTag, UserId};

/// Makes texts of which no two are the same: not within a run, and, since each
/// run draws its tag, not in different runs either. A service that keeps what an
/// earlier run wrote is told nothing twice.
#[derive(Debug)]
pub struct Uniques {
    tag: RunTag,
    made: AtomicU64,
}

impl Uniques {
    /// For the run marked `tag`.
    pub fn new(tag: RunTag) -> Self {
        Self {
            tag,
            made: AtomicU64::new(0),
        }
    }

    /// The next one, for `user`: letters, digits and dashes.
    pub(super) fn next(&self, user: UserId) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{user}-{:012x}-{number}", self.tag.0)
    }

    /// The texts made here that stand somewhere in `text`, with their places.
    pub(super) fn found_in<'a>(
        &self,
        text: &'a str,
    ) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        let mark = format!("-{:012x}-", self.tag.0);
        let mut from = 0;
        std::iter::from_fn(move || {
            loop {
                let at = from + text.get(from..)?.find(&mark)?;
                let behind = at + mark.len();
                from = behind;
                let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
                let before = text[..at].bytes().rev();
                let begin = at - before.take_while(u8::is_ascii_digit).count();
                let end = behind + digits(&text[behind..]);
                if text[..begin].ends_with('u') && end > behind {
                    return Some((begin - 1, &text[begin - 1..end]));
                }
            }
        })
    }
}

/// The number at the end of a text that was made here.
pub(super) fn number(unique: &str) -> Option<u64> {
    unique.rsplit('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_users_and_calls_get_different_texts() {
        let (one, other) = (Uniques::new(RunTag(1)), Uniques::new(RunTag(2)));
        let made = [
            one.next(UserId(1)),
            one.next(UserId(1)),
            one.next(UserId(2)),
            other.next(UserId(1)),
        ];
        let different: std::collections::BTreeSet<_> = made.iter().collect();
        assert_eq!(different.len(), made.len(), "{made:?}");
        assert_eq!(made[0], "u000001-000000000001-1");
    }

    #[test]
    fn texts_are_known_by_the_run_that_made_them() {
        let uniques = Uniques::new(RunTag(0xab));
        let one = uniques.next(UserId(3));
        assert_eq!(number(&one), Some(1));
        for other in [
            "",
            "-0000000000ab-",
            "u-0000000000ab-x",
            "u000003-0000000000ac-1",
        ] {
            assert_eq!(uniques.found_in(other).next(), None, "{other}");
        }
        let two = uniques.next(UserId(4));
        let text = format!("<note id='{one}'>\u{e4}{two}-0000000000ab-</note>");
        let found: Vec<&str> = uniques.found_in(&text).map(|(_, own)| own).collect();
        assert_eq!(found, [&one, &two]);
    }
}
