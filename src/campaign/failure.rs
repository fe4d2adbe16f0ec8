//! Why a step did not hold.

use std::fmt;

/// Why a step did not hold: what was expected and what was found.
///
/// The reason is grouped over all users and printed, so it holds no value of
/// anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFailure {
    reason: String,
}

impl StepFailure {
    /// A failure with this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for StepFailure {}

/// What a step function gives back.
pub type StepResult = Result<(), StepFailure>;
