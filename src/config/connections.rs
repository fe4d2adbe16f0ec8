//! Who shares connections.

use std::fmt;

use super::element::Element;
use super::nearest::one_of;

/// Who shares connections with whom. Cookies are never shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Connections {
    /// Every user has their own, as people do.
    #[default]
    PerUser,
    /// Users share a pool, as behind a proxy; provokes mixed-up responses.
    Shared,
}

impl fmt::Display for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PerUser => "per-user",
            Self::Shared => "shared",
        })
    }
}

impl Element for Connections {
    const EXPECTED: &'static str = "\"per-user\" or \"shared\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(
            text,
            &[("per-user", Self::PerUser), ("shared", Self::Shared)],
        )
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_round_trip() {
        for text in ["per-user", "shared"] {
            assert_eq!(Connections::parse(text).unwrap().to_string(), text);
        }
        assert!(
            Connections::parse("per_user")
                .unwrap_err()
                .ends_with("Did you mean `per-user`?")
        );
    }
}
