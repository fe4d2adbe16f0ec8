//! Recovery: from an outage to the first sustained success.

use std::time::Duration;

use serde::Serialize;

use crate::model::Timestamp;

use super::Mark;

/// How long success has to be sustained.
pub const SUSTAINED: Duration = Duration::from_secs(5);

/// Transactions that sustained success takes, at least.
const FEWEST: usize = 20;

/// What became of the service after an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Recovery {
    /// When the outage began: when the event was asked for, or the first
    /// transaction failed before.
    pub outage: Timestamp,
    /// Transactions that failed from then until success was sustained.
    pub failed: u64,
    /// The first answer of a transaction sent after the outage began.
    pub first_success: Option<Timestamp>,
    /// The first answer from which on all transactions sent within five
    /// seconds were answered.
    pub sustained: Option<Timestamp>,
}

impl Recovery {
    /// What `marks`, in the order in which they were sent, tell of an outage
    /// that began at `outage`. Of the transactions in which success is sustained
    /// a share of `tolerated` (0 to 1) may fail. Only those sent before `end`
    /// are looked at.
    pub fn of(marks: &[Mark], outage: Timestamp, end: Timestamp, tolerated: f64) -> Self {
        let from = marks.partition_point(|mark| mark.sent() < outage);
        let to = marks.partition_point(|mark| mark.sent() < end);
        let sent_since = marks.get(from..to).unwrap_or_default();
        let first_success = sent_since
            .iter()
            .filter(|mark| !mark.failed())
            .map(Mark::done)
            .min();
        let sustained = sustained(sent_since, end, tolerated);
        let until = sustained.map_or(end, |at| sent_since[at].sent());
        let failed = marks[..to]
            .iter()
            .filter(|mark| mark.failed() && mark.done() >= outage && mark.sent() < until)
            .count();
        Self {
            outage,
            failed: failed as u64,
            first_success,
            sustained: sustained.map(|at| sent_since[at].done()),
        }
    }

    /// From the outage to the first sustained success (RTO).
    pub fn time(&self) -> Option<Duration> {
        Some(self.sustained?.since(self.outage))
    }

    /// From the outage to the first success of all.
    pub fn time_to_first(&self) -> Option<Duration> {
        Some(self.first_success?.since(self.outage))
    }
}

/// The first of `marks` from which on success was sustained.
fn sustained(marks: &[Mark], end: Timestamp, tolerated: f64) -> Option<usize> {
    let mut last = 0;
    let mut failed = 0_usize;
    for (first, mark) in marks.iter().enumerate() {
        let until = mark.sent() + SUSTAINED;
        while let Some(next) = marks.get(last).filter(|next| next.sent() < until) {
            failed += usize::from(next.failed());
            last += 1;
        }
        // The load has to go on as long as that.
        if until > end {
            return None;
        }
        let count = last - first;
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let few_failed = failed as f64 <= tolerated * count as f64;
        if !mark.failed() && count >= FEWEST && few_failed {
            return Some(first);
        }
        failed -= usize::from(mark.failed());
    }
    None
}
