//! The fact index: finds any of millions of values in one pass over a text.
//!
//! A pass stops where a word begins and some value begins like it, which a
//! table of bits tells; the few places that are left are looked up by the hash
//! of as many bytes as values there have. So the cost per byte does not grow
//! with the number of values, however much they look alike, and values can be
//! added while others scan. See [`filter`] for how, and [`store`] for what a
//! value takes.

mod filter;
mod store;
#[cfg(test)]
mod tests;

use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::model::{Fact, FactName, Origin, UserId, Visibility};

use super::fold::{fold, stands_alone};
use filter::{Asked, Filters, STRIDE, WINDOW, beginning_at, extend, whole};
use store::{Kind, New, Place, Store, Stored};

/// Bytes of a text that are looked at together, as the bits of one word.
const BLOCK: usize = 64;
const HALF: usize = BLOCK / 2;

/// Some value begins with this byte. The highest bit of a half of a word:
/// bits move down, one place for each byte that follows.
const BEGINS: u64 = 1 << (HALF - 1);

/// The byte is a whole character that is part of a word.
const WORD: u64 = 1 << (BLOCK - 1);

/// Values with fewer bytes, folded, are not found.
pub(super) const SHORTEST: usize = WINDOW;

/// A value that the index has found.
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
    /// The fact's own value, folded.
    folded: Arc<str>,
    /// The text that was found, folded.
    form: Arc<str>,
}

impl IndexedFact {
    /// `fact` of `owner`, for those who find it in another way.
    pub(super) fn new(owner: UserId, group: u32, fact: &Fact) -> Self {
        let folded: Arc<str> = fold(&fact.value).into();
        Self {
            owner: Some(owner),
            group,
            name: Arc::clone(&fact.name),
            visibility: fact.visibility,
            origin: fact.origin,
            form: Arc::clone(&folded),
            folded,
        }
    }

    /// The value in the form in which it is compared. When another
    /// [form](FactIndex::insert_form) of the fact was found, this is the fact's
    /// own value, if that was filed before the form was; otherwise the form.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The text that was found: the value itself, or another form of it.
    pub fn form(&self) -> &str {
        &self.form
    }
}

