//! Who writes down what happens.

use std::fmt;
use std::time::Duration;

use crate::metrics::Second;
use crate::model::{Finding, Invocation, Place, Timestamp};
use crate::oracle::{JudgeSettings, Observation};
use crate::scaling::EventRecord;

use super::Outcome;

/// What happens in a run, told as it happens. Reporters consume these and
/// decide nothing.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunEvent<'a> {
    /// A campaign begins.
    CampaignStarted {
        /// The scenario's name.
        scenario: &'a str,
        /// Where it stands.
        place: &'a Place,
        /// Which scenario of how many.
        number: (usize, usize),
        /// What the judge starts from.
        judge: &'a JudgeSettings,
        /// Users, rate and duration, in words.
        load: &'a str,
        /// Limits that won over wishes.
        notes: &'a [String],
    },
    /// A phase of the campaign begins.
    Phase {
        /// Which.
        phase: Phase,
        /// How long it will last, where that is known.
        length: Option<Duration>,
    },
    /// An exchange was judged.
    Judged {
        /// What was seen.
        observation: &'a Observation,
        /// What is wrong with it.
        findings: &'a [Finding],
    },
    /// A request that has to be known before it is answered is about to be sent.
    Announced(&'a Invocation),
    /// A second of the timeline is complete.
    Second {
        /// The moment at which it began.
        begin: Timestamp,
        /// What happened in it.
        second: Second,
    },
    /// A scale event changed its state.
    Scaled(&'a EventRecord),
    /// A campaign is over.
    CampaignFinished(&'a Outcome),
}

/// The phases of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The self-test, and one user walks the journey.
    Preflight,
    /// The load.
    Load,
    /// What is under way comes to its end.
    Drain,
    /// Users read back what they saved.
    ReadBack,
}

/// Takes down what happens. Called from several threads.
pub trait Recorder: fmt::Debug + Send + Sync {
    /// Something happened.
    fn record(&self, event: &RunEvent<'_>);

    /// Why evidence could not be written, if it could not: a run whose
    /// evidence is lost must not pass.
    fn trouble(&self) -> Option<String> {
        None
    }
}

/// Takes down nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecorder;

impl Recorder for NoRecorder {
    fn record(&self, _event: &RunEvent<'_>) {}
}

/// Several recorders as one.
#[derive(Debug)]
pub struct Recorders(pub Vec<std::sync::Arc<dyn Recorder>>);

impl Recorder for Recorders {
    fn record(&self, event: &RunEvent<'_>) {
        for recorder in &self.0 {
            recorder.record(event);
        }
    }

    fn trouble(&self) -> Option<String> {
        self.0.iter().find_map(|recorder| recorder.trouble())
    }
}
