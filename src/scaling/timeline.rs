//! The timeline: what was asked, what the control plane said, and what
//! responses showed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{InstanceId, Place, Timestamp};

use super::{EventKind, Snapshot};

/// The window of a campaign without scale events.
pub const STEADY_WINDOW: &str = "steady";

/// One event as it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRecord {
    /// What was asked.
    pub kind: EventKind,
    /// The step that asked.
    pub place: Option<Place>,
    /// When it was asked.
    pub requested: Timestamp,
    /// When the control plane accepted it.
    pub accepted: Option<Timestamp>,
    /// When the desired number was first reached and then held.
    pub reached: Option<Timestamp>,
    /// When it had been held long enough to call it steady: the end of the
    /// window *during*.
    pub settled: Option<Timestamp>,
    /// Instances that were ready before.
    pub before: Vec<InstanceId>,
    /// Instances that were ready after.
    pub after: Vec<InstanceId>,
    /// First response from one of the new instances.
    pub first_answer: Option<Timestamp>,
    /// New instances that answered.
    pub new_answered: BTreeSet<InstanceId>,
    /// Removed instances that had answered before.
    pub gone_answered_before: BTreeSet<InstanceId>,
    /// Responses from removed instances to requests sent after it was settled;
    /// must be none.
    pub answers_from_gone: u64,
    /// Responses from remaining instances after it was settled.
    pub answers_after: u64,
    /// Why the control plane did not do it.
    pub failure: Option<String>,
}

impl EventRecord {
    /// Instances that the event brought.
    pub fn new_instances(&self) -> Vec<&InstanceId> {
        self.after
            .iter()
            .filter(|id| !self.before.contains(id))
            .collect()
    }

    /// Instances that the event removed.
    pub fn removed_instances(&self) -> Vec<&InstanceId> {
        self.before
            .iter()
            .filter(|id| !self.after.contains(id))
            .collect()
    }

    /// From asking to the desired number being reached.
    pub fn time_to_reach(&self) -> Option<Duration> {
        Some(self.reached?.since(self.requested))
    }

    /// From asking to the first response of a new instance.
    pub fn time_to_first_answer(&self) -> Option<Duration> {
        Some(self.first_answer?.since(self.requested))
    }

    /// Why the event did not provably happen; `None` when it did.
    pub fn unproven(&self) -> Option<String> {
        if let Some(failure) = &self.failure {
            return Some(failure.clone());
        }
        if self.settled.is_none() {
            return Some("the service did not become steady in time".to_owned());
        }
        let (new, removed) = (self.new_instances(), self.removed_instances());
        match &self.kind {
            EventKind::ScaleOut { .. } if new.is_empty() => {
                Some("no new instance appeared".to_owned())
            }
            EventKind::ScaleOut { .. } if self.new_answered.is_empty() => {
                Some("no response came from a new instance".to_owned())
            }
            EventKind::ScaleIn { .. } if removed.is_empty() => {
                Some("no instance was removed".to_owned())
            }
            EventKind::ScaleIn { .. } if self.gone_answered_before.is_empty() => {
                Some("none of the removed instances was ever seen to answer".to_owned())
            }
            EventKind::ScaleIn { .. } if self.answers_from_gone > 0 => Some(format!(
                "{} responses came from removed instances afterwards",
                self.answers_from_gone
            )),
            EventKind::ScaleIn { .. } if self.answers_after == 0 => {
                Some("no response came afterwards".to_owned())
            }
            _ => None,
        }
    }
}

/// The events of one campaign, shared between the one who makes them happen
/// and the many who see responses.
#[derive(Debug, Default)]
pub struct Timeline {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    expected: bool,
    events: Vec<EventRecord>,
    answered: BTreeMap<InstanceId, u64>,
}

impl Timeline {
    /// Notes that events are to come, so that what happens until then is
    /// *before* and not *steady*.
    pub fn expect_events(&self) {
        self.lock().expected = true;
    }

    /// An event was asked for; gives its number.
    pub fn requested(
        &self,
        kind: EventKind,
        place: Option<Place>,
        at: Timestamp,
        before: &Snapshot,
    ) -> usize {
        let mut inner = self.lock();
        let before = before.ready();
        let seen = before
            .iter()
            .filter(|id| inner.answered.contains_key(id))
            .cloned()
            .collect();
        inner.events.push(EventRecord {
            kind,
            place,
            requested: at,
            accepted: None,
            reached: None,
            settled: None,
            before,
            after: Vec::new(),
            first_answer: None,
            new_answered: BTreeSet::new(),
            gone_answered_before: seen,
            answers_from_gone: 0,
            answers_after: 0,
            failure: None,
        });
        inner.events.len() - 1
    }

    /// The control plane accepted event `number`.
    pub fn accepted(&self, number: usize, at: Timestamp) {
        self.change(number, |event| event.accepted = Some(at));
    }

    /// The control plane did not do event `number`.
    pub fn failed(&self, number: usize, why: String) {
        self.change(number, |event| event.failure = Some(why));
    }

    /// Event `number` is done: steady since `reached`, held until `settled`.
    pub fn settled(&self, number: usize, reached: Timestamp, settled: Timestamp, after: &Snapshot) {
        self.change(number, |event| {
            event.reached = Some(reached);
            event.settled = Some(settled);
            event.after = after.ready();
            let after = event.after.clone();
            event.gone_answered_before.retain(|id| !after.contains(id));
            event.new_answered.retain(|id| after.contains(id));
        });
    }

