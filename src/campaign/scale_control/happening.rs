//! An event while it happens: every kind, made of what targets can do.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::model::{Clock as _, InstanceId, Timestamp};
use crate::scaling::{
    EventKind, InstanceState, Receipt, Removal, ScaleError, Select, Snapshot, is_steady,
};

use super::control::{Done, ScaleControl, lock};
use super::observer::{Observer, describe, is_calm, ready};

/// So many times as long as usual, instances that are fewer than the control
/// plane wants have to be the same: somebody may be about to replace them.
const PATIENCE: u32 = 5;

/// One event under way.
#[derive(Debug)]
pub(super) struct Happening<'a> {
    pub(super) control: &'a ScaleControl,
    /// Its number on the timeline.
    pub(super) number: usize,
    /// The service before it.
    pub(super) before: &'a Snapshot,
    pub(super) observer: &'a mut Observer,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) done: &'a Mutex<Done>,
}

type Made = Result<(), String>;

impl Happening<'_> {
    /// Makes it happen, and waits until the service is steady again.
    ///
    /// # Errors
    ///
    /// Why it did not happen.
    pub(super) async fn make(mut self, kind: &EventKind) -> Made {
        match kind {
            EventKind::ScaleOut { to } => {
                self.more(*to)?;
                self.set(*to, Removal::Graceful).await?;
                self.settle(|now| is_steady(now, *to)).await
            }
            EventKind::ScaleIn { to, removal } => {
                self.fewer(*to)?;
                if *removal == Removal::Abrupt {
                    self.may_lose(self.count() - *to)?;
                }
                self.set(*to, *removal).await?;
                self.settle(|now| is_steady(now, *to)).await
            }
            EventKind::Flap { to } => self.flap(*to).await,
            EventKind::Kill { count } => self.kill(*count).await,
            EventKind::ZoneLoss { zone } => self.lose(zone).await,
            EventKind::RollingReplace => self.replace().await,
            EventKind::AllDown { lasting } => self.all_down(*lasting).await,
            EventKind::Hang { count, lasting } => self.hang(*count, *lasting).await,
            EventKind::Restart { part } => {
                let target = &self.control.target;
                self.ask(target.restart(part)).await?;
                let count = self.count();
                self.settle(|now| is_steady(now, count)).await
            }
            // Nobody asks for anything; it is seen when it comes about.
            EventKind::PolicyOut { to } => {
                self.more(*to)?;
                self.unasked();
                self.settle(|now| now.count(InstanceState::Ready) >= *to)
                    .await
            }
            EventKind::PolicyIn { to } => {
                self.fewer(*to)?;
                self.unasked();
                self.settle(|now| now.count(InstanceState::Ready) <= *to)
                    .await
            }
            EventKind::NoOp => self.nothing().await,
        }
    }

    fn count(&self) -> u32 {
        self.before.count(InstanceState::Ready)
    }

    fn more(&self, to: u32) -> Made {
        let (now, max) = (self.count(), self.control.limits.max);
        if now >= to {
            return Err(format!("there were {now} instances already"));
        }
        if to > max {
            return Err(format!("{to} are more than `scaling.max` = {max}"));
        }
        Ok(())
    }

    fn fewer(&self, to: u32) -> Made {
        let now = self.count();
        if now <= to {
            return Err(format!("there were only {now} instances"));
        }
        Ok(())
    }

    /// Whether `count` instances may be lost or hung at once.
    fn may_lose(&self, count: u32) -> Made {
        let (now, most) = (self.count(), self.control.limits.max_kill);
        if count == 0 {
            return Err("nothing was selected".to_owned());
        }
        if count >= now {
            return Err(format!(
                "that would be all of the {now} instances, which only an outage of the whole \
                 service is for"
            ));
        }
        if count > most {
            return Err(format!(
                "{count} are more than `scaling.max-kill` = {most} at once"
            ));
        }
        Ok(())
    }

    async fn set(&self, desired: u32, removal: Removal) -> Result<Receipt, String> {
        let target = &self.control.target;
        self.ask(target.set_desired(desired, removal)).await
    }

    /// Waits for what the control plane says to a request.
    async fn ask(
        &self,
        asked: impl Future<Output = Result<Receipt, ScaleError>>,
    ) -> Result<Receipt, String> {
        let deadline = self.control.limits.deadline;
        let receipt = match timeout(deadline, asked).await {
            Ok(receipt) => receipt.map_err(|error| error.to_string())?,
            Err(_elapsed) => {
                return Err(format!(
                    "{} did not answer within {}",
                    self.control.target.name(),
                    humantime::format_duration(deadline)
                ));
            }
        };
        let now = self.control.clock.now();
        self.control.timeline.accepted(self.number, now);
        self.control.timeline.told(self.number, &receipt);
        Ok(receipt)
    }

    /// What nobody asks for needs nobody's consent.
    fn unasked(&self) {
        let now = self.control.clock.now();
        self.control.timeline.accepted(self.number, now);
    }

    async fn flap(&mut self, to: u32) -> Made {
        self.more(to)?;
        let from = self.count();
        for desired in [to, from] {
            self.set(desired, Removal::Graceful).await?;
            self.reach(|now| now.count(InstanceState::Ready) == desired)
                .await?;
        }
        self.set(to, Removal::Graceful).await?;
        self.settle(|now| is_steady(now, to)).await
    }

    async fn kill(&mut self, count: u32) -> Made {
        self.may_lose(count)?;
        let target = &self.control.target;
        let receipt = self.ask(target.kill(&Select::Count(count))).await?;
        self.see_lost(receipt.instances, count as usize).await
    }

    async fn lose(&mut self, zone: &str) -> Made {
        let in_zone =
            self.before.instances.iter().filter(|own| {
                own.state == InstanceState::Ready && own.zone.as_deref() == Some(zone)
            });
        let victims: Vec<InstanceId> = in_zone.map(|own| own.id.clone()).collect();
        if victims.is_empty() {
            return Err(format!("no instance is in zone {zone}"));
        }
        let count = u32::try_from(victims.len()).unwrap_or(u32::MAX);
        self.may_lose(count)?;
        let target = &self.control.target;
        self.ask(target.kill(&Select::Zone(zone.to_owned())))
            .await?;
        self.see_lost(victims, count as usize).await
    }

    /// Waits until instances are lost, and nobody is about to replace them.
    async fn see_lost(&mut self, victims: Vec<InstanceId>, count: usize) -> Made {
        self.control.timeline.victims(self.number, victims.clone());
        let before = self.before.ready();
        self.settle(move |now| {
            let ready = now.ready();
            let gone = |id: &&InstanceId| !ready.iter().any(|own| own.is_same(id));
            if victims.is_empty() {
                before.iter().filter(gone).count() >= count
            } else {
                victims.iter().all(|id| gone(&id))
            }
        })
        .await
    }

    async fn replace(&mut self) -> Made {
        let (before, count) = (self.before.ready(), self.count());
        let target = &self.control.target;
        self.ask(target.replace()).await?;
        self.settle(move |now| {
            let mut there = now
                .instances
                .iter()
                .filter(|own| own.state != InstanceState::Gone);
            let left = there.any(|own| before.iter().any(|old| old.is_same(&own.id)));
            !left && is_steady(now, count)
        })
        .await
    }

    async fn all_down(&mut self, lasting: Duration) -> Made {
        let count = self.count();
        lock(self.done).stopped = Some(count);
        let target = &self.control.target;
        self.ask(target.stop_all()).await?;
        self.reach(|now| {
            now.instances
                .iter()
                .all(|own| own.state == InstanceState::Gone)
        })
        .await?;
        self.hold(lasting).await;
        let target = &self.control.target;
        self.ask(target.start_all(count)).await?;
        lock(self.done).stopped = None;
        self.settle(|now| is_steady(now, count)).await
    }

    async fn hang(&mut self, count: u32, lasting: Duration) -> Made {
        self.may_lose(count)?;
        let target = &self.control.target;
        let receipt = self.ask(target.hang(&Select::Count(count))).await?;
        let timeline = &self.control.timeline;
        timeline.victims(self.number, receipt.instances);
        self.hold(lasting).await;
        self.ask(target.resume()).await?;
        let count = self.count();
        self.settle(|now| is_steady(now, count)).await
    }

    /// Nothing is asked for; the window is as long as that of an event that
    /// takes no time.
    async fn nothing(&mut self) -> Made {
        self.unasked();
        let before = ready(self.before);
        let (control, number) = (self.control, self.number);
        self.settle(|now| {
            let same = ready(now) == before && is_calm(now);
            if !same {
                control.timeline.unquiet(number);
            }
            same
        })
        .await
    }

    /// Lets the time pass in which nobody is to answer; the end of the load
    /// ends it as well.
    async fn hold(&mut self, lasting: Duration) {
        let (timeline, clock) = (&self.control.timeline, self.control.clock);
        timeline.held(self.number, clock.now());
        tokio::select! {
            () = sleep(lasting) => {}
            _ = self.stop.wait_for(|stop| *stop) => {}
        }
        timeline.let_go(self.number, clock.now());
    }

    /// Waits until `goal` is there for a moment.
    async fn reach(&mut self, goal: impl Fn(&Snapshot) -> bool) -> Made {
        self.watch(goal, |_, _| Some(Duration::ZERO)).await?;
        Ok(())
    }

    /// Waits until `goal` has been there for some time, with the same instances
    /// all the time.
    async fn settle(&mut self, goal: impl Fn(&Snapshot) -> bool) -> Made {
        let hold = self.control.limits.hold;
        let held = |now: &Snapshot, ready: u32| {
            if !is_calm(now) {
                return None;
            }
            let missing = now.desired.is_some_and(|desired| desired > ready);
            Some(if missing { hold * PATIENCE } else { hold })
        };
        let (reached, settled, after) = self.watch(goal, held).await?;
        let timeline = &self.control.timeline;
        timeline.settled(self.number, reached, settled, &after);
        Ok(())
    }

    /// Waits until `goal` has been there as long as `held` says, with the same
    /// instances all the time. Gives when it came, when that was long enough,
    /// and what was seen then.
    async fn watch(
        &mut self,
        goal: impl Fn(&Snapshot) -> bool,
        held: impl Fn(&Snapshot, u32) -> Option<Duration>,
    ) -> Result<(Timestamp, Timestamp, Snapshot), String> {
        let mut since = self.control.clock.now();
        let deadline = since + self.control.limits.deadline;
        let mut there: Option<(Timestamp, Vec<InstanceId>)> = None;
        loop {
            let gone = || "nobody looks at the control plane any more".to_owned();
            let look = self.observer.look(since).await.ok_or_else(gone)?;
            since = look.at;
            let last = match &look.seen {
                Ok(now) => {
                    let same = ready(now);
                    let long = held(now, now.count(InstanceState::Ready)).filter(|_| goal(now));
                    there = match (long, there) {
                        (None, _) => None,
                        (Some(_), Some((from, ids))) if ids == same => Some((from, ids)),
                        (Some(_), _) => Some((look.at, same)),
                    };
                    if let (Some(long), Some((from, _))) = (long, &there)
                        && look.at.since(*from) >= long
                    {
                        return Ok((*from, look.at, now.clone()));
                    }
                    describe(now)
                }
                Err(why) => {
                    there = None;
                    why.clone()
                }
            };
            if look.at >= deadline {
                return Err(format!(
                    "the service did not become steady within {}: {last}",
                    humantime::format_duration(self.control.limits.deadline)
                ));
            }
        }
    }
}
