//! A service of a swarm, whose number of tasks the swarm keeps up.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use async_trait::async_trait;
use bollard::errors::Error;
use bollard::models::{
    ContainerSummaryStateEnum, LocalNodeState, Service, ServiceSpec, ServiceSpecModeReplicated,
    Task,
};
use bollard::query_parameters::{ListTasksOptionsBuilder, UpdateServiceOptionsBuilder};
use tokio::time::sleep;

use crate::config::DockerConfig;

use super::super::choice::choose;
use super::super::naming::Naming;
use super::super::{
    Capabilities, Capability, InstanceState, Observed, Receipt, Removal, ScaleError, ScaleTarget,
    Select, Snapshot,
};
use super::engine::Engine;
use super::state;

/// How often an update is tried that somebody else's update comes before.
const TRIES: u32 = 5;

/// How long to wait before the next try.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// One service of a swarm, seen from one of its managers.
#[derive(Debug)]
pub(super) struct Swarm {
    engine: Engine,
    name: String,
    service: String,
    service_id: String,
    /// The manager itself: containers of other machines are out of its reach.
    node: String,
    replicated: bool,
    naming: Naming,
}

/// The container of a task on the manager's own machine.
type Container = Option<String>;

impl Swarm {
    /// The service called `service`.
    pub(super) async fn find(
        engine: Engine,
        service: &str,
        config: &DockerConfig,
    ) -> Result<Self, ScaleError> {
        let name = format!("swarm service `{service}`");
        let info = engine.docker().info().await;
        let info = info.map_err(|error| engine.refused(&error))?;
        let swarm = info.swarm.unwrap_or_default();
        if swarm.local_node_state != Some(LocalNodeState::ACTIVE)
            || swarm.control_available != Some(true)
        {
            let reason = format!(
                "{} does not manage a swarm; name a manager by `scaling.docker.host`, or set \
                 `scaling.docker.project` for a service of Compose",
                engine.name()
            );
            return Err(ScaleError::new(name, reason));
        }
        let found = match engine.docker().inspect_service(service, None).await {
            Err(Error::DockerResponseServerError {
                status_code: 404, ..
            }) => {
                let reason = "there is none in the swarm; `docker service ls` tells which there \
                              are";
                return Err(ScaleError::new(name, reason));
            }
            found => found.map_err(|error| engine.refused(&error))?,
        };
        Ok(Self {
            name,
            node: swarm.node_id.unwrap_or_default(),
            service: spec(&found).name.unwrap_or_else(|| service.to_owned()),
            replicated: replicas(&found).is_some(),
            service_id: found.id.unwrap_or_default(),
            naming: Naming::new(
                (config.instance.as_ref(), "{service}.{slot}"),
                (config.incarnation.as_ref(), "{task}"),
            ),
            engine,
        })
    }

    async fn inspect(&self) -> Result<Service, ScaleError> {
        let found = self
            .engine
            .docker()
            .inspect_service(&self.service_id, None)
            .await;
        found.map_err(|error| self.engine.refused(&error))
    }

    /// The tasks in the order of their slots.
    async fn tasks(&self) -> Result<Vec<(Observed, Container)>, ScaleError> {
        let filters = HashMap::from([("service", vec![self.service_id.clone()])]);
        let options = ListTasksOptionsBuilder::new().filters(&filters).build();
        let tasks = self.engine.docker().list_tasks(Some(options)).await;
        let mut tasks = tasks.map_err(|error| self.engine.refused(&error))?;
        tasks.sort_by_key(|task| task.slot);
        // The swarm does not know what is paused, the engine does.
        let paused = self
            .containers(&[ContainerSummaryStateEnum::PAUSED])
            .await?;
        Ok(tasks
            .iter()
            .map(|task| self.observed(task, &paused))
            .collect())
    }

    /// The service's containers on this machine in one of these `states`.
    async fn containers(
        &self,
        states: &[ContainerSummaryStateEnum],
    ) -> Result<BTreeSet<String>, ScaleError> {
        let label = format!("com.docker.swarm.service.id={}", self.service_id);
        let containers = self.engine.containers(&[label]).await?;
        Ok(containers
            .into_iter()
            .filter(|own| own.state.is_some_and(|state| states.contains(&state)))
            .filter_map(|own| own.id)
            .collect())
    }

    fn observed(&self, task: &Task, paused: &BTreeSet<String>) -> (Observed, Container) {
        let container = task
            .status
            .as_ref()
            .and_then(|status| status.container_status.as_ref())
            .and_then(|status| status.container_id.clone())
            .filter(|id| !id.is_empty());
        let is_paused = container.as_ref().is_some_and(|id| paused.contains(id));
        let id = task.id.as_deref().unwrap_or_default();
        let node = task.node_id.as_deref().unwrap_or_default();
        // Tasks of a global service have a machine instead of a slot.
        let slot = task.slot.map_or(node.to_owned(), |slot| slot.to_string());
        let short = container
            .as_deref()
            .map_or("", |id| id.get(..12).unwrap_or(id));
        let identity = self.naming.identity(&[
            ("container", short),
            ("name", &format!("{}.{slot}.{id}", self.service)),
            ("node", node),
            ("service", &self.service),
            ("slot", &slot),
            ("task", id),
        ]);
        let reachable = container.filter(|_| node == self.node);
        (
            Observed::new(identity, state::of_task(task, is_paused)),
            reachable,
        )
    }

