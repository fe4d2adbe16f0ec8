//! A service of ECS.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{DesiredStatus, HealthStatus, Service, Task};
use fpt::scaling::contract::{
    CapabilitiesAnswer, Changed, ContractInstance, Observation, PolicyAnswer, Selection,
};
use fpt::scaling::{Capabilities, Capability, InstanceState};

use super::application_auto_scaling::ScalableTarget;
use super::fleet::{Before, Fleet, count, number};
use super::selection::choose;
use super::trouble::Trouble;

/// So many tasks may be described at once.
const MOST_TASKS: usize = 100;

/// A service of ECS; its instances are tasks.
#[derive(Debug)]
pub(super) struct EcsService {
    client: Client,
    auto_scaling: ScalableTarget,
    cluster: String,
    service: String,
    hold: bool,
}

impl EcsService {
    pub(super) fn new(connection: &SdkConfig, cluster: &str, service: &str, hold: bool) -> Self {
        Self {
            client: Client::new(connection),
            auto_scaling: ScalableTarget::of_service(connection, cluster, service),
            cluster: cluster.to_owned(),
            service: service.to_owned(),
            hold,
        }
    }

    async fn describe(&self) -> Result<Service, Trouble> {
        let described = self
            .client
            .describe_services()
            .cluster(&self.cluster)
            .services(&self.service)
            .send()
            .await
            .map_err(|error| Trouble::of("DescribeServices", &error))?;
        // What is missing is listed as a failure, not as an error.
        let service = described.services().first().cloned();
        service
            .filter(|own| own.status() != Some("INACTIVE"))
            .ok_or_else(|| {
                Trouble::new(format!(
                    "there is no service {} in the cluster {}",
                    self.service, self.cluster
                ))
            })
    }

    async fn tasks(&self) -> Result<Vec<Task>, Trouble> {
        let mut names = Vec::new();
        // A task that is told to stop counts as stopped while it still serves.
        for status in [DesiredStatus::Running, DesiredStatus::Stopped] {
            let mut pages = self
                .client
                .list_tasks()
                .cluster(&self.cluster)
                .service_name(&self.service)
                .desired_status(status)
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| Trouble::of("ListTasks", &error))?;
                names.extend(page.task_arns().iter().cloned());
            }
        }
        let mut tasks = Vec::new();
        for names in names.chunks(MOST_TASKS) {
            let described = self
                .client
                .describe_tasks()
                .cluster(&self.cluster)
                .set_tasks(Some(names.to_vec()))
                .send()
                .await
                .map_err(|error| Trouble::of("DescribeTasks", &error))?;
            tasks.extend(described.tasks().iter().cloned());
        }
        Ok(tasks)
    }

    async fn update(&self, desired: u32) -> Result<Changed, Trouble> {
        let updated = self
            .client
            .update_service()
            .cluster(&self.cluster)
            .service(&self.service)
            .desired_count(number(desired)?)
            .send()
            .await
            .map_err(|error| Trouble::of("UpdateService", &error))?;
        Ok(told(updated.service()))
    }
}

/// The deployment that a service is in, for the report.
fn told(service: Option<&Service>) -> Changed {
    let deployments = service.map_or(&[][..], Service::deployments);
    let primary = deployments
        .iter()
        .find(|own| own.status() == Some("PRIMARY"));
    let id = primary.and_then(|own| own.id());
    Changed {
        told: id.map(|id| format!("deployment {id}")).unwrap_or_default(),
        ..Changed::default()
    }
}

/// A task as an instance; `None` for one that has stopped.
fn instance(task: &Task) -> Option<ContractInstance> {
    let id = task.task_arn()?.rsplit('/').next()?.to_owned();
    let stopping = task.desired_status() == Some("STOPPED");
    let state = match task.last_status()? {
        "STOPPED" | "DELETED" => return None,
        "DEACTIVATING" | "STOPPING" | "DEPROVISIONING" => InstanceState::Draining,
        "RUNNING" if stopping => InstanceState::Draining,
        "RUNNING" if task.health_status() != Some(&HealthStatus::Unhealthy) => InstanceState::Ready,
        _ => InstanceState::Starting,
    };
    Some(ContractInstance {
        // A task lives once, so its id is enough, and responses need no second
        // header.
        incarnation: String::new(),
        id,
        zone: task.availability_zone().map(str::to_owned),
        state,
    })
}

