//! The timeline: what was asked, what the control plane said, and what
//! responses showed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{InstanceId, Place, Timestamp};

use super::sample::Sample;
use super::{EventKind, Receipt, Snapshot};

/// The window of a campaign without scale events.
pub const STEADY_WINDOW: &str = "steady";

/// How long a sample that shows nothing new is not worth keeping.
const NOTHING_NEW: Duration = Duration::from_secs(1);

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
    /// When the next event was asked for, or the service was brought back:
    /// what is seen of requests sent later is no consequence of this one.
    #[serde(default)]
    pub closed: Option<Timestamp>,
    /// By how much its trigger had passed, because the event before it was
    /// still under way; `None` when it came in time.
    #[serde(default)]
    pub late: Option<Duration>,
    /// Instances that were ready before.
    pub before: Vec<InstanceId>,
    /// Instances that were ready after.
    pub after: Vec<InstanceId>,
    /// The instances that were to be hit, where the control plane tells them.
    #[serde(default)]
    pub victims: Vec<InstanceId>,
    /// What the control plane said.
    #[serde(default)]
    pub receipt: Receipt,
    /// The time in which nobody, or no victim, was to answer.
    #[serde(default)]
    pub hold: Option<Hold>,
    /// Instances of before that had answered by the time it was asked for.
    #[serde(default)]
    pub answered_before: BTreeSet<InstanceId>,
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
    /// Responses since it was asked for.
    #[serde(default)]
    pub responses: u64,
    /// Those of them that tell which instance answered.
    #[serde(default)]
    pub telling: u64,
    /// Instances came or went although nothing was asked for.
    #[serde(default)]
    pub unquiet: bool,
    /// Why the control plane did not do it.
    pub failure: Option<String>,
}

/// The time in which nobody, or no victim, was to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub until: Option<Timestamp>,
    /// Requests that were sent in it.
    pub tried: u64,
    /// Answers that came in it to requests sent in it, from those who were not
    /// to answer; must be none.
    pub answered: u64,
}

/// What timelines see of a response, or of a request that got none.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The instance that answered, if the response tells.
    pub instance: Option<&'a InstanceId>,
    /// The status, if there was a response.
    pub status: Option<u16>,
    /// When the request was sent.
    pub sent: Timestamp,
    /// When it came to its end.
    pub done: Timestamp,
}

fn has(instances: &[InstanceId], instance: &InstanceId) -> bool {
    instances.iter().any(|own| own.is_same(instance))
}

impl EventRecord {
    fn new(
        kind: EventKind,
        place: Option<Place>,
        at: Timestamp,
        before: Vec<InstanceId>,
        answered_before: BTreeSet<InstanceId>,
    ) -> Self {
        Self {
            kind,
            place,
            requested: at,
            accepted: None,
            reached: None,
            settled: None,
            closed: None,
            late: None,
            before,
            after: Vec::new(),
            victims: Vec::new(),
            receipt: Receipt::default(),
            hold: None,
            gone_answered_before: answered_before.clone(),
            answered_before,
            first_answer: None,
            new_answered: BTreeSet::new(),
            answers_from_gone: 0,
            answers_after: 0,
            responses: 0,
            telling: 0,
            unquiet: false,
            failure: None,
        }
    }

    /// Whether it began at all: an event that was refused, or whose moment
    /// never came, has no window.
    pub fn began(&self) -> bool {
        self.accepted.is_some() || self.failure.is_none()
    }

    /// Instances that the event brought.
    pub fn new_instances(&self) -> Vec<&InstanceId> {
        self.after
            .iter()
            .filter(|id| !has(&self.before, id))
            .collect()
    }