/// All values that are known.
pub struct FactIndex {
    seed: u64,
    /// What is known of each byte: [`BEGINS`], [`WORD`].
    bytes: [AtomicU64; 256],
    filters: Filters,
    store: Store,
    /// Different texts, which is what the filters hold.
    texts: AtomicUsize,
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
    /// An index with room for about `expected` values. It grows when there are
    /// more, which only costs the time to file them all once more.
    pub fn with_room_for(expected: usize) -> Self {
        // Where things lie is nobody's to foresee; what is found does not
        // depend on it.
        let seed = RandomState::new().hash_one(expected);
        Self {
            seed,
            bytes: std::array::from_fn(|byte| {
                let word = u8::try_from(byte).is_ok_and(|byte| byte.is_ascii_alphanumeric());
                AtomicU64::new(if word { WORD } else { 0 })
            }),
            filters: Filters::for_values(expected),
            store: Store::new(seed),
            texts: AtomicUsize::new(0),
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
    /// left out; gives whether it is filed. The same fact is filed once.
    pub fn insert(&self, owner: UserId, group: u32, fact: &Fact) -> bool {
        self.insert_text(owner, group, fact, &fold(&fact.value), None)
    }

    /// Files another way of writing `fact`, such as `schmidt, anna` for a full
    /// name. A match reports the fact; the form does not count as one more.
    /// File the fact itself first, so that a match of the form knows its value.
    pub fn insert_form(&self, owner: UserId, group: u32, fact: &Fact, form: &str) -> bool {
        let own = self.store.place(&fold(&fact.value));
        self.insert_text(owner, group, fact, &fold(form), Some(own))
    }

    /// Files a value that accuses nobody, wherever it is seen.
    pub fn insert_public(&self, name: &str, value: &str) -> bool {
        self.file(New {
            owner: 0,
            group: 0,
            kind: Kind {
                name: name.into(),
                visibility: Visibility::Public,
                origin: Origin::Account,
                owned: false,
                form: false,
            },
            text: &fold(value),
            own: Place::UNKNOWN,
        })
    }

    fn insert_text(
        &self,
        owner: UserId,
        group: u32,
        fact: &Fact,
        text: &str,
        form_of: Option<Place>,
    ) -> bool {
        !fact.weak
            && self.file(New {
                owner: owner.0,
                group,
                kind: Kind {
                    name: Arc::clone(&fact.name),
                    visibility: fact.visibility,
                    origin: fact.origin,
                    owned: true,
                    form: form_of.is_some(),
                },
                text,
                own: form_of.unwrap_or(Place::UNKNOWN),
            })
    }

    fn file(&self, new: New<'_>) -> bool {
        let text = new.text.as_bytes();
        let Some(first) = text.first().filter(|_| text.len() >= WINDOW) else {
            return false;
        };
        let accuses = new.kind.visibility != Visibility::Public && !new.kind.form;
        let stored = self.store.add(whole(self.seed, text), new);
        if stored == Stored::NewText {
            self.bytes[usize::from(*first)].fetch_or(BEGINS, Ordering::Release);
            self.filters.add(self.seed, text);
            let texts = self.texts.fetch_add(1, Ordering::Relaxed) + 1;
            let each = |tell: &mut dyn FnMut(&[u8])| self.store.each_text(tell);
            self.filters.grow(self.seed, texts, each);
        }
        if accuses && matches!(stored, Stored::NewText | Stored::KnownText) {
            self.accusing.fetch_add(1, Ordering::Relaxed);
        }
        stored != Stored::Full
    }

    /// Calls `found` with every known value in `folded`, which has to be
    /// folded, and where it stands: from the beginning to the end, shorter
    /// values before longer ones that begin at the same place.
    pub fn scan(&self, folded: &str, mut found: impl FnMut(Range<usize>, &IndexedFact)) {
        let bytes = folded.as_bytes();
        let Some(last) = bytes.len().checked_sub(WINDOW) else {
            return;
        };
        let Some(filter) = self.filters.current() else {
            return;
        };
        let mut within = false;
        for (at, block) in (0..).step_by(BLOCK).zip(bytes[..=last].chunks(BLOCK)) {
            let mut places = self.places(block, &mut within);
            while places != 0 {
                let start = at + places.trailing_zeros() as usize;
                places &= places - 1;
                if let Some(beginning) = beginning_at(bytes, start)
                    && filter.may_begin(beginning)
                {
                    self.find_at(filter, folded, (start, beginning), &mut found);
                }
            }
        }
    }

    /// Where in a block a value may begin, as bits: some value begins with this
    /// byte, and no word goes on. `within` says whether the byte before the
    /// block is of a word, and then the same of its last one.
    ///
    /// Without a branch, and in two halves side by side: words begin where no
    /// processor foresees it.
    fn places(&self, block: &[u8], within: &mut bool) -> u64 {
        let class = |byte: u8| self.bytes[usize::from(byte)].load(Ordering::Relaxed);
        let (mut first, mut second) = (0, 0);
        if let Some((low, high)) = block.split_first_chunk::<HALF>()
            && let Ok(high) = <&[u8; HALF]>::try_from(high)
        {
            for (low, high) in low.iter().zip(high) {
                first = (first >> 1) | class(*low);
                second = (second >> 1) | class(*high);
            }
        } else {
            let (low, high) = block.split_at(block.len().min(HALF));
            for (half, bytes) in [(&mut first, low), (&mut second, high)] {
                for byte in bytes {
                    *half = (*half >> 1) | class(*byte);
                }
                // As if the rest followed.
                *half >>= HALF - bytes.len();
            }
        }
        let low = BEGINS | (BEGINS - 1);
        let begins = first & low | (second & low) << HALF;
        let words = first >> HALF | second & !low;
        let inside = words & (words << 1 | u64::from(*within));
        *within = words >> (BLOCK - 1) != 0;
        begins & !inside
    }

    /// Tells the values that begin at `start`.
    #[inline(never)]
    fn find_at(
        &self,
        filter: Asked<'_>,
        folded: &str,
        (start, beginning): (usize, u64),
        found: &mut dyn FnMut(Range<usize>, &IndexedFact),
    ) {
        let bytes = folded.as_bytes();
        let (mut key, mut state, mut base) = (beginning, self.seed, start);
        loop {
            let lengths = filter.lengths(key);
            let mut left = lengths & !(1 << STRIDE);
            while left != 0 {
                let end = base + left.trailing_zeros() as usize;
                left &= left - 1;
                if end > bytes.len() {
                    return;
                }
                if self.within_word(bytes, end) {
                    continue;
                }
                let hash = extend(state, &bytes[base..end]);
                if filter.may_be(hash) {
                    self.tell(hash, folded, start..end, found);
                }
            }
            let Some(stride) = bytes.get(base..base + STRIDE) else {
                return;
            };
            if lengths >> STRIDE == 0 {
                return;
            }
            state = extend(state, stride);
            key = state;
            base += STRIDE;
        }
    }

    /// Whether the bytes before and behind `end` are of one word for sure.
    fn within_word(&self, bytes: &[u8], end: usize) -> bool {
        let word = |at: usize| {
            bytes.get(at).is_some_and(|byte| {
                self.bytes[usize::from(*byte)].load(Ordering::Relaxed) & WORD != 0
            })
        };
        word(end) && end > 0 && word(end - 1)
    }

    /// Tells the facts whose text is exactly what stands at `place`.
    fn tell(
        &self,
        hash: u64,
        folded: &str,
        place: Range<usize>,
        found: &mut dyn FnMut(Range<usize>, &IndexedFact),
    ) {
        let Some(text) = folded.get(place.clone()) else {
            return;
        };
        // The lock is let go of before anybody is told, who may want to file
        // something.
        let facts = self.store.facts(hash, text);
        if !facts.is_empty() && stands_alone(folded, place.start, place.end, text.contains('@')) {
            for fact in &facts {
                found(place.clone(), fact);
            }
        }
    }
}
