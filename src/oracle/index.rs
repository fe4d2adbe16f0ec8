//! The fact index: finds any of millions of values in one pass over a text.
//!
//! Every value is filed under its first [`WINDOW`] bytes. A pass slides a
//! window over the text; a bitmap tells for nearly every position that no value
//! begins there, and only the few others are looked up and compared. The cost
//! per byte does not grow with the number of values, and values can be added
//! while others scan. (The idea is that of Rabin and Karp, "Efficient randomized
//! pattern-matching algorithms", 1987, with a bitmap in place of a rolling hash.)

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;

use crate::model::{Fact, FactName, Lesson, Origin, UserId, Visibility};

use super::fold::{fold, stands_alone};

/// Values with fewer bytes than this, folded, are too common to accuse anyone.
pub(super) const WINDOW: usize = 6;

/// Bits of the bitmap per value: one position in sixteen is looked up in vain.
const BITS_PER_VALUE: usize = 16;

/// The smallest bitmap, 64 Ki bits.
const SMALLEST: usize = 1 << 16;

/// A value that the index can find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedFact {
    /// Whose it is; nobody's in particular when it is public by declaration.
    pub owner: Option<UserId>,
    /// The owner's group.
    pub group: u32,
    /// What it is.
    pub name: FactName,
    /// Who may see it.
    pub visibility: Visibility,
    /// Where it comes from.
    pub origin: Origin,
    /// Where it was learned, when it was.
    pub lesson: Option<Arc<Lesson>>,
    /// The value, folded.
    folded: Box<str>,
}

impl IndexedFact {
    /// `fact` of `owner`, a member of `group`.
    pub(super) fn new(owner: UserId, group: u32, fact: &Fact, lesson: Option<Arc<Lesson>>) -> Self {
        Self {
            owner: Some(owner),
            group,
            name: Arc::clone(&fact.name),
            visibility: fact.visibility,
            origin: fact.origin,
            lesson,
            folded: fold(&fact.value).into(),
        }
    }

    /// The value in the form in which it is compared.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

/// All values that are known, by their first bytes.
pub struct FactIndex {
    bitmap: Box<[AtomicU64]>,
    shift: u32,
    filed: DashMap<u64, Vec<Arc<IndexedFact>>>,
    accusing: AtomicU64,
}

impl std::fmt::Debug for FactIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FactIndex")
            .field("facts", &self.len())
            .finish_non_exhaustive()
    }
}

impl FactIndex {
    /// An index with room for about `expected` values; more only cost speed.
    pub fn with_room_for(expected: usize) -> Self {
        let bits = (expected * BITS_PER_VALUE)
            .max(SMALLEST)
            .next_power_of_two();
        Self {
            bitmap: (0..bits / 64).map(|_| AtomicU64::new(0)).collect(),
            shift: 64 - bits.trailing_zeros(),
            filed: DashMap::new(),
            accusing: AtomicU64::new(0),
        }
    }

    /// How many facts can accuse.
    pub fn len(&self) -> u64 {
        self.accusing.load(Ordering::Relaxed)
    }

    /// Whether no fact can accuse.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Files `fact` of `owner`. Weak facts and values that are too short are
    /// left out; gives whether it was filed.
    pub fn insert(&self, owner: UserId, group: u32, fact: &Fact) -> bool {
        if fact.weak {
            return false;
        }
        self.file(IndexedFact::new(owner, group, fact, None))
    }

    /// No longer finds the folded value of `owner` that was learned.
    pub(super) fn remove(&self, owner: UserId, folded: &str) {
        let Some(window) = window_at(folded.as_bytes(), 0) else {
            return;
        };
        if let Some(mut facts) = self.filed.get_mut(&window) {
            facts.retain(|fact| {
                let gone = fact.owner == Some(owner)
                    && matches!(fact.origin, Origin::Learned | Origin::Session)
                    && *fact.folded == *folded;
                if gone && fact.visibility != Visibility::Public {
                    self.accusing.fetch_sub(1, Ordering::Relaxed);
                }
                !gone
            });
        }
        // The bitmap keeps the position: it costs a look-up in vain, no more.
        self.filed.remove_if(&window, |_, facts| facts.is_empty());
    }

    /// Files a value that accuses nobody, wherever it is seen.
    pub fn insert_public(&self, name: &str, value: &str) -> bool {
        self.file(IndexedFact {
            owner: None,
            group: 0,
            name: name.into(),
            visibility: Visibility::Public,
            origin: Origin::Account,
            lesson: None,
            folded: fold(value).into(),
        })
    }

