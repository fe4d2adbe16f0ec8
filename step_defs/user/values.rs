//! What is expected of single values of the response.

use cucumber::then;

use super::super::params::{Count, Expected, JsonType, Place, Text};
use crate::prelude::*;

/// The value is this one.
#[then(expr = "{place} is {value}")]
fn is(user: &mut VirtualUser, place: Place, expected: Expected) -> StepResult {
    let selector = place.select(user)?;
    expected.check(user, &selector)
}

/// The value contains this text.
#[then(expr = "{place} contains {text}")]
fn contains(user: &mut VirtualUser, place: Place, text: Text) -> StepResult {
    let selector = place.select(user)?;
    user.check_contains(&selector, &text.0, true)
}

/// The value does not contain this text.
#[then(expr = "{place} does not contain {text}")]
fn does_not_contain(user: &mut VirtualUser, place: Place, text: Text) -> StepResult {
    let selector = place.select(user)?;
    user.check_contains(&selector, &text.0, false)
}

/// The value matches this regular expression.
#[then(expr = "{place} matches {text}")]
fn matches(user: &mut VirtualUser, place: Place, pattern: Text) -> StepResult {
    let selector = place.select(user)?;
    user.check_match(&selector, &pattern.0)
}

/// There is a value.
#[then(expr = "{place} exists")]
fn exists(user: &mut VirtualUser, place: Place) -> StepResult {
    let selector = place.select(user)?;
    user.check_exists(&selector, true)
}

/// There is no value.
#[then(expr = "{place} does not exist")]
fn does_not_exist(user: &mut VirtualUser, place: Place) -> StepResult {
    let selector = place.select(user)?;
    user.check_exists(&selector, false)
}

/// The JSON value is of this type.
#[then(expr = "{place} has type {type}")]
fn has_type(user: &mut VirtualUser, place: Place, expected: JsonType) -> StepResult {
    let selector = place.select(user)?;
    user.check_type(&selector, &expected.0)
}

/// The JSON array has so many elements.
#[then(expr = "{place} has {count} element(s)")]
fn has_elements(user: &mut VirtualUser, place: Place, count: Count) -> StepResult {
    let selector = place.select(user)?;
    user.check_count(&selector, count.0 as usize)
}
