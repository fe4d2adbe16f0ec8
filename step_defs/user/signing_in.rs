//! Registering, signing in and signing out with requests of the service's own.

use cucumber::{given, when};

use super::super::arguments;
use super::super::params::{HttpMethod, Text};
use crate::prelude::*;

/// Makes the user's account, once for each user, with the JSON below.
#[given(expr = "the user registers with {method} {text} with JSON:")]
#[when(expr = "the user registers with {method} {text} with JSON:")]
async fn registers_json(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let request = Request::new(method.0, path.0).json(arguments::text(step)?);
    user.send(request.purpose(Purpose::Registers)).await
}

/// Makes the user's account, once for each user, with the form below.
#[given(expr = "the user registers with {method} {text} with form:")]
#[when(expr = "the user registers with {method} {text} with form:")]
async fn registers_form(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let request = Request::new(method.0, path.0).form(arguments::pairs(step)?);
    user.send(request.purpose(Purpose::Registers)).await
}

/// Begins the user's session with the JSON below.
#[given(expr = "the user signs in with {method} {text} with JSON:")]
#[when(expr = "the user signs in with {method} {text} with JSON:")]
async fn signs_in_json(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let request = Request::new(method.0, path.0).json(arguments::text(step)?);
    user.send(request.purpose(Purpose::SignsIn)).await
}

/// Begins the user's session with the form below.
#[given(expr = "the user signs in with {method} {text} with form:")]
#[when(expr = "the user signs in with {method} {text} with form:")]
async fn signs_in_form(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let request = Request::new(method.0, path.0).form(arguments::pairs(step)?);
    user.send(request.purpose(Purpose::SignsIn)).await
}

/// Ends the user's session.
#[given(expr = "the user signs out with {method} {text}")]
#[when(expr = "the user signs out with {method} {text}")]
async fn signs_out(user: &mut VirtualUser, method: HttpMethod, path: Text) -> StepResult {
    let request = Request::new(method.0, path.0);
    user.send(request.purpose(Purpose::SignsOut)).await
}

/// Ends the user's session with the form below.
#[given(expr = "the user signs out with {method} {text} with form:")]
#[when(expr = "the user signs out with {method} {text} with form:")]
async fn signs_out_form(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let request = Request::new(method.0, path.0).form(arguments::pairs(step)?);
    user.send(request.purpose(Purpose::SignsOut)).await
}

/// Ends the user's session while another request of the user's is under way.
#[when(expr = "the user signs out with {method} {text} while {method} {text} is in flight")]
async fn signs_out_during(
    user: &mut VirtualUser,
    method: HttpMethod,
    path: Text,
    other_method: HttpMethod,
    other_path: Text,
) -> StepResult {
    let sign_out = Request::new(method.0, path.0).purpose(Purpose::SignsOut);
    let during = Request::new(other_method.0, other_path.0);
    user.sign_out_during(sign_out, during).await
}
