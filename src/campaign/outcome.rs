//! What a campaign came to: everything that its questions are judged by.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::load::Dispatched;
use crate::metrics::Measures;
use crate::model::{
    Coverage, Finding, Hazard, HazardKind, InstanceId, Judgement, Place, Rate, Rule, Verdict,
};
use crate::oracle::Incident;
use crate::scaling::{EventRecord, Sample, Undead};

use super::confidence::Confidence;
use super::policy::PolicyOutcome;
use super::scale_measures::ScaleFigures;
use super::stage_outcome::StageOutcome;
use super::tally::{Iterations, Tally};

/// Lateness of the harness itself, at the 99th percentile, above which its
/// measures are not to be trusted.
const MOST_LATENESS: Duration = Duration::from_millis(250);

/// The outcome of one scenario under load.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The feature's name.
    pub feature: String,
    /// The scenario's name.
    pub scenario: String,
    /// Where the scenario stands.
    pub place: Place,
    /// The verdict over all questions.
    pub verdict: Verdict,
    /// Every question with its answer.
    pub judgements: Vec<Judgement>,
    /// How the load went.
    pub load: LoadOutcome,
    /// What was checked.
    pub coverage: Coverage,
    /// What can be said when nothing was found.
    pub confidence: Confidence,
    /// Violations by rule, those beyond the limit of written findings included.
    pub violations: BTreeMap<Rule, u64>,
    /// What findings have in common: one for each defect, as far as can be told.
    pub incidents: Vec<Incident>,
    /// The findings that were written.
    #[serde(skip)]
    pub findings: Vec<Finding>,
    /// Each journey step with its tally.
    pub steps: Vec<StepOutcome>,
    /// What became of iterations.
    pub iterations: Iterations,
    /// Response times and the like.
    pub measures: Measures,
    /// Scale events as they happened.
    pub events: Vec<EventRecord>,
    /// What became of a service that scales itself, when the scenario says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyOutcome>,
    /// What else is known of the service's instances.
    pub scale: ScaleOutcome,
    /// What happened around them, in figures; `None` without events.
    pub scale_figures: Option<ScaleFigures>,
    /// Responses by instance.
    #[serde(serialize_with = "by_name")]
    pub instances: BTreeMap<InstanceId, u64>,
    /// Sessions that were alive at the end, and before scale events.
    pub sessions: SessionsOutcome,
    /// What the user should know.
    pub notes: Vec<String>,
    /// The user stopped the run.
    pub interrupted: bool,
    /// Whether a pass needs a user to have been shown a fact of their own.
    #[serde(skip)]
    pub own_sightings_required: bool,
    /// Responses of whose text a part may stay unseen, in percent.
    #[serde(skip)]
    pub unseen_tolerated: u8,
    /// Weaknesses that were seen.
    pub hazards: Vec<Hazard>,
    /// Hazards that fail the scenario, by the profile.
    #[serde(skip)]
    pub failing_hazards: Vec<HazardKind>,
}

fn by_name<S: serde::Serializer>(
    instances: &BTreeMap<InstanceId, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(instances.iter().map(|(id, count)| (id.to_string(), count)))
}

/// How the load went.
#[derive(Clone, Debug, Serialize)]
pub struct LoadOutcome {
    /// Users.
    pub users: u32,
    /// The rate that was asked for, after the limits of the profile.
    pub governed_tps: Rate,
    /// The ceiling of the profile.
    pub ceiling_tps: Rate,
    /// How long the load lasted.
    #[serde(serialize_with = "seconds")]
    pub duration: Duration,
    /// Transactions that were let go, per second of load; `None` when the
    /// campaign counted iterations instead of time.
    pub achieved_tps: Option<f64>,
    /// Due, released, missed and held back.
    #[serde(skip)]
    pub dispatched: Dispatched,
    /// Transactions that became due.
    pub due: u64,
    /// Transactions for which no user was ready in time.
    pub missed: u64,
    /// The stages of the traffic that were begun; empty when it has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageOutcome>,
    /// One user, one iteration.
    pub functional: bool,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// A journey step with its tally.
#[derive(Clone, Debug, Serialize)]
pub struct StepOutcome {
    /// Keyword and text.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// Its executions.
    #[serde(flatten)]
    pub tally: Tally,
}

/// What became of the service's instances, besides the events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ScaleOutcome {
    /// How many instances there were over time: whenever it changed, and once a
    /// second. Nobody looks in a campaign without scale events.
    pub samples: Vec<Sample>,
    /// The instances that answered after the control plane had called them gone.
    pub undead: Vec<Undead>,
    /// Why the load was stopped by the abort guard, if it was.
    pub aborted: Option<String>,
    /// Why the service was not left as it was found, if it was not.
    pub not_restored: Option<String>,
}

/// What became of sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SessionsOutcome {
    /// Sessions that were established.
    pub established: u64,
    /// Users that had a session when the load ended.
    pub alive: u64,
    /// Sessions that were lost.
    pub lost: u64,
    /// Lost sessions by the window in which it was noticed: *during* an event.
    pub lost_during_events: u64,
    /// Users whose session went on at another instance than before.
    pub moved: u64,
    /// Users whose session went on at the same instance.
    pub stayed: u64,
    /// Users that had a session before, and of whom nothing shows that it went on.
    pub unknown: u64,
}

impl Outcome {
    /// Whether a finding tells that somebody may have seen somebody else's data.
    pub fn has_privacy_finding(&self) -> bool {
        self.violations
            .iter()
            .any(|(rule, count)| rule.is_privacy() && *count > 0)
    }

    /// How late requests were sent (99th percentile), where that is so much that
    /// the load was not the one that was asked for.
    pub fn lateness_of_harness(&self) -> Option<Duration> {
        let lateness = self.measures.lateness.percentile(99.0)?;
        (lateness > MOST_LATENESS).then_some(lateness)
    }

    /// Violations of `rule`.
    pub fn violations_of(&self, rule: Rule) -> u64 {
        self.violations.get(&rule).copied().unwrap_or(0)
    }
}
