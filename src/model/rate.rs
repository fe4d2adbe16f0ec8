//! Transactions per second.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// A rate of transactions per second (TPS), at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(NonZeroU32);

impl Rate {
    /// One transaction per second.
    pub const MIN: Self = Self(NonZeroU32::MIN);

    /// `tps` transactions per second; `None` for zero.
    pub const fn per_second(tps: u32) -> Option<Self> {
        match NonZeroU32::new(tps) {
            Some(tps) => Some(Self(tps)),
            None => None,
        }
    }

    /// Transactions per second.
    pub const fn tps(self) -> u32 {
        self.0.get()
    }

    /// The same as a non-zero number, as the governor wants it.
    pub const fn non_zero(self) -> NonZeroU32 {
        self.0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} TPS", self.0)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim()
            .parse()
            .ok()
            .and_then(Self::per_second)
            .ok_or_else(|| {
                format!(
                    "`{text}` is not a rate: expected whole transactions per second, at least 1"
                )
            })
    }
}

impl serde::Serialize for Rate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.tps())
    }
}
