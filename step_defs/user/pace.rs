//! Waiting, going away, and doing things twice or at once.

use cucumber::{given, when};

use super::super::arguments;
use super::super::params::{HttpMethod, Span, Text, Times};
use crate::prelude::*;

/// Pauses.
#[given(expr = "the user waits {span}")]
#[when(expr = "the user waits {span}")]
async fn waits(user: &mut VirtualUser, pause: Span) -> StepResult {
    user.wait(pause.0).await
}

/// Sends a request and goes away without waiting for the answer any longer.
#[when(expr = "the user abandons {method} {text} after {span}")]
async fn abandons(
    user: &mut VirtualUser,
    method: HttpMethod,
    path: Text,
    after: Span,
) -> StepResult {
    user.abandon(Request::new(method.0, path.0), after.0).await
}

/// Sends a request with the JSON below and goes away without waiting for the
/// answer any longer.
#[when(expr = "the user abandons {method} {text} after {span} with JSON:")]
async fn abandons_json(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
    after: Span,
) -> StepResult {
    let request = Request::new(method.0, path.0).json(arguments::text(step)?);
    user.abandon(request, after.0).await
}

/// Sends a request and takes in what comes for some time, for responses that
/// never end. That the time is over is no error.
#[when(expr = "the user listens to {method} {text} for {span}")]
async fn listens(user: &mut VirtualUser, method: HttpMethod, path: Text, span: Span) -> StepResult {
    let request = Request::new(method.0, path.0);
    user.listen(request, span.0, None).await
}

/// Sends a request and takes in what comes until a text is among it.
#[when(expr = "the user listens to {method} {text} until the body contains {text} within {span}")]
async fn listens_until(
    user: &mut VirtualUser,
    method: HttpMethod,
    path: Text,
    text: Text,
    span: Span,
) -> StepResult {
    let request = Request::new(method.0, path.0);
    user.listen(request, span.0, Some(&text.0)).await
}

/// Sends a request several times at one moment.
#[when(expr = "the user sends {method} {text} {times} time(s) at once")]
async fn sends_at_once(
    user: &mut VirtualUser,
    method: HttpMethod,
    path: Text,
    times: Times,
) -> StepResult {
    user.send_at_once(Request::new(method.0, path.0), times.0)
        .await
}

/// Sends a request with the JSON below several times at one moment.
#[when(expr = "the user sends {method} {text} {times} time(s) at once with JSON:")]
async fn sends_json_at_once(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
    times: Times,
) -> StepResult {
    let request = Request::new(method.0, path.0).json(arguments::text(step)?);
    user.send_at_once(request, times.0).await
}

/// Sends the last request again, its templates rendered anew.
#[when(expr = "the user sends the same request again")]
async fn sends_again(user: &mut VirtualUser) -> StepResult {
    let request = user.last_request()?;
    user.send(request).await
}

/// Sends the last request again, several times at one moment.
#[when(expr = "the user sends the same request {times} time(s) at once")]
async fn sends_again_at_once(user: &mut VirtualUser, times: Times) -> StepResult {
    let request = user.last_request()?;
    user.send_at_once(request, times.0).await
}
