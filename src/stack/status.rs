//! What is there, for people to read.

use serde::{Deserialize, Serialize};

use crate::scaling::{InstanceState, Observed};

use super::fleet::Fleet;
use super::process::Process;

/// A part or an instance of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartStatus {
    /// What it is called, such as `redis` or `n1`.
    pub name: String,
    /// How it is.
    pub state: String,
    /// Where it listens.
    pub port: u16,
    /// The number of its process.
    pub pid: Option<u32>,
    /// How much of the memory it holds, in bytes.
    pub memory: Option<u64>,
    /// Requests it has got, where the balancer counts them.
    pub requests: Option<u64>,
    /// Which life of it this is, and in which zone, of an instance.
    pub told: String,
}

/// A stack at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackStatus {
    /// Where requests go.
    pub url: String,
    /// How many instances there are to be.
    pub desired: u32,
    /// The balancer and the stores.
    pub parts: Vec<PartStatus>,
    /// The instances.
    pub instances: Vec<PartStatus>,
    /// What went wrong last, and has not gone right since.
    pub trouble: Option<String>,
}

pub(super) async fn of(fleet: &Fleet) -> StackStatus {
    let figures = fleet.balancer.figures().await.ok();
    let parts = fleet.parts.running().into_iter().map(|(name, port, own)| {
        let state = if own.has_ended() { "ended" } else { "up" };
        let requests = figures.as_ref().map(|own| own.requests);
        PartStatus {
            requests: requests.filter(|_| name == "haproxy"),
            ..describe(name, state.to_owned(), port, &own)
        }
    });
    let parts = parts.collect();
    let roster = fleet.roster();
    let observed = roster.observed(figures.as_ref());
    let instances = roster.members.iter().map(|member| {
        let seen = observed.iter().find(|own| own.id == member.id);
        let server = figures
            .as_ref()
            .and_then(|own| own.servers.get(&member.id.name));
        let state = if member.hangs {
            "hangs".to_owned()
        } else {
            seen.map(|own| word(own.state).to_owned())
                .unwrap_or_default()
        };
        let balanced = server.map_or("unknown", |server| server.status.as_str());
        PartStatus {
            requests: server.map(|server| server.requests),
            told: format!(
                "incarnation {}, {}, in the balancer {balanced}",
                member.id.incarnation,
                zone(seen),
            ),
            ..describe(&member.id.name, state, member.port, &member.process)
        }
    });
    StackStatus {
        url: format!("http://127.0.0.1:{}/", fleet.parts.port()),
        desired: roster.desired,
        parts,
        instances: instances.collect(),
        trouble: roster.trouble.clone(),
    }
}

fn describe(name: &str, state: String, port: u16, process: &Process) -> PartStatus {
    let trace = process.trace();
    PartStatus {
        name: name.to_owned(),
        state,
        port,
        pid: trace.map(|own| own.pid),
        memory: trace.and_then(super::trace::Trace::memory),
        requests: None,
        told: String::new(),
    }
}

fn zone(seen: Option<&Observed>) -> String {
    let zone = seen.and_then(|own| own.zone.as_deref());
    format!("zone {}", zone.unwrap_or("unknown"))
}

fn word(state: InstanceState) -> &'static str {
    match state {
        InstanceState::Starting => "starting",
        InstanceState::Ready => "ready",
        InstanceState::Draining => "draining",
        InstanceState::Gone => "gone",
    }
}
