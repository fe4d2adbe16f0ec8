//! Lists that do not show everything: pages, and "the latest ten".

use std::collections::BTreeSet;

use crate::model::ValueHash;

/// What a page usually holds.
const PAGES: [usize; 14] = [10, 12, 15, 20, 24, 25, 30, 40, 50, 60, 100, 200, 500, 1_000];

/// Shorter lists are taken for whole.
const SHORTEST: usize = 5;

/// The longest lists of one kind so far.
#[derive(Debug, Default)]
pub(super) struct Caps {
    longest: usize,
    /// Different ones of that length.
    contents: BTreeSet<Vec<ValueHash>>,
}

impl Caps {
    /// Whether a list of `ids` looks as if it were cut: as long as pages are,
    /// or as long as the longest ones, of which there are several.
    pub(super) fn looks_capped(&mut self, ids: &BTreeSet<ValueHash>) -> bool {
        let length = ids.len();
        if length > self.longest {
            self.longest = length;
            self.contents.clear();
        }
        if length < SHORTEST {
            return false;
        }
        if length == self.longest && self.contents.len() < 2 {
            self.contents.insert(ids.iter().take(32).copied().collect());
        }
        PAGES.contains(&length) || (length == self.longest && self.contents.len() > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ValueHasher;

    fn ids(range: std::ops::Range<usize>) -> BTreeSet<ValueHash> {
        let hasher = ValueHasher::new([1; 32]);
        range.map(|id| hasher.hash(&id.to_string())).collect()
    }

    #[test]
    fn pages_are_not_taken_for_everything() {
        let mut caps = Caps::default();
        assert!(!caps.looks_capped(&ids(0..4)));
        assert!(caps.looks_capped(&ids(0..20)));
    }

    #[test]
    fn a_list_that_slides_is_cut() {
        let mut caps = Caps::default();
        assert!(!caps.looks_capped(&ids(0..6)));
        assert!(!caps.looks_capped(&ids(0..7)));
        assert!(!caps.looks_capped(&ids(0..7)));
        assert!(caps.looks_capped(&ids(1..8)));
        assert!(!caps.looks_capped(&ids(0..6)));
    }
    /// Lists that slide are cut from five on.
    #[test]
    fn short_lists_are_whole() {
        for (length, is_cut) in [(4, false), (5, true), (6, true)] {
            let mut caps = Caps::default();
            assert!(!caps.looks_capped(&ids(0..length)));
            let slid = ids(100..100 + length);
            assert_eq!(caps.looks_capped(&slid), is_cut, "{length}");
        }
    }

    #[test]
    fn a_list_that_was_longer_is_not_cut() {
        let mut caps = Caps::default();
        assert!(!caps.looks_capped(&ids(0..7)));
        assert!(!caps.looks_capped(&ids(0..6)));
        assert!(!caps.looks_capped(&ids(0..7)));
    }
}
