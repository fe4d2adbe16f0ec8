//! Who is there: the instances of a stack, and what each is about.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::model::InstanceId;
use crate::scaling::{InstanceState, Observed, Select};

use super::balancer::Figures;
use super::process::Process;

/// The zones that instances are spread over.
const ZONES: [&str; 3] = ["a", "b", "c"];

/// So many instances that are gone are still told of.
const REMEMBERED: usize = 50;

/// Where in its life an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It was started and does not answer yet.
    Starting,
    /// It answers, and the balancer is told so.
    Serving,
    /// It gets no new requests and is to go.
    Draining,
    /// It was told to end.
    Ending,
}

/// An instance.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: InstanceId,
    pub(super) slot: u32,
    pub(super) port: u16,
    pub(super) process: Arc<Process>,
    pub(super) phase: Phase,
    /// Whether it was stopped where it was.
    pub(super) hangs: bool,
}

impl Member {
    /// Whether it is to stay.
    pub(super) fn stays(&self) -> bool {
        matches!(self.phase, Phase::Starting | Phase::Serving)
    }

    pub(super) fn serves(&self) -> bool {
        self.phase == Phase::Serving
    }

    fn observed(&self, figures: Option<&Figures>) -> Observed {
        let server = figures.and_then(|own| own.servers.get(&self.id.name));
        let state = match self.phase {
            Phase::Serving if server.is_some_and(|own| own.serves) => InstanceState::Ready,
            Phase::Starting | Phase::Serving => InstanceState::Starting,
            Phase::Draining | Phase::Ending => InstanceState::Draining,
        };
        Observed {
            zone: Some(zone(self.slot).to_owned()),
            ..Observed::new(self.id.clone(), state)
        }
    }
}

/// The zone of the instance in `slot`.
pub(super) fn zone(slot: u32) -> &'static str {
    ZONES[(slot.saturating_sub(1) % 3) as usize]
}

/// The zones of the first so many instances.
pub(super) fn zones(instances: u32) -> Vec<String> {
    let there = ZONES.iter().take(instances.max(1) as usize);
    there.map(|zone| (*zone).to_owned()).collect()
}

/// All instances.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// How many there are to be.
    pub(super) desired: u32,
    /// Whether all are to stay away.
    pub(super) stopped: bool,
    /// Whether the stack is ending, so that nobody is to come any more.
    pub(super) closed: bool,
    /// Zones in which nothing can be started.
    pub(super) lost_zones: BTreeSet<String>,
    /// Those that are there, in the order of their starts.
    pub(super) members: Vec<Member>,
    /// Places that cannot be taken yet, because the balancer has not noticed
    /// that who had it is gone.
    pub(super) held: BTreeSet<u32>,
    /// So many in a row have ended before they served.
    pub(super) failures: u32,
    /// Why the last one did.
    pub(super) trouble: Option<String>,
    gone: VecDeque<Observed>,
}

impl Roster {
    /// The first place that nobody has and that is in no lost zone.
    pub(super) fn free_slot(&self, slots: u32) -> Option<u32> {
        (1..=slots).find(|slot| {
            !self.held.contains(slot)
                && !self.lost_zones.contains(zone(*slot))
                && self.members.iter().all(|member| member.slot != *slot)
        })
    }

    pub(super) fn staying(&self) -> u32 {
        let count = self.members.iter().filter(|member| member.stays()).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    pub(super) fn member(&mut self, id: &InstanceId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id == *id)
    }

    /// Takes out an instance whose process has ended.
    pub(super) fn remove(&mut self, id: &InstanceId) -> Option<Member> {
        let at = self.members.iter().position(|member| member.id == *id)?;
        let member = self.members.remove(at);
        self.held.insert(member.slot);
        self.gone.push_back(Observed {
            state: InstanceState::Gone,
            ..member.observed(None)
        });
        if self.gone.len() > REMEMBERED {
            self.gone.pop_front();
        }
        Some(member)
    }

    /// The instances that `select` means, of those that serve; the oldest
    /// first.
    pub(super) fn select(&self, select: &Select) -> Result<Vec<Member>, String> {
        let serving = || self.members.iter().filter(|member| member.serves());
        let found: Vec<Member> = match select {
            Select::Count(count) => {
                let count = *count as usize;
                if serving().count() < count {
                    let there = serving().count();
                    return Err(format!("{count} instances are meant, and {there} serve"));
                }
                serving().take(count).cloned().collect()
            }
            Select::These(ids) => serving()
                .filter(|member| ids.contains(&member.id))
                .cloned()
                .collect(),
            Select::Zone(name) => serving()
                .filter(|member| zone(member.slot) == name)
                .cloned()
                .collect(),
            Select::All => serving().cloned().collect(),
        };
        if found.is_empty() {
            return Err(match select {
                Select::Zone(name) => format!(
                    "no instance serves in zone {name}; the zones are {}",
                    ZONES.join(", ")
                ),
                _ => "no instance that is meant serves".to_owned(),
            });
        }
        Ok(found)
    }

    /// All instances as they are now; `None` when the balancer does not
    /// answer.
    pub(super) fn observed(&self, figures: Option<&Figures>) -> Vec<Observed> {
        let members = self.members.iter().map(|own| own.observed(figures));
        members.chain(self.gone.iter().cloned()).collect()
    }

    /// Who the balancer has to know, with their ports.
    pub(super) fn placed(&self) -> BTreeMap<String, u16> {
        self.members
            .iter()
            .filter(|member| member.serves())
            .map(|member| (member.id.name.clone(), member.port))
            .collect()
    }
}
