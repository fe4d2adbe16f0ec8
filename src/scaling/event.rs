//! Events as a scenario or a profile asks for them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Place, Rate};

use super::capability::Capability;
use super::target::Removal;

/// What is to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// More instances.
    ScaleOut {
        /// How many there are to be.
        to: u32,
    },
    /// Fewer instances.
    ScaleIn {
        /// How many there are to be.
        to: u32,
        /// How the others go.
        removal: Removal,
    },
    /// Instances are lost at once; whoever keeps up their number may replace
    /// them.
    Kill {
        /// How many.
        count: u32,
    },
    /// All instances are replaced, one after another.
    RollingReplace,
    /// All instances of a zone are lost at once.
    ZoneLoss {
        /// Which zone.
        zone: String,
    },
    /// No instance is left for some time; then there are as many as before.
    AllDown {
        /// For how long.
        lasting: Duration,
    },
    /// Instances stop answering without going away, and go on later.
    Hang {
        /// How many.
        count: u32,
        /// For how long.
        lasting: Duration,
    },
    /// Out, in, and out again, with no time to settle between.
    Flap {
        /// How many there are to be when it is out.
        to: u32,
    },
    /// A part behind the instances is restarted, such as a session store.
    Restart {
        /// Its name, one of [`Capabilities::parts`](super::Capabilities::parts).
        part: String,
    },
    /// The service's own policy is to add instances; nobody tells it to.
    PolicyOut {
        /// How many there are to be, at least.
        to: u32,
    },
    /// The service's own policy is to remove instances; nobody tells it to.
    PolicyIn {
        /// How many there are to be, at most.
        to: u32,
    },
    /// Nothing: what is found in its windows is the method's own noise.
    NoOp,
}

impl EventKind {
    /// How many instances there are to be in the end, where that is asked for.
    pub fn desired(&self) -> Option<u32> {
        match *self {
            Self::ScaleOut { to }
            | Self::ScaleIn { to, .. }
            | Self::Flap { to }
            | Self::PolicyOut { to }
            | Self::PolicyIn { to } => Some(to),
            Self::Kill { .. }
            | Self::RollingReplace
            | Self::ZoneLoss { .. }
            | Self::AllDown { .. }
            | Self::Hang { .. }
            | Self::Restart { .. }
            | Self::NoOp => None,
        }
    }

    /// What the target has to be able to do.
    pub fn needs(&self) -> &'static [Capability] {
        match self {
            Self::ScaleOut { .. }
            | Self::ScaleIn {
                removal: Removal::Graceful,
                ..
            }
            | Self::Flap { .. } => &[Capability::SetDesired],
            Self::ScaleIn {
                removal: Removal::Abrupt,
                ..
            } => &[Capability::SetDesired, Capability::RemoveAbruptly],
            Self::Kill { .. } => &[Capability::Kill],
            Self::RollingReplace => &[Capability::Replace],
            Self::ZoneLoss { .. } => &[Capability::Kill, Capability::Zones],
            Self::AllDown { .. } => &[Capability::StopAll],
            Self::Hang { .. } => &[Capability::Hang],
            Self::Restart { .. } => &[Capability::RestartPart],
            Self::PolicyOut { .. } | Self::PolicyIn { .. } => &[Capability::Policy],
            Self::NoOp => &[],
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = |lasting: &Duration| humantime::format_duration(*lasting).to_string();
        match self {
            Self::ScaleOut { to } => write!(f, "scale out to {to}"),
            Self::ScaleIn {
                to,
                removal: Removal::Graceful,
            } => write!(f, "scale in to {to}"),
            Self::ScaleIn {
                to,
                removal: Removal::Abrupt,
            } => write!(f, "scale in to {to} abruptly"),
            Self::Kill { count } => write!(f, "kill {count}"),
            Self::RollingReplace => f.write_str("rolling replace"),
            Self::ZoneLoss { zone } => write!(f, "lose zone {zone}"),
            Self::AllDown { lasting } => write!(f, "all down for {}", span(lasting)),
            Self::Hang { count, lasting } => write!(f, "hang {count} for {}", span(lasting)),
            Self::Flap { to } => write!(f, "flap to {to}"),
            Self::Restart { part } => write!(f, "restart {part}"),
            Self::PolicyOut { to } => write!(f, "policy out to {to}"),
            Self::PolicyIn { to } => write!(f, "policy in to {to}"),
            Self::NoOp => f.write_str("no-op"),
        }
    }
}

/// When an event begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// So long after the load began.
    After(Duration),
    /// When the load is first governed at this rate or above.
    AtRate(Rate),
    /// When so many responses have come.
    AfterResponses(u64),
    /// When so many things of a kind were acknowledged as saved.
    Saved {
        /// The kind, as steps name it.
        kind: String,
        /// How many.
        count: u64,
    },
}

impl From<Duration> for Trigger {
    fn from(after: Duration) -> Self {
        Self::After(after)
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(after) => write!(f, "after {}", humantime::format_duration(*after)),
            Self::AtRate(rate) => write!(f, "when the traffic reaches {rate}"),
            Self::AfterResponses(count) => write!(f, "after {count} responses"),
            Self::Saved { kind, count } => write!(f, "when {count} {kind} are saved"),
        }
    }
}

/// One event on the timeline of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaleEvent {
    /// What is to happen.
    pub kind: EventKind,
    /// When it begins.
    pub trigger: Trigger,
    /// The step that asked for it.
    pub place: Option<Place>,
}
