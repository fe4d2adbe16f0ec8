//! When events begin.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, sleep_until};

use crate::load::RunClock;
use crate::model::{Clock as _, Rate, Timestamp};
use crate::scaling::{ScaleEvent, Timeline, Trigger};

/// How often it is looked whether something that has no time of its own has
/// come about.
const TICK: Duration = Duration::from_millis(100);

/// A trigger that is seen so much later than it came was waited for.
const LATE: Duration = Duration::from_millis(250);

type RateAt = dyn Fn(Timestamp) -> Rate + Send + Sync;
type CountOf = dyn Fn(&str) -> u64 + Send + Sync;

/// What triggers go by, besides time and responses.
#[derive(Clone)]
pub(crate) struct Signs {
    /// The rate that the load is governed at, at a moment.
    pub(crate) rate: Arc<RateAt>,
    /// How many things of a kind were acknowledged as saved.
    pub(crate) saved: Arc<CountOf>,
}

impl fmt::Debug for Signs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signs").finish_non_exhaustive()
    }
}

/// The events that are still to come.
#[derive(Debug)]
pub(super) struct Triggers {
    pending: Vec<(usize, ScaleEvent)>,
    /// When the trigger of each event came, those of the past included.
    came: Arc<Mutex<Vec<Option<Timestamp>>>>,
    watching: Option<JoinHandle<()>>,
    begin: Timestamp,
    clock: RunClock,
}

impl Drop for Triggers {
    fn drop(&mut self) {
        if let Some(task) = &self.watching {
            task.abort();
        }
    }
}

/// An event whose moment has come.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) event: ScaleEvent,
    /// By how much it is too late.
    pub(super) late: Option<Duration>,
}

impl Triggers {
    /// Those of `events`, with times counted from `begin`.
    pub(super) fn new(
        events: Vec<ScaleEvent>,
        begin: Timestamp,
        clock: RunClock,
        timeline: Arc<Timeline>,
        signs: Signs,
    ) -> Self {
        let triggers: Vec<Trigger> = events.iter().map(|event| event.trigger.clone()).collect();
        let came = Arc::new(Mutex::new(vec![None; events.len()]));
        let timed = |trigger: &Trigger| matches!(trigger, Trigger::After(_));
        let watching = (!triggers.iter().all(timed)).then(|| {
            let came = Arc::clone(&came);
            tokio::spawn(watch_signs(triggers, came, begin, clock, timeline, signs))
        });
        Self {
            pending: events.into_iter().enumerate().collect(),
            came,
            watching,
            begin,
            clock,
        }
    }

    /// The next event, once its trigger has come; those that came earlier
    /// first. `None` when `stop` came before, or no event is left.
    pub(super) async fn next(&mut self, stop: &mut watch::Receiver<bool>) -> Option<Due> {
        while !self.pending.is_empty() && !*stop.borrow() {
            let now = self.clock.now();
            let first = (0..self.pending.len())
                .filter_map(|at| Some((self.came(at)?, at)))
                .filter(|(came, _)| *came <= now)
                .min();
            if let Some((came, at)) = first {
                let (_, event) = self.pending.remove(at);
                let late = Some(now.since(came)).filter(|late| *late >= LATE);
                return Some(Due { event, late });
            }
            let next = (0..self.pending.len()).filter_map(|at| self.came(at)).min();
            let wake = next.map_or(now + TICK, |next| next.min(now + TICK));
            tokio::select! {
                () = sleep_until(self.clock.instant(wake)) => {}
                _ = stop.wait_for(|stop| *stop) => return None,
            }
        }
        None
    }

    /// The events whose triggers did not come.
    pub(super) fn left(&mut self) -> Vec<ScaleEvent> {
        let left = std::mem::take(&mut self.pending);
        left.into_iter().map(|(_, event)| event).collect()
    }

    /// When the trigger of a pending event came, or will come.
    fn came(&self, at: usize) -> Option<Timestamp> {
        let (number, event) = self.pending.get(at)?;
        if let Trigger::After(after) = event.trigger {
            return Some(self.begin + after);
        }
        let came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        came.get(*number).copied().flatten()
    }
}

/// Notes when triggers come, also while an event is under way.
async fn watch_signs(
    triggers: Vec<Trigger>,
    came: Arc<Mutex<Vec<Option<Timestamp>>>>,
    begin: Timestamp,
    clock: RunClock,
    timeline: Arc<Timeline>,
    signs: Signs,
) {
    sleep_until(clock.instant(begin)).await;
    // The preflight has had responses, too.
    let before = timeline.responses();
    loop {
        let now = clock.now();
        {
            let mut came = came.lock().unwrap_or_else(PoisonError::into_inner);
            for (came, trigger) in came.iter_mut().zip(&triggers) {
                let is_there = match trigger {
                    Trigger::After(_) => false,
                    Trigger::AtRate(rate) => (signs.rate)(now) >= *rate,
                    Trigger::AfterResponses(count) => timeline.responses() - before >= *count,
                    Trigger::Saved { kind, count } => (signs.saved)(kind) >= *count,
                };
                if is_there {
                    came.get_or_insert(now);
                }
            }
        }
        sleep(TICK).await;
    }
}
