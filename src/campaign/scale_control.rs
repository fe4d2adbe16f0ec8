//! Makes the scale events of a campaign happen, and sees whether they did.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::load::RunClock;
use crate::model::{Clock as _, Timestamp};
use crate::scaling::{EventKind, Removal, ScaleEvent, ScaleTarget, Timeline, Trigger, is_steady};

use super::recorder::{Recorder, RunEvent};

/// How often the control plane is asked.
const INTERVAL: Duration = Duration::from_millis(50);

/// How long the desired number has to be held to call it steady.
const HOLD: Duration = Duration::from_secs(1);

/// How long a service may take to become steady.
const DEADLINE: Duration = Duration::from_mins(1);

/// One campaign's scale events.
#[derive(Debug)]
pub(super) struct ScaleControl {
    pub(super) target: Arc<dyn ScaleTarget>,
    pub(super) timeline: Arc<Timeline>,
    pub(super) recorder: Arc<dyn Recorder>,
    pub(super) clock: RunClock,
}

impl ScaleControl {
    /// Makes `events` happen, each at its time after `begin`, one after
    /// another, until `stop`.
    pub(super) async fn run(
        self,
        events: Vec<ScaleEvent>,
        begin: Timestamp,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut timed: Vec<_> = events
            .into_iter()
            .filter_map(|event| match event.trigger {
                Trigger::After(after) => Some((after, event)),
                Trigger::AtRate(_) | Trigger::AfterResponses(_) | Trigger::Saved { .. } => None,
            })
            .collect();
        timed.sort_by_key(|(after, _)| *after);
        for (after, event) in timed {
            let at = self.clock.instant(begin + after);
            tokio::select! {
                () = tokio::time::sleep_until(at) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            // An event once begun is seen through even when the load ends.
            self.happen(&event).await;
        }
    }

    async fn happen(&self, event: &ScaleEvent) {
        let before = self.target.observe().await.unwrap_or_default();
        let number = self.timeline.requested(
            event.kind.clone(),
            event.place.clone(),
            self.clock.now(),
            &before,
        );
        self.tell(number);
        let (desired, removal) = match event.kind {
            EventKind::ScaleOut { to } => (to, Removal::Graceful),
            EventKind::ScaleIn { to, removal } => (to, removal),
            _ => return,
        };
        let asked = self.target.set_desired(desired, removal).await;
        match asked {
            Ok(_) => {
                self.timeline.accepted(number, self.clock.now());
                self.settle(number, desired).await;
            }
            Err(error) => self.timeline.failed(number, error.to_string()),
        }
        self.tell(number);
    }

    /// Waits until the desired number has been held for some time.
    async fn settle(&self, number: usize, desired: u32) {
        let deadline = self.clock.now() + DEADLINE;
        let mut since = None;
        while self.clock.now() < deadline {
            match self.target.observe().await {
                Ok(snapshot) if is_steady(&snapshot, desired) => {
                    let now = self.clock.now();
                    let reached = *since.get_or_insert(now);
                    if now.since(reached) >= HOLD {
                        self.timeline.settled(number, reached, now, &snapshot);
                        return;
                    }
                }
                Ok(_) => since = None,
                Err(error) => {
                    self.timeline.failed(number, error.to_string());
                    return;
                }
            }
            sleep(INTERVAL).await;
        }
    }

    fn tell(&self, number: usize) {
        if let Some(event) = self.timeline.events().get(number) {
            self.recorder.record(&RunEvent::Scaled(event));
        }
    }
}
