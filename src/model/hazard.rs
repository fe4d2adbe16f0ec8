//! Hazards: weaknesses that were seen without a violation.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{InstanceId, RequestId, Spot, StepRef, Timestamp, UserId};

/// The kinds of weaknesses, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HazardKind {
    /// A shared cache may store a private response and give it to others.
    CacheablePrivateResponse,
    /// A URL that is answered only to some may be answered to all by a shared
    /// cache.
    MissingVary,
    /// The service wrote a private fact or a credential into a URL.
    PrivateFactInUrl,
    /// A session cookie lacks a protection that browsers offer.
    WeakSessionCookie,
    /// Session credentials can be guessed.
    GuessableSessionCredential,
    /// Signing in goes on with the session credential from before.
    SessionFixation,
    /// A session credential was given out without encryption.
    CredentialInPlainHttp,
    /// Pages of any origin may read a private response.
    OpenCrossOrigin,
    /// A denial tells whether a thing of somebody else exists.
    ExistenceLeak,
}

impl HazardKind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::CacheablePrivateResponse,
        Self::MissingVary,
        Self::PrivateFactInUrl,
        Self::WeakSessionCookie,
        Self::GuessableSessionCredential,
        Self::SessionFixation,
        Self::CredentialInPlainHttp,
        Self::OpenCrossOrigin,
        Self::ExistenceLeak,
    ];

    /// The kind's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CacheablePrivateResponse => "cacheable-private-response",
            Self::MissingVary => "missing-vary",
            Self::PrivateFactInUrl => "private-fact-in-url",
            Self::WeakSessionCookie => "weak-session-cookie",
            Self::GuessableSessionCredential => "guessable-session-credential",
            Self::SessionFixation => "session-fixation",
            Self::CredentialInPlainHttp => "credential-in-plain-http",
            Self::OpenCrossOrigin => "open-cross-origin",
            Self::ExistenceLeak => "existence-leak",
        }
    }
}

impl fmt::Display for HazardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for HazardKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
                format!("`{text}` is no hazard; known are: {}", names.join(", "))
            })
    }
}

/// A weakness as it was seen on one exchange, before it is counted together
/// with others.
///
/// Everything in here is written down: the message names no value, no user and
/// no figure that differs from one response to the next, because equal
/// messages of a route are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeenHazard {
    /// Which weakness.
    pub kind: HazardKind,
    /// What it is, in one sentence.
    pub message: String,
    /// Where in the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<Spot>,
}

impl SeenHazard {
    /// A weakness of the response as a whole.
    pub fn new(kind: HazardKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            spot: None,
        }
    }

    /// The same, seen at `spot`.
    #[must_use]
    pub fn at(self, spot: Spot) -> Self {
        Self {
            spot: Some(spot),
            ..self
        }
    }
}

/// A weakness of one route, with how often it was seen and its first witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazard {
    /// Which weakness.
    pub kind: HazardKind,
    /// Method and path as the step wrote them.
    pub route: String,
    /// What it is, in one sentence without any private value.
    pub message: String,
    /// How often it was seen.
    pub count: u64,
    /// What it was first seen on.
    pub first: HazardWitness,
}

/// The exchange on which a hazard was first seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HazardWitness {
    /// The transaction.
    pub request: RequestId,
    /// The trace id sent along, for the service's own traces.
    pub traceparent: String,
    /// Who asked.
    pub user: UserId,
    /// The status of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The step that sent the request.
    pub step: Arc<StepRef>,
    /// When the request was sent (microseconds since the run began).
    pub sent: Timestamp,
    /// Who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceId>,
    /// Where in the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<Spot>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_are_those_of_the_evidence() {
        for kind in HazardKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            let written = serde_json::to_string(&kind).unwrap();
            assert_eq!(written, format!("\"{kind}\""));
        }
        let message = "cacheable".parse::<HazardKind>().unwrap_err();
        assert!(message.contains("cacheable-private-response"), "{message}");
    }
}