    pub(super) fn file(&self, fact: IndexedFact) -> bool {
        let Some(window) = window_at(fact.folded.as_bytes(), 0) else {
            return false;
        };
        if fact.visibility != Visibility::Public {
            self.accusing.fetch_add(1, Ordering::Relaxed);
        }
        self.filed.entry(window).or_default().push(Arc::new(fact));
        let (word, bit) = self.bit(window);
        self.bitmap[word].fetch_or(bit, Ordering::Release);
        true
    }

    /// Calls `found` with every known value in `folded`, which has to be
    /// folded, and where it stands.
    pub fn scan(&self, folded: &str, mut found: impl FnMut(Range<usize>, &Arc<IndexedFact>)) {
        let bytes = folded.as_bytes();
        let Some(last) = bytes.len().checked_sub(WINDOW) else {
            return;
        };
        for start in 0..=last {
            let Some(window) = window_at(bytes, start) else {
                break;
            };
            let (word, bit) = self.bit(window);
            if self.bitmap[word].load(Ordering::Relaxed) & bit == 0 {
                continue;
            }
            let Some(facts) = self.filed.get(&window) else {
                continue;
            };
            for fact in facts.iter() {
                let end = start + fact.folded.len();
                if bytes.get(start..end) == Some(fact.folded.as_bytes())
                    && stands_alone(folded, start, end, fact.folded.contains('@'))
                {
                    found(start..end, fact);
                }
            }
        }
    }

    fn bit(&self, window: u64) -> (usize, u64) {
        // Fibonacci hashing: the high bits of the product are well mixed.
        let hash = window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift;
        let position = usize::try_from(hash).unwrap_or(0);
        (position / 64, 1 << (position % 64))
    }
}

/// The [`WINDOW`] bytes at `start` as a number.
fn window_at(bytes: &[u8], start: usize) -> Option<u64> {
    let window = bytes.get(start..start + WINDOW)?;
    let mut padded = [0; 8];
    padded[..WINDOW].copy_from_slice(window);
    Some(u64::from_le_bytes(padded))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fact(value: &str) -> Fact {
        Fact {
            name: "member_id".into(),
            value: value.to_owned(),
            visibility: Visibility::Private,
            origin: Origin::Generated,
            weak: false,
        }
    }

    fn owners(index: &FactIndex, text: &str) -> Vec<u32> {
        let mut owners = Vec::new();
        index.scan(&fold(text), |_, fact| {
            owners.extend(fact.owner.map(|id| id.0));
        });
        owners
    }

    #[test]
    fn finds_values_of_several_users_in_one_text() {
        let index = FactIndex::with_room_for(10);
        index.insert(UserId(1), 1, &fact("M-100001"));
        index.insert(UserId(2), 2, &fact("M-100002"));
        index.insert(UserId(3), 3, &fact("Anna Schmidt"));
        let text = "M-100002, then ANNA  Schmidt; not M-1000011 and no m-10000";
        assert_eq!(owners(&index, text), [2, 3]);
    }

    #[test]
    fn weak_and_short_values_are_left_out() {
        let index = FactIndex::with_room_for(1);
        assert!(!index.insert(UserId(1), 1, &fact("17")));
        let weak = Fact {
            weak: true,
            ..fact("1990-01-01")
        };
        assert!(!index.insert(UserId(1), 1, &weak));
        assert!(index.is_empty());
        assert!(index.insert_public("public", "Anna Schmidt"));
        assert!(index.is_empty(), "public values accuse nobody");
    }

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(
            values in prop::collection::btree_set("[a-z]{6,9}", 1..40),
            filler in prop::collection::vec("[ .,;:]{1,3}[a-z]{0,8}[ .]", 0..20),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let values: Vec<String> = values.into_iter().collect();
            let index = FactIndex::with_room_for(1);
            for (owner, value) in (0_u32..).zip(&values) {
                index.insert(UserId(owner), 0, &fact(value));
            }
            let mut text = String::new();
            for (i, filler) in filler.iter().enumerate() {
                text.push_str(filler);
                if let Some(pick) = picks.get(i) {
                    text.push_str(pick.get::<String>(&values));
                }
            }
            let folded = fold(&text);
            let mut expected = Vec::new();
            for (owner, value) in (0_u32..).zip(&values) {
                for (start, _) in folded.match_indices(value.as_str()) {
                    if stands_alone(&folded, start, start + value.len(), false) {
                        expected.push((start, owner));
                    }
                }
            }
            expected.sort_unstable();
            let mut found = Vec::new();
            index.scan(&folded, |range, fact| {
                found.push((range.start, fact.owner.unwrap().0));
            });
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
