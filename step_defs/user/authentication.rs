//! Proving who the user is with every request.

use cucumber::{given, when};

use super::super::arguments;
use super::super::params::Text;
use crate::prelude::*;

/// Sends name and password with every further request of the session.
#[given(expr = "the user authenticates with basic auth as {text} and {text}")]
#[when(expr = "the user authenticates with basic auth as {text} and {text}")]
fn basic_auth(user: &mut VirtualUser, name: Text, password: Text) -> StepResult {
    user.authenticate_basic(&name.0, &password.0)
}

/// Sends a bearer token with every further request of the session.
#[given(expr = "the user authenticates with bearer token {text}")]
#[when(expr = "the user authenticates with bearer token {text}")]
fn bearer_token(user: &mut VirtualUser, token: Text) -> StepResult {
    user.authenticate_bearer(&token.0)
}

/// Sends an API key in a header with every further request of the session.
#[given(expr = "the user authenticates with API key {text} in header {text}")]
#[when(expr = "the user authenticates with API key {text} in header {text}")]
fn api_key(user: &mut VirtualUser, key: Text, header: Text) -> StepResult {
    user.authenticate_api_key(&header.0, &key.0)
}

/// Gets an OAuth 2 token for the user's name and password, and sends it with
/// every further request of the session.
#[given(expr = "the user gets an OAuth2 token from {text} with the password grant:")]
#[when(expr = "the user gets an OAuth2 token from {text} with the password grant:")]
async fn oauth2_password(user: &mut VirtualUser, step: &Step, path: Text) -> StepResult {
    let fields = arguments::pairs(step)?;
    user.oauth2_token(&path.0, "password", fields).await
}

/// Gets an OAuth 2 token for a client, and sends it with every further request
/// of the session.
#[given(expr = "the user gets an OAuth2 token from {text} with the client credentials grant:")]
#[when(expr = "the user gets an OAuth2 token from {text} with the client credentials grant:")]
async fn oauth2_client(user: &mut VirtualUser, step: &Step, path: Text) -> StepResult {
    let fields = arguments::pairs(step)?;
    user.oauth2_token(&path.0, "client_credentials", fields)
        .await
}

/// Gets a page and keeps the value of one of its form fields as `csrf`.
#[given(expr = "the user has the CSRF token of page {text} in field {text}")]
#[when(expr = "the user has the CSRF token of page {text} in field {text}")]
async fn csrf_token(user: &mut VirtualUser, page: Text, field: Text) -> StepResult {
    user.csrf_token(&page.0, &field.0).await
}
