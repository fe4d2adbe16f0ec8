//! What kind of environment a profile names.

use std::fmt;

use super::element::Element;
use super::nearest::one_of;

/// The kind of environment that is tested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Environment {
    /// One's own machine.
    #[default]
    Local,
    /// The developers' shared environment.
    Dev,
    /// Where services meet for the first time.
    Integration,
    /// Like production, with test data.
    Staging,
    /// The last stop before production.
    PreProduction,
    /// Real people's data: needs permission, and allows a smoke load only.
    Production,
}

const NAMES: [(&str, Environment); 6] = [
    ("local", Environment::Local),
    ("dev", Environment::Dev),
    ("integration", Environment::Integration),
    ("staging", Environment::Staging),
    ("pre-production", Environment::PreProduction),
    ("production", Environment::Production),
];

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local => "local",
            Self::Dev => "dev",
            Self::Integration => "integration",
            Self::Staging => "staging",
            Self::PreProduction => "pre-production",
            Self::Production => "production",
        })
    }
}

impl Element for Environment {
    const EXPECTED: &'static str = "a kind of environment, such as \"local\" or \"staging\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(text, &NAMES)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for (name, kind) in NAMES {
            assert_eq!(Environment::parse(name), Ok(kind));
            assert_eq!(kind.to_string(), name);
        }
        let message = Environment::parse("prod").unwrap_err();
        assert!(
            message.starts_with("Found `prod`, expected one of `local`"),
            "{message}"
        );
        let message = Environment::parse("stagging").unwrap_err();
        assert!(message.ends_with("Did you mean `staging`?"), "{message}");
    }
}
