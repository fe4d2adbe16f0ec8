//! Services that scale themselves: what a scenario says and asks of them.

use std::time::Duration;

use serde::Serialize;

use crate::load::Stages;
use crate::model::{Place, Rate, Timestamp};
use crate::scaling::{History, PolicyState};

use super::failure::StepResult;
use super::policy_verdicts;
use super::world::Campaign;

/// What became of a service that scales itself.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyOutcome {
    /// What the policy says of itself; `None` when there is none.
    pub policy: Option<PolicyState>,
    /// When the load began.
    pub begin: Timestamp,
    /// When the load ended.
    pub end: Timestamp,
    /// For how long a number of instances has to be held.
    #[serde(skip)]
    pub hold: Duration,
    /// The traffic that it was to follow.
    #[serde(skip)]
    pub stages: Stages,
    /// How many instances there were.
    #[serde(flatten)]
    pub history: History,
}

impl Campaign {
    /// The service scales by its own policy. Where the harness started the
    /// service, this starts the policy.
    pub fn own_policy(&mut self) {
        let place = self.place().unwrap_or_else(|| Place::new("", 0));
        self.settings_mut().policy = Some(place);
    }

    /// The policy has `instances` serve within `limit` of the traffic reaching
    /// `rate`.
    ///
    /// # Errors
    ///
    /// When it has not, or nothing shows that it was the policy.
    pub fn judge_policy_out(&mut self, instances: u32, limit: Duration, rate: Rate) -> StepResult {
        self.judge(|outcome| policy_verdicts::reaches(outcome, instances, limit, rate))
    }

    /// The policy is back at `instances` within `limit` of the traffic falling to
    /// `rate`, and stays there.
    ///
    /// # Errors
    ///
    /// When it is not, or it never was away from there.
    pub fn judge_policy_in(&mut self, instances: u32, limit: Duration, rate: Rate) -> StepResult {
        self.judge(|outcome| policy_verdicts::comes_back(outcome, instances, limit, rate))
    }

    /// `instances` instances served at the same time, each with its share.
    ///
    /// # Errors
    ///
    /// When they did not, or no response tells who answered.
    pub fn judge_serving(&mut self, instances: u32) -> StepResult {
        self.judge(|outcome| policy_verdicts::serves_from(outcome, instances))
    }

    /// The number of instances turned at most `most` times: from growing to
    /// shrinking and back.
    ///
    /// # Errors
    ///
    /// When it turned more often, or never changed.
    pub fn judge_changes(&mut self, most: u32) -> StepResult {
        self.judge(|outcome| policy_verdicts::changes(outcome, most))
    }

    /// There were never more than `most` instances, those that were starting
    /// included.
    ///
    /// # Errors
    ///
    /// When there were.
    pub fn judge_most_instances(&mut self, most: u32) -> StepResult {
        self.judge(|outcome| policy_verdicts::never_more(outcome, most))
    }

    /// There were never fewer than `fewest` instances that were ready.
    ///
    /// # Errors
    ///
    /// When there were.
    pub fn judge_fewest_instances(&mut self, fewest: u32) -> StepResult {
        self.judge(|outcome| policy_verdicts::never_fewer(outcome, fewest))
    }
}
