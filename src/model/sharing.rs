//! Where a learned value came from, and with whom it was shared.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Place, Timestamp, UserId};

/// The answer that a learned value was read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lesson {
    /// Method and path of the request as the step wrote them.
    pub route: Arc<str>,
    /// The step that said that it is the user's own.
    pub place: Place,
    /// The field that it is the user's own in, when it is too short to be so
    /// everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Arc<str>>,
}

/// A value that its owner shared with another user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedWith {
    /// With whom.
    pub user: UserId,
    /// From when on.
    pub from: Timestamp,
    /// When the end of it was acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}
