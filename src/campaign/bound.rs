//! Bound steps: each step of a scenario with the function it calls.

use std::sync::Arc;

use cucumber::step;

use crate::model::StepRef;

use super::VirtualUser;
use super::guarantees::Foretold;

/// A step of a journey, bound once and run by every user. Plain function and
/// captured values, so the plan can be shared by all threads.
#[derive(Clone, Debug)]
pub struct BoundStep {
    /// What evidence calls it.
    pub step: Arc<StepRef>,
    /// Its number among the journey steps of the scenario; a step of another
    /// journey counts for the step that runs that journey.
    pub number: usize,
    /// What a user does.
    pub action: Action,
    /// The effects that steps behind it declare of its request.
    pub foretold: Arc<[Foretold]>,
}

/// What a bound step does.
#[derive(Clone)]
pub enum Action {
    /// Calls a step function.
    Call {
        /// The function.
        function: step::Step<VirtualUser>,
        /// The values captured from the step's text, its table and doc string.
        context: Arc<step::Context>,
    },
    /// Runs the steps of another journey.
    Journey(Arc<[BoundStep]>),
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Call { context, .. } => f.debug_tuple("Call").field(&context.step.value).finish(),
            Self::Journey(steps) => f.debug_tuple("Journey").field(steps).finish(),
        }
    }
}

/// What a virtual user does in a campaign.
#[derive(Clone, Debug, Default)]
pub struct Journey {
    /// Once for each session.
    pub session: Vec<BoundStep>,
    /// Each iteration.
    pub iteration: Vec<BoundStep>,
    /// After that, one of these, drawn by weight.
    pub choices: Vec<Choice>,
}

/// One of several journeys, with its weight.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its share, relative to the others.
    pub weight: u32,
    /// Its steps.
    pub steps: Arc<[BoundStep]>,
}

impl Journey {
    /// How many different numbers its steps have.
    pub fn steps(&self) -> usize {
        self.session
            .iter()
            .chain(&self.iteration)
            .chain(self.choices.iter().flat_map(|choice| choice.steps.iter()))
            .map(|step| step.number + 1)
            .max()
            .unwrap_or(0)
    }
}
