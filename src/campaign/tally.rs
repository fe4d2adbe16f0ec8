//! Tallies: what became of each step over all its executions.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde::Serialize;

use crate::model::{Timestamp, UserId};

/// Different reasons that are kept apart; further ones are counted together.
const MOST_REASONS: usize = 50;

/// One failed execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Who.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// All executions of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How often it held.
    pub passed: u64,
    /// How often it did not.
    pub failed: u64,
    /// The first failure.
    pub first: Option<Failure>,
    /// The last failure.
    pub last: Option<Failure>,
    /// How often each reason was given.
    pub reasons: BTreeMap<String, u64>,
}

impl Tally {
    /// How often it was executed.
    pub fn executed(&self) -> u64 {
        self.passed + self.failed
    }

    /// The reason given most often.
    pub fn most_common(&self) -> Option<(&str, u64)> {
        self.reasons
            .iter()
            .max_by_key(|(_, count)| **count)
            .map(|(reason, count)| (reason.as_str(), *count))
    }

    fn fail(&mut self, failure: Failure) {
        self.failed += 1;
        let reason =
            if self.reasons.len() < MOST_REASONS || self.reasons.contains_key(&failure.reason) {
                failure.reason.clone()
            } else {
                "other reasons".to_owned()
            };
        *self.reasons.entry(reason).or_default() += 1;
        self.first.get_or_insert_with(|| failure.clone());
        self.last = Some(failure);
    }
}

/// The tallies of a journey, one for each step, and of its iterations.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    steps: Vec<Mutex<Tally>>,
    iterations: Mutex<Iterations>,
}

/// What became of iterations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Iterations {
    /// To their last step.
    pub completed: u64,
    /// Ended by a failed step.
    pub failed: u64,
    /// Ended because a user went away on purpose.
    pub abandoned: u64,
    /// Ended because there was nothing of anybody else's to probe.
    pub nothing_to_probe: u64,
    /// Cut off by the end of the load.
    pub cut_off: u64,
    /// Sessions that could not be established.
    pub sessions_failed: u64,
    /// Sessions that were established.
    pub sessions: u64,
    /// Users who gave up after several failed sign-ins.
    pub users_gave_up: u64,
}

impl Tallies {
    /// Tallies for `steps` steps.
    pub(crate) fn new(steps: usize) -> Self {
        Self {
            steps: (0..steps).map(|_| Mutex::default()).collect(),
            iterations: Mutex::default(),
        }
    }

    /// Step `number` held.
    pub(crate) fn passed(&self, number: usize) {
        if let Some(tally) = self.steps.get(number) {
            tally.lock().unwrap_or_else(PoisonError::into_inner).passed += 1;
        }
    }

    /// Step `number` failed.
    pub(crate) fn failed(&self, number: usize, failure: Failure) {
        if let Some(tally) = self.steps.get(number) {
            tally
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .fail(failure);
        }
    }

    /// Counts an iteration or a session.
    pub(crate) fn count(&self, count: impl FnOnce(&mut Iterations)) {
        count(
            &mut self
                .iterations
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// The iterations so far.
    pub(crate) fn iterations(&self) -> Iterations {
        *self
            .iterations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The tallies so far, by step number.
    pub(crate) fn steps(&self) -> Vec<Tally> {
        self.steps
            .iter()
            .map(|tally| tally.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_the_last_and_the_most_common_failure_are_kept() {
        let tallies = Tallies::new(1);
        for (user, reason) in [(1, "a"), (2, "b"), (3, "b"), (4, "c")] {
            let failure = Failure {
                user: UserId(user),
                at: Timestamp::default(),
                reason: reason.to_owned(),
            };
            tallies.failed(0, failure);
        }
        tallies.passed(0);
        let tally = &tallies.steps()[0];
        assert_eq!((tally.executed(), tally.failed), (5, 4));
        assert_eq!(tally.first.as_ref().unwrap().user, UserId(1));
        assert_eq!(tally.last.as_ref().unwrap().user, UserId(4));
        assert_eq!(tally.most_common(), Some(("b", 2)));
    }
}
