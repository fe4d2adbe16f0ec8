//! What is expected of the whole response.

use cucumber::then;

use super::super::params::{Count, Place, Span, Status, StatusClass, Statuses, Text};
use crate::prelude::*;

/// The response has this status.
#[then(expr = "the response status is {status}")]
fn status_is(user: &mut VirtualUser, status: Status) -> StepResult {
    user.check_status(&[status.0])
}

/// The response has one of these statuses.
#[then(expr = "the response status is one of {statuses}")]
fn status_is_one_of(user: &mut VirtualUser, statuses: Statuses) -> StepResult {
    user.check_status(&statuses.0)
}

/// The response has a status of this class.
#[then(expr = "the response status is in {class}")]
fn status_is_in(user: &mut VirtualUser, class: StatusClass) -> StepResult {
    user.check_status_class(class.0)
}

/// The status goes with these words.
#[then(expr = "the status message is {text}")]
fn status_message_is(user: &mut VirtualUser, message: Text) -> StepResult {
    user.check_status_message(&message.0)
}

/// So many of the requests sent at once were answered with this status.
#[then(expr = "{count} of the responses has/have status {status}")]
fn responses_have_status(user: &mut VirtualUser, count: Count, status: Status) -> StepResult {
    user.check_statuses(count.0 as usize, status.0)
}

/// The response came within this time, redirects included.
#[then(expr = "the response comes within {span}")]
fn comes_within(user: &mut VirtualUser, limit: Span) -> StepResult {
    user.check_within(limit.0)
}

/// The body matches the JSON schema in a file.
#[then(expr = "the response matches schema {text}")]
fn matches_schema(user: &mut VirtualUser, file: Text) -> StepResult {
    user.check_schema(&file.0)
}

/// The response shows a fact of the user's own, anywhere.
#[then(expr = "the response shows the user's own {word}")]
fn shows_own(user: &mut VirtualUser, fact: String) -> StepResult {
    user.check_own_fact(&fact)
}

/// The response names at this place whose it is: the user's own fact, and
/// anybody else's is a finding.
#[then(expr = "the response identifies the user by {place} as {word}")]
fn identifies_user(user: &mut VirtualUser, place: Place, fact: String) -> StepResult {
    let selector = place.select(user)?;
    user.check_identity(&selector, &fact)
}

/// The service denies the request; an answer is a finding.
#[then(expr = "access is denied")]
fn access_is_denied(user: &mut VirtualUser) -> StepResult {
    user.check_denied()
}