#[async_trait]
impl Fleet for EcsService {
    fn capabilities(&self) -> CapabilitiesAnswer {
        CapabilitiesAnswer::of(&Capabilities::of([
            Capability::SetDesired,
            Capability::Kill,
            Capability::Replace,
            Capability::StopAll,
            Capability::Zones,
            Capability::Policy,
        ]))
    }

    async fn observe(&self) -> Result<Observation, Trouble> {
        let service = self.describe().await?;
        let desired = count(service.desired_count());
        let before = Before {
            desired,
            limits: self.auto_scaling.limits().await?,
        };
        let tasks = self.tasks().await?;
        let raw = serde_json::to_value(before).map_err(|error| Trouble::new(error.to_string()))?;
        Ok(Observation {
            desired: Some(desired),
            instances: tasks.iter().filter_map(instance).collect(),
            raw: Some(raw),
        })
    }

    async fn set_desired(&self, desired: u32) -> Result<Changed, Trouble> {
        if let Some(limits) = self.auto_scaling.limits().await? {
            if self.hold {
                self.auto_scaling.hold(desired).await?;
            } else {
                limits.refuse(desired)?;
            }
        }
        self.update(desired).await
    }

    async fn kill(&self, select: &Selection) -> Result<Changed, Trouble> {
        let tasks = self.tasks().await?;
        let chosen = choose(tasks.iter().filter_map(instance).collect(), select)?;
        for task in &chosen {
            self.client
                .stop_task()
                .cluster(&self.cluster)
                .task(&task.id)
                .reason("killed by fpt")
                .send()
                .await
                .map_err(|error| Trouble::of("StopTask", &error))?;
        }
        Ok(Changed {
            instances: Some(chosen),
            ..Changed::default()
        })
    }

    async fn replace(&self) -> Result<Changed, Trouble> {
        let updated = self
            .client
            .update_service()
            .cluster(&self.cluster)
            .service(&self.service)
            .force_new_deployment(true)
            .send()
            .await
            .map_err(|error| Trouble::of("UpdateService", &error))?;
        Ok(told(updated.service()))
    }

    async fn policy(&self) -> Result<PolicyAnswer, Trouble> {
        let policy = self.auto_scaling.policy().await?;
        Ok(PolicyAnswer { policy })
    }

    async fn restore(&self, before: Before) -> Result<Changed, Trouble> {
        if let Some(limits) = before.limits {
            self.auto_scaling.set(limits).await?;
        }
        self.update(before.desired).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(last: &str, desired: &str) -> Task {
        Task::builder()
            .task_arn("arn:aws:ecs:eu-west-1:1:task/shop/f00d")
            .last_status(last)
            .desired_status(desired)
            .availability_zone("eu-west-1a")
            .build()
    }

    #[test]
    fn tasks_are_instances() {
        for (last, desired, state) in [
            ("PROVISIONING", "RUNNING", Some(InstanceState::Starting)),
            ("PENDING", "RUNNING", Some(InstanceState::Starting)),
            ("ACTIVATING", "RUNNING", Some(InstanceState::Starting)),
            ("RUNNING", "RUNNING", Some(InstanceState::Ready)),
            ("RUNNING", "STOPPED", Some(InstanceState::Draining)),
            ("STOPPING", "STOPPED", Some(InstanceState::Draining)),
            ("STOPPED", "STOPPED", None),
        ] {
            let found = instance(&task(last, desired));
            assert_eq!(
                found.as_ref().map(|own| own.state),
                state,
                "{last} {desired}"
            );
            if let Some(found) = found {
                assert_eq!(found.id, "f00d");
                assert_eq!(found.zone.as_deref(), Some("eu-west-1a"));
            }
        }
    }
}