    /// Instances that the event removed.
    pub fn removed_instances(&self) -> Vec<&InstanceId> {
        self.before
            .iter()
            .filter(|id| !has(&self.after, id))
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

    fn see(&mut self, seen: &Seen<'_>) {
        if !self.began() || self.closed.is_some_and(|closed| seen.sent > closed) {
            return;
        }
        if seen.status.is_some() && seen.done >= self.requested {
            self.responses += 1;
            self.telling += u64::from(seen.instance.is_some());
        }
        self.see_hold(seen);
        let Some(instance) = seen.instance else {
            return;
        };
        let was_there = has(&self.before, instance);
        let is_there = has(&self.after, instance);
        if !was_there && (self.settled.is_none() || is_there) {
            self.first_answer.get_or_insert(seen.done);
            self.new_answered.insert(instance.clone());
        }
        if self.settled.is_some_and(|settled| seen.sent > settled) {
            if is_there {
                self.answers_after += 1;
            } else if was_there {
                self.answers_from_gone += 1;
            }
        }
    }

    fn see_hold(&mut self, seen: &Seen<'_>) {
        let Some(hold) = &mut self.hold else {
            return;
        };
        let inside = |at: Timestamp| at > hold.from && hold.until.is_none_or(|until| at < until);
        if !inside(seen.sent) {
            return;
        }
        hold.tried += 1;
        if !inside(seen.done) {
            return;
        }
        let success = seen.status.is_some_and(|code| (200..300).contains(&code));
        let wrong = match (&self.kind, seen.instance) {
            (EventKind::Hang { .. }, Some(instance)) => has(&self.victims, instance),
            (EventKind::Hang { .. }, None) => false,
            // What the balancer says by itself names no instance.
            (_, instance) => instance.is_some() || success,
        };
        hold.answered += u64::from(wrong);
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
    responses: u64,
    samples: Vec<Sample>,
    /// The last sample, which is kept when another one is to follow it.
    latest: Option<Sample>,
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
            .filter(|id| inner.answered.keys().any(|own| own.is_same(id)))
            .cloned()
            .collect();
        inner.close(at);
        let event = EventRecord::new(kind, place, at, before, seen);
        inner.events.push(event);
        inner.events.len() - 1
    }

    /// An event never began, because of `why`; gives its number.
    pub fn missed(
        &self,
        kind: EventKind,
        place: Option<Place>,
        at: Timestamp,
        why: String,
    ) -> usize {
        let mut event = EventRecord::new(kind, place, at, Vec::new(), BTreeSet::new());
        event.failure = Some(why);
        let mut inner = self.lock();
        inner.events.push(event);
        inner.events.len() - 1
    }

    /// The control plane accepted event `number`; the first time counts.
    pub fn accepted(&self, number: usize, at: Timestamp) {
        self.change(number, |event| {
            event.accepted.get_or_insert(at);
        });
    }

    /// What the control plane said to event `number`.
    pub fn told(&self, number: usize, receipt: &Receipt) {
        self.change(number, |event| event.receipt.clone_from(receipt));
    }

    /// The instances that event `number` hits.
    pub fn victims(&self, number: usize, victims: Vec<InstanceId>) {
        self.change(number, |event| event.victims = victims);
    }

    /// The trigger of event `number` had passed by `late`.
    pub fn late(&self, number: usize, late: Duration) {
        self.change(number, |event| event.late = Some(late));
    }

    /// From now on nobody, or no victim of event `number`, is to answer.
    pub fn held(&self, number: usize, at: Timestamp) {
        let hold = Hold {
            from: at,
            until: None,
            tried: 0,
            answered: 0,
        };
        self.change(number, |event| event.hold = Some(hold));
    }

    /// Those who were not to answer may answer again.
    pub fn let_go(&self, number: usize, at: Timestamp) {
        self.change(number, |event| {
            if let Some(hold) = &mut event.hold {
                hold.until = Some(at);
            }
        });
    }

    /// Instances came or went during event `number`, which asked for nothing.
    pub fn unquiet(&self, number: usize) {
        self.change(number, |event| event.unquiet = true);
    }

    /// What is seen of requests sent after `at` is no consequence of the events
    /// so far.
    pub fn close(&self, at: Timestamp) {
        self.lock().close(at);
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
            event.gone_answered_before.retain(|id| !has(&after, id));
            event.new_answered.retain(|id| has(&after, id));
        });
    }

    /// `instance` answered a request sent at `sent`, completely at `done`.
    pub fn answered(&self, instance: &InstanceId, sent: Timestamp, done: Timestamp) {
        self.saw(&Seen {
            instance: Some(instance),
            status: Some(200),
            sent,
            done,
        });
    }

    /// A request came to its end, with a response or without.
    pub fn saw(&self, seen: &Seen<'_>) {
        let mut inner = self.lock();
        inner.responses += u64::from(seen.status.is_some());
        if let Some(instance) = seen.instance {
            if let Some(count) = inner.answered.get_mut(instance) {
                *count += 1;
            } else {
                inner.answered.insert(instance.clone(), 1);
            }
        }
        for event in &mut inner.events {
            event.see(seen);
        }
    }

    /// How many responses came so far.
    pub fn responses(&self) -> u64 {
        self.lock().responses
    }

    /// Notes how many instances there are. What shows nothing new is kept once
    /// a second, and just before something new.
    pub fn sample(&self, sample: Sample) {
        let mut inner = self.lock();
        let latest = inner.latest.replace(sample);
        let Some(kept) = inner.samples.last().copied() else {
            inner.samples.push(sample);
            return;
        };
        if !sample.is_alike(&kept) {
            inner.samples.extend(latest.filter(|own| own.at > kept.at));
            inner.samples.push(sample);
        } else if sample.at.since(kept.at) >= NOTHING_NEW {
            inner.samples.push(sample);
        }
    }

    /// How many instances there were, over time.
    pub fn samples(&self) -> Vec<Sample> {
        self.lock().samples.clone()
    }

    /// The window of a transaction in flight from `sent` to `done`. It belongs
    /// to *during* when it overlaps an event at all: the victims of a kill were
    /// sent before it.
    pub fn window(&self, sent: Timestamp, done: Timestamp) -> &'static str {
        let inner = self.lock();
        let begun = |event: &&EventRecord| event.requested <= done && event.began();
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

impl Inner {
    fn close(&mut self, at: Timestamp) {
        for event in &mut self.events {
            event.closed.get_or_insert(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{InstanceState, Observed};
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
    fn an_event_that_never_began_has_no_window() {
        let timeline = Timeline::default();
        timeline.expect_events();
        let kind = EventKind::Kill { count: 1 };
        let event = timeline.requested(kind, None, at(100), &ready(&["n1"]));
        timeline.failed(event, "refused".to_owned());
        assert_eq!(timeline.window(at(150), at(160)), "before");
    }

    #[test]
    fn samples_are_kept_when_they_show_something_new() {
        let timeline = Timeline::default();
        let sample = |millis, ready| Sample {
            at: at(millis),
            desired: None,
            ready,
            starting: 0,
            draining: 0,
        };
        for (millis, ready) in [(0, 2), (100, 2), (200, 2), (300, 3), (400, 3), (1_300, 3)] {
            timeline.sample(sample(millis, ready));
        }
        let kept: Vec<u32> = timeline.samples().iter().map(|own| own.ready).collect();
        assert_eq!(kept, [2, 2, 3, 3]);
        assert_eq!(timeline.samples()[1].at, at(200));
    }
}