    /// Changes the service, also when somebody else does so at the same time.
    async fn update(
        &self,
        change: impl Fn(&mut ServiceSpec) + Send + Sync,
    ) -> Result<String, ScaleError> {
        let mut tried = 0;
        loop {
            tried += 1;
            let service = self.inspect().await?;
            let version = service.version.as_ref().and_then(|own| own.index);
            let version = version.unwrap_or_default();
            let mut spec = spec(&service);
            change(&mut spec);
            let options = UpdateServiceOptionsBuilder::new()
                .version(i32::try_from(version).unwrap_or(i32::MAX))
                .build();
            let docker = self.engine.docker();
            let updated = docker.update_service(&self.service_id, spec, options, None);
            match updated.await {
                Ok(_) => return Ok(format!("update of version {version}")),
                Err(Error::DockerResponseServerError { message, .. })
                    if tried < TRIES && message.contains("out of sequence") =>
                {
                    sleep(BETWEEN_TRIES).await;
                }
                Err(error) => return Err(self.engine.refused(&error)),
            }
        }
    }

    async fn set_replicas(&self, desired: u32) -> Result<String, ScaleError> {
        if !self.replicated {
            return Err(ScaleError::unable(&self.name, Capability::SetDesired));
        }
        self.update(|spec| {
            if let Some(mode) = &mut spec.mode {
                mode.replicated = Some(ServiceSpecModeReplicated {
                    replicas: Some(i64::from(desired)),
                });
            }
        })
        .await
    }

    /// Those of `select` whose containers are on this machine.
    async fn within_reach(&self, select: &Select) -> Result<Vec<(Observed, String)>, ScaleError> {
        let tasks = self.tasks().await?;
        let all = tasks.len();
        let within: Vec<_> = tasks
            .into_iter()
            .filter_map(|(observed, container)| Some((observed, container?)))
            .collect();
        let chosen = choose(&self.name, select, &within).map_err(|mut error| {
            if within.len() < all {
                error.reason += "; an engine reaches the containers of its own machine alone";
            }
            error
        })?;
        Ok(chosen.into_iter().cloned().collect())
    }
}

#[async_trait]
impl ScaleTarget for Swarm {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = vec![Capability::Kill, Capability::Replace, Capability::Hang];
        if self.replicated {
            can.extend([
                Capability::SetDesired,
                Capability::RemoveAbruptly,
                Capability::StopAll,
            ]);
        }
        Capabilities::of(can)
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        let service = self.inspect().await?;
        let tasks = self.tasks().await?;
        Ok(Snapshot {
            desired: replicas(&service),
            instances: tasks.into_iter().map(|(observed, _)| observed).collect(),
        })
    }

    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<Receipt, ScaleError> {
        let mut instances = Vec::new();
        if removal == Removal::Abrupt {
            let tasks = self.tasks().await?;
            let ready = tasks
                .iter()
                .filter(|(own, _)| own.state == InstanceState::Ready)
                .count();
            let leave = u32::try_from(ready)
                .unwrap_or(u32::MAX)
                .saturating_sub(desired);
            if leave > 0 {
                // The swarm lets tasks finish. Those that are dead already are
                // the first that it takes away.
                instances = self.kill(&Select::Count(leave)).await?.instances;
            }
        }
        let told = self.set_replicas(desired).await?;
        Ok(Receipt {
            instances,
            told,
            ..Receipt::default()
        })
    }

    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let chosen = self.within_reach(select).await?;
        self.engine.kill(&containers(&chosen)).await?;
        Ok(receipt(&chosen))
    }

    async fn replace(&self) -> Result<Receipt, ScaleError> {
        let told = self
            .update(|spec| {
                if let Some(task) = &mut spec.task_template {
                    task.force_update = Some(task.force_update.unwrap_or_default() + 1);
                }
            })
            .await?;
        Ok(Receipt {
            told,
            ..Receipt::default()
        })
    }

    async fn hang(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let chosen = self.within_reach(select).await?;
        self.engine.pause(&containers(&chosen)).await?;
        Ok(receipt(&chosen))
    }

    async fn resume(&self) -> Result<Receipt, ScaleError> {
        let paused = self
            .containers(&[ContainerSummaryStateEnum::PAUSED])
            .await?;
        let paused: Vec<_> = paused.iter().map(String::as_str).collect();
        self.engine.unpause(&paused).await?;
        Ok(Receipt::default())
    }

    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        let told = self.set_replicas(0).await?;
        let up = self
            .containers(&[
                ContainerSummaryStateEnum::RUNNING,
                ContainerSummaryStateEnum::PAUSED,
            ])
            .await?;
        let up: Vec<_> = up.iter().map(String::as_str).collect();
        self.engine.kill(&up).await?;
        Ok(Receipt {
            told,
            ..Receipt::default()
        })
    }
}

fn spec(service: &Service) -> ServiceSpec {
    service.spec.clone().unwrap_or_default()
}

/// How many tasks there are to be; `None` for a service with one on each
/// machine.
fn replicas(service: &Service) -> Option<u32> {
    let mode = service.spec.as_ref()?.mode.as_ref()?;
    let replicated = mode.replicated.as_ref()?;
    u32::try_from(replicated.replicas.unwrap_or(1)).ok()
}

fn containers(chosen: &[(Observed, String)]) -> Vec<&str> {
    chosen.iter().map(|(_, id)| id.as_str()).collect()
}

fn receipt(chosen: &[(Observed, String)]) -> Receipt {
    Receipt {
        instances: chosen.iter().map(|(own, _)| own.id.clone()).collect(),
        ..Receipt::default()
    }
}
