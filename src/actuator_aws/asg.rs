//! A group of EC2 Auto Scaling.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{Activity, AutoScalingGroup as Group, Instance, ScalingPolicy};
use fpt::scaling::contract::{
    CapabilitiesAnswer, Changed, ContractInstance, ContractPolicy, Observation, PolicyAnswer,
    Selection,
};
use fpt::scaling::{Capabilities, Capability, InstanceState, PolicyActivity};

use super::fleet::{Before, Fleet, Limits, count, number};
use super::selection::choose;
use super::trouble::Trouble;

/// So many activities are told.
const MOST_ACTIVITIES: i32 = 20;

/// A group of EC2 Auto Scaling; its instances are machines.
#[derive(Debug)]
pub(super) struct AutoScalingGroup {
    client: Client,
    name: String,
    hold: bool,
}

impl AutoScalingGroup {
    pub(super) fn new(connection: &SdkConfig, name: &str, hold: bool) -> Self {
        Self {
            client: Client::new(connection),
            name: name.to_owned(),
            hold,
        }
    }

    async fn describe(&self) -> Result<Group, Trouble> {
        let described = self
            .client
            .describe_auto_scaling_groups()
            .auto_scaling_group_names(&self.name)
            .send()
            .await
            .map_err(|error| Trouble::of("DescribeAutoScalingGroups", &error))?;
        let group = described.auto_scaling_groups().first().cloned();
        group.ok_or_else(|| Trouble::new(format!("there is no Auto Scaling group {}", self.name)))
    }

    async fn update(&self, limits: Limits, desired: u32) -> Result<(), Trouble> {
        self.client
            .update_auto_scaling_group()
            .auto_scaling_group_name(&self.name)
            .min_size(number(limits.min)?)
            .max_size(number(limits.max)?)
            .desired_capacity(number(desired)?)
            .send()
            .await
            .map_err(|error| Trouble::of("UpdateAutoScalingGroup", &error))?;
        Ok(())
    }

    async fn set_capacity(&self, desired: u32) -> Result<(), Trouble> {
        self.client
            .set_desired_capacity()
            .auto_scaling_group_name(&self.name)
            .desired_capacity(number(desired)?)
            .honor_cooldown(false)
            .send()
            .await
            .map_err(|error| Trouble::of("SetDesiredCapacity", &error))?;
        Ok(())
    }
}

fn limits(group: &Group) -> Limits {
    Limits {
        min: count(group.min_size().unwrap_or(0)),
        max: count(group.max_size().unwrap_or(0)),
    }
}

/// A machine as an instance; `None` for one that does not belong to the service
/// any more, or waits in the warm pool.
fn instance(own: &Instance) -> Option<ContractInstance> {
    let id = own.instance_id()?.to_owned();
    let lifecycle = own.lifecycle_state()?.as_str();
    let healthy = own
        .health_status()
        .is_none_or(|health| health.eq_ignore_ascii_case("healthy"));
    let state = match lifecycle.split(':').next()? {
        "Pending" | "ReplacingRootVolume" | "RootVolumeReplaced" => InstanceState::Starting,
        "InService" if healthy => InstanceState::Ready,
        // Unhealthy ones are about to be replaced.
        "InService" | "Terminating" | "Detaching" | "EnteringStandby" | "Quarantined" => {
            InstanceState::Draining
        }
        _ => return None,
    };
    Some(ContractInstance {
        // A machine lives once, so its id is enough, and responses need no second
        // header.
        incarnation: String::new(),
        id,
        zone: own.availability_zone().map(str::to_owned),
        state,
    })
}

fn instances(group: &Group) -> Vec<ContractInstance> {
    group.instances().iter().filter_map(instance).collect()
}

