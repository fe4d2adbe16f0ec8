//! Who set a value.

use std::fmt;

use crate::model::Place;

/// Keys that are flags as well.
const FLAGS: [&str; 3] = ["users", "tps", "duration"];

/// Where the value of a setting comes from.
///
/// The order is that of problem lists: files by line, then the environment,
/// then the command line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A line of the profile file.
    File(Place),
    /// An environment variable, by its name.
    Environment(String),
    /// The command line, by the key that was given there.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(place) => write!(f, "{place}"),
            Self::Environment(name) => f.write_str(name),
            // Few keys have a flag of their own.
            Self::Flag(key) if FLAGS.contains(&key.as_str()) => write!(f, "--{key}"),
            Self::Flag(key) => write!(f, "--set {key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_people_find_them() {
        for (origin, text) in [
            (Origin::Default, "default"),
            (Origin::File(Place::new("fpt.toml", 12)), "fpt.toml:12"),
            (Origin::Environment("FPT_TPS".into()), "FPT_TPS"),
            (Origin::Flag("tps".into()), "--tps"),
            (Origin::Flag("target".into()), "--set target"),
            (
                Origin::Flag("population.seed".into()),
                "--set population.seed",
            ),
        ] {
            assert_eq!(origin.to_string(), text);
        }
    }
}
