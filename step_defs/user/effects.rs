//! What a request did to things that have to last, and what a response shows
//! of them.

use cucumber::then;

use super::super::params::{Count, Place, Span, Text};
use crate::prelude::*;

/// The request saved this thing of the user's: it has to last.
#[then(expr = "{text} {text} of the user is saved")]
fn is_saved(user: &mut VirtualUser, kind: Text, id: Text) -> StepResult {
    user.declare(Verb::Saved, &kind.0, &id.0, 0)
}

/// The same of a thing that ends by itself, such as a hold.
#[then(expr = "{text} {text} of the user is saved for {span}")]
fn is_saved_for(user: &mut VirtualUser, kind: Text, id: Text, span: Span) -> StepResult {
    user.declare(Verb::Saved, &kind.0, &id.0, milliseconds(span)?)
}

/// The request deleted this thing of the user's: it has to stay away.
#[then(expr = "{text} {text} of the user is deleted")]
fn is_deleted(user: &mut VirtualUser, kind: Text, id: Text) -> StepResult {
    user.declare(Verb::Deleted, &kind.0, &id.0, 0)
}

/// The request gave this thing to the user, and to nobody else.
#[then(expr = "{text} {text} now belongs to the user")]
fn belongs(user: &mut VirtualUser, kind: Text, id: Text) -> StepResult {
    user.declare(Verb::Claimed, &kind.0, &id.0, 0)
}

/// The same of a thing that falls back by itself.
#[then(expr = "{text} {text} now belongs to the user for {span}")]
fn belongs_for(user: &mut VirtualUser, kind: Text, id: Text, span: Span) -> StepResult {
    user.declare(Verb::Claimed, &kind.0, &id.0, milliseconds(span)?)
}

fn milliseconds(span: Span) -> Result<i64, StepFailure> {
    i64::try_from(span.0.as_millis())
        .ok()
        .filter(|milliseconds| *milliseconds > 0)
        .ok_or_else(|| StepFailure::new("it has to last for some time"))
}

/// The request gave this thing back.
#[then(expr = "{text} {text} is released")]
fn is_released(user: &mut VirtualUser, kind: Text, id: Text) -> StepResult {
    user.declare(Verb::Released, &kind.0, &id.0, 0)
}

/// The request set a value of the user's.
#[then(expr = "the user's {text} is now {text}")]
fn is_now(user: &mut VirtualUser, name: Text, value: Text) -> StepResult {
    user.declare(Verb::Wrote, &name.0, &value.0, 0)
}

/// The response shows a value of the user's that a step has set.
#[then(expr = "{place} shows the user's {text}")]
fn shows_value(user: &mut VirtualUser, place: Place, name: Text) -> StepResult {
    let selector = place.select(user)?;
    user.shows_value(&selector, &name.0, false)
}

/// The same, of a service that promises it only in the end.
#[then(expr = "{place} eventually shows the user's {text}")]
fn eventually_shows_value(user: &mut VirtualUser, place: Place, name: Text) -> StepResult {
    let selector = place.select(user)?;
    user.shows_value(&selector, &name.0, true)
}

/// The request raised a counter of all users.
#[then(expr = "the counter {text} was raised by {count}")]
fn was_raised(user: &mut VirtualUser, name: Text, by: Count) -> StepResult {
    user.declare(Verb::Raised, &name.0, "", i64::from(by.0))
}

/// The response shows a counter of all users.
#[then(expr = "{place} shows the counter {text}")]
fn shows_counter(user: &mut VirtualUser, place: Place, name: Text) -> StepResult {
    let selector = place.select(user)?;
    user.shows_counter(&selector, &name.0, false)
}

/// The same, of a service that promises it only in the end.
#[then(expr = "{place} eventually shows the counter {text}")]
fn eventually_shows_counter(user: &mut VirtualUser, place: Place, name: Text) -> StepResult {
    let selector = place.select(user)?;
    user.shows_counter(&selector, &name.0, true)
}

/// The request added a value to a list of the user's.
#[then(expr = "{text} was appended to the user's {text}")]
fn was_appended(user: &mut VirtualUser, value: Text, name: Text) -> StepResult {
    user.declare(Verb::Appended, &name.0, &value.0, 0)
}

/// The response shows all of a list of the user's.
#[then(expr = "{place} shows the user's list {text}")]
fn shows_list(user: &mut VirtualUser, place: Place, name: Text) -> StepResult {
    let selector = place.select(user)?;
    user.shows_list(&selector, &name.0, false)
}

/// The same, of a service that promises it only in the end.
#[then(expr = "{place} eventually shows the user's list {text}")]
fn eventually_shows_list(user: &mut VirtualUser, place: Place, name: Text) -> StepResult {
    let selector = place.select(user)?;
    user.shows_list(&selector, &name.0, true)
}

/// The numbers of the response add up to the same each time the user reads them.
#[then(expr = "{place} always adds up to the same")]
fn adds_up_to_the_same(user: &mut VirtualUser, place: Place) -> StepResult {
    let selector = place.select(user)?;
    user.adds_up(&selector, None, false)
}

/// The numbers of the response add up to this, each time.
#[then(expr = "{place} always adds up to {text}")]
fn adds_up(user: &mut VirtualUser, place: Place, total: Text) -> StepResult {
    let selector = place.select(user)?;
    user.adds_up(&selector, Some(&total.0), false)
}

/// The same, of a service that promises it only in the end.
#[then(expr = "{place} eventually adds up to {text}")]
fn eventually_adds_up(user: &mut VirtualUser, place: Place, total: Text) -> StepResult {
    let selector = place.select(user)?;
    user.adds_up(&selector, Some(&total.0), true)
}

/// The response counts what the user asked in this session.
#[then(expr = "{place} counts the user's requests of this session")]
fn counts_requests(user: &mut VirtualUser, place: Place) -> StepResult {
    let selector = place.select(user)?;
    user.shows_requests(&selector)
}
