//! When within a second the transactions come.

use std::fmt;
use std::num::NonZeroU32;

use super::element::{Element, unexpected};

/// How the transactions of a second are spread over it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Arrivals {
    /// The count of every second is exact, the moments are random: windows of
    /// a few milliseconds get their hits.
    #[default]
    Random,
    /// Evenly spaced: gentle, and blind to short races.
    Even,
    /// So many users at the same instant.
    Bursts(NonZeroU32),
}

impl fmt::Display for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random => f.write_str("random"),
            Self::Even => f.write_str("even"),
            Self::Bursts(size) => write!(f, "bursts({size})"),
        }
    }
}

impl Element for Arrivals {
    const EXPECTED: &'static str = "\"random\", \"even\" or \"bursts(5)\"";

    fn parse(text: &str) -> Result<Self, String> {
        let size = || {
            text.strip_prefix("bursts(")?
                .strip_suffix(')')?
                .trim()
                .parse()
                .ok()
        };
        match text {
            "random" => Ok(Self::Random),
            "even" => Ok(Self::Even),
            _ => size()
                .map(Self::Bursts)
                .ok_or_else(|| unexpected::<Self>(text)),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_round_trip() {
        for text in ["random", "even", "bursts(5)"] {
            assert_eq!(Arrivals::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "bursts",
            "bursts()",
            "bursts(0)",
            "bursts(-1)",
            "bursts(5",
            "Random",
        ] {
            assert!(Arrivals::parse(text).is_err(), "{text}");
        }
    }
}
