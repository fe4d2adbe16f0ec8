//! Findings: violations with a witness.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{FactName, InstanceId, Place, Provoked, RequestId, Spot, Timestamp, UserId, ValueHash};

/// The rules of the oracle, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A response carries a fact of somebody else.
    ForeignData,
    /// A declared identity field shows a value that is not the user's.
    UnknownIdentity,
    /// The response belongs to another request.
    WrongResponse,
    /// One session credential serves two users.
    SessionSwap,
    /// A signed-in user is treated as anonymous.
    SessionLost,
    /// A request that had to be denied was answered.
    AccessGranted,
    /// After the sign-out the old credential still shows private facts.
    SessionOutlived,
    /// A session does not show what the same session did or saw.
    SessionRollback,
    /// What was acknowledged is not there in the end.
    LostWrite,
    /// What was acknowledged was missing for a while.
    StaleRead,
    /// An exclusive thing was given to two users, or one request made two.
    DoubleBooking,
    /// What was refused is there all the same.
    PhantomWrite,
}

impl Rule {
    /// Every rule, in the order of reports.
    pub const ALL: [Self; 12] = [
        Self::ForeignData,
        Self::UnknownIdentity,
        Self::WrongResponse,
        Self::SessionSwap,
        Self::SessionLost,
        Self::AccessGranted,
        Self::SessionOutlived,
        Self::SessionRollback,
        Self::LostWrite,
        Self::StaleRead,
        Self::DoubleBooking,
        Self::PhantomWrite,
    ];

    /// The rule's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ForeignData => "foreign-data",
            Self::UnknownIdentity => "unknown-identity",
            Self::WrongResponse => "wrong-response",
            Self::SessionSwap => "session-swap",
            Self::SessionLost => "session-lost",
            Self::AccessGranted => "access-granted",
            Self::SessionOutlived => "session-outlived",
            Self::SessionRollback => "session-rollback",
            Self::LostWrite => "lost-write",
            Self::StaleRead => "stale-read",
            Self::DoubleBooking => "double-booking",
            Self::PhantomWrite => "phantom-write",
        }
    }

    /// Whether a finding means that somebody may have seen somebody else's
    /// data (exit code 4), rather than that something was lost (exit code 1).
    pub const fn is_privacy(self) -> bool {
        match self {
            Self::ForeignData
            | Self::UnknownIdentity
            | Self::WrongResponse
            | Self::SessionSwap
            | Self::AccessGranted => true,
            Self::SessionLost
            | Self::SessionOutlived
            | Self::SessionRollback
            | Self::LostWrite
            | Self::StaleRead
            | Self::DoubleBooking
            | Self::PhantomWrite => false,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A step of a scenario, as evidence names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StepRef {
    /// The scenario's name.
    pub scenario: Arc<str>,
    /// Keyword and text.
    pub text: Arc<str>,
    /// Where it stands.
    pub place: Place,
}

/// A violation of one rule, with its witness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Number of the finding within the run, from 1.
    pub number: u64,
    /// The rule that was violated.
    pub rule: Rule,
    /// The user whose response it was.
    pub user: UserId,
    /// Whose data it showed, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// What happened, in one sentence without any private value.
    pub message: String,
    /// What it was seen on.
    pub witness: Witness,
}

/// Everything a developer needs to look into a finding, and no private value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Witness {
    /// The transaction.
    pub request: RequestId,
    /// The trace id sent along, for the service's own traces.
    pub traceparent: String,
    /// Method and path as the step wrote them.
    pub route: String,
    /// The status of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The step that sent the request.
    pub step: Arc<StepRef>,
    /// The iteration of the user.
    pub iteration: u32,
    /// Hop of a chain of redirects, 0 for the first request.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hop: u8,
    /// When the request was sent (microseconds since the run began).
    pub sent: Timestamp,
    /// When the response was complete.
    pub done: Timestamp,
    /// Who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceId>,
    /// The scale window: `before`, `during` or `after`.
    pub window: String,
    /// The fact that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactName>,
    /// Where in the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<Spot>,
    /// The value, as a keyed hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_hash: Option<ValueHash>,
    /// The value, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_preview: Option<String>,
    /// Why the value was held private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_private: Option<String>,
    /// The write that was acknowledged, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<Passage>,
    /// The owner's requests that overlapped this one in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlapping: Vec<Passage>,
    /// What had been done on purpose to make mix-ups likelier, to this request,
    /// to ones that overlapped it, or before at the same instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provoked: Vec<Provoked>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(hop: &u8) -> bool {
    *hop == 0
}

/// A request in time: one line of two overlapping timelines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The transaction.
    pub request: RequestId,
    /// Method and path as the step wrote them.
    pub route: String,
    /// Where the step stands.
    pub place: Place,
    /// When it was sent.
    pub sent: Timestamp,
    /// When it was done; `None` while it was still in flight.
    pub done: Option<Timestamp>,
    /// Who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceId>,
}

impl Passage {
    /// Whether the passage touches the interval from `sent` to `done`.
    pub fn overlaps(&self, sent: Timestamp, done: Timestamp) -> bool {
        self.sent <= done && self.done.is_none_or(|own| own >= sent)
    }
}
