//! The load as it was asked for.

use std::time::Duration;

use crate::load::Stages;
use crate::model::{Rate, Timestamp};

/// The load of a campaign as it was asked for, and how long it went on.
#[derive(Clone, Debug)]
pub(in crate::campaign) struct Governed {
    /// The rate where it does not change, or where iterations are counted.
    pub(in crate::campaign) rate: Rate,
    /// The rate at every time, if that is known.
    pub(in crate::campaign) stages: Option<Stages>,
    /// When the load began.
    pub(in crate::campaign) begin: Timestamp,
    /// How long it went on.
    pub(in crate::campaign) duration: Duration,
}

impl Governed {
    /// Transactions per second that were asked for on average from `from` to `to`.
    pub(super) fn tps(&self, from: Timestamp, to: Timestamp) -> f64 {
        let constant = f64::from(self.rate.tps());
        let length = to.since(from).as_secs_f64();
        let Some(stages) = self.stages.as_ref().filter(|all| all.all().len() > 1) else {
            return constant;
        };
        if length <= 0.0 {
            return constant;
        }
        let due = |at: Timestamp| stages.due_until(at.since(self.begin));
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let asked = due(to).saturating_sub(due(from)) as f64;
        asked / length
    }

    /// When the load ended.
    pub(super) fn end(&self) -> Timestamp {
        self.begin + self.duration
    }
}