#[async_trait]
impl Fleet for AutoScalingGroup {
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
        let group = self.describe().await?;
        let desired = count(group.desired_capacity().unwrap_or(0));
        let before = Before {
            desired,
            limits: Some(limits(&group)),
        };
        let raw = serde_json::to_value(before).map_err(|error| Trouble::new(error.to_string()))?;
        Ok(Observation {
            desired: Some(desired),
            instances: instances(&group),
            raw: Some(raw),
        })
    }

    async fn set_desired(&self, desired: u32) -> Result<Changed, Trouble> {
        if self.hold {
            let held = Limits {
                min: desired,
                max: desired,
            };
            self.update(held, desired).await?;
        } else {
            limits(&self.describe().await?).refuse(desired)?;
            self.set_capacity(desired).await?;
        }
        Ok(Changed::default())
    }

    async fn kill(&self, select: &Selection) -> Result<Changed, Trouble> {
        let group = self.describe().await?;
        let chosen = choose(instances(&group), select)?;
        for own in &chosen {
            self.client
                .terminate_instance_in_auto_scaling_group()
                .instance_id(&own.id)
                .should_decrement_desired_capacity(false)
                .send()
                .await
                .map_err(|error| Trouble::of("TerminateInstanceInAutoScalingGroup", &error))?;
        }
        Ok(Changed {
            instances: Some(chosen),
            ..Changed::default()
        })
    }

    async fn replace(&self) -> Result<Changed, Trouble> {
        let started = self
            .client
            .start_instance_refresh()
            .auto_scaling_group_name(&self.name)
            .send()
            .await
            .map_err(|error| Trouble::of("StartInstanceRefresh", &error))?;
        let id = started.instance_refresh_id().unwrap_or_default();
        Ok(Changed {
            told: format!("instance refresh {id}"),
            ..Changed::default()
        })
    }

    async fn policy(&self) -> Result<PolicyAnswer, Trouble> {
        let described = self
            .client
            .describe_policies()
            .auto_scaling_group_name(&self.name)
            .send()
            .await
            .map_err(|error| Trouble::of("DescribePolicies", &error))?;
        let policies = described.scaling_policies();
        if policies.is_empty() {
            return Ok(PolicyAnswer { policy: None });
        }
        let group = self.describe().await?;
        let limits = limits(&group);
        let activities = self
            .client
            .describe_scaling_activities()
            .auto_scaling_group_name(&self.name)
            .max_records(MOST_ACTIVITIES)
            .send()
            .await
            .map_err(|error| Trouble::of("DescribeScalingActivities", &error))?;
        let cooldown = u64::from(count(group.default_cooldown().unwrap_or(0))) * 1000;
        Ok(PolicyAnswer {
            policy: Some(ContractPolicy {
                min: Some(limits.min),
                max: Some(limits.max),
                cooldown_out_ms: Some(cooldown),
                cooldown_in_ms: Some(cooldown),
                activities: activities
                    .activities()
                    .iter()
                    .filter_map(activity)
                    .collect(),
                ..described_by(policies)
            }),
        })
    }

    async fn restore(&self, before: Before) -> Result<Changed, Trouble> {
        match before.limits {
            Some(limits) => self.update(limits, before.desired).await?,
            None => self.set_capacity(before.desired).await?,
        }
        Ok(Changed::default())
    }
}

/// The first policy that tracks a target, or else the names of all.
fn described_by(policies: &[ScalingPolicy]) -> ContractPolicy {
    let tracking = policies
        .iter()
        .find_map(ScalingPolicy::target_tracking_configuration);
    let Some(tracking) = tracking else {
        let names: Vec<_> = policies
            .iter()
            .filter_map(ScalingPolicy::policy_name)
            .collect();
        return ContractPolicy {
            metric: Some(names.join(", ")),
            ..ContractPolicy::default()
        };
    };
    let predefined = tracking.predefined_metric_specification();
    let own = tracking.customized_metric_specification();
    let metric = predefined
        .and_then(|own| own.predefined_metric_type())
        .map(|own| own.as_str().to_owned())
        .or_else(|| own.and_then(|own| own.metric_name()).map(str::to_owned));
    ContractPolicy {
        metric,
        threshold: tracking.target_value(),
        ..ContractPolicy::default()
    }
}

fn activity(activity: &Activity) -> Option<PolicyActivity> {
    let at = activity.start_time()?.to_millis().ok()?;
    Some(PolicyActivity {
        at_ms: u64::try_from(at).ok()?,
        desired: None,
        told: activity.cause().unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_autoscaling::types::LifecycleState;

    use super::*;

    #[test]
    fn machines_are_instances() {
        for (lifecycle, health, state) in [
            ("Pending", "Healthy", Some(InstanceState::Starting)),
            ("Pending:Wait", "Healthy", Some(InstanceState::Starting)),
            ("InService", "Healthy", Some(InstanceState::Ready)),
            ("InService", "Unhealthy", Some(InstanceState::Draining)),
            ("Terminating:Wait", "Healthy", Some(InstanceState::Draining)),
            ("Terminated", "Healthy", None),
            ("Standby", "Healthy", None),
            ("Warmed:Running", "Healthy", None),
        ] {
            let own = Instance::builder()
                .instance_id("i-1")
                .availability_zone("eu-west-1a")
                .lifecycle_state(LifecycleState::from(lifecycle))
                .health_status(health)
                .build();
            let found = instance(&own);
            assert_eq!(found.map(|own| own.state), state, "{lifecycle} {health}");
        }
    }
}
