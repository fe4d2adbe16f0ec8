//! The bundled service as a scale target.

use std::time::Duration;

use appointment_center::{Cluster, InstanceStatus};
use async_trait::async_trait;
use tokio::runtime::Handle;

use crate::model::InstanceId;

use super::{
    Capabilities, Capability, InstanceState, Observed, Receipt, Removal, RequestCount, ScaleError,
    ScaleTarget, Select, Snapshot,
};

/// How long an instance may take to finish what it has begun.
const DRAIN: Duration = Duration::from_secs(10);

/// What its zones are called: `n1`, `n3`, ... are in the first one.
const ZONES: [&str; 2] = ["a", "b"];

/// The instances of the bundled service, which run inside this process.
#[derive(Clone, Debug)]
pub struct Embedded {
    cluster: Cluster,
    home: Handle,
}

impl Embedded {
    /// What messages call it.
    pub const NAME: &'static str = "the bundled service";

    /// The running `cluster` as a scale target. New instances live in the
    /// runtime `home`, where the others live.
    pub fn new(cluster: Cluster, home: Handle) -> Self {
        Self { cluster, home }
    }

    /// What it can do, whichever cluster it is.
    pub fn abilities() -> Capabilities {
        Capabilities::of([
            Capability::SetDesired,
            Capability::RemoveAbruptly,
            Capability::Kill,
            Capability::Replace,
            Capability::Zones,
            Capability::StopAll,
            Capability::Hang,
        ])
    }

    /// The zones of a service with so many instances.
    pub fn zones(instances: u32) -> Vec<String> {
        let zones = ZONES.iter().take(instances as usize);
        zones.map(|zone| (*zone).to_owned()).collect()
    }

    /// Does `work` in the runtime where the instances live.
    async fn at_home<F>(&self, work: impl FnOnce(Cluster) -> F) -> Result<(), ScaleError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let done = self.home.spawn(work(self.cluster.clone())).await;
        done.map_err(|error| ScaleError::new(self.name(), error))
    }

    /// The ready instances that `select` means, the oldest first.
    fn select(&self, select: &Select) -> Result<Vec<InstanceId>, ScaleError> {
        let ready = self.cluster.observe().into_iter().map(observed);
        let ready = ready.filter(|own| own.state == InstanceState::Ready);
        let selected: Vec<InstanceId> = match select {
            Select::Count(count) => ready.take(*count as usize).map(|own| own.id).collect(),
            Select::These(these) => ready
                .map(|own| own.id)
                .filter(|id| these.iter().any(|own| own.is_same(id)))
                .collect(),
            Select::Zone(zone) => ready
                .filter(|own| own.zone.as_ref() == Some(zone))
                .map(|own| own.id)
                .collect(),
            Select::All => ready.map(|own| own.id).collect(),
        };
        if selected.is_empty() {
            return Err(ScaleError::new(self.name(), "no instance was selected"));
        }
        Ok(selected)
    }
}

fn incarnations(instances: &[InstanceId]) -> Vec<String> {
    let told = instances.iter().map(|id| id.incarnation.clone());
    told.collect()
}

/// The zone of `n1`, `n2`, ...
fn zone(name: &str) -> Option<String> {
    let number: usize = name.strip_prefix('n')?.parse().ok()?;
    let zone = ZONES[number.checked_sub(1)? % ZONES.len()];
    Some(zone.to_owned())
}

fn observed(status: InstanceStatus) -> Observed {
    let state = match status.state {
        appointment_center::InstanceState::Starting => InstanceState::Starting,
        appointment_center::InstanceState::Ready => InstanceState::Ready,
        appointment_center::InstanceState::Draining => InstanceState::Draining,
        appointment_center::InstanceState::Gone => InstanceState::Gone,
    };
    Observed {
        zone: zone(&status.name),
        id: InstanceId {
            name: status.name,
            incarnation: status.incarnation,
        },
        state,
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
        Self::NAME
    }

    fn capabilities(&self) -> Capabilities {
        Self::abilities()
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        Ok(Snapshot {
            desired: None,
            instances: self.cluster.observe().into_iter().map(observed).collect(),
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
        .await?;
        Ok(Receipt::default())
    }

    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let instances = self.select(select)?;
        let lost = incarnations(&instances);
        self.at_home(move |cluster| async move { cluster.lose(&lost).await })
            .await?;
        Ok(Receipt {
            instances,
            ..Receipt::default()
        })
    }

    async fn replace(&self) -> Result<Receipt, ScaleError> {
        self.at_home(|cluster| async move { cluster.replace(DRAIN) })
            .await?;
        Ok(Receipt::default())
    }

    async fn hang(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let instances = self.select(select)?;
        self.cluster.hang(&incarnations(&instances));
        Ok(Receipt {
            instances,
            ..Receipt::default()
        })
    }

    async fn resume(&self) -> Result<Receipt, ScaleError> {
        self.cluster.resume();
        Ok(Receipt::default())
    }

    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        self.set_desired(0, Removal::Abrupt).await
    }
}
