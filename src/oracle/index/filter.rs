//! What tells, without a lock, that no value stands here.
//!
//! A value that is found stands on its own, so it begins where a word begins.
//! Of such a place the filter is asked three questions, each of a table of bits
//! that may say yes in vain and never says no in vain:
//!
//! 1. Does some value begin with these [`WINDOW`] bytes?
//! 2. How long are the values that do? The set of their lengths is one word.
//! 3. Is there a value that is the whole of these bytes?
//!
//! Only then is the value itself looked up, by the hash of all its bytes. So
//! nothing is shared by values that merely begin or end alike, and what a place
//! costs is bounded by the lengths of values, not by their number.

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use foldhash::quality::FixedState;

/// Values with fewer bytes than this, folded, are too common to accuse anyone.
pub(in crate::oracle) const WINDOW: usize = 6;

/// Lengths that one word can tell; its last bit says that there are longer
/// values, whose lengths are told by a word for their first bytes.
pub(super) const STRIDE: usize = 63;

/// Bits per value that tell with which bytes values begin: a yes in vain at
/// one place in seventeen.
const BITS_FOR_BEGINNINGS: usize = 16;

/// Bits per value that tell whole values.
const BITS_FOR_WHOLES: usize = 16;

/// Values that share a word of lengths.
const VALUES_PER_WORD: usize = 2;

/// The smallest filter, 32 KiB.
const SMALLEST: usize = 4096;

/// A filter for more values than memory holds needs fewer doublings.
const MOST_LAYERS: usize = 48;

