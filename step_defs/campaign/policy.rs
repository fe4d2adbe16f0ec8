//! Services that scale themselves by a policy.

use cucumber::{given, then, when};

use super::super::params::{Count, Span, TransactionRate, When};
use crate::prelude::*;

/// The service changes the number of its instances itself, as the load goes up
/// and down. Where the service is started for the run, its policy is started, too.
#[given(expr = "the service scales by its own policy")]
#[when(expr = "the service scales by its own policy")]
fn own_policy(campaign: &mut Campaign) {
    campaign.own_policy();
}

/// The policy adds instances; nobody tells it to. Until there are so many, what is
/// seen belongs to the event.
#[given(expr = "the policy scales the service out to {count} {trigger}")]
#[when(expr = "the policy scales the service out to {count} {trigger}")]
fn policy_out(campaign: &mut Campaign, to: Count, when: When) -> StepResult {
    campaign.event(EventKind::PolicyOut { to: to.0 }, when.0)
}

/// The policy removes instances; nobody tells it to.
#[given(expr = "the policy scales the service in to {count} {trigger}")]
#[when(expr = "the policy scales the service in to {count} {trigger}")]
fn policy_in(campaign: &mut Campaign, to: Count, when: When) -> StepResult {
    campaign.event(EventKind::PolicyIn { to: to.0 }, when.0)
}

/// So many instances answer within the limit of the traffic reaching a rate.
#[then(expr = "the service reaches at least {count} instance(s) within {span} of reaching {rate}")]
fn scales_out(
    campaign: &mut Campaign,
    instances: Count,
    limit: Span,
    rate: TransactionRate,
) -> StepResult {
    campaign.judge_policy_out(instances.0, limit.0, rate.0)
}

/// So many instances are left within the limit of the traffic falling to a rate,
/// and no other number after that.
#[then(expr = "the service comes back to {count} instance(s) within {span} of falling to {rate}")]
fn comes_back(
    campaign: &mut Campaign,
    instances: Count,
    limit: Span,
    rate: TransactionRate,
) -> StepResult {
    campaign.judge_policy_in(instances.0, limit.0, rate.0)
}

/// So many instances were ready and answered, at the same time, each with its
/// share.
#[then(expr = "the service serves from at least {count} instance(s)")]
fn serves_from(campaign: &mut Campaign, instances: Count) -> StepResult {
    campaign.judge_serving(instances.0)
}

/// The policy does not go back and forth: growing and then shrinking is twice,
/// growing in several steps is once.
#[then(expr = "the number of instances changes at most {count} time(s)")]
fn changes(campaign: &mut Campaign, most: Count) -> StepResult {
    campaign.judge_changes(most.0)
}

/// There are never more instances than that, those that are starting included.
#[then(expr = "there are never more than {count} instance(s)")]
fn never_more(campaign: &mut Campaign, most: Count) -> StepResult {
    campaign.judge_most_instances(most.0)
}

/// There are never fewer instances that are ready.
#[then(expr = "there are never fewer than {count} instance(s)")]
fn never_fewer(campaign: &mut Campaign, fewest: Count) -> StepResult {
    campaign.judge_fewest_instances(fewest.0)
}
