//! What Application Auto Scaling does to a service of ECS.

use aws_config::SdkConfig;
use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::types::{
    ScalableDimension, ScalingActivity, ScalingPolicy, ServiceNamespace,
};
use fpt::scaling::PolicyActivity;
use fpt::scaling::contract::ContractPolicy;

use super::fleet::{Limits, count, number};
use super::trouble::Trouble;

/// So many activities are told.
const MOST_ACTIVITIES: i32 = 20;

/// A service as Application Auto Scaling knows it, if it does.
#[derive(Debug)]
pub(super) struct ScalableTarget {
    client: Client,
    resource: String,
}

impl ScalableTarget {
    pub(super) fn of_service(connection: &SdkConfig, cluster: &str, service: &str) -> Self {
        Self {
            client: Client::new(connection),
            resource: format!("service/{cluster}/{service}"),
        }
    }

    /// The limits; `None` when nothing scales the service.
    pub(super) async fn limits(&self) -> Result<Option<Limits>, Trouble> {
        let described = self
            .client
            .describe_scalable_targets()
            .service_namespace(ServiceNamespace::Ecs)
            .resource_ids(&self.resource)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .send()
            .await
            .map_err(|error| Trouble::of("DescribeScalableTargets", &error))?;
        let target = described.scalable_targets().first();
        Ok(target.map(|own| Limits {
            min: count(own.min_capacity()),
            max: count(own.max_capacity()),
        }))
    }

    /// Moves both limits to `desired`.
    pub(super) async fn hold(&self, desired: u32) -> Result<(), Trouble> {
        self.set(Limits {
            min: desired,
            max: desired,
        })
        .await
    }

    /// Sets the limits of a target that there is; role and state stay.
    pub(super) async fn set(&self, limits: Limits) -> Result<(), Trouble> {
        self.client
            .register_scalable_target()
            .service_namespace(ServiceNamespace::Ecs)
            .resource_id(&self.resource)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .min_capacity(number(limits.min)?)
            .max_capacity(number(limits.max)?)
            .send()
            .await
            .map_err(|error| Trouble::of("RegisterScalableTarget", &error))?;
        Ok(())
    }

    /// Limits, policy and activities; `None` when nothing scales the service.
    pub(super) async fn policy(&self) -> Result<Option<ContractPolicy>, Trouble> {
        let Some(limits) = self.limits().await? else {
            return Ok(None);
        };
        let described = self
            .client
            .describe_scaling_policies()
            .service_namespace(ServiceNamespace::Ecs)
            .resource_id(&self.resource)
            .send()
            .await
            .map_err(|error| Trouble::of("DescribeScalingPolicies", &error))?;
        let mut policy = describe(described.scaling_policies());
        policy.min = Some(limits.min);
        policy.max = Some(limits.max);
        // Simulations of the API know no activities; the policy is worth telling
        // without them.
        let activities = self
            .client
            .describe_scaling_activities()
            .service_namespace(ServiceNamespace::Ecs)
            .resource_id(&self.resource)
            .max_results(MOST_ACTIVITIES)
            .send()
            .await;
        if let Ok(activities) = activities {
            let told = activities.scaling_activities().iter();
            policy.activities = told.filter_map(activity).collect();
        }
        Ok(Some(policy))
    }
}

/// The first policy that tracks a target, or else the names of all.
fn describe(policies: &[ScalingPolicy]) -> ContractPolicy {
    let tracking = policies
        .iter()
        .find_map(ScalingPolicy::target_tracking_scaling_policy_configuration);
    let Some(tracking) = tracking else {
        let names: Vec<_> = policies.iter().map(ScalingPolicy::policy_name).collect();
        return ContractPolicy {
            metric: (!names.is_empty()).then(|| names.join(", ")),
            ..ContractPolicy::default()
        };
    };
    let predefined = tracking.predefined_metric_specification();
    let own = tracking.customized_metric_specification();
    let metric = predefined
        .map(|own| own.predefined_metric_type().as_str().to_owned())
        .or_else(|| own.and_then(|own| own.metric_name()).map(str::to_owned));
    let millis = |seconds: Option<i32>| seconds.map(|own| u64::from(count(own)) * 1000);
    ContractPolicy {
        metric,
        threshold: Some(tracking.target_value()),
        cooldown_out_ms: millis(tracking.scale_out_cooldown()),
        cooldown_in_ms: millis(tracking.scale_in_cooldown()),
        ..ContractPolicy::default()
    }
}

fn activity(activity: &ScalingActivity) -> Option<PolicyActivity> {
    let at = activity.start_time().to_millis().ok()?;
    Some(PolicyActivity {
        at_ms: u64::try_from(at).ok()?,
        desired: desired_in(activity.description()),
        told: format!("{} {}", activity.description(), activity.cause()),
    })
}

/// The number in "Setting desired count to 5."
fn desired_in(description: &str) -> Option<u32> {
    let (_, behind) = description.split_once("desired count to ")?;
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activities_tell_what_they_asked_for() {
        assert_eq!(desired_in("Setting desired count to 5."), Some(5));
        assert_eq!(desired_in("Waiting"), None);
        assert_eq!(desired_in("Setting desired count to all"), None);
    }
}
