//! A stack as something to scale.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::runtime::Handle;

use crate::model::InstanceId;
use crate::scaling::{
    Capabilities, Capability, Receipt, Removal, RequestCount, ScaleError, ScaleTarget, Select,
    Snapshot,
};

use super::error::StackError;
use super::fleet::Fleet;
use super::status::{self, StackStatus};

/// What messages call it.
pub(super) const NAME: &str = "the stack";

/// The processes of a stack that was started by this program.
#[derive(Debug)]
pub(super) struct StackTarget {
    fleet: Arc<Fleet>,
    /// The runtime in which the stack lives.
    home: Handle,
}

impl StackTarget {
    pub(super) fn new(fleet: Arc<Fleet>, home: Handle) -> Self {
        Self { fleet, home }
    }

    /// Does `work` where the stack lives.
    async fn at_home<F, T>(&self, work: impl FnOnce(Arc<Fleet>) -> F) -> Result<T, ScaleError>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let done = self.home.spawn(work(Arc::clone(&self.fleet))).await;
        done.map_err(|error| ScaleError::new(NAME, error))
    }

    pub(super) async fn status(&self) -> StackStatus {
        let done = self.at_home(|fleet| async move { status::of(&fleet).await });
        done.await.unwrap_or_default()
    }
}

/// What every stack with these parts can do.
pub(super) fn abilities(parts: Vec<String>) -> Capabilities {
    let can = [
        Capability::SetDesired,
        Capability::RemoveAbruptly,
        Capability::Kill,
        Capability::Replace,
        Capability::Zones,
        Capability::StopAll,
        Capability::Hang,
        Capability::RestartPart,
    ];
    Capabilities {
        parts,
        ..Capabilities::of(can)
    }
}

fn accepted(
    told: &str,
    instances: Result<Vec<InstanceId>, impl std::fmt::Display>,
) -> Result<Receipt, ScaleError> {
    let instances = instances.map_err(|reason| ScaleError::new(NAME, reason))?;
    Ok(Receipt {
        instances,
        told: told.to_owned(),
        ..Receipt::default()
    })
}

#[async_trait]
impl ScaleTarget for StackTarget {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        abilities(self.fleet.parts.names())
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        let seen = self.at_home(|fleet| async move { fleet.observe().await });
        seen.await?.map_err(|error| ScaleError::new(NAME, error))
    }

    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<Receipt, ScaleError> {
        let done =
            self.at_home(move |fleet| async move { fleet.set_desired(desired, removal).await });
        accepted(&format!("{desired} desired"), done.await?)
    }

    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let select = select.clone();
        let done = self.at_home(move |fleet| async move { fleet.kill(&select) });
        accepted("killed", done.await?)
    }

    async fn replace(&self) -> Result<Receipt, ScaleError> {
        let done = self.at_home(|fleet| async move { fleet.replace() });
        accepted("to be replaced one after another", done.await?)
    }

    async fn hang(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let select = select.clone();
        let done = self.at_home(move |fleet| async move { fleet.hang(&select) });
        accepted("stopped where they are", done.await?)
    }

    async fn resume(&self) -> Result<Receipt, ScaleError> {
        let done = self.at_home(|fleet| async move { Ok::<_, StackError>(fleet.resume()) });
        accepted("they go on", done.await?)
    }

    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        let done = self.at_home(|fleet| async move { Ok::<_, StackError>(fleet.stop_all().await) });
        accepted("all ended", done.await?)
    }

    async fn restart(&self, part: &str) -> Result<Receipt, ScaleError> {
        let part = part.to_owned();
        let done = self.at_home(move |fleet| async move { fleet.restart(&part).await });
        let lives = done
            .await?
            .map_err(|reason| ScaleError::new(NAME, reason))?;
        Ok(Receipt {
            lives: Some(lives),
            ..Receipt::default()
        })
    }

    async fn restore(&self, base: &Snapshot) -> Result<(), ScaleError> {
        let desired = base
            .desired
            .unwrap_or(base.count(crate::scaling::InstanceState::Ready));
        let done = self.at_home(move |fleet| async move { fleet.restore(desired).await });
        let refused = |error| ScaleError::new(NAME, error);
        let done = done.await?.map(|own| own.map_err(refused));
        ScaleError::together(NAME, done)
    }
}

/// What the balancer has counted.
#[async_trait]
impl RequestCount for StackTarget {
    async fn requests(&self) -> Option<u64> {
        let count = self
            .at_home(|fleet| async move { fleet.balancer.figures().await.ok() })
            .await;
        Some(count.ok()??.requests)
    }
}
