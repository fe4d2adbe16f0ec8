//! The instances of a stack: how many there are, and what is done to them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use crate::model::InstanceId;
use crate::scaling::{Lives, Removal, Select, Snapshot};

use super::balancer::Balancer;
use super::error::StackError;
use super::options::StackOptions;
use super::parts::Parts;
use super::roster::{Member, Phase, Roster};

/// How often it is looked whether something has happened.
pub(super) const INTERVAL: Duration = Duration::from_millis(20);

/// One server more than there can be instances while all are replaced, and
/// some for those that the balancer has not yet noticed to be gone.
const SPARE: u32 = 8;

/// The instances and what stands around them. Everything is done in the
/// runtime of the stack.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) parts: Parts,
    pub(super) balancer: Balancer,
    pub(super) command: Vec<String>,
    pub(super) health: String,
    /// The header in which an instance has to tell its incarnation, if it is
    /// known to.
    pub(super) identity: Option<String>,
    /// How long an instance may take to start.
    pub(super) limit: Duration,
    pub(super) drain: Duration,
    /// The most instances that may be asked for.
    pub(super) max: u32,
    /// How many the balancer has a place for.
    pub(super) slots: u32,
    /// Whether instances that are lost are replaced.
    pub(super) keeps_up: bool,
    roster: Mutex<Roster>,
    /// One change of the number of instances at a time.
    pub(super) changing: tokio::sync::Mutex<()>,
}

impl Fleet {
    /// How many servers the balancer knows.
    pub(super) fn slots_for(options: &StackOptions) -> u32 {
        options.max.saturating_add(SPARE)
    }

