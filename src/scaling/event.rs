//! Events as a scenario asks for them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Place;

use super::Removal;

/// What is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl EventKind {
    /// How many instances there are to be.
    pub fn desired(self) -> u32 {
        match self {
            Self::ScaleOut { to } | Self::ScaleIn { to, .. } => to,
        }
    }

    /// How removed instances go.
    pub fn removal(self) -> Removal {
        match self {
            Self::ScaleOut { .. } => Removal::Graceful,
            Self::ScaleIn { removal, .. } => removal,
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
        }
    }
}

/// One event on the timeline of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaleEvent {
    /// What is to happen.
    pub kind: EventKind,
    /// How long after the load began.
    pub after: Duration,
    /// The step that asked for it.
    pub place: Option<Place>,
}
