//! One attempt: the scenario under a load, until the incident shows.

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::campaign::{
    self, CampaignError, Phase, Recorder, Registrations, RunContext, RunEvent, Uniques,
};
use crate::cli::args::Choice;
use crate::cli::check::{Prepared, ready};
use crate::load::{Ceiling, RunClock};
use crate::model::{Clock as _, Place, RunTag, Timestamp, ValueHasher};
use crate::oracle::Incident;

use super::search::{Came, Extra, Trial};

/// What all attempts share.
#[derive(Debug)]
pub(super) struct Bench {
    /// The run's own arguments.
    pub(super) choice: Choice,
    pub(super) incident: Incident,
    pub(super) clock: RunClock,
    /// One for all attempts, so that two in a row do not exceed it together.
    pub(super) ceiling: Ceiling,
    pub(super) interrupt: watch::Receiver<bool>,
    pub(super) tag: RunTag,
    /// A service that goes on running is told nothing twice.
    pub(super) uniques: Arc<Uniques>,
    pub(super) registrations: Arc<Registrations>,
    pub(super) transactions: Arc<AtomicU64>,
}

impl Bench {
    /// The arguments of a run under the load of `trial`. The limits of the
    /// profile win over what a scenario asks for, so they are set as well.
    pub(super) fn choice_of(&self, trial: &Trial) -> Choice {
        let mut choice = self.choice.clone();
        choice.users = Some(trial.users.to_string());
        choice.tps = Some(trial.tps.to_string());
        // What was recorded must not come after what is tried.
        let tried = ["users", "tps", "duration"];
        choice.set.retain(|own| {
            let key = own.split('=').next().unwrap_or_default();
            let limit = key == "tps-ceiling"
                || key == "max-users"
                || (key == "max-duration" && trial.seconds.is_some());
            !tried.contains(&key) && !limit
        });
        choice.set.push(format!("max-users={}", trial.users));
        choice.set.push(format!("tps-ceiling={}", trial.tps));
        if let Some(seconds) = trial.seconds {
            choice.duration = Some(format!("{seconds}s"));
            choice.set.push(format!("max-duration={seconds}s"));
        }
        for extra in &trial.without {
            match extra {
                Extra::LaterSteps => choice.until = self.step().map(ToString::to_string),
                other => choice.without.push(*other),
            }
        }
        choice
    }

    /// The step that shows it most.
    pub(super) fn step(&self) -> Option<&Place> {
        self.incident.places.first().map(|place| &place.step)
    }

    /// Runs the scenario until the incident shows or its time is over. What the
    /// scenario cannot be run with does not show it.
    pub(super) async fn attempt(
        &self,
        trial: &Trial,
        number: (usize, usize),
    ) -> Result<Came, CampaignError> {
        let begun = self.clock.now();
        let Ok(Prepared {
            profile, compiled, ..
        }) = ready(&self.choice_of(trial))
        else {
            return Ok(self.came(begun, None, false));
        };
        let (stop, stopped) = watch::channel(*self.interrupt.borrow());
        let heed = forward(self.interrupt.clone(), stop.clone());
        let watching = Arc::new(Watching {
            incident: self.incident.clone(),
            clock: self.clock,
            stop,
            seen: Mutex::default(),
        });
        let context = RunContext {
            profile: Arc::new(profile),
            clock: self.clock,
            ceiling: self.ceiling.clone(),
            tag: self.tag,
            hasher: ValueHasher::new(rand::random()),
            recorder: Arc::clone(&watching) as Arc<dyn Recorder>,
            interrupt: stopped,
            shards: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            transactions: Arc::clone(&self.transactions),
            uniques: Arc::clone(&self.uniques),
            registrations: Arc::clone(&self.registrations),
            findings: Arc::default(),
            incidents: Arc::default(),
            judging: true,
        };
        let mut ran = Ok(None);
        if let Some(own) = compiled.first() {
            ran = campaign::run(&context, &own.plan, number).await.map(Some);
        }
        heed.abort();
        let late = ran?.is_some_and(|own| own.outcome.lateness_of_harness().is_some());
        let seen = *watching.lock();
        let found = seen.found.map(|at| at.since(seen.load.unwrap_or(begun)));
        Ok(self.came(begun, found, late))
    }

    fn came(&self, begun: Timestamp, found: Option<Duration>, late: bool) -> Came {
        Came {
            found,
            late,
            took: self.clock.now().since(begun),
        }
    }
}

fn forward(
    mut from: watch::Receiver<bool>,
    to: watch::Sender<bool>,
) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        if from.wait_for(|stop| *stop).await.is_ok() {
            to.send_replace(true);
        }
    })
}

/// Waits for the incident, and stops the load with it.
#[derive(Debug)]
struct Watching {
    incident: Incident,
    clock: RunClock,
    stop: watch::Sender<bool>,
    seen: Mutex<Seen>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    load: Option<Timestamp>,
    found: Option<Timestamp>,
}

impl Watching {
    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Watching {
    fn record(&self, event: &RunEvent<'_>) {
        match event {
            RunEvent::Phase {
                phase: Phase::Load, ..
            } => self.lock().load = Some(self.clock.now()),
            RunEvent::Judged {
                observation,
                findings,
            } if findings.iter().any(|own| self.incident.holds(own)) => {
                self.lock().found.get_or_insert(observation.done);
                self.stop.send_replace(true);
            }
            _ => {}
        }
    }
}
