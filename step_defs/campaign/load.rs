//! How much load there is, and for how long.

use cucumber::{given, when};

use super::super::arguments;
use super::super::params::{Percentage, Span, Times, TransactionRate};
use crate::prelude::*;

/// The rate of transactions, all users together, and how long it lasts.
#[given(expr = "traffic at {rate} for {span}")]
#[when(expr = "traffic at {rate} for {span}")]
fn traffic(campaign: &mut Campaign, rate: TransactionRate, duration: Span) {
    campaign.traffic(rate.0, duration.0);
}

/// The rate of transactions changes: each row is a rate, or a way from one rate
/// to another, and how long it takes.
#[given(expr = "traffic in stages:")]
#[when(expr = "traffic in stages:")]
fn stages(campaign: &mut Campaign, step: &Step) -> StepResult {
    campaign.stages(&arguments::stages(step)?)
}

/// The rate of transactions changes evenly from one to another.
#[given(expr = "traffic ramps from {rate} to {rate} over {span}")]
#[when(expr = "traffic ramps from {rate} to {rate} over {span}")]
fn ramp(
    campaign: &mut Campaign,
    from: TransactionRate,
    to: TransactionRate,
    lasting: Span,
) -> StepResult {
    campaign.stages(&[(from.0.tps(), to.0.tps(), lasting.0)])
}

/// For a while the rate is another one, in place of the traffic that was given
/// before.
#[given(expr = "traffic spikes to {rate} for {span} after {span}")]
#[when(expr = "traffic spikes to {rate} for {span} after {span}")]
fn spike(campaign: &mut Campaign, rate: TransactionRate, lasting: Span, after: Span) -> StepResult {
    campaign.spike(rate.0, lasting.0, after.0)
}

/// The load ends when every user has done so many iterations.
#[given(expr = "every user does {times} iteration(s)")]
#[when(expr = "every user does {times} iteration(s)")]
fn iterations(campaign: &mut Campaign, times: Times) {
    campaign.iterations(times.0.get());
}

/// Users think between two iterations.
#[given(expr = "users pause {span} between iterations")]
#[when(expr = "users pause {span} between iterations")]
fn think(campaign: &mut Campaign, pause: Span) {
    campaign.think_time(pause.0);
}

/// Users go away from a part of their requests without waiting for the answer.
#[given(expr = "{percentage} of requests are abandoned after {span}")]
#[when(expr = "{percentage} of requests are abandoned after {span}")]
fn abandoned(campaign: &mut Campaign, share: Percentage, after: Span) -> StepResult {
    campaign.abandonment(share.0, after.0)
}