    /// `instance` answered a request sent at `sent`, completely at `done`.
    pub fn answered(&self, instance: &InstanceId, sent: Timestamp, done: Timestamp) {
        let mut inner = self.lock();
        if let Some(count) = inner.answered.get_mut(instance) {
            *count += 1;
        } else {
            inner.answered.insert(instance.clone(), 1);
        }
        for event in &mut inner.events {
            let was_there = event.before.contains(instance);
            if !was_there && event.failure.is_none() {
                event.first_answer.get_or_insert(done);
                event.new_answered.insert(instance.clone());
            }
            if event.settled.is_some_and(|settled| sent > settled) {
                if event.after.contains(instance) {
                    event.answers_after += 1;
                } else if was_there {
                    event.answers_from_gone += 1;
                }
            }
        }
    }

    /// The window of a transaction in flight from `sent` to `done`. It belongs
    /// to *during* when it overlaps an event at all: the victims of a kill were
    /// sent before it.
    pub fn window(&self, sent: Timestamp, done: Timestamp) -> &'static str {
        let inner = self.lock();
        let begun = |event: &&EventRecord| event.requested <= done;
        let overlaps = |event: &EventRecord| event.settled.is_none_or(|settled| settled >= sent);
        let mut events = inner.events.iter().filter(begun).peekable();
        if events.peek().is_none() {
            return if inner.expected {
                "before"
            } else {
                STEADY_WINDOW
            };
        }
        if events.any(overlaps) {
            "during"
        } else {
            "after"
        }
    }

    /// The events so far.
    pub fn events(&self) -> Vec<EventRecord> {
        self.lock().events.clone()
    }

    /// How many responses each instance gave.
    pub fn answers(&self) -> BTreeMap<InstanceId, u64> {
        self.lock().answered.clone()
    }

    fn change(&self, number: usize, change: impl FnOnce(&mut EventRecord)) {
        if let Some(event) = self.lock().events.get_mut(number) {
            change(event);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{InstanceState, Observed, Removal};
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::after(Duration::from_millis(millis))
    }

    fn instance(name: &str) -> InstanceId {
        InstanceId {
            name: name.to_owned(),
            incarnation: "1".to_owned(),
        }
    }

    fn ready(names: &[&str]) -> Snapshot {
        let instances = names
            .iter()
            .map(|name| Observed::new(instance(name), InstanceState::Ready))
            .collect();
        Snapshot {
            desired: None,
            instances,
        }
    }

    #[test]
    fn windows_go_by_overlap() {
        let timeline = Timeline::default();
        assert_eq!(timeline.window(at(0), at(1)), "steady");
        timeline.expect_events();
        assert_eq!(timeline.window(at(0), at(1)), "before");
        let kind = EventKind::ScaleOut { to: 2 };
        let event = timeline.requested(kind, None, at(100), &ready(&["n1"]));
        for (sent, done, window) in [
            (10, 90, "before"),
            (10, 100, "during"),
            (150, 160, "during"),
        ] {
            assert_eq!(timeline.window(at(sent), at(done)), window, "{sent}");
        }
        timeline.settled(event, at(180), at(200), &ready(&["n1", "n2"]));
        for (sent, done, window) in [
            (10, 300, "during"),
            (200, 210, "during"),
            (201, 210, "after"),
        ] {
            assert_eq!(timeline.window(at(sent), at(done)), window, "{sent}");
        }
    }

    #[test]
    fn a_scale_out_is_proven_by_a_new_instance_that_answers() {
        let timeline = Timeline::default();
        let kind = EventKind::ScaleOut { to: 2 };
        let event = timeline.requested(kind, None, at(100), &ready(&["n1"]));
        assert!(timeline.events()[0].unproven().is_some());
        timeline.settled(event, at(150), at(200), &ready(&["n1", "n2"]));
        let why = timeline.events()[0].unproven().unwrap();
        assert!(
            why.contains("no response came from a new instance"),
            "{why}"
        );
        timeline.answered(&instance("n2"), at(160), at(170));
        assert_eq!(timeline.events()[0].unproven(), None);
        assert_eq!(
            timeline.events()[0].time_to_first_answer(),
            Some(Duration::from_millis(70))
        );
    }

    #[test]
    fn a_scale_in_is_proven_by_silence_of_those_that_went() {
        let timeline = Timeline::default();
        let kind = EventKind::ScaleIn {
            to: 1,
            removal: Removal::Abrupt,
        };
        timeline.answered(&instance("n2"), at(10), at(20));
        let event = timeline.requested(kind, None, at(100), &ready(&["n1", "n2"]));
        timeline.settled(event, at(150), at(200), &ready(&["n1"]));
        timeline.answered(&instance("n1"), at(300), at(310));
        assert_eq!(timeline.events()[0].unproven(), None);
        timeline.answered(&instance("n2"), at(300), at(310));
        let why = timeline.events()[0].unproven().unwrap();
        assert!(why.contains("removed instances"), "{why}");
    }

    #[test]
    fn an_event_that_silently_did_nothing_is_no_event() {
        let timeline = Timeline::default();
        let kind = EventKind::ScaleIn {
            to: 1,
            removal: Removal::Graceful,
        };
        let event = timeline.requested(kind, None, at(100), &ready(&["n1"]));
        timeline.settled(event, at(150), at(200), &ready(&["n1"]));
        assert_eq!(
            timeline.events()[0].unproven().unwrap(),
            "no instance was removed"
        );
    }
}
