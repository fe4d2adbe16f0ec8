//! A scale target that does what a test says, and the traffic on it.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::load::RunClock;
use crate::model::{Clock as _, InstanceId};
use crate::scaling::{
    Capabilities, Capability, InstanceState, Lives, Observed, Receipt, Removal, ScaleError,
    ScaleTarget, Seen, Select, Snapshot, Timeline,
};

/// What it does other than it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lie {
    #[default]
    None,
    /// It accepts everything and does nothing.
    Nothing,
    /// Instances that it shows as gone go on answering.
    Ghosts,
    /// It loses one more than asked.
    LosesMore,
    /// Who hangs answers all the same.
    Awake,
    /// It does not come back.
    StaysAway,
    /// Instances come and go by themselves.
    Restless,
    /// It refuses.
    Refuses,
    /// It replaces what is killed, after a while.
    Heals,
    /// It does not start again what it stopped.
    StaysStopped,
    /// It refuses the first requests to be as it was.
    ComesRoundLate,
}

#[derive(Debug, Default)]
struct State {
    instances: Vec<(Observed, Instant)>,
    ghosts: Vec<InstanceId>,
    hung: Vec<InstanceId>,
    started: u32,
    desired: Option<u32>,
    log: Vec<String>,
}

/// A scripted target: instances are ready 300 ms after they were asked for.
#[derive(Debug)]
pub(super) struct Fake {
    lie: Lie,
    /// Responses tell which instance gave them.
    telling: bool,
    state: Mutex<State>,
}

const START_UP: Duration = Duration::from_millis(300);

impl Fake {
    pub(super) fn new(instances: u32, lie: Lie) -> Self {
        let fake = Self {
            lie,
            telling: true,
            state: Mutex::default(),
        };
        fake.start(instances, Duration::ZERO);
        if lie == Lie::Heals {
            fake.lock().desired = Some(instances);
        }
        fake
    }

