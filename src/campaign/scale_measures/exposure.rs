//! Exposure: what an event could have hurt, and what it did.

use serde::Serialize;

use crate::metrics::{Mark, Marks, Trouble};
use crate::model::{InstanceId, Timestamp, checks_needed, upper_bound};
use crate::scaling::{EventKind, EventRecord, Removal};

/// How sure one wants to be.
const CONFIDENCE: f64 = 0.95;

/// The rate of loss that is worth knowing to be lower.
const WORTH_KNOWING: f64 = 0.05;

/// The requests that were in flight when something was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Exposure {
    /// What went is known, so that only requests to it count.
    pub victims_known: bool,
    /// Requests in flight at that moment: on what went, as far as that is
    /// known, or else on anything.
    pub in_flight: u64,
    /// Those of them that may change something.
    pub writes: u64,
    /// Those that failed.
    pub lost: u64,
    /// Those that failed and may have changed something.
    pub lost_writes: u64,
    /// How many were to be expected: rate times service time times the share of
    /// what went (Little's law). `None` where too little is known.
    pub expected: Option<f64>,
    /// The rate of loss is below this, from 0 to 1, with 95 % confidence.
    pub below: Option<f64>,
}

/// Whether `kind` hurts what is in flight at one moment.
pub(super) fn is_abrupt(kind: &EventKind) -> bool {
    match kind {
        EventKind::ScaleIn { removal, .. } => *removal == Removal::Abrupt,
        EventKind::Kill { .. }
        | EventKind::ZoneLoss { .. }
        | EventKind::AllDown { .. }
        | EventKind::Hang { .. }
        | EventKind::Restart { .. } => true,
        EventKind::ScaleOut { .. }
        | EventKind::RollingReplace
        | EventKind::Flap { .. }
        | EventKind::PolicyOut { .. }
        | EventKind::PolicyIn { .. }
        | EventKind::NoOp => false,
    }
}

/// Who went, as far as it is known.
fn victims(event: &EventRecord) -> Vec<&InstanceId> {
    if !event.victims.is_empty() {
        return event.victims.iter().collect();
    }
    match event.kind {
        EventKind::AllDown { .. } => event.before.iter().collect(),
        // What hangs is still there afterwards.
        EventKind::Hang { .. } | EventKind::Restart { .. } => Vec::new(),
        _ => event.removed_instances(),
    }
}

impl Exposure {
    /// What `event` could have hurt; `None` when it loses nothing at one moment.
    /// In flight on average were `busy` requests.
    pub(super) fn of(event: &EventRecord, marks: &Marks, busy: Option<f64>) -> Option<Self> {
        if !is_abrupt(&event.kind) {
            return None;
        }
        let victims = victims(event);
        let (from, to) = moment(event);
        let hit = |mark: &&Mark| {
            mark.overlaps(from, to)
                && (victims.is_empty()
                    || marks
                        .instance(mark)
                        // Who was asked and did not answer is not told.
                        .map_or(mark.failed(), |own| {
                            victims.iter().any(|victim| victim.is_same(own))
                        }))
        };
        let mut exposure = Self {
            victims_known: !victims.is_empty(),
            ..Self::default()
        };
        for mark in marks.all().iter().filter(hit) {
            // What nobody was reached for was not in flight.
            let lost = mark.failed() && mark.trouble != Some(Trouble::Refused);
            if mark.failed() && !lost {
                continue;
            }
            exposure.in_flight += 1;
            exposure.writes += u64::from(mark.writes);
            exposure.lost += u64::from(lost);
            exposure.lost_writes += u64::from(lost && mark.writes);
        }
        #[expect(clippy::cast_precision_loss, reason = "instances are few")]
        let share = match (victims.len(), event.before.len()) {
            (0, _) | (_, 0) => 1.0,
            (gone, all) => gone as f64 / all as f64,
        };
        exposure.expected = busy.map(|busy| busy * share);
        exposure.below = upper_bound(exposure.lost, exposure.in_flight, CONFIDENCE);
        Some(exposure)
    }

    /// How often the event has to be repeated without a loss to show a rate of
    /// loss below 5 %; `None` when something was lost, or it shows that already.
    pub fn repeat(&self) -> Option<u64> {
        let needed = checks_needed(WORTH_KNOWING, CONFIDENCE)?;
        (self.lost == 0 && self.in_flight < needed).then(|| needed.div_ceil(self.in_flight.max(1)))
    }
}

/// From asking until the control plane had accepted: what went, went then.
fn moment(event: &EventRecord) -> (Timestamp, Timestamp) {
    (event.requested, event.accepted.unwrap_or(event.requested))
}
