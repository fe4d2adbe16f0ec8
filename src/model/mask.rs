//! How values are named without being told.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A keyed hash of a value: equal values of one run have equal hashes, and
/// without the run's key, which is never written, nobody can guess the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueHash(u64);

impl fmt::Display for ValueHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for ValueHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ValueHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// Makes the hashes of one run.
#[derive(Clone)]
pub struct ValueHasher {
    key: [u8; 32],
}

impl ValueHasher {
    /// A hasher with this key. Draw a fresh key for every run.
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The hash of `value` (BLAKE3, keyed, cut to 64 bits).
    pub fn hash(&self, value: &str) -> ValueHash {
        let hash = blake3::keyed_hash(&self.key, value.as_bytes());
        let mut head = [0; 8];
        head.copy_from_slice(&hash.as_bytes()[..8]);
        ValueHash(u64::from_be_bytes(head))
    }
}

/// The key is a secret, so it is not shown.
impl fmt::Debug for ValueHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValueHasher")
    }
}

/// A preview that lets a person recognize a value they already know, and
/// nobody learn one: first and last character, and the length.
///
/// ```
/// assert_eq!(fpt::model::mask("anna@example.test"), "a…t (17)");
/// assert_eq!(fpt::model::mask("abc"), "… (3)");
/// ```
pub fn mask(value: &str) -> String {
    let length = value.chars().count();
    let mut chars = value.chars();
    match (chars.next(), chars.next_back()) {
        (Some(first), Some(last)) if length >= 6 => format!("{first}…{last} ({length})"),
        _ => format!("… ({length})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_need_the_key() {
        let one = ValueHasher::new([1; 32]);
        let two = ValueHasher::new([2; 32]);
        assert_eq!(one.hash("a"), one.hash("a"));
        assert_ne!(one.hash("a"), one.hash("b"));
        assert_ne!(one.hash("a"), two.hash("a"));
    }

    #[test]
    fn masks_short_and_wide_values() {
        assert_eq!(mask(""), "… (0)");
        assert_eq!(mask("Müller"), "M…r (6)");
    }
}
