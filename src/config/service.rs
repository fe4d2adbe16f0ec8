//! Whether the service is the real one, and what it can be asked for.

use std::fmt;

use super::element::Element;
use super::nearest::one_of;
use crate::model::Rate;

/// Whether a live service is tested or a virtualized one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceKind {
    /// A real service, shared with others: at most 5 TPS unless the profile
    /// raises its ceiling.
    Live,
    /// A service made for tests: at most 50 TPS unless the profile raises its
    /// ceiling.
    Virtualized,
}

const NAMES: [(&str, ServiceKind); 2] = [
    ("live", ServiceKind::Live),
    ("virtualized", ServiceKind::Virtualized),
];

const LIVE: Rate = rate(5);
const VIRTUALIZED: Rate = rate(50);

impl ServiceKind {
    /// The ceiling of a profile that names none.
    pub const fn default_ceiling(self) -> Rate {
        match self {
            Self::Live => LIVE,
            Self::Virtualized => VIRTUALIZED,
        }
    }
}

impl fmt::Display for ServiceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Live => "live",
            Self::Virtualized => "virtualized",
        })
    }
}

impl Element for ServiceKind {
    const EXPECTED: &'static str = "\"live\" or \"virtualized\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(text, &NAMES)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A rate known when this is compiled.
pub(super) const fn rate(tps: u32) -> Rate {
    match Rate::per_second(tps) {
        Some(rate) => rate,
        None => panic!("a rate is at least 1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_have_ceilings() {
        for (name, kind, ceiling) in [
            ("live", ServiceKind::Live, 5),
            ("virtualized", ServiceKind::Virtualized, 50),
        ] {
            assert_eq!(ServiceKind::parse(name), Ok(kind));
            assert_eq!(kind.to_string(), name);
            assert_eq!(kind.default_ceiling().tps(), ceiling);
        }
        assert!(
            ServiceKind::parse("virtualised")
                .unwrap_err()
                .ends_with("Did you mean `virtualized`?")
        );
    }
}
