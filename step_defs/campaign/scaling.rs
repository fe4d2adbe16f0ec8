//! Instances of the service, and how their number changes under load.

use cucumber::{given, when};

use super::super::params::{Count, Span};
use crate::prelude::*;

/// How many instances of the bundled service there are at the beginning.
#[given(expr = "{count} instance(s)")]
#[when(expr = "{count} instance(s)")]
fn instances(campaign: &mut Campaign, count: Count) -> StepResult {
    campaign.instances(count.0)
}

/// Adds instances, so long after the load began.
#[given(expr = "the service scales out to {count} after {span}")]
#[when(expr = "the service scales out to {count} after {span}")]
fn scales_out(campaign: &mut Campaign, to: Count, after: Span) -> StepResult {
    campaign.event(EventKind::ScaleOut { to: to.0 }, after.0)
}

/// Removes instances, which finish what they are doing.
#[given(expr = "the service scales in to {count} after {span}")]
#[when(expr = "the service scales in to {count} after {span}")]
fn scales_in(campaign: &mut Campaign, to: Count, after: Span) -> StepResult {
    let removal = Removal::Graceful;
    campaign.event(EventKind::ScaleIn { to: to.0, removal }, after.0)
}

/// Removes instances in the middle of what they are doing.
#[given(expr = "the service scales in to {count} abruptly after {span}")]
#[when(expr = "the service scales in to {count} abruptly after {span}")]
fn scales_in_abruptly(campaign: &mut Campaign, to: Count, after: Span) -> StepResult {
    let removal = Removal::Abrupt;
    campaign.event(EventKind::ScaleIn { to: to.0, removal }, after.0)
}