/// The [`WINDOW`] bytes at `start`, mixed: its high bits depend on all of them
/// (Fibonacci hashing).
pub(super) fn beginning_at(bytes: &[u8], start: usize) -> Option<u64> {
    const WINDOW_BITS: u64 = (1 << (8 * WINDOW)) - 1;
    let mut padded = [0; 8];
    if let Some(eight) = bytes.get(start..start + 8) {
        padded.copy_from_slice(eight);
    } else {
        padded[..WINDOW].copy_from_slice(bytes.get(start..start + WINDOW)?);
    }
    let window = u64::from_le_bytes(padded) & WINDOW_BITS;
    Some(window.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The hash of what `state` stands for, followed by `bytes`.
pub(super) fn extend(state: u64, bytes: &[u8]) -> u64 {
    let mut hasher = FixedState::with_seed(state).build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// The hash of a whole value.
pub(super) fn whole(seed: u64, value: &[u8]) -> u64 {
    let (mut state, mut rest) = (seed, value);
    while let Some((stride, more)) = rest.split_at_checked(STRIDE) {
        state = extend(state, stride);
        rest = more;
    }
    extend(state, rest)
}

/// Tables of bits, all of a size fit for so many values.
struct Filter {
    /// For how many values it was made.
    room: usize,
    beginnings: Box<[AtomicU64]>,
    lengths: Box<[AtomicU64]>,
    wholes: Box<[AtomicU64]>,
}

/// `hash`, scaled to one of `slots`.
#[expect(clippy::cast_possible_truncation, reason = "it is less than `slots`")]
fn slot(hash: u64, slots: usize) -> usize {
    ((u128::from(hash) * slots as u128) >> 64) as usize
}

fn words(count: usize) -> Box<[AtomicU64]> {
    (0..count.max(1)).map(|_| AtomicU64::new(0)).collect()
}

/// Word and bit for `hash`.
fn bit(table: &[AtomicU64], hash: u64) -> (&AtomicU64, u64) {
    let position = slot(hash, table.len() * 64);
    (&table[position / 64], 1 << (position % 64))
}

impl Filter {
    fn for_values(room: usize) -> Self {
        Self {
            room,
            beginnings: words(room * BITS_FOR_BEGINNINGS / 64),
            lengths: words(room / VALUES_PER_WORD),
            wholes: words(room * BITS_FOR_WHOLES / 64),
        }
    }

    fn add(&self, seed: u64, value: &[u8]) {
        let Some(beginning) = beginning_at(value, 0) else {
            return;
        };
        let (mut key, mut state, mut rest) = (beginning, seed, value);
        while let Some((stride, more)) = rest.split_at_checked(STRIDE) {
            self.word(key).fetch_or(1 << STRIDE, Ordering::Release);
            state = extend(state, stride);
            key = state;
            rest = more;
        }
        self.word(key).fetch_or(1 << rest.len(), Ordering::Release);
        for (table, hash) in [
            (&self.beginnings, beginning),
            (&self.wholes, extend(state, rest)),
        ] {
            let (word, bit) = bit(table, hash);
            word.fetch_or(bit, Ordering::Release);
        }
    }

    fn word(&self, key: u64) -> &AtomicU64 {
        &self.lengths[slot(key, self.lengths.len())]
    }
}

/// What a pass asks; it stays valid while the filters grow.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a>(&'a Filter);

impl Asked<'_> {
    /// Whether a value may begin with the bytes of this [`beginning_at`].
    #[inline]
    pub(super) fn may_begin(self, beginning: u64) -> bool {
        let (word, bit) = bit(&self.0.beginnings, beginning);
        word.load(Ordering::Relaxed) & bit != 0
    }

    /// The lengths that values may have behind what `key` stands for, as bits;
    /// bit [`STRIDE`] says that there are longer ones.
    pub(super) fn lengths(self, key: u64) -> u64 {
        self.0.word(key).load(Ordering::Relaxed)
    }

    /// Whether there may be a value of this hash.
    pub(super) fn may_be(self, whole: u64) -> bool {
        let (word, bit) = bit(&self.0.wholes, whole);
        word.load(Ordering::Relaxed) & bit != 0
    }
}

/// The filter in use, and those it has outgrown: they cannot be dropped while
/// somebody may be reading them, and all together are as large as the last.
pub(super) struct Filters {
    layers: [OnceLock<Filter>; MOST_LAYERS],
    newest: AtomicUsize,
    growing: Mutex<()>,
}

impl Filters {
    pub(super) fn for_values(expected: usize) -> Self {
        let layers = [const { OnceLock::new() }; MOST_LAYERS];
        layers[0].get_or_init(|| Filter::for_values(expected.max(SMALLEST)));
        Self {
            layers,
            newest: AtomicUsize::new(0),
            growing: Mutex::new(()),
        }
    }

    /// The filter in use.
    pub(super) fn current(&self) -> Option<Asked<'_>> {
        let newest = self.layers.get(self.newest.load(Ordering::Acquire))?;
        newest.get().map(Asked)
    }

    /// Adds a value that is in the store already: a filter that is being built
    /// meanwhile has it either from there or from here.
    pub(super) fn add(&self, seed: u64, value: &[u8]) {
        let newest = self.newest.load(Ordering::Acquire);
        for layer in &self.layers[newest..] {
            let Some(filter) = layer.get() else { break };
            filter.add(seed, value);
        }
    }

    /// Makes room for `count` values and more, when there is none. `each` has
    /// to tell all values in the store.
    pub(super) fn grow(&self, seed: u64, count: usize, each: impl FnOnce(&mut dyn FnMut(&[u8]))) {
        let newest = self.newest.load(Ordering::Acquire);
        let room = |at: usize| self.layers[at].get().map_or(0, |filter| filter.room);
        if count <= room(newest) {
            return;
        }
        // Whoever comes second goes on with the filter there is: it only
        // becomes slower.
        let Ok(_growing) = self.growing.try_lock() else {
            return;
        };
        let next = newest + 1;
        if self.newest.load(Ordering::Acquire) != newest || next == MOST_LAYERS {
            return;
        }
        let filter =
            self.layers[next].get_or_init(|| Filter::for_values((room(newest) * 2).max(count)));
        each(&mut |value| filter.add(seed, value));
        self.newest.store(next, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: u64 = 11;

    /// Values of 16 characters that have nothing in common.
    fn value(number: u64) -> String {
        format!("{:016x}", (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Of each question the share of yes for `numbers`, in percent.
    fn answers(filter: Asked<'_>, numbers: std::ops::Range<u64>) -> [u64; 3] {
        let (mut begin, mut lengths, mut whole_ones) = (0, 0, 0);
        let count = numbers.end - numbers.start;
        for number in numbers {
            let value = value(number);
            let beginning = beginning_at(value.as_bytes(), 0).unwrap();
            begin += u64::from(filter.may_begin(beginning));
            let told = filter.lengths(beginning);
            assert_eq!(told & !(1 << 16), 0, "no value has another length");
            lengths += u64::from(told != 0);
            whole_ones += u64::from(filter.may_be(whole(SEED, value.as_bytes())));
        }
        [begin, lengths, whole_ones].map(|yes| yes * 100 / count)
    }

    #[test]
    fn never_no_in_vain_and_seldom_yes() {
        const COUNT: u64 = 20_000;
        for expected in [COUNT, 1] {
            let filters = Filters::for_values(usize::try_from(expected).unwrap());
            for number in 0..COUNT {
                filters.add(SEED, value(number).as_bytes());
                let filed = usize::try_from(number).unwrap() + 1;
                let each = |tell: &mut dyn FnMut(&[u8])| {
                    (0..=number).for_each(|own| tell(value(own).as_bytes()));
                };
                filters.grow(SEED, filed, each);
                assert!(filters.current().unwrap().0.room >= filed);
            }
            let filter = filters.current().unwrap();
            assert_eq!(answers(filter, 0..COUNT), [100; 3]);
            let [begin, lengths, whole] = answers(filter, COUNT..2 * COUNT);
            assert!((1..=9).contains(&begin), "{begin} %");
            assert!((40..=90).contains(&lengths), "{lengths} %");
            assert!((1..=9).contains(&whole), "{whole} %");
            // Eight bytes a value, and no more than twice that after growing.
            let words = [&filter.0.beginnings, &filter.0.lengths, &filter.0.wholes];
            let bytes: usize = words.iter().map(|table| table.len() * 8).sum();
            assert!((8..=16).contains(&(bytes / usize::try_from(COUNT).unwrap())));
            assert!(filter.0.room < 2 * usize::try_from(COUNT).unwrap());
        }
    }

    #[test]
    fn the_beginning_is_that_of_the_place() {
        let text = b"0123456789";
        let all: Vec<_> = (0..6).map(|start| beginning_at(text, start)).collect();
        assert_eq!(beginning_at(b"x012345", 1), all[0]);
        assert_eq!(beginning_at(b"456789xx", 0), all[4]);
        assert!(all[..5].iter().all(Option::is_some) && all[5].is_none());
        let different: std::collections::BTreeSet<_> = all[..5].iter().collect();
        assert_eq!(different.len(), 5);
    }
}
