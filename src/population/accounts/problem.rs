//! Problems of an accounts file.

use std::fmt;
use std::sync::Arc;

use crate::model::Place;

/// More problems than this are only counted.
const TOLD: usize = 50;

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, and what to do about it. No value of the file is in it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Everything that is wrong with a file, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct AccountsError {
    /// The first problems.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
}

impl fmt::Display for AccountsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        if self.more > 0 {
            write!(f, "\n... and {} more problems like these", self.more)?;
        }
        Ok(())
    }
}

/// Collects the problems of one file.
#[derive(Debug)]
pub(super) struct Problems {
    file: Arc<str>,
    told: Vec<Problem>,
    more: usize,
}

impl Problems {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.into(),
            told: Vec::new(),
            more: 0,
        }
    }

    pub(super) fn add(&mut self, line: usize, message: impl Into<String>) {
        if self.told.len() == TOLD {
            self.more += 1;
            return;
        }
        self.told.push(Problem {
            place: Place::new(Arc::clone(&self.file), line),
            message: message.into(),
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    pub(super) fn into_error(mut self) -> AccountsError {
        self.told.sort_by_key(|problem| problem.place.line);
        AccountsError {
            problems: self.told,
            more: self.more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hopeless_file_does_not_fill_the_screen() {
        let mut problems = Problems::new("a.csv");
        for line in 1..=60 {
            problems.add(line, "odd");
        }
        let text = problems.into_error().to_string();
        assert_eq!(text.lines().count(), 51);
        assert!(text.starts_with("a.csv:1: odd\n"), "{text}");
        assert!(
            text.ends_with("... and 10 more problems like these"),
            "{text}"
        );
    }
}
