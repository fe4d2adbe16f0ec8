//! The timeline: what was asked, what the control plane said, and what
//! responses showed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::{InstanceId, Place, Timestamp};

use super::gone::{Gone, Undead};
use super::record::{EventRecord, Hold};
use super::sample::Sample;
use super::{EventKind, Receipt, Snapshot};

/// The window of a campaign without scale events.
pub const STEADY_WINDOW: &str = "steady";

/// How long a sample that shows nothing new is not worth keeping.
const NOTHING_NEW: Duration = Duration::from_secs(1);

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
    gone: Gone,
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
        self.change(number, |event| event.hold = Some(Hold::since(at)));
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
            event.settle(after.ready());
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
        if let Some(instance) = seen.instance.filter(|_| seen.status.is_some()) {
            inner.gone.answered(instance, seen.sent);
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

    /// Asked at `asked`, the control plane said `snapshot` at `at`.
    pub fn looked(&self, snapshot: &Snapshot, asked: Timestamp, at: Timestamp) {
        self.sample(Sample::of(snapshot, at));
        self.lock().gone.looked(snapshot, asked, at);
    }

    /// The instances that answered after they had been called gone.
    pub fn undead(&self) -> Vec<Undead> {
        self.lock().gone.undead()
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