    /// The same, with responses that do not tell who gave them.
    pub(super) fn silent(self) -> Self {
        Self {
            telling: false,
            ..self
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.lock().log.clone()
    }

    pub(super) fn ready(&self) -> usize {
        self.show().ready().len()
    }

    fn start(&self, count: u32, start_up: Duration) {
        let mut state = self.lock();
        for _ in 0..count {
            state.started += 1;
            let number = state.started;
            let id = InstanceId {
                name: format!("n{number}"),
                incarnation: format!("i{number}"),
            };
            let mut own = Observed::new(id, InstanceState::Starting);
            own.zone = Some(if number % 2 == 1 { "a" } else { "b" }.to_owned());
            state.instances.push((own, Instant::now() + start_up));
        }
    }

    /// What the control plane shows now.
    fn show(&self) -> Snapshot {
        let mut state = self.lock();
        let now = Instant::now();
        if self.lie == Lie::Restless {
            // Another one every look.
            state.started += 1;
            let incarnation = format!("i{}", state.started);
            if let Some((own, _)) = state.instances.last_mut() {
                own.id.incarnation = incarnation;
            }
        }
        for (own, at) in &mut state.instances {
            if own.state == InstanceState::Starting && *at <= now {
                own.state = InstanceState::Ready;
            }
        }
        Snapshot {
            desired: state.desired,
            instances: state.instances.iter().map(|(own, _)| own.clone()).collect(),
        }
    }

    /// How often it was asked for `what`.
    fn asked_for(&self, what: &str) -> usize {
        let state = self.lock();
        state.log.iter().filter(|own| own.starts_with(what)).count()
    }

    fn asked(&self, what: String) -> Result<bool, ScaleError> {
        self.lock().log.push(what);
        if self.lie == Lie::Refuses {
            return Err(ScaleError::new(self.name(), "not today"));
        }
        Ok(self.lie != Lie::Nothing)
    }

    fn lose(&self, lost: impl Fn(&Observed) -> bool) -> Vec<InstanceId> {
        let mut state = self.lock();
        let gone: Vec<InstanceId> = state
            .instances
            .iter()
            .filter(|(own, _)| lost(own))
            .map(|(own, _)| own.id.clone())
            .collect();
        state.instances.retain(|(own, _)| !gone.contains(&own.id));
        if self.lie == Lie::Ghosts {
            state.ghosts.extend(gone.clone());
        }
        gone
    }

    /// A request every 20 ms, at one instance after the other.
    pub(super) fn traffic(
        self: &Arc<Self>,
        timeline: Arc<Timeline>,
        clock: RunClock,
    ) -> JoinHandle<()> {
        let fake = Arc::clone(self);
        tokio::spawn(async move {
            for turn in 0_usize.. {
                let sent = clock.now();
                sleep(Duration::from_millis(5)).await;
                let ready = fake.show().ready();
                let (ghosts, hung) = {
                    let state = fake.lock();
                    (state.ghosts.clone(), state.hung.clone())
                };
                let all: Vec<InstanceId> = ready.into_iter().chain(ghosts).collect();
                let whose = all.get(turn % all.len().max(1));
                let awake = |id: &&InstanceId| fake.lie == Lie::Awake || !hung.contains(id);
                let answer = whose.filter(awake);
                timeline.saw(&Seen {
                    instance: answer.filter(|_| fake.telling),
                    status: answer.map(|_| 200),
                    sent,
                    done: clock.now(),
                });
                sleep(Duration::from_millis(15)).await;
            }
        })
    }
}

#[async_trait]
impl ScaleTarget for Fake {
    fn name(&self) -> &'static str {
        "the scripted target"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            parts: vec!["sessions".to_owned()],
            ..Capabilities::of([
                Capability::SetDesired,
                Capability::RemoveAbruptly,
                Capability::Kill,
                Capability::Replace,
                Capability::Zones,
                Capability::StopAll,
                Capability::Hang,
                Capability::RestartPart,
                Capability::Policy,
            ])
        }
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        Ok(self.show())
    }

    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<Receipt, ScaleError> {
        let how = match removal {
            Removal::Graceful => "",
            Removal::Abrupt => " abruptly",
        };
        if !self.asked(format!("set {desired}{how}"))? {
            return Ok(Receipt::default());
        }
        let now = u32::try_from(self.lock().instances.len()).unwrap();
        self.start(desired.saturating_sub(now), START_UP);
        if desired < now {
            let all = self.show();
            let going = all.instances[desired as usize..].to_vec();
            self.lose(|own| going.contains(own));
        }
        Ok(Receipt::default())
    }

    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        if !self.asked(format!("kill {select:?}"))? {
            return Ok(Receipt::default());
        }
        let all = self.show().instances;
        let chosen: Vec<Observed> = match select {
            Select::Count(count) => {
                let more = usize::from(self.lie == Lie::LosesMore);
                all.into_iter().take(*count as usize + more).collect()
            }
            Select::Zone(zone) => all
                .into_iter()
                .filter(|own| own.zone.as_ref() == Some(zone))
                .collect(),
            Select::These(_) | Select::All => all,
        };
        let mut instances = self.lose(|own| chosen.contains(own));
        if self.lie == Lie::Heals {
            let count = u32::try_from(instances.len()).unwrap();
            self.start(count, Duration::from_millis(1_500));
        }
        if self.lie == Lie::LosesMore {
            instances.clear();
        }
        Ok(Receipt {
            instances,
            told: "killed".to_owned(),
            ..Receipt::default()
        })
    }

    async fn replace(&self) -> Result<Receipt, ScaleError> {
        if self.asked("replace".to_owned())? {
            let old = self.show().instances;
            let count = u32::try_from(old.len()).unwrap();
            self.start(count, Duration::ZERO);
            self.lose(|own| old.iter().any(|old| old.id == own.id));
        }
        Ok(Receipt::default())
    }

    async fn hang(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let mut receipt = Receipt::default();
        if self.asked(format!("hang {select:?}"))?
            && let Select::Count(count) = select
        {
            let ready = self.show().ready();
            receipt.instances = ready.into_iter().take(*count as usize).collect();
            self.lock().hung.clone_from(&receipt.instances);
        }
        Ok(receipt)
    }

    async fn resume(&self) -> Result<Receipt, ScaleError> {
        self.lock().log.push("resume".to_owned());
        self.lock().hung.clear();
        Ok(Receipt::default())
    }

    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        if self.asked("stop".to_owned())? {
            self.lose(|_| true);
        }
        Ok(Receipt::default())
    }

    async fn start_all(&self, desired: u32) -> Result<Receipt, ScaleError> {
        self.lock().log.push(format!("start {desired}"));
        if self.lie == Lie::StaysStopped {
            return Err(ScaleError::new(self.name(), "it cannot be started"));
        }
        if self.lie != Lie::StaysAway {
            self.start(desired, START_UP);
        }
        Ok(Receipt::default())
    }

    async fn restart(&self, part: &str) -> Result<Receipt, ScaleError> {
        let done = self.asked(format!("restart {part}"))?;
        Ok(Receipt {
            lives: Some(Lives {
                was: "5".to_owned(),
                is: if done { "7" } else { "5" }.to_owned(),
            }),
            ..Receipt::default()
        })
    }

    async fn restore(&self, base: &Snapshot) -> Result<(), ScaleError> {
        let ready = base.count(InstanceState::Ready);
        self.lock().log.push(format!("restore {ready}"));
        match self.lie {
            Lie::StaysAway => Err(ScaleError::new(self.name(), "it is out of order")),
            Lie::ComesRoundLate if self.asked_for("restore") < 3 => {
                Err(ScaleError::new(self.name(), "it is busy"))
            }
            Lie::Nothing | Lie::Refuses => Ok(()),
            _ => {
                self.lock().hung.clear();
                let now = u32::try_from(self.lock().instances.len()).unwrap();
                self.start(ready.saturating_sub(now), START_UP);
                if now > ready {
                    let all = self.show();
                    let going = all.instances[ready as usize..].to_vec();
                    self.lose(|own| going.contains(own));
                }
                Ok(())
            }
        }
    }
}
