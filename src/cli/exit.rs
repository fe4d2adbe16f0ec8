//! Exit codes.

use std::process::ExitCode;

use crate::campaign::Outcome;
use crate::model::Verdict;

/// Why the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every question was answered with a pass.
    Pass = 0,
    /// A verdict or a journey failed.
    Fail = 1,
    /// The command line, the configuration or a feature is wrong.
    Usage = 2,
    /// Too little was seen to say.
    Inconclusive = 3,
    /// Somebody may have seen somebody else's data.
    Privacy = 4,
    /// The harness itself is broken.
    Bug = 70,
    /// The user stopped the run.
    Interrupted = 130,
}

impl Exit {
    /// The code as the system gives it on.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// How a run ends whose campaigns came to `outcomes`.
    pub fn of(outcomes: &[Outcome], interrupted: bool) -> Self {
        if outcomes.iter().any(Outcome::has_privacy_finding) {
            return Self::Privacy;
        }
        if interrupted {
            return Self::Interrupted;
        }
        match Verdict::all(outcomes.iter().map(|outcome| outcome.verdict)) {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
