//! What can be scaled.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::model::InstanceId;

/// How instances go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// They finish what they have begun.
    Graceful,
    /// They are cut off.
    Abrupt,
}

/// Where in its life an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceState {
    /// Not yet serving.
    Starting,
    /// Serving.
    Ready,
    /// Finishing what it has begun.
    Draining,
    /// No more.
    Gone,
}

/// An instance as the control plane sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Which.
    pub id: InstanceId,
    /// How it is.
    pub state: InstanceState,
}

/// All instances at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The instances, those that are gone included if they are still known.
    pub instances: Vec<Observed>,
}

impl Snapshot {
    /// How many instances are in `state`.
    pub fn count(&self, state: InstanceState) -> u32 {
        let count = self
            .instances
            .iter()
            .filter(|own| own.state == state)
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The instances that are ready.
    pub fn ready(&self) -> Vec<InstanceId> {
        self.instances
            .iter()
            .filter(|own| own.state == InstanceState::Ready)
            .map(|own| own.id.clone())
            .collect()
    }
}

/// Whether `snapshot` shows exactly `desired` ready instances and none on its
/// way up or down. Held for some time, that is steady; once is nothing.
pub fn is_steady(snapshot: &Snapshot, desired: u32) -> bool {
    snapshot.count(InstanceState::Ready) == desired
        && snapshot.count(InstanceState::Starting) == 0
        && snapshot.count(InstanceState::Draining) == 0
}

/// Why the control plane did not do as asked.
#[derive(Debug, thiserror::Error)]
#[error("{target} refused: {reason}")]
pub struct ScaleError {
    /// Which target.
    pub target: String,
    /// Its reason.
    pub reason: String,
}

/// A service whose number of instances can be changed.
#[async_trait]
pub trait ScaleTarget: fmt::Debug + Send + Sync {
    /// What messages call it.
    fn name(&self) -> &str;

    /// The instances now.
    ///
    /// # Errors
    ///
    /// When the control plane cannot be asked.
    async fn observe(&self) -> Result<Snapshot, ScaleError>;

    /// Asks for `desired` instances; returns when the request is accepted, not
    /// when it is done.
    ///
    /// # Errors
    ///
    /// When the control plane refuses.
    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<(), ScaleError>;
}
