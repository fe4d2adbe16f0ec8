//! The bundled service as a scale target.

use std::time::Duration;

use appointment_center::Cluster;
use async_trait::async_trait;
use tokio::runtime::Handle;

use crate::model::InstanceId;

use super::{InstanceState, Observed, Removal, ScaleError, ScaleTarget, Snapshot};

/// How long an instance may take to finish what it has begun.
const DRAIN: Duration = Duration::from_secs(10);

/// The instances of the bundled service, which run inside this process.
#[derive(Clone, Debug)]
pub struct Embedded {
    cluster: Cluster,
    home: Handle,
}

impl Embedded {
    /// The running `cluster` as a scale target. New instances live in the
    /// runtime `home`, where the others live.
    pub fn new(cluster: Cluster, home: Handle) -> Self {
        Self { cluster, home }
    }
}

#[async_trait]
impl ScaleTarget for Embedded {
    fn name(&self) -> &'static str {
        "the bundled service"
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        let instances = self
            .cluster
            .observe()
            .into_iter()
            .map(|status| Observed {
                id: InstanceId {
                    name: status.name,
                    incarnation: status.incarnation,
                },
                state: match status.state {
                    appointment_center::InstanceState::Starting => InstanceState::Starting,
                    appointment_center::InstanceState::Ready => InstanceState::Ready,
                    appointment_center::InstanceState::Draining => InstanceState::Draining,
                    appointment_center::InstanceState::Gone => InstanceState::Gone,
                },
            })
            .collect();
        Ok(Snapshot { instances })
    }

    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<(), ScaleError> {
        let removal = match removal {
            Removal::Graceful => appointment_center::Removal::Graceful { drain: DRAIN },
            Removal::Abrupt => appointment_center::Removal::Abrupt,
        };
        let cluster = self.cluster.clone();
        self.home
            .spawn(async move { cluster.scale_to(desired as usize, removal).await })
            .await
            .map_err(|error| ScaleError {
                target: self.name().to_owned(),
                reason: error.to_string(),
            })
    }
}
