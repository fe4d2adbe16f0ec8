//! What the campaign has to show around scale events, judged after the load.

use cucumber::then;

use super::super::params::{Count, Percentage, Percentile, Span, Text};
use crate::prelude::*;

/// At most this share of the transactions that a scale event touched failed.
#[then(expr = "the error rate during the scale events is at most {percentage}")]
fn error_rate(campaign: &mut Campaign, most: Percentage) -> StepResult {
    campaign.judge_error_rate_during_events(most.0)
}

/// So many requests were in flight on what scale events lost.
#[then(expr = "at least {count} request(s) is/are exposed to the scale events")]
fn exposure(campaign: &mut Campaign, least: Count) -> StepResult {
    campaign.judge_exposure(u64::from(least.0))
}

/// No failures followed each other for longer, without a second between.
#[then(expr = "no error burst is longer than {span}")]
fn burst(campaign: &mut Campaign, limit: Span) -> StepResult {
    campaign.judge_burst(limit.0)
}

/// Each has at least half of an equal share of the answers after scale events.
#[then(expr = "every instance gets its fair share")]
fn shares(campaign: &mut Campaign) -> StepResult {
    campaign.judge_shares()
}

/// From each outage to the first success that lasts (RTO).
#[then(expr = "the service recovers within {span}")]
fn recovers(campaign: &mut Campaign, limit: Span) -> StepResult {
    campaign.judge_recovery(limit.0)
}

/// So many acknowledged writes may be missing in the end (RPO).
#[then(expr = "at most {count} saved {text} is/are lost")]
fn losses(campaign: &mut Campaign, most: Count, kind: Text) -> StepResult {
    campaign.judge_losses(&kind.0, u64::from(most.0))
}

/// What is missing in the end was acknowledged so long before an outage (RPO).
#[then(expr = "at most {span} of saved data is lost")]
fn lost_span(campaign: &mut Campaign, limit: Span) -> StepResult {
    campaign.judge_lost_span(limit.0)
}

/// Compared with those before the first of them, by batch means.
#[then(expr = "responses degrade at most {percentage} after the scale events")]
fn degradation(campaign: &mut Campaign, percent: Percentage) -> StepResult {
    campaign.judge_degradation(percent.0)
}

/// This share of the response times of one path is within the limit, of the
/// transactions that a scale event touched.
#[then(expr = "the {percentile} percentile is at most {span} for {text} during scale events")]
fn percentile_of_path_during_events(
    campaign: &mut Campaign,
    percentile: Percentile,
    limit: Span,
    path: Text,
) -> StepResult {
    campaign.judge_percentile_during_events(percentile.0, limit.0, &path.0)
}

/// Of those of which it is known what became of them at a scale event.
#[then(expr = "at most {percentage} of sessions are lost")]
fn lost_sessions(campaign: &mut Campaign, most: Percentage) -> StepResult {
    campaign.judge_lost_sessions(most.0)
}
