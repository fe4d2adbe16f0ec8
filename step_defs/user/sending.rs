//! Sending requests.

use cucumber::{given, when};

use super::super::arguments;
use super::super::params::{HeaderLine, HttpMethod, Text};
use crate::prelude::*;

/// Sends a request without a body.
#[given(expr = "the user sends {method} {text}")]
#[when(expr = "the user sends {method} {text}")]
async fn sends(user: &mut VirtualUser, method: HttpMethod, path: Text) -> StepResult {
    user.send(Request::new(method.0, path.0)).await
}

/// Sends a request with the JSON below.
#[given(expr = "the user sends {method} {text} with JSON:")]
#[when(expr = "the user sends {method} {text} with JSON:")]
async fn sends_json(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let body = arguments::text(step)?;
    user.send(Request::new(method.0, path.0).json(body)).await
}

/// Sends a form with the fields of the table below.
#[given(expr = "the user sends {method} {text} with form:")]
#[when(expr = "the user sends {method} {text} with form:")]
async fn sends_form(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let fields = arguments::pairs(step)?;
    user.send(Request::new(method.0, path.0).form(fields)).await
}

/// Sends a multipart form with the fields and files of the table below.
#[given(expr = "the user sends {method} {text} with multipart form:")]
#[when(expr = "the user sends {method} {text} with multipart form:")]
async fn sends_multipart(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let fields = arguments::fields(step)?;
    user.send(Request::new(method.0, path.0).multipart(fields))
        .await
}

/// Sends the plain text below.
#[given(expr = "the user sends {method} {text} with text:")]
#[when(expr = "the user sends {method} {text} with text:")]
async fn sends_text(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let body = arguments::text(step)?;
    user.send(Request::new(method.0, path.0).text("text/plain", body))
        .await
}

/// Sends the text below as a body of the media type named.
#[given(expr = "the user sends {method} {text} with {text} body:")]
#[when(expr = "the user sends {method} {text} with {text} body:")]
async fn sends_body(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
    media_type: Text,
) -> StepResult {
    let body = arguments::text(step)?;
    user.send(Request::new(method.0, path.0).text(media_type.0, body))
        .await
}

/// Sends a request without a body, with the headers of the table below.
#[given(expr = "the user sends {method} {text} with headers:")]
#[when(expr = "the user sends {method} {text} with headers:")]
async fn sends_headers(
    user: &mut VirtualUser,
    step: &Step,
    method: HttpMethod,
    path: Text,
) -> StepResult {
    let headers = arguments::pairs(step)?;
    user.send(Request::new(method.0, path.0).headers(headers))
        .await
}

/// Sends a header with the next request and no other.
#[given(expr = "the user sends the header {header} with the next request")]
#[when(expr = "the user sends the header {header} with the next request")]
fn sends_header_with_next_request(user: &mut VirtualUser, header: HeaderLine) {
    user.set_next_header(&header.name, header.value);
}

/// Sends a header with every further request of the session.
#[given(expr = "the user sends the header {header} from now on")]
#[when(expr = "the user sends the header {header} from now on")]
fn sends_header_from_now_on(user: &mut VirtualUser, header: HeaderLine) -> StepResult {
    let value = user.render(&header.value, Escape::None)?;
    user.set_header(&header.name, value);
    Ok(())
}
