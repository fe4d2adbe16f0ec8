//! Permutations: how values are unique without looking at each other.

use super::draw::{Draw, Purpose};

const ROUNDS: usize = 6;

/// A keyed one-to-one map of the numbers below a size onto themselves.
///
/// A Feistel network over the next even power of two, walked until it is back
/// below the size. The walk follows a cycle that starts below the size, so it
/// ends, after fewer than four rounds on average.
#[derive(Clone, Debug)]
pub(super) struct Permutation {
    size: u64,
    half_bits: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// The permutation of the numbers below `size` (1 to 2^63) that this seed
    /// has for this purpose.
    pub(super) fn new(size: u64, seed: u64, purpose: Purpose) -> Self {
        let size = size.clamp(1, 1 << 63);
        let bits = u64::BITS - (size - 1).leading_zeros();
        let mut draw = Draw::of_purpose(seed, purpose);
        Self {
            size,
            half_bits: bits.div_ceil(2).max(1),
            keys: std::array::from_fn(|_| draw.word()),
        }
    }

    /// How many numbers are permuted.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Where `index`, taken modulo the size, goes.
    pub(super) fn apply(&self, index: u64) -> u64 {
        let mut value = index % self.size;
        loop {
            value = self.encipher(value);
            if value < self.size {
                return value;
            }
        }
    }

    fn encipher(&self, value: u64) -> u64 {
        let mask = (1_u64 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        (left << self.half_bits) | right
    }
}

/// The finalizer of `SplitMix64`: every bit in decides every bit out.
const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_number_is_hit_once() {
        for size in [1, 2, 3, 4, 5, 17, 255, 256, 257, 9_064] {
            let permutation = Permutation::new(size, 7, Purpose::Names);
            let hit: BTreeSet<u64> = (0..size).map(|index| permutation.apply(index)).collect();
            assert_eq!(hit, (0..size).collect(), "{size}");
        }
    }

    #[test]
    fn the_largest_sizes_stay_in_bounds() {
        let size = 6 << 60;
        let permutation = Permutation::new(size, 7, Purpose::Canaries);
        let hit: BTreeSet<u64> = (0..1000).map(|index| permutation.apply(index)).collect();
        assert_eq!(hit.len(), 1000);
        assert!(hit.iter().all(|value| *value < size));
        assert!(Permutation::new(u64::MAX, 1, Purpose::Names).apply(3) < 1 << 63);
    }

    #[test]
    fn seeds_and_purposes_differ() {
        let ten = |seed, purpose| {
            let permutation = Permutation::new(1 << 40, seed, purpose);
            (0..10)
                .map(|index| permutation.apply(index))
                .collect::<Vec<_>>()
        };
        assert_ne!(ten(1, Purpose::Names), ten(2, Purpose::Names));
        assert_ne!(ten(1, Purpose::Names), ten(1, Purpose::Phones));
    }
}
