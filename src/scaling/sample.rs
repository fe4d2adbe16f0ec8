//! How many instances there were, over time.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

use super::target::{InstanceState, Snapshot};

/// How many instances the control plane showed at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// How many were wanted, if it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<u32>,
    /// How many were ready.
    pub ready: u32,
    /// How many were on their way up.
    pub starting: u32,
    /// How many were on their way out.
    pub draining: u32,
}

impl Sample {
    /// What `snapshot` shows at `at`.
    pub fn of(snapshot: &Snapshot, at: Timestamp) -> Self {
        Self {
            at,
            desired: snapshot.desired,
            ready: snapshot.count(InstanceState::Ready),
            starting: snapshot.count(InstanceState::Starting),
            draining: snapshot.count(InstanceState::Draining),
        }
    }

    /// Whether both show the same at different moments.
    pub fn is_alike(&self, other: &Self) -> bool {
        Self {
            at: other.at,
            ..*self
        } == *other
    }
}
