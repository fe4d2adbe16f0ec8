//! Looks at the control plane all the time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::load::RunClock;
use crate::model::{Clock as _, InstanceId, Timestamp};
use crate::scaling::{InstanceState, ScaleTarget, Snapshot, Timeline};

/// How often the control plane is asked.
const INTERVAL: Duration = Duration::from_millis(100);

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// One look at the control plane.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// Counts looks.
    number: u64,
    /// When it was asked: it knows of everything that was accepted before.
    pub(super) asked: Timestamp,
    /// When it answered.
    pub(super) at: Timestamp,
    /// What it showed, or why it did not.
    pub(super) seen: Result<Snapshot, String>,
    /// Since when the same instances are ready and none comes or goes.
    pub(super) calm_since: Option<Timestamp>,
}

/// Looks at the control plane until it is dropped.
#[derive(Debug)]
pub(super) struct Observer {
    looks: watch::Receiver<Option<Arc<Look>>>,
    /// The number of the look that was given last.
    given: u64,
    task: JoinHandle<()>,
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Observer {
    /// Looks at `target` from now on, and notes the numbers in `timeline`.
    pub(super) fn start(
        target: Arc<dyn ScaleTarget>,
        timeline: Arc<Timeline>,
        clock: RunClock,
    ) -> Self {
        let (tell, looks) = watch::channel(None);
        let task = tokio::spawn(async move {
            let mut calm: Option<(Timestamp, Vec<InstanceId>)> = None;
            for number in 1.. {
                let asked = clock.now();
                let seen = look(target.as_ref()).await;
                let at = clock.now();
                calm = match &seen {
                    Ok(snapshot) => {
                        timeline.looked(snapshot, asked, at);
                        still_calm(calm, snapshot, at)
                    }
                    Err(_) => None,
                };
                tracing::debug!(number, seen = ?seen.as_ref().map(ready), "look at the instances");
                let look = Look {
                    number,
                    asked,
                    at,
                    seen,
                    calm_since: calm.as_ref().map(|(since, _)| *since),
                };
                if tell.send(Some(Arc::new(look))).is_err() {
                    return;
                }
                sleep(INTERVAL).await;
            }
        });
        Self {
            looks,
            given: 0,
            task,
        }
    }

    /// The next look, not given before, that was asked for at `since` or later;
    /// `None` when nobody looks any more.
    pub(super) async fn look(&mut self, since: Timestamp) -> Option<Arc<Look>> {
        let given = self.given;
        let fresh = |look: &Option<Arc<Look>>| {
            let look = look.as_ref();
            look.is_some_and(|own| own.asked >= since && own.number > given)
        };
        let look = self.looks.wait_for(fresh).await.ok()?.clone()?;
        self.given = look.number;
        Some(look)
    }
}

/// One look, which ends even where the control plane does not answer.
pub(super) async fn look(target: &dyn ScaleTarget) -> Result<Snapshot, String> {
    match timeout(PATIENCE, target.observe()).await {
        Ok(seen) => seen.map_err(|error| error.to_string()),
        Err(_elapsed) => Err(format!(
            "{} did not answer within {}",
            target.name(),
            humantime::format_duration(PATIENCE)
        )),
    }
}

/// The instances that are ready, in an order that looks do not change.
pub(super) fn ready(snapshot: &Snapshot) -> Vec<InstanceId> {
    let mut ready = snapshot.ready();
    ready.sort();
    ready
}

/// Whether no instance is on its way up or out.
pub(super) fn is_calm(snapshot: &Snapshot) -> bool {
    snapshot.count(InstanceState::Starting) == 0 && snapshot.count(InstanceState::Draining) == 0
}

/// `3 ready, 1 starting, 0 draining`
pub(super) fn describe(snapshot: &Snapshot) -> String {
    let of = |state| snapshot.count(state);
    let mut text = format!(
        "{} ready, {} starting, {} draining",
        of(InstanceState::Ready),
        of(InstanceState::Starting),
        of(InstanceState::Draining)
    );
    if let Some(desired) = snapshot.desired {
        text.push_str(&format!(", {desired} wanted by the control plane"));
    }
    text
}

fn still_calm(
    calm: Option<(Timestamp, Vec<InstanceId>)>,
    snapshot: &Snapshot,
    at: Timestamp,
) -> Option<(Timestamp, Vec<InstanceId>)> {
    let ready = ready(snapshot);
    if ready.is_empty() || !is_calm(snapshot) {
        return None;
    }
    match calm {
        Some((since, same)) if same == ready => Some((since, same)),
        _ => Some((at, ready)),
    }
}
