//! Instances of the service, and what becomes of them under load.

use cucumber::{given, when};

use super::super::params::{Count, Span, Text, When};
use crate::prelude::*;

/// How many instances of the bundled service there are at the beginning.
#[given(expr = "{count} instance(s)")]
#[when(expr = "{count} instance(s)")]
fn instances(campaign: &mut Campaign, count: Count) -> StepResult {
    campaign.instances(count.0)
}

/// Adds instances.
#[given(expr = "the service scales out to {count} {trigger}")]
#[when(expr = "the service scales out to {count} {trigger}")]
fn scales_out(campaign: &mut Campaign, to: Count, when: When) -> StepResult {
    campaign.event(EventKind::ScaleOut { to: to.0 }, when.0)
}

/// Removes instances, which finish what they are doing.
#[given(expr = "the service scales in to {count} {trigger}")]
#[when(expr = "the service scales in to {count} {trigger}")]
fn scales_in(campaign: &mut Campaign, to: Count, when: When) -> StepResult {
    let removal = Removal::Graceful;
    campaign.event(EventKind::ScaleIn { to: to.0, removal }, when.0)
}

/// Removes instances in the middle of what they are doing.
#[given(expr = "the service scales in to {count} abruptly {trigger}")]
#[when(expr = "the service scales in to {count} abruptly {trigger}")]
fn scales_in_abruptly(campaign: &mut Campaign, to: Count, when: When) -> StepResult {
    let removal = Removal::Abrupt;
    campaign.event(EventKind::ScaleIn { to: to.0, removal }, when.0)
}

/// Loses instances at once.
#[given(expr = "{count} instance(s) is/are killed {trigger}")]
#[when(expr = "{count} instance(s) is/are killed {trigger}")]
fn killed(campaign: &mut Campaign, count: Count, when: When) -> StepResult {
    campaign.event(EventKind::Kill { count: count.0 }, when.0)
}

/// Replaces all instances, one after another, as a deployment does.
#[given(expr = "the instances are replaced one by one {trigger}")]
#[when(expr = "the instances are replaced one by one {trigger}")]
fn replaced(campaign: &mut Campaign, when: When) -> StepResult {
    campaign.event(EventKind::RollingReplace, when.0)
}

/// Loses all instances of a zone at once.
#[given(expr = "zone {text} is lost {trigger}")]
#[when(expr = "zone {text} is lost {trigger}")]
fn zone_lost(campaign: &mut Campaign, zone: Text, when: When) -> StepResult {
    campaign.event(EventKind::ZoneLoss { zone: zone.0 }, when.0)
}

/// Leaves no instance for some time, and then as many as before.
#[given(expr = "the whole service is down for {span} {trigger}")]
#[when(expr = "the whole service is down for {span} {trigger}")]
fn down(campaign: &mut Campaign, lasting: Span, when: When) -> StepResult {
    campaign.event(EventKind::AllDown { lasting: lasting.0 }, when.0)
}

/// Instances answer nothing for some time, and go on.
#[given(expr = "{count} instance(s) hang(s) for {span} {trigger}")]
#[when(expr = "{count} instance(s) hang(s) for {span} {trigger}")]
fn hang(campaign: &mut Campaign, count: Count, lasting: Span, when: When) -> StepResult {
    let (count, lasting) = (count.0, lasting.0);
    campaign.event(EventKind::Hang { count, lasting }, when.0)
}

/// Scales out, in and out again, with no time to settle.
#[given(expr = "the service flaps to {count} {trigger}")]
#[when(expr = "the service flaps to {count} {trigger}")]
fn flaps(campaign: &mut Campaign, to: Count, when: When) -> StepResult {
    campaign.event(EventKind::Flap { to: to.0 }, when.0)
}

/// Restarts a part behind the instances.
#[given(expr = "{text} is restarted {trigger}")]
#[when(expr = "{text} is restarted {trigger}")]
fn restarted(campaign: &mut Campaign, part: Text, when: When) -> StepResult {
    campaign.event(EventKind::Restart { part: part.0 }, when.0)
}

/// Does nothing, as a control: what is found then is the method's own noise.
#[given(expr = "nothing happens {trigger}")]
#[when(expr = "nothing happens {trigger}")]
fn nothing(campaign: &mut Campaign, when: When) -> StepResult {
    campaign.event(EventKind::NoOp, when.0)
}
