//! Draws: numbers that depend on the seed and on nothing else.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a draw for the whole population is used for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Names,
    Addresses,
    Phones,
    MemberIds,
    InsuranceNumbers,
    Mailboxes,
    Canaries,
    Passwords,
}

/// A stream of numbers from a seed.
///
/// Nothing of `rand`'s own distributions is used: they may change between
/// versions, and the users of a seed must not.
#[derive(Debug)]
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The numbers of user `index`, the same in populations of every size.
    pub(super) fn of_user(seed: u64, index: u32) -> Self {
        Self::stream(seed, u64::from(index))
    }

    /// The numbers that serve one purpose for all users.
    pub(super) fn of_purpose(seed: u64, purpose: Purpose) -> Self {
        // Above every stream of a user.
        Self::stream(seed, (1 << 32) + purpose as u64)
    }

    fn stream(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream);
        Self(rng)
    }

    /// Any number.
    pub(super) fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, evenly enough for small bounds.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// One of `choices`, which must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let bound = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        choices[self.below(bound) as usize]
    }
}
