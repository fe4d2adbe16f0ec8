//! Why something was not done.

use std::error::Error;
use std::fmt;

use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};

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
    pub(super) fn of<E, R>(call: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug + 'static,
    {
        let words = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.to_owned(),
            _ => with_causes(error),
        };
        Self(format!("{call}: {words}"))
    }
}

/// An error and what caused it, without the bodies that `Debug` would show.
fn with_causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(own) = cause {
        words = format!("{words}: {own}");
        cause = own.source();
    }
    words
}
