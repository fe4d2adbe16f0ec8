//! Plans: what all campaigns of a run share, and what one of them is to do.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use cucumber::step;
use tokio::sync::watch;

use crate::config::Profile;
use crate::load::{Ceiling, RunClock};
use crate::model::{Place, RunTag, StepRef, ValueHasher};

use super::bound::Journey;
use super::outcome::Outcome;
use super::recorder::Recorder;
use super::registrations::Registrations;
use super::settings::CampaignSettings;
use super::template::Templates;
use super::uniques::Uniques;
use super::world::Campaign;

/// What all campaigns of a run share.
#[derive(Clone, Debug)]
pub struct RunContext {
    /// The profile.
    pub profile: Arc<Profile>,
    /// The clock.
    pub clock: RunClock,
    /// What nothing exceeds, in all campaigns together.
    pub ceiling: Ceiling,
    /// Marks the request ids.
    pub tag: RunTag,
    /// Hashes values.
    pub hasher: ValueHasher,
    /// Writes down what happens.
    pub recorder: Arc<dyn Recorder>,
    /// Turns true when the user wants to stop.
    pub interrupt: watch::Receiver<bool>,
    /// Threads for users.
    pub shards: NonZeroUsize,
    /// Counts transactions.
    pub transactions: Arc<AtomicU64>,
    /// Makes texts for `{{ unique }}`.
    pub uniques: Arc<Uniques>,
    /// Accounts that users made with a service that goes on running.
    pub registrations: Arc<Registrations>,
    /// Findings so far.
    pub findings: Arc<AtomicU64>,
    /// Incidents so far.
    pub incidents: Arc<AtomicU64>,
    /// Look at responses and judge them. Only a benchmark turns this off, to
    /// measure what it costs.
    pub judging: bool,
}

/// A scenario, ready to be run.
#[derive(Clone, Debug)]
pub struct ScenarioPlan {
    /// The feature's name.
    pub feature: String,
    /// The scenario's name.
    pub scenario: String,
    /// Where it stands.
    pub place: Place,
    /// What it asks for.
    pub settings: CampaignSettings,
    /// What users do.
    pub journey: Arc<Journey>,
    /// The journey steps by number.
    pub steps: Vec<Arc<StepRef>>,
    /// Kept values that the journey wants of another user.
    pub wanted_of_others: Vec<String>,
    /// What is asked after the load.
    pub questions: Vec<Question>,
    /// Compiled templates.
    pub templates: Arc<Templates>,
}

/// A campaign `Then` step.
#[derive(Clone)]
pub struct Question {
    /// What evidence calls it.
    pub step: Arc<StepRef>,
    /// The function.
    pub function: step::Step<Campaign>,
    /// Its captured values.
    pub context: step::Context,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Question").field(&self.step).finish()
    }
}

/// A campaign that has run.
#[derive(Debug)]
pub struct Finished {
    /// What it came to.
    pub outcome: Outcome,
    /// For each question why it was not answered with a pass.
    pub answers: Vec<Result<(), String>>,
}
