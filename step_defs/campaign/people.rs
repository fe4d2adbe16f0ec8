//! Who the users are and what they do.

use cucumber::{given, when};

use super::super::arguments;
use super::super::params::{Count, Text};
use crate::prelude::*;

/// How many virtual users take part.
#[given(expr = "{count} user(s)")]
#[when(expr = "{count} user(s)")]
fn users(campaign: &mut Campaign, count: Count) -> StepResult {
    campaign.users(count.0)
}

/// The users are those of an accounts file.
#[given(expr = "users from {text}")]
#[when(expr = "users from {text}")]
fn users_from(campaign: &mut Campaign, file: Text) {
    campaign.accounts(&file.0);
}

/// Everyone may see this fact of anyone.
#[given(expr = "the fact {text} is shared with everyone")]
#[when(expr = "the fact {text} is shared with everyone")]
fn shared_with_everyone(campaign: &mut Campaign, fact: Text) {
    campaign.share(&fact.0, Visibility::Public);
}

/// Users of the same group may see this fact of each other.
#[given(expr = "the fact {text} is shared within the group")]
#[when(expr = "the fact {text} is shared within the group")]
fn shared_within_group(campaign: &mut Campaign, fact: Text) {
    campaign.share(&fact.0, Visibility::Group);
}

/// Nobody but the user may see this fact.
#[given(expr = "the fact {text} is private")]
#[when(expr = "the fact {text} is private")]
fn private(campaign: &mut Campaign, fact: Text) {
    campaign.share(&fact.0, Visibility::Private);
}

/// Users draw one of these journeys for each iteration, by weight.
#[given(expr = "users run these journeys:")]
#[when(expr = "users run these journeys:")]
fn journeys(campaign: &mut Campaign, step: &Step) -> StepResult {
    campaign.journeys(arguments::weights(step)?)
}
