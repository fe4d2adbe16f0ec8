//! One campaign's scale events, from the first look to the restored service.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::ScalingConfig;
use crate::load::RunClock;
use crate::model::{Clock as _, Timestamp};
use crate::scaling::{EventKind, ScaleEvent, ScaleTarget, Snapshot, Timeline};

use super::super::recorder::{Recorder, RunEvent};
use super::happening::Happening;
use super::observer::{Observer, describe};
use super::triggers::{Due, Signs, Triggers};

/// What nobody may exceed, and how long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most instances that may be asked for.
    pub(crate) max: u32,
    /// The most instances that may be lost or hung at once.
    pub(crate) max_kill: u32,
    /// How long instances have to be the same to call them steady.
    pub(crate) hold: Duration,
    /// How long the service may take to become steady.
    pub(crate) deadline: Duration,
}

impl From<&ScalingConfig> for Limits {
    fn from(config: &ScalingConfig) -> Self {
        Self {
            max: config.max,
            max_kill: config.max_kill,
            hold: config.hold,
            deadline: config.deadline,
        }
    }
}

/// What was done to the service, and has to be undone.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// What it was like before.
    pub(super) base: Option<Snapshot>,
    /// Something was asked of it.
    pub(super) touched: bool,
    /// It is stopped, and is to have so many instances again.
    pub(super) stopped: Option<u32>,
}

/// One campaign's scale events.
#[derive(Debug)]
pub(crate) struct ScaleControl {
    pub(crate) target: Arc<dyn ScaleTarget>,
    pub(crate) timeline: Arc<Timeline>,
    pub(crate) recorder: Arc<dyn Recorder>,
    pub(crate) clock: RunClock,
    pub(crate) limits: Limits,
    pub(crate) signs: Signs,
}

/// Scale events under way. Whoever has it must [`finish`](Self::finish) it,
/// whatever became of the load.
#[derive(Debug)]
#[must_use = "a service that was changed has to be restored"]
pub(crate) struct Scaling {
    control: Arc<ScaleControl>,
    done: Arc<Mutex<Done>>,
    task: JoinHandle<()>,
}

impl Scaling {
    /// Waits until the event under way is seen through, and leaves the service
    /// as it was found. The load has to be stopped before.
    ///
    /// # Errors
    ///
    /// Why the service is not what it was, and what to do.
    pub(crate) async fn finish(self) -> Result<(), String> {
        let broken = self.task.await.err().map(|error| error.to_string());
        let done = std::mem::take(&mut *lock(&self.done));
        self.control.restore(done).await?;
        match broken {
            Some(broken) => Err(format!("scale control broke: {broken}")),
            None => Ok(()),
        }
    }
}

impl ScaleControl {
    /// Makes `events` happen, each when its trigger comes after `begin`, one
    /// after another, until `stop`.
    pub(crate) fn start(
        self,
        events: Vec<ScaleEvent>,
        begin: Timestamp,
        stop: watch::Receiver<bool>,
    ) -> Scaling {
        let control = Arc::new(self);
        let done = Arc::new(Mutex::new(Done::default()));
        let task = {
            let (control, done) = (Arc::clone(&control), Arc::clone(&done));
            tokio::spawn(async move { control.run(events, begin, stop, &done).await })
        };
        Scaling {
            control,
            done,
            task,
        }
    }

    async fn run(
        &self,
        events: Vec<ScaleEvent>,
        begin: Timestamp,
        mut stop: watch::Receiver<bool>,
        done: &Mutex<Done>,
    ) {
        let (target, timeline) = (Arc::clone(&self.target), Arc::clone(&self.timeline));
        let mut observer = Observer::start(target, timeline, self.clock);
        let timeline = Arc::clone(&self.timeline);
        let mut triggers = Triggers::new(events, begin, self.clock, timeline, self.signs.clone());
        let mut earliest = begin;
        while let Some(due) = triggers.next(&mut stop).await {
            // An event once begun is seen through even when the load ends.
            self.happen(due, earliest, &mut observer, &stop, done).await;
            // So that something is seen of the time after it.
            earliest = self.clock.now() + self.limits.hold;
        }
        for event in triggers.left() {
            let why = format!("the load ended before its moment came ({})", event.trigger);
            self.miss(&event, why);
        }
        // Until the end of the load it is written down how many there are.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    async fn happen(
        &self,
        due: Due,
        earliest: Timestamp,
        observer: &mut Observer,
        stop: &watch::Receiver<bool>,
        done: &Mutex<Done>,
    ) {
        let event = due.event;
        let before = match self.steady(earliest, observer, stop).await {
            Ok(before) => before,
            Err(why) => {
                self.miss(&event, format!("not made: {why}"));
                return;
            }
        };
        {
            let mut done = lock(done);
            done.base.get_or_insert_with(|| before.clone());
            done.touched |= !matches!(
                event.kind,
                EventKind::NoOp | EventKind::PolicyOut { .. } | EventKind::PolicyIn { .. }
            );
        }
        let at = self.clock.now();
        let (kind, place) = (event.kind.clone(), event.place.clone());
        let number = self.timeline.requested(kind, place, at, &before);
        if let Some(late) = due.late {
            self.timeline.late(number, late);
        }
        self.tell(number);
        let happening = Happening {
            control: self,
            number,
            before: &before,
            observer,
            stop: stop.clone(),
            done,
        };
        if let Err(why) = happening.make(&event.kind).await {
            self.timeline.failed(number, why);
        }
        self.tell(number);
    }

    /// Waits until the service is steady, at `earliest` or later, so that what
    /// comes next is the doing of the event.
    async fn steady(
        &self,
        earliest: Timestamp,
        observer: &mut Observer,
        stop: &watch::Receiver<bool>,
    ) -> Result<Snapshot, String> {
        let deadline = self.clock.now() + self.limits.deadline;
        let mut since = Timestamp::default();
        loop {
            let gone = || "nobody looks at the control plane any more".to_owned();
            let look = observer.look(since).await.ok_or_else(gone)?;
            since = look.at;
            let held =
                |calm: Timestamp| look.at >= earliest && look.at.since(calm) >= self.limits.hold;
            let why = match &look.seen {
                Ok(snapshot) if look.calm_since.is_some_and(held) => return Ok(snapshot.clone()),
                Ok(snapshot) => describe(snapshot),
                Err(why) => why.clone(),
            };
            let text = if *stop.borrow() {
                "until the load ended".to_owned()
            } else if look.at >= deadline {
                format!(
                    "within {}",
                    humantime::format_duration(self.limits.deadline)
                )
            } else {
                continue;
            };
            return Err(format!(
                "the service was not steady for {} before it, {text}: {why}",
                humantime::format_duration(self.limits.hold)
            ));
        }
    }

    fn miss(&self, event: &ScaleEvent, why: String) {
        let (kind, place) = (event.kind.clone(), event.place.clone());
        let number = self.timeline.missed(kind, place, self.clock.now(), why);
        self.tell(number);
    }

    fn tell(&self, number: usize) {
        if let Some(event) = self.timeline.events().get(number) {
            self.recorder.record(&RunEvent::Scaled(event));
        }
    }
}

pub(super) fn lock(done: &Mutex<Done>) -> std::sync::MutexGuard<'_, Done> {
    done.lock().unwrap_or_else(PoisonError::into_inner)
}
