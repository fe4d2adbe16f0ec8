//! What the campaign has to show, judged after the load.

use cucumber::then;

use super::super::params::{Count, Hazard, Percentage, Percentile, Span, Text, TransactionRate};
use crate::prelude::*;

/// No response showed anybody what belongs to somebody else.
#[then(expr = "no user sees another user's data")]
fn isolation(campaign: &mut Campaign) -> StepResult {
    campaign.judge_isolation()
}

/// The upper bound of the rate of swaps is below this share.
#[then(expr = "a swap is less likely than {percentage} with {percentage} confidence")]
fn unlikely(campaign: &mut Campaign, share: Percentage, confidence: Percentage) -> StepResult {
    campaign.judge_unlikely(share.0, confidence.0)
}

/// No signed-in user was treated as anonymous.
#[then(expr = "every session survives")]
fn sessions(campaign: &mut Campaign) -> StepResult {
    campaign.judge_sessions()
}

/// Sessions from before the scale events went on after them.
#[then(expr = "every session survives the scale events")]
fn sessions_across_events(campaign: &mut Campaign) -> StepResult {
    campaign.judge_sessions_across_events()
}

/// At most this share of transactions failed.
#[then(expr = "the error rate is at most {percentage}")]
fn error_rate(campaign: &mut Campaign, most: Percentage) -> StepResult {
    campaign.judge_error_rate(most.0)
}

/// This share of all response times is within the limit.
#[then(expr = "the {percentile} percentile is at most {span}")]
fn percentile_of_all(campaign: &mut Campaign, percentile: Percentile, limit: Span) -> StepResult {
    campaign.judge_percentile(percentile.0, limit.0, None, None)
}

/// This share of the response times of one path is within the limit.
#[then(expr = "the {percentile} percentile is at most {span} for {text}")]
fn percentile_of_path(
    campaign: &mut Campaign,
    percentile: Percentile,
    limit: Span,
    path: Text,
) -> StepResult {
    campaign.judge_percentile(percentile.0, limit.0, Some(&path.0), None)
}

/// This share of the response times during scale events is within the limit.
#[then(expr = "the {percentile} percentile is at most {span} during scale events")]
fn percentile_during_events(
    campaign: &mut Campaign,
    percentile: Percentile,
    limit: Span,
) -> StepResult {
    campaign.judge_percentile(percentile.0, limit.0, None, Some("during"))
}

/// At least so many transactions per second were answered.
#[then(expr = "the throughput is at least {rate}")]
fn throughput(campaign: &mut Campaign, least: TransactionRate) -> StepResult {
    campaign.judge_throughput(f64::from(least.0.tps()))
}

/// The service had so many instances serving within the limit of being asked.
#[then(expr = "the service reaches {count} instance(s) within {span}")]
fn reaches(campaign: &mut Campaign, count: Count, limit: Span) -> StepResult {
    campaign.judge_reached(count.0, limit.0)
}

/// No weakness was seen that needs no more than somebody to use it.
#[then(expr = "there are no hazards")]
fn no_hazards(campaign: &mut Campaign) -> StepResult {
    campaign.judge_hazards(None)
}

/// No weakness of this kind was seen.
#[then(expr = "there is no hazard {hazard}")]
fn no_hazard(campaign: &mut Campaign, hazard: Hazard) -> StepResult {
    campaign.judge_hazards(Some(hazard.0))
}
