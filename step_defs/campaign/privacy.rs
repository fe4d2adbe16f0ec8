//! Who may see what of others, and probing what they may not.

use cucumber::{given, when};

use super::super::params::{Count, Text};
use crate::prelude::*;

/// The first of the users have this role.
#[given(expr = "the first {count} user(s) is/are {text}")]
#[when(expr = "the first {count} user(s) is/are {text}")]
fn have_role(campaign: &mut Campaign, count: Count, role: Text) -> StepResult {
    campaign.role(count.0, &role.0)
}

/// Users with this role may see these facts of everybody.
#[given(expr = "{text} may see every user's {text}")]
#[when(expr = "{text} may see every user's {text}")]
fn sees_everybody(campaign: &mut Campaign, role: Text, facts: Text) -> StepResult {
    campaign.allow_role(&role.0, &facts.0, false)
}

/// Users with this role may see these facts of people of their own group.
#[given(expr = "{text} may see the {text} of their own group")]
#[when(expr = "{text} may see the {text} of their own group")]
fn sees_own_group(campaign: &mut Campaign, role: Text, facts: Text) -> StepResult {
    campaign.allow_role(&role.0, &facts.0, true)
}

/// Users try to get at what others keep the ids of, without a step for each.
#[given(expr = "foreign access is probed for every kept id")]
#[when(expr = "foreign access is probed for every kept id")]
fn probed(campaign: &mut Campaign) {
    campaign.probe_foreign_access();
}
