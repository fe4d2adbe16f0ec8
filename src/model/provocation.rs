//! Provocations: what is done on purpose to make mix-ups likelier.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::RequestId;

/// One way to provoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provocation {
    /// The user went away some time after sending.
    AbandonedAfterDelay,
    /// The user went away as soon as the request was sent.
    AbandonedAfterSend,
    /// The user went away between the head of the response and its body.
    AbandonedBeforeBody,
    /// The user went away while the body arrived.
    AbandonedMidBody,
    /// Several users sent the same request at one instant.
    SameRequest,
    /// Several users signed in at one instant.
    SignInsTogether,
    /// The request was sent twice at once.
    DoubleSubmit,
    /// The user signed out while the request was under way.
    SignOutInFlight,
    /// Users share connections.
    SharedConnections,
}

impl Provocation {
    /// Every provocation.
    pub const ALL: [Self; 9] = [
        Self::AbandonedAfterDelay,
        Self::AbandonedAfterSend,
        Self::AbandonedBeforeBody,
        Self::AbandonedMidBody,
        Self::SameRequest,
        Self::SignInsTogether,
        Self::DoubleSubmit,
        Self::SignOutInFlight,
        Self::SharedConnections,
    ];

    /// The provocation's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AbandonedAfterDelay => "abandoned-after-delay",
            Self::AbandonedAfterSend => "abandoned-after-send",
            Self::AbandonedBeforeBody => "abandoned-before-body",
            Self::AbandonedMidBody => "abandoned-mid-body",
            Self::SameRequest => "same-request",
            Self::SignInsTogether => "sign-ins-together",
            Self::DoubleSubmit => "double-submit",
            Self::SignOutInFlight => "sign-out-in-flight",
            Self::SharedConnections => "shared-connections",
        }
    }
}

impl Provocation {
    /// What it takes to happen, for people whose scenario has nothing of it.
    pub const fn needs(self) -> &'static str {
        match self {
            Self::AbandonedAfterDelay => {
                "it takes answers that are not there by then; choose a shorter time"
            }
            Self::AbandonedAfterSend => {
                "it takes requests that are sent by `When` and `Then` steps"
            }
            Self::AbandonedBeforeBody => "it takes answers with a body",
            Self::AbandonedMidBody => "it takes answers whose body comes in several parts",
            Self::SameRequest => {
                "it takes two users at least, and requests with the same method and path"
            }
            Self::SignInsTogether => {
                "it takes two users at least who sign in by `signs in` steps under load"
            }
            Self::DoubleSubmit => {
                "it takes writes with an `Idempotency-Key`, or named in \
                 `provoke.double-submit-routes`"
            }
            Self::SignOutInFlight => {
                "it takes `signs out` steps after a request that showed something of the user's"
            }
            Self::SharedConnections => "it takes `connections = \"shared\"`",
        }
    }
}

impl fmt::Display for Provocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The moment at which a user goes away from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Departure {
    /// So long after sending.
    After(Duration),
    /// As soon as the request is sent.
    AfterSend,
    /// When the head of the response is there, before its body is read.
    BeforeBody,
    /// When the first part of the body is there and more is to come.
    MidBody,
}

impl Departure {
    /// What it is called in evidence.
    pub const fn provocation(self) -> Provocation {
        match self {
            Self::After(_) => Provocation::AbandonedAfterDelay,
            Self::AfterSend => Provocation::AbandonedAfterSend,
            Self::BeforeBody => Provocation::AbandonedBeforeBody,
            Self::MidBody => Provocation::AbandonedMidBody,
        }
    }
}

/// A provocation as it concerns a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provoked {
    /// What was done.
    pub what: Provocation,
    /// When, seen from the request of the finding.
    pub when: When,
    /// The request to which it was done last.
    pub request: RequestId,
    /// To how many requests it was done by then.
    pub times: u64,
}

/// When something was provoked, seen from the request of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// To the very request.
    Itself,
    /// To a request that overlapped it in time.
    Meanwhile,
    /// To an earlier request. What it breaks can stay broken.
    Before,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Itself => "this request",
            Self::Meanwhile => "an overlapping request",
            Self::Before => "an earlier request",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_evidence() {
        for provocation in Provocation::ALL {
            let written = serde_json::to_string(&provocation).unwrap();
            assert_eq!(written, format!("\"{provocation}\""));
        }
    }
}
