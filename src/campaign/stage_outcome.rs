//! What each stage of the load came to, and whether it was applied.

use std::time::Duration;

use serde::Serialize;

use crate::load::{Stage, StageCount};
use crate::metrics::Slice;
use crate::model::Verdict;

use super::outcome::LoadOutcome;

/// How much of what became due in a stage has to be sent, in percent.
const SENT_PERCENT: u64 = 98;

/// One stage of the load.
#[derive(Clone, Debug, Serialize)]
pub struct StageOutcome {
    /// What was governed.
    #[serde(flatten)]
    pub stage: Stage,
    /// How long after the beginning of the load it began.
    #[serde(rename = "begin_seconds", serialize_with = "seconds")]
    pub begin: Duration,
    /// How long it lasted; less than was asked for when the load was stopped.
    #[serde(rename = "lasted_seconds", serialize_with = "seconds")]
    pub lasted: Duration,
    /// Transactions that became due in it.
    pub due: u64,
    /// Those of them that users were let send.
    pub sent: u64,
    /// Transactions that users were let send, per second.
    pub achieved_tps: f64,
    /// Answers that were no errors, per second.
    pub answered_tps: f64,
    /// Response times and errors of what was due in it.
    pub measures: Slice,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

impl StageOutcome {
    pub(super) fn new(
        stage: Stage,
        begin: Duration,
        lasted: Duration,
        count: StageCount,
        measures: Slice,
    ) -> Self {
        Self {
            stage,
            begin,
            lasted,
            due: count.due,
            sent: count.released,
            achieved_tps: per_second(count.released, lasted),
            answered_tps: per_second(measures.transactions - measures.errors, lasted),
            measures,
        }
    }

    /// Whether too little of what became due was sent. One transaction more or
    /// less is the border between two stages.
    fn fell_short(&self) -> bool {
        self.sent * 100 < self.due * SENT_PERCENT && self.due - self.sent > 1
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn per_second(count: u64, span: Duration) -> f64 {
    count as f64 / span.as_secs_f64().max(f64::EPSILON)
}

/// The first stage that was not applied, in words; `None` when all were.
pub(super) fn not_applied(load: &LoadOutcome) -> Option<String> {
    let found = load.stages.iter().enumerate();
    let (number, stage) = found.into_iter().find(|(_, stage)| stage.fell_short())?;
    Some(format!(
        "stage {} ({}) was not reached, {} of {} transactions were sent; users were too few or too \
         slow to answer",
        number + 1,
        stage.stage,
        stage.sent,
        stage.due
    ))
}

/// At least `rate` transactions per second were answered in every stage in which
/// that much was governed all the time.
pub(super) fn throughput(load: &LoadOutcome, rate: f64) -> (Verdict, String) {
    let governed = |own: &&StageOutcome| f64::from(own.stage.from.min(own.stage.to)) >= rate;
    let least = load
        .stages
        .iter()
        .filter(governed)
        .min_by(|one, other| one.answered_tps.total_cmp(&other.answered_tps));
    let Some(least) = least else {
        return (
            Verdict::Inconclusive,
            format!("no stage of the traffic is governed at {rate} TPS or more from end to end"),
        );
    };
    let reached = least.achieved_tps.min(least.answered_tps);
    let verdict = if reached >= rate {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    (
        verdict,
        format!(
            "{reached:.2} TPS answered in the stage of {}, at least {rate} asked for",
            least.stage
        ),
    )
}
