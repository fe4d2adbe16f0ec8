//! Sharing with the other user of the iteration, and ending it.

use cucumber::{given, when};

use super::super::arguments;
use super::super::params::{HttpMethod, Text};
use crate::prelude::*;

/// Shares facts of the user's own with the other user, by a request without a
/// body.
#[given(expr = "the user shares the fact(s) {text} with the other user by {method} {text}")]
#[when(expr = "the user shares the fact(s) {text} with the other user by {method} {text}")]
async fn shares(user: &mut VirtualUser, facts: Text, method: HttpMethod, path: Text) -> StepResult {
    user.share(&facts.0, Request::new(method.0, path.0)).await
}

/// Shares facts of the user's own with the other user, by the JSON below.
#[given(
    expr = "the user shares the fact(s) {text} with the other user by {method} {text} with JSON:"
)]
#[when(
    expr = "the user shares the fact(s) {text} with the other user by {method} {text} with JSON:"
)]
async fn shares_json(
    user: &mut VirtualUser,
    step: &Step,
    facts: Text,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let request = Request::new(method.0, path.0).json(arguments::text(step)?);
    user.share(&facts.0, request).await
}

/// Shares facts of the user's own with the other user, by the form below.
#[given(
    expr = "the user shares the fact(s) {text} with the other user by {method} {text} with form:"
)]
#[when(
    expr = "the user shares the fact(s) {text} with the other user by {method} {text} with form:"
)]
async fn shares_form(
    user: &mut VirtualUser,
    step: &Step,
    facts: Text,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let request = Request::new(method.0, path.0).form(arguments::pairs(step)?);
    user.share(&facts.0, request).await
}

/// Ends the sharing with the other user, by a request without a body.
#[when(
    expr = "the user no longer shares the fact(s) {text} with the other user by {method} {text}"
)]
async fn unshares(
    user: &mut VirtualUser,
    facts: Text,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    user.unshare(&facts.0, Request::new(method.0, path.0)).await
}

/// Ends the sharing with the other user, by the JSON below.
#[when(
    expr = "the user no longer shares the fact(s) {text} with the other user by {method} {text} with JSON:"
)]
async fn unshares_json(
    user: &mut VirtualUser,
    step: &Step,
    facts: Text,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let request = Request::new(method.0, path.0).json(arguments::text(step)?);
    user.unshare(&facts.0, request).await
}
