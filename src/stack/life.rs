//! The life of an instance: started, known to the balancer, drained, ended.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use crate::model::InstanceId;
use crate::scaling::Removal;

use super::error::StackError;
use super::fleet::{Fleet, INTERVAL};
use super::probe;
use super::roster::{Member, Phase};

/// How long an instance that drained may still take to end when told to; and
/// how long the balancer may take to notice that one is gone.
const GRACE: Duration = Duration::from_secs(3);

/// The first pause after an instance ended before it served; doubled with
/// each that does.
const BACK_OFF: Duration = Duration::from_millis(100);

/// After so many, the pauses stay as long as they are.
const MOST_DOUBLINGS: u32 = 6;

impl Fleet {
    /// Starts an instance.
    pub(super) fn launch(self: &Arc<Self>) -> Result<InstanceId, StackError> {
        let ground = &self.parts.ground;
        let port = ground
            .ports
            .free()
            .map_err(StackError::system("cannot look for a free port"))?;
        let mut roster = self.roster();
        let Some(slot) = roster.free_slot(self.slots) else {
            return Err(StackError::part(
                "an instance",
                "the balancer has no place left for it; raise `scaling.max`",
            ));
        };
        let id = InstanceId {
            name: format!("n{slot}"),
            incarnation: format!("{:08x}", rand::random::<u32>()),
        };
        let mut arguments = self.command.iter().map(|own| self.fill_in(own, &id, port));
        let program = PathBuf::from(arguments.next().unwrap_or_default());
        let arguments = arguments.map(OsString::from).collect();
        let process = Arc::new(ground.start(&id.name, &program, arguments)?);
        let member = Member {
            id: id.clone(),
            slot,
            port,
            process,
            phase: Phase::Starting,
            hangs: false,
        };
        roster.members.push(member.clone());
        drop(roster);
        tokio::spawn(Arc::clone(self).accompany(member));
        Ok(id)
    }

    fn fill_in(&self, argument: &str, id: &InstanceId, port: u16) -> String {
        let memory = || "memory".to_owned();
        argument
            .replace("{port}", &port.to_string())
            .replace("{name}", &id.name)
            .replace("{incarnation}", &id.incarnation)
            .replace("{redis}", &self.parts.redis_url().unwrap_or_else(memory))
            .replace(
                "{postgres}",
                &self.parts.postgres_url().unwrap_or_else(memory),
            )
    }

    /// Stays with an instance from its start to its end.
    async fn accompany(self: Arc<Self>, member: Member) {
        let arrival = tokio::select! {
            () = member.process.ended() => Err("it ended"),
            up = timeout(self.limit, self.answers(&member)) => match up {
                Ok(()) => Ok(()),
                Err(_elapsed) => Err("it was not healthy within `stack.start-limit`"),
            },
        };
        match arrival {
            Ok(()) => self.serve(&member).await,
            Err(why) => self.give_up(&member, why),
        }
        member.process.ended().await;
        self.bury(&member).await;
    }

    /// Waits until the instance itself says that it can serve. Somebody else
    /// who was faster to take its port does not count.
    async fn answers(&self, member: &Member) {
        loop {
            let header = self.identity.as_deref().unwrap_or_default();
            if let Ok(health) = probe::ask(member.port, &self.health, header).await {
                let is_itself = match &self.identity {
                    Some(_) => health.incarnation.as_ref() == Some(&member.id.incarnation),
                    None => true,
                };
                if is_itself && (200..300).contains(&health.status) {
                    return;
                }
            }
            sleep(INTERVAL).await;
        }
    }

    async fn serve(&self, member: &Member) {
        {
            let mut roster = self.roster();
            let Some(own) = roster.member(&member.id) else {
                return;
            };
            // It may have been told to go before it had come.
            if own.phase != Phase::Starting {
                return;
            }
            own.phase = Phase::Serving;
            roster.failures = 0;
            roster.trouble = None;
        }
        let name = &member.id.name;
        while let Err(error) = self.balancer.place(name, member.port).await {
            // The balancer may be on its way up again.
            let goes_on = self
                .roster()
                .member(&member.id)
                .is_some_and(|own| own.stays());
            if !goes_on || member.process.has_ended() {
                return;
            }
            self.roster().trouble = Some(format!("{name}: {error}"));
            sleep(INTERVAL).await;
        }
    }

