//! What is wrong with a configuration, all of it at once.

use std::fmt;

/// One thing to correct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands: `fpt.toml:12`, `FPT_TPS` or `--tps`.
    pub place: Option<String>,
    /// The setting, as it is written in the file.
    pub key: String,
    /// What was found, what was expected, what to do. Never a private value.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Every problem of a configuration; displays as one line for each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.problems))]
pub struct ConfigError {
    /// The problems: by line of the file, then environment, then flags.
    pub problems: Vec<Problem>,
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_one_per_line() {
        let problem = |place: Option<&str>, key: &str| Problem {
            place: place.map(Into::into),
            key: key.into(),
            message: "Not good.".into(),
        };
        let error = ConfigError {
            problems: vec![
                problem(Some("fpt.toml:3"), "tps"),
                problem(None, "profile"),
                problem(Some("fpt.toml"), ""),
            ],
        };
        assert_eq!(
            error.to_string(),
            "fpt.toml:3: `tps`: Not good.\n`profile`: Not good.\nfpt.toml: Not good."
        );
    }
}
