//! How much load there is, and for how long.

use cucumber::{given, when};

use super::super::params::{Percentage, Span, Times, TransactionRate};
use crate::prelude::*;

/// The rate of transactions, all users together, and how long it lasts.
#[given(expr = "traffic at {rate} for {span}")]
#[when(expr = "traffic at {rate} for {span}")]
fn traffic(campaign: &mut Campaign, rate: TransactionRate, duration: Span) {
    campaign.traffic(rate.0, duration.0);
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
