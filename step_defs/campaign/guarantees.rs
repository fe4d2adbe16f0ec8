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

/// The address of the list's next page is here.
#[given(expr = "the list of saved {text} goes on at {place}")]
#[when(expr = "the list of saved {text} goes on at {place}")]
fn goes_on_at(campaign: &mut Campaign, kind: Text, place: Place) -> StepResult {
    campaign.list_goes_on(&kind.0, Pages::Link(place.select_plainly()?))
}

/// What leads to the list's next page is here, and goes into the query.
#[given(expr = "the list of saved {text} goes on by {place} in query {text}")]
#[when(expr = "the list of saved {text} goes on by {place} in query {text}")]
fn goes_on_by(campaign: &mut Campaign, kind: Text, place: Place, query: Text) -> StepResult {
    let cursor = place.select_plainly()?;
    campaign.list_goes_on(&kind.0, Pages::Cursor(cursor, query.0))
}

/// The pages of the list are counted in the query.
#[given(expr = "the list of saved {text} counts its pages in query {text}")]
#[when(expr = "the list of saved {text} counts its pages in query {text}")]
fn counts_pages(campaign: &mut Campaign, kind: Text, query: Text) -> StepResult {
    campaign.list_goes_on(&kind.0, Pages::Counted(query.0))
}

/// What the list has shown is counted in the query.
#[given(expr = "the list of saved {text} counts what it has shown in query {text}")]
#[when(expr = "the list of saved {text} counts what it has shown in query {text}")]
fn counts_shown(campaign: &mut Campaign, kind: Text, query: Text) -> StepResult {
    campaign.list_goes_on(&kind.0, Pages::Skipped(query.0))
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

/// More than the users asked for is too much.
#[given(expr = "nobody but the users raises the counter {text}")]
#[when(expr = "nobody but the users raises the counter {text}")]
fn users_only(campaign: &mut Campaign, name: Text) {
    campaign.raised_by_users_only(&name.0);
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
