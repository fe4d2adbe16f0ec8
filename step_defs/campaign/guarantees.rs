//! What has to last: how it is read back, and what is asked about it.

use cucumber::{given, then, when};

use super::super::params::{Place, Text};
use crate::prelude::*;

/// Everything of a kind that a user saved is listed here.
#[given(expr = "saved {text} are listed by GET {text} at {place}")]
#[when(expr = "saved {text} are listed by GET {text} at {place}")]
fn listed(campaign: &mut Campaign, kind: Text, path: Text, place: Place) -> StepResult {
    campaign.listed_by(&kind.0, &path.0, place.select_plainly()?, false);
    Ok(())
}

/// The same, of a service that promises it only in the end.
#[given(expr = "saved {text} are eventually listed by GET {text} at {place}")]
#[when(expr = "saved {text} are eventually listed by GET {text} at {place}")]
fn eventually_listed(campaign: &mut Campaign, kind: Text, path: Text, place: Place) -> StepResult {
    campaign.listed_by(&kind.0, &path.0, place.select_plainly()?, true);
    Ok(())
}

/// Each saved thing of a kind is read here, by its id.
#[given(expr = "saved {text} are read by GET {text}")]
#[when(expr = "saved {text} are read by GET {text}")]
fn read(campaign: &mut Campaign, kind: Text, path: Text) -> StepResult {
    campaign.read_by(&kind.0, &path.0, false)
}

/// The same, of a service that promises it only in the end.
#[given(expr = "saved {text} are eventually read by GET {text}")]
#[when(expr = "saved {text} are eventually read by GET {text}")]
fn eventually_read(campaign: &mut Campaign, kind: Text, path: Text) -> StepResult {
    campaign.read_by(&kind.0, &path.0, true)
}

/// Nothing that was acknowledged as saved is missing in the end.
#[then(expr = "no saved {text} is lost")]
fn nothing_is_lost(campaign: &mut Campaign, kind: Text) -> StepResult {
    campaign.judge_durability(&kind.0)
}

/// Nothing was given to two users at once.
#[then(expr = "no {text} belongs to two users")]
fn nothing_is_doubled(campaign: &mut Campaign, kind: Text) -> StepResult {
    campaign.judge_exclusivity(&kind.0)
}

/// What a user did is what the same user sees.
#[then(expr = "every user reads their own writes")]
fn own_writes(campaign: &mut Campaign) -> StepResult {
    campaign.judge_own_writes()
}
