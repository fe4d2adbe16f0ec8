//! Observations: what was seen of an exchange, without any raw value.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{
    Dealings, ErrorClass, FactName, InstanceId, Lesson, Origin, Outcome, Passage, Probe,
    Provocation, RequestId, SeenHazard, SharedWith, Spot, StepRef, Timestamp, UserId, ValueHash,
    Visibility,
};

/// Everything the rules need to know of one exchange. One line of
/// `history.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one exchange, each read by another rule"
)]
pub struct Observation {
    /// The transaction.
    pub request: RequestId,
    /// Who asked.
    pub user: UserId,
    /// The user's session, counted from 0.
    pub session: u32,
    /// The user's iteration, 0 while the session is being established.
    pub iteration: u32,
    /// The step that sent the request.
    pub step: Arc<StepRef>,
    /// Hop of a chain of redirects.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hop: u8,
    /// Method and path as the step wrote them.
    pub route: String,
    /// The whole address, hashed: the same for all who asked at the same one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub url_hash: Option<ValueHash>,
    /// When the transaction was due.
    pub due: Timestamp,
    /// When it was sent.
    pub sent: Timestamp,
    /// When the head of the response was complete.
    #[serde(default, skip_serializing_if = "is_default")]
    pub first_byte: Option<Timestamp>,
    /// When the response was complete or given up.
    pub done: Timestamp,
    /// The status, if there was a response.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: Option<u16>,
    /// Bytes of the body.
    pub bytes: u64,
    /// Why the response is not complete.
    #[serde(default, skip_serializing_if = "is_default")]
    pub error: Option<ErrorClass>,
    /// What is known about its effect.
    pub outcome: Outcome,
    /// Who answered.
    #[serde(default, skip_serializing_if = "is_default")]
    pub instance: Option<InstanceId>,
    /// The scale window.
    pub window: String,
    /// The user was signed in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub signed_in: bool,
    /// The request signs the user in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub signs_in: bool,
    /// The request signs the user out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub signs_out: bool,
    /// The service had to deny it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub denial_expected: bool,
    /// The step expects to be treated as anonymous.
    #[serde(default, skip_serializing_if = "is_default")]
    pub anonymous_expected: bool,
    /// The response denied the request.
    #[serde(default, skip_serializing_if = "is_default")]
    pub denied: bool,
    /// The response treats the user as anonymous.
    #[serde(default, skip_serializing_if = "is_default")]
    pub anonymous: bool,
    /// The body was cut at the limit of the profile.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cut: bool,
    /// The body is not what its media type says, and was looked through as text.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unreadable: bool,
    /// Layers of encoding that were left alone because a bound was reached.
    #[serde(default, skip_serializing_if = "is_default")]
    pub skipped_layers: u32,
    /// A part of the text was not looked at: it was cut, or lies beyond the
    /// bounds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub partly_unseen: bool,
    /// How often facts of the user's own were seen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub own_sightings: u32,
    /// Facts of others that were seen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sightings: Vec<Sighting>,
    /// Declared identity fields.
    #[serde(default, skip_serializing_if = "is_default")]
    pub identities: Vec<IdentityReading>,
    /// The request id that the response echoed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub echo: Option<Echo>,
    /// The header in which it stood, where it is another request's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub echo_header: Option<String>,
    /// Session credentials that the request carried.
    #[serde(default, skip_serializing_if = "is_default")]
    pub carried: Vec<ValueHash>,
    /// Session credentials that the response issued.
    #[serde(default, skip_serializing_if = "is_default")]
    pub issued: Vec<IssuedCredential>,
    /// Whose thing a probe asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub probed: Option<UserId>,
    /// What a probe of the harness's own asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub probe: Option<Probe>,
    /// What it does with things that have to last.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dealings: Option<Dealings<ValueHash>>,
    /// Weaknesses that were seen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hazards: Vec<SeenHazard>,
    /// Facts of the user's own that are not public and that the request did
    /// not say: what the response really told.
    #[serde(default, skip_serializing_if = "is_default")]
    pub told: u32,
    /// What it was answered with is told without any credential as well, or that
    /// could not be found out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub open_to_all: bool,
    /// A shared cache may store the response and give it to others.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shareable: bool,
    /// It came from a cache on the way, as its `Age` says.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from_cache: bool,
    /// The request signs in, carried a session cookie, and was given no cookie
    /// in exchange.
    #[serde(default, skip_serializing_if = "is_default")]
    pub keeps_cookies: bool,
    /// Nothing but its cookies told the service who asks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub by_cookies_alone: bool,
    /// What was done on purpose to this exchange to make mix-ups likelier.
    #[serde(default, skip_serializing_if = "is_default")]
    pub provocations: Vec<Provocation>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A fact of somebody else, seen in a response, neither shared with the user
/// nor sent by them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// Whose fact it is.
    pub owner: UserId,
    /// What it is.
    pub fact: FactName,
    /// Who may see it.
    pub visibility: Visibility,
    /// Where the fact comes from.
    pub origin: Origin,
    /// Where it was seen.
    pub spot: Spot,
    /// The value, hashed.
    pub hash: ValueHash,
    /// The value, masked.
    pub preview: String,
    /// The owner's requests under way when the response was judged.
    #[serde(default, skip_serializing_if = "is_default")]
    pub owner_in_flight: Vec<Passage>,
    /// Where the value was learned, when it was.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lesson: Option<Lesson>,
    /// With whom the owner shared it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shared: Vec<SharedWith>,
    /// How many of the owner's group have it, if it is the group's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub holders: u32,
    /// How the user had sent it before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sent_before: Option<SentBefore>,
}

/// Earlier requests of a user that sent a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentBefore {
    /// How many did.
    pub times: u32,
    /// Method and route of the first one.
    pub route: String,
    /// When that was sent.
    pub at: Timestamp,
}

/// What stood in a declared identity field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityReading {
    /// The fact that should stand there.
    pub fact: FactName,
    /// Where it was read.
    pub spot: Spot,
    /// Whose value it is.
    pub relation: Relation,
    /// The value, hashed.
    pub hash: ValueHash,
    /// The value, masked.
    pub preview: String,
}

/// Whose value something is, seen from the user who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The user's own.
    Own,
    /// Another user's.
    Other(UserId),
    /// Nobody's whom the run knows.
    Stranger,
}

/// A request id found in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Echo {
    /// This request's id.
    Own,
    /// The id of another request of this run.
    Another(RequestId),
    /// The same on a page that a cache may keep for everybody, and on which
    /// nothing is anybody's.
    Cached(RequestId),
}

/// A credential that a response gave to the user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssuedCredential {
    /// The cookie's or header's name.
    pub name: String,
    /// The secret, hashed.
    pub hash: ValueHash,
    /// It is taken for a credential by its name and its looks alone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub guessed: bool,
}
