//! What is known of a run when it is over.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::campaign::Outcome;
use crate::config::Profile;
use crate::model::Verdict;

/// A run that is over.
#[derive(Clone, Debug)]
pub struct RunSummary {
    /// The run's name.
    pub run_id: String,
    /// When it began, by the wall clock.
    pub began: SystemTime,
    /// The profile as it took effect.
    pub profile: Arc<Profile>,
    /// The file of profiles; `None` for those that are built in.
    pub config: Option<String>,
    /// What each scenario came to, in the order of the run.
    pub outcomes: Vec<Outcome>,
    /// The verdict over all of them.
    pub verdict: Verdict,
    /// What the process will say to its caller.
    pub exit_code: u8,
    /// The user stopped the run.
    pub interrupted: bool,
    /// Why evidence is incomplete, if it is.
    pub trouble: Option<String>,
}

impl RunSummary {
    /// Where the evidence is.
    pub fn directory(&self) -> PathBuf {
        self.profile.evidence.directory.join(&self.run_id)
    }

    /// How many scenarios came to `verdict`.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.verdict == verdict)
            .count()
    }
}

/// What an exit code says, in words.
pub fn exit_meaning(code: u8) -> &'static str {
    match code {
        0 => "every question was answered with a pass",
        1 => "a verdict or a journey failed",
        2 => "usage, configuration or feature error",
        3 => "too little was seen to say",
        4 => "a user may have seen another user's data",
        70 => "a bug of the harness",
        130 => "interrupted",
        _ => "not an exit code of this tool",
    }
}
