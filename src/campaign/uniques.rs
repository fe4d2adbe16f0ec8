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
}
