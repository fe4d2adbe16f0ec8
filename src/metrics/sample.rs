//! One transaction, as the measures see it.

use crate::model::{ErrorClass, Outcome, Timestamp};

/// What is measured of one transaction.
#[derive(Clone, Debug)]
pub struct Sample<'a> {
    /// Method and path as the step wrote them.
    pub route: &'a str,
    /// The scale window.
    pub window: &'a str,
    /// When it was due.
    pub due: Timestamp,
    /// When it was sent.
    pub sent: Timestamp,
    /// When the head of the response was complete.
    pub first_byte: Option<Timestamp>,
    /// When the response was complete or given up.
    pub done: Timestamp,
    /// The status, if there was a response.
    pub status: Option<u16>,
    /// Why the response is not complete.
    pub error: Option<ErrorClass>,
    /// What is known about its effect.
    pub outcome: Outcome,
    /// Bytes of the body.
    pub bytes: u64,
}

impl Sample<'_> {
    /// The class of the error, `None` when the service did its part. An
    /// abandoned request is the user's doing, and a 4xx is an answer.
    pub fn error_class(&self) -> Option<String> {
        match (self.error, self.status) {
            (Some(ErrorClass::Abandoned), _) => None,
            (Some(error), _) => Some(error.to_string()),
            (None, Some(status)) if status >= 500 => Some(format!("status {status}")),
            (None, _) => None,
        }
    }
}