    fn give_up(&self, member: &Member, why: &str) {
        let mut roster = self.roster();
        let expected = roster.member(&member.id).is_none_or(|own| !own.stays());
        member.process.signal(Signal::KILL, true);
        if !expected {
            roster.failures += 1;
            roster.trouble = Some(format!(
                "{} did not start: {why}: {}",
                member.id.name,
                member.process.last_words()
            ));
        }
    }

    /// Takes an instance out whose process has ended, and has it replaced if
    /// it was to stay.
    async fn bury(self: &Arc<Self>, member: &Member) {
        self.parts.ground.folder.forget(&member.process);
        let (was_to_stay, failures) = {
            let mut roster = self.roster();
            let was = roster.remove(&member.id).is_some_and(|own| own.stays());
            (was && !roster.stopped, roster.failures)
        };
        let fleet = Arc::clone(self);
        let gone = member.clone();
        tokio::spawn(async move { fleet.clear_place(&gone).await });
        if !was_to_stay || !self.keeps_up {
            return;
        }
        if failures > 0 {
            sleep(BACK_OFF * 2_u32.pow(failures.min(MOST_DOUBLINGS))).await;
        }
        let _one_at_a_time = self.changing.lock().await;
        if let Err(error) = self.fill_up() {
            self.roster().trouble = Some(error.to_string());
        }
    }

    /// Frees the place of who is gone, once the balancer has noticed it by
    /// itself: to be told would be kinder than a crash is.
    async fn clear_place(&self, member: &Member) {
        let name = &member.id.name;
        let noticed = async {
            loop {
                let figures = self.balancer.figures().await.unwrap_or_default();
                if figures.servers.get(name).is_some_and(|own| own.is_down) {
                    return;
                }
                sleep(INTERVAL).await;
            }
        };
        // If it takes longer, it is told.
        let _ = timeout(GRACE, noticed).await;
        if let Err(error) = self.balancer.retire(name).await {
            self.roster().trouble = Some(format!("{name}: {error}"));
        }
        self.roster().held.remove(&member.slot);
    }

    /// Has an instance go.
    pub(super) fn begin_to_remove(self: &Arc<Self>, member: &Member, removal: Removal) {
        let served = {
            let mut roster = self.roster();
            let Some(own) = roster.member(&member.id) else {
                return;
            };
            let served = own.serves();
            own.phase = match removal {
                Removal::Graceful if served => Phase::Draining,
                _ => Phase::Ending,
            };
            served
        };
        if !served || removal == Removal::Abrupt {
            member.process.signal(Signal::KILL, true);
            return;
        }
        let (fleet, member) = (Arc::clone(self), member.clone());
        tokio::spawn(async move {
            if let Err(error) = fleet.remove(&member).await {
                fleet.roster().trouble = Some(format!("{}: {error}", member.id.name));
                member.process.signal(Signal::KILL, true);
            }
        });
    }

    /// Gracefully: no new requests, wait for those in flight, then end it.
    async fn remove(&self, member: &Member) -> io::Result<()> {
        let name = &member.id.name;
        self.balancer.drain(name).await?;
        let idle = async {
            loop {
                let figures = self.balancer.figures().await?;
                if figures
                    .servers
                    .get(name)
                    .is_none_or(|own| own.in_flight == 0)
                {
                    return Ok::<(), io::Error>(());
                }
                sleep(INTERVAL).await;
            }
        };
        // Clients that are bound to it may come for ever.
        if let Ok(outcome) = timeout(self.drain, idle).await {
            outcome?;
        }
        self.balancer.retire(name).await?;
        if let Some(own) = self.roster().member(&member.id) {
            own.phase = Phase::Ending;
        }
        member.process.signal(Signal::TERM, true);
        if timeout(self.drain + GRACE, member.process.ended())
            .await
            .is_err()
        {
            member.process.signal(Signal::KILL, true);
        }
        Ok(())
    }
}
