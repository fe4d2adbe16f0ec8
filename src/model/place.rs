//! Where in the user's files something stands.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A line of a file, written `features/booking.feature:14`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file, as the user would name it from where they stand.
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: usize,
}

impl Place {
    /// Line `line` of `file`.
    pub fn new(file: impl Into<Arc<str>>, line: usize) -> Self {
        Self {
            file: file.into(),
            line,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
