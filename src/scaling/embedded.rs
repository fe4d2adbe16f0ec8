//! The bundled service as a scale target.

use std::time::Duration;

use appointment_center::Cluster;
use async_trait::async_trait;
use tokio::runtime::Handle;

use crate::model::InstanceId;

use super::{
    Capabilities, Capability, InstanceState, Observed, Receipt, Removal, RequestCount, ScaleError,
    ScaleTarget, Select, Snapshot,
};

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

    /// Does `work` in the runtime where the instances live.
    async fn at_home<F>(&self, work: impl FnOnce(Cluster) -> F) -> Result<Receipt, ScaleError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let done = self.home.spawn(work(self.cluster.clone())).await;
        done.map(|()| Receipt::default())
            .map_err(|error| ScaleError::new(self.name(), error))
    }
}

#[async_trait]
impl RequestCount for Embedded {
    async fn requests(&self) -> Option<u64> {
        Some(self.cluster.requests())
    }
}

#[async_trait]
impl ScaleTarget for Embedded {
    fn name(&self) -> &'static str {
        "the bundled service"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::of([
            Capability::SetDesired,
            Capability::RemoveAbruptly,
            Capability::Kill,
            Capability::StopAll,
        ])
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        let instances = self
            .cluster
            .observe()
            .into_iter()
            .map(|status| {
                let id = InstanceId {
                    name: status.name,
                    incarnation: status.incarnation,
                };
                let state = match status.state {
                    appointment_center::InstanceState::Starting => InstanceState::Starting,
                    appointment_center::InstanceState::Ready => InstanceState::Ready,
                    appointment_center::InstanceState::Draining => InstanceState::Draining,
                    appointment_center::InstanceState::Gone => InstanceState::Gone,
                };
                Observed::new(id, state)
            })
            .collect();
        Ok(Snapshot {
            desired: None,
            instances,
        })
    }

    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<Receipt, ScaleError> {
        let removal = match removal {
            Removal::Graceful => appointment_center::Removal::Graceful { drain: DRAIN },
            Removal::Abrupt => appointment_center::Removal::Abrupt,
        };
        self.at_home(
            move |cluster| async move { cluster.scale_to(desired as usize, removal).await },
        )
        .await
    }

    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let Select::Count(count) = *select else {
            return Err(ScaleError::new(
                self.name(),
                "it loses the oldest instances only",
            ));
        };
        self.at_home(move |cluster| async move { cluster.kill(count as usize).await })
            .await
    }

    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        self.set_desired(0, Removal::Abrupt).await
    }
}
