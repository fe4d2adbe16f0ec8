//! Why something was not done.

use std::error::Error;
use std::fmt;

use aws_sdk_ecs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// A sentence for the user.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Trouble(String);

impl Trouble {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }

    /// What the API said to `call`: its own code and words, or why there was no
    /// answer.
    pub(super) fn of<E, R>(call: &str, error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug + 'static,
    {
        let words = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.to_owned(),
            _ => DisplayErrorContext(error).to_string(),
        };
        Self(format!("{call}: {words}"))
    }
}
