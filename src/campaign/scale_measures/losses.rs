//! Losses: writes that were acknowledged and are gone (RPO).

use std::time::Duration;

use serde::Serialize;

use crate::metrics::Marks;
use crate::model::Timestamp;
use crate::scaling::EventKind;

use super::optional_millis;

/// Writes acknowledged so long before an event are exposed to it, at least.
const BEFORE: Duration = Duration::from_secs(5);

/// Acknowledged writes around one event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Losses {
    /// Writes that are gone.
    pub lost: u64,
    /// Writes that were acknowledged from five seconds before the event, or from the
    /// first one that is gone, until the service had settled.
    pub exposed: u64,
    /// From the acknowledgement of the first one that is gone to the outage.
    #[serde(rename = "span_ms", serialize_with = "optional_millis")]
    pub span: Option<Duration>,
    /// The same to the outage of the last event that may have lost it: nobody
    /// saw which one did.
    #[serde(rename = "widest_ms", serialize_with = "optional_millis")]
    pub widest: Option<Duration>,
    #[serde(skip)]
    first: Option<Timestamp>,
}

/// Whether `kind` may lose what was acknowledged before it.
pub(super) fn may_lose(kind: &EventKind) -> bool {
    *kind != EventKind::NoOp
}

impl Losses {
    /// Of an event whose outage began at `outage` and was over at `end`, and of
    /// which the writes acknowledged at `lost` are gone.
    pub(super) fn of(marks: &Marks, lost: &[Timestamp], outage: Timestamp, end: Timestamp) -> Self {
        let first = lost.iter().min().copied();
        let usual = Timestamp::after(outage.elapsed().saturating_sub(BEFORE));
        let from = first.map_or(usual, |first| first.min(usual));
        let exposed = marks
            .all()
            .iter()
            .filter(|mark| mark.acknowledged && mark.done() >= from && mark.done() <= end)
            .count();
        Self {
            lost: lost.len() as u64,
            exposed: exposed as u64,
            span: first.map(|first| outage.since(first)),
            widest: first.map(|first| outage.since(first)),
            first,
        }
    }

    /// An event with its outage at `outage` came later, and may have lost them
    /// as well.
    pub(super) fn widen(&mut self, outage: Timestamp) {
        self.widest = self.first.map(|first| outage.since(first)).max(self.widest);
    }
}

/// Which event each lost write goes to: the first one that may have lost it and
/// was not over when it was acknowledged. `events` are in the order of time,
/// with their ends. The rest was lost without an event.
pub(super) fn by_event(
    lost: &[Timestamp],
    events: &[(&EventKind, Timestamp)],
) -> Vec<Vec<Timestamp>> {
    let mut dealt = vec![Vec::new(); events.len()];
    for write in lost {
        let is_its = |(kind, end): &(&EventKind, Timestamp)| may_lose(kind) && write <= end;
        if let Some(at) = events.iter().position(is_its) {
            dealt[at].push(*write);
        }
    }
    dealt
}
