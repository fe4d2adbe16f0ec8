//! Leaving the service as it was found.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::model::{Clock as _, Timestamp};
use crate::scaling::{InstanceState, ScaleError, Snapshot, is_steady};

use super::control::{Done, ScaleControl};
use super::observer::{describe, look};

/// How often it is looked whether the service is as it was.
const INTERVAL: Duration = Duration::from_millis(100);

/// How long after a request that failed it is made again.
const PAUSE: Duration = Duration::from_secs(1);

/// The way back to what the service was.
#[derive(Debug)]
struct Restoration<'a> {
    control: &'a ScaleControl,
    base: &'a Snapshot,
    /// So many instances are still to be started after an outage.
    stopped: Option<u32>,
    deadline: Timestamp,
}

impl ScaleControl {
    /// Brings the service back to what it was. What fails does not keep what
    /// is left from being done, and is tried again until the deadline.
    pub(super) async fn restore(&self, done: Done) -> Result<(), String> {
        let Some(base) = done.base.filter(|_| done.touched) else {
            return Ok(());
        };
        let now = self.clock.now();
        self.timeline.close(now);
        let way = Restoration {
            control: self,
            base: &base,
            stopped: done.stopped,
            deadline: now + self.limits.deadline,
        };
        way.go().await
    }
}

impl Restoration<'_> {
    async fn go(mut self) -> Result<(), String> {
        let wanted = self.base.count(InstanceState::Ready);
        loop {
            let undone = self.ask().await;
            let now = self.control.clock.now();
            let again = if undone.is_empty() {
                self.deadline
            } else {
                self.deadline.min(now + PAUSE)
            };
            let seen = self.watch(wanted, again).await;
            let is_there = matches!(seen, Ok(None));
            // After an outage it is enough that the instances are there.
            if is_there && undone.iter().all(|(step, _)| *step == Step::Start) {
                return Ok(());
            }
            sleep(again.since(self.control.clock.now())).await;
            if again >= self.deadline {
                let mut why: Vec<String> = undone.into_iter().map(|(_, why)| why).collect();
                why.extend(seen.unwrap_or_else(Some));
                return Err(format!(
                    "the service could not be brought back to {wanted} instances: {}. Look after \
                     it by hand: {}",
                    why.join("; "),
                    self.control.target.name()
                ));
            }
        }
    }

    /// Asks for everything; gives what was not done, and why.
    async fn ask(&mut self) -> Vec<(Step, String)> {
        let mut undone = Vec::new();
        let target = &self.control.target;
        if let Some(count) = self.stopped {
            let started = async { target.start_all(count).await.map(|_| ()) };
            // Something of the time is for what comes after it.
            match self.within(self.left() / 2, started).await {
                Ok(()) => self.stopped = None,
                Err(why) => undone.push((Step::Start, why)),
            }
        }
        let target = &self.control.target;
        let restored = self.within(self.left(), target.restore(self.base)).await;
        undone.extend(restored.err().map(|why| (Step::Restore, why)));
        undone
    }

    fn left(&self) -> Duration {
        self.deadline.since(self.control.clock.now())
    }

    async fn within(
        &self,
        limit: Duration,
        asked: impl Future<Output = Result<(), ScaleError>>,
    ) -> Result<(), String> {
        match timeout(limit, asked).await {
            Ok(done) => done.map_err(|error| error.to_string()),
            Err(_elapsed) => Err(format!("no answer within {}", rounded(limit))),
        }
    }

    /// Looks until there are as many as `wanted`, the control plane cannot be
    /// asked, or `until`. Gives what is there instead; an error is why it is
    /// not known.
    async fn watch(&self, wanted: u32, until: Timestamp) -> Result<Option<String>, String> {
        loop {
            let now = look(self.control.target.as_ref()).await;
            let late = self.control.clock.now() >= until;
            match now {
                Ok(now) if is_steady(&now, wanted) => return Ok(None),
                Ok(now) if late => return Ok(Some(format!("there are {}", describe(&now)))),
                Err(why) if late => return Err(why),
                _ => sleep(INTERVAL).await,
            }
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Instances after an outage.
    Start,
    /// All that is different.
    Restore,
}

fn rounded(span: Duration) -> humantime::FormattedDuration {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    humantime::format_duration(Duration::from_millis(millis))
}