    pub(super) fn new(parts: Parts, options: &StackOptions) -> Self {
        Self {
            balancer: parts.balancer(),
            parts,
            command: options.command(),
            health: options.stack.health.clone(),
            identity: options
                .is_bundled()
                .then(|| options.incarnation_header.clone()),
            limit: options.stack.start_limit,
            drain: options.drain,
            max: options.max,
            slots: Self::slots_for(options),
            keeps_up: options.stack.replace_lost,
            roster: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The instances now. Without the balancer nobody knows which are ready,
    /// and that is not the same as none.
    pub(super) async fn observe(&self) -> Result<Snapshot, StackError> {
        let figures = self.balancer.figures().await;
        let figures = figures.map_err(StackError::system("cannot ask the balancer"))?;
        let roster = self.roster();
        Ok(Snapshot {
            desired: Some(if roster.stopped { 0 } else { roster.desired }),
            instances: roster.observed(Some(&figures)),
        })
    }

    /// Asks for `desired` instances; gives those that come or go.
    pub(super) async fn set_desired(
        self: &Arc<Self>,
        desired: u32,
        removal: Removal,
    ) -> Result<Vec<InstanceId>, StackError> {
        if desired > self.max {
            return Err(StackError::part(
                format_args!("{desired} instances"),
                format_args!(
                    "no more than {} may be asked for; raise `scaling.max`",
                    self.max
                ),
            ));
        }
        let _one_at_a_time = self.changing.lock().await;
        let surplus: Vec<Member> = {
            let mut roster = self.roster();
            if roster.closed {
                return Err(StackError::part("an instance", "the stack is ending"));
            }
            roster.desired = desired;
            roster.stopped = false;
            roster.failures = 0;
            let surplus = roster.staying().saturating_sub(desired) as usize;
            // Those that came last are the first to go.
            let staying = roster.members.iter().filter(|member| member.stays()).rev();
            staying.take(surplus).cloned().collect()
        };
        if surplus.is_empty() {
            return self.fill_up();
        }
        let told = surplus.iter().map(|member| member.id.clone()).collect();
        for member in surplus {
            self.begin_to_remove(&member, removal);
        }
        Ok(told)
    }

    /// Starts what is missing.
    pub(super) fn fill_up(self: &Arc<Self>) -> Result<Vec<InstanceId>, StackError> {
        let mut started = Vec::new();
        loop {
            let (staying, desired, stopped) = {
                let roster = self.roster();
                (roster.staying(), roster.desired, roster.stopped)
            };
            if stopped || staying >= desired {
                return Ok(started);
            }
            started.push(self.launch()?);
        }
    }

    /// Loses instances at once.
    pub(super) fn kill(&self, select: &Select) -> Result<Vec<InstanceId>, String> {
        let mut roster = self.roster();
        let victims = roster.select(select)?;
        if let Select::Zone(name) = select {
            roster.lost_zones.insert(name.clone());
        }
        Ok(Self::send(&victims, Signal::KILL))
    }

    /// Stops instances where they are.
    pub(super) fn hang(&self, select: &Select) -> Result<Vec<InstanceId>, String> {
        let mut roster = self.roster();
        let victims = roster.select(select)?;
        for victim in &victims {
            if let Some(member) = roster.member(&victim.id) {
                member.hangs = true;
            }
        }
        Ok(Self::send(&victims, Signal::STOP))
    }

    /// Lets those go on that hang.
    pub(super) fn resume(&self) -> Vec<InstanceId> {
        let mut roster = self.roster();
        let mut hanging = Vec::new();
        for member in roster.members.iter_mut().filter(|member| member.hangs) {
            member.hangs = false;
            hanging.push(member.clone());
        }
        Self::send(&hanging, Signal::CONT)
    }

    fn send(members: &[Member], signal: Signal) -> Vec<InstanceId> {
        for member in members {
            member.process.signal(signal, true);
        }
        members.iter().map(|member| member.id.clone()).collect()
    }

    /// Ends all instances at once; they stay away.
    pub(super) async fn stop_all(&self) -> Vec<InstanceId> {
        let _one_at_a_time = self.changing.lock().await;
        let members = {
            let mut roster = self.roster();
            roster.stopped = true;
            for member in &mut roster.members {
                member.phase = Phase::Ending;
            }
            roster.members.clone()
        };
        let told = Self::send(&members, Signal::KILL);
        let ends = members.iter().map(|member| member.process.ended());
        futures::future::join_all(ends).await;
        told
    }

    /// Replaces all instances, one after another: a new one first, then the
    /// old one goes gracefully.
    pub(super) fn replace(self: &Arc<Self>) -> Result<Vec<InstanceId>, String> {
        let old = self.roster().select(&Select::All)?;
        let told = old.iter().map(|member| member.id.clone()).collect();
        let fleet = Arc::clone(self);
        tokio::spawn(async move {
            for member in old {
                if let Err(why) = fleet.replace_one(&member).await {
                    fleet.roster().trouble = Some(why);
                    return;
                }
            }
        });
        Ok(told)
    }

    async fn replace_one(self: &Arc<Self>, old: &Member) -> Result<(), String> {
        let new = {
            let _one_at_a_time = self.changing.lock().await;
            let still_there = self.roster().member(&old.id).is_some_and(|own| own.stays());
            if !still_there {
                return Ok(());
            }
            self.launch().map_err(|error| error.to_string())?
        };
        let arrival = async {
            while !self.is_ready(&new).await {
                sleep(INTERVAL).await;
            }
        };
        if timeout(self.limit, arrival).await.is_err() {
            return Err(format!(
                "{} did not become ready, so {} and those after it were not replaced",
                new.name, old.id.name
            ));
        }
        self.begin_to_remove(old, Removal::Graceful);
        old.process.ended().await;
        Ok(())
    }

    async fn is_ready(&self, id: &InstanceId) -> bool {
        let snapshot = self.observe().await;
        snapshot.is_ok_and(|now| now.ready().contains(id))
    }

    /// Restarts a part as after a crash; gives what is different now.
    pub(super) async fn restart(&self, part: &str) -> Result<Lives, StackError> {
        let _one_at_a_time = self.changing.lock().await;
        let placed = self.roster().placed();
        let lives = self.parts.restart(part, &placed).await?;
        self.place_all().await?;
        Ok(lives)
    }

    /// Tells the balancer of all that serve: some may have come while it was
    /// away.
    async fn place_all(&self) -> Result<(), StackError> {
        let placed = self.roster().placed();
        for (name, port) in placed {
            self.balancer
                .place(&name, port)
                .await
                .map_err(StackError::system("cannot tell the balancer"))?;
        }
        Ok(())
    }

    /// Starts the parts that have ended, and are to be there.
    async fn revive(&self) -> Result<(), StackError> {
        let _one_at_a_time = self.changing.lock().await;
        let placed = self.roster().placed();
        if self.parts.revive(&placed).await? {
            self.place_all().await?;
        }
        Ok(())
    }

    /// Everything as it is meant to be again: nothing hangs, no zone is lost,
    /// all parts are there, and `desired` instances. What fails does not keep
    /// the rest from being done.
    pub(super) async fn restore(self: &Arc<Self>, desired: u32) -> [Result<(), StackError>; 2] {
        self.resume();
        self.roster().lost_zones.clear();
        let parts = self.revive().await;
        let instances = self.set_desired(desired, Removal::Graceful).await;
        [parts, instances.map(|_| ())]
    }

    /// Ends all instances and parts, now.
    pub(super) async fn end(&self) {
        self.roster().closed = true;
        self.stop_all().await;
        self.parts.end().await;
    }
}
