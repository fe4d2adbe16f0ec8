//! Exchanges: what the oracle judges.

use std::sync::Arc;

use bytes::Bytes;

use super::charset::text_of;
use super::{
    Dealings, ErrorClass, FactName, InstanceId, Probe, Provocation, RequestId, SeenHazard, StepRef,
    Timestamp, UserId,
};

/// One request of a virtual user and what came back. Raw, so it lives in
/// memory only until it has been judged.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The transaction's id.
    pub id: RequestId,
    /// Who asked.
    pub user: UserId,
    /// The user's session, counted from 0; a new sign-in begins the next one.
    pub session: u32,
    /// The iteration of the user, 0 while the session is being established.
    pub iteration: u32,
    /// The step that sent the request.
    pub step: Arc<StepRef>,
    /// Which hop of a chain of redirects this is, 0 for the first request.
    pub hop: u8,
    /// What was sent.
    pub request: Sent,
    /// When the transaction was due.
    pub due: Timestamp,
    /// When it was sent.
    pub sent: Timestamp,
    /// When the head of the response was complete, if it ever was.
    pub first_byte: Option<Timestamp>,
    /// When the response was complete, or given up.
    pub done: Timestamp,
    /// What came back, as far as it came.
    pub response: Option<Received>,
    /// Why the answer is not complete, if it is not.
    pub error: Option<ErrorClass>,
    /// Who answered, where the service tells.
    pub instance: Option<InstanceId>,
    /// What the step meant by it.
    pub intent: Intent,
}

/// The request as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The path as the step wrote it, templates unrendered: what reports show.
    pub route: Arc<str>,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// The session credentials among the headers.
    pub credentials: Vec<Credential>,
}

impl Sent {
    /// The first header called `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The response as it was received.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case, values as text. A reason phrase other
    /// than the usual one stands here as [`REASON`], trailers with
    /// [`TRAILER`] before their names: neither can be the name of a header.
    pub headers: Vec<(String, String)>,
    /// The body, decoded from its content encoding.
    pub body: Bytes,
    /// The body was cut at the limit of the profile.
    pub cut: bool,
}

/// What the reason phrase of the status line is filed under.
pub const REASON: &str = ":reason";

/// What stands before the name of a trailer.
pub const TRAILER: &str = ":trailer ";

impl Received {
    /// The first header called `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text, by the charset that the response names, or else the
    /// body itself.
    pub fn text(&self) -> String {
        text_of(self.header("content-type"), &self.body)
    }

    /// The media type of the body in lower case, without parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        let essence = value.split(';').next().unwrap_or(value).trim();
        Some(essence.to_ascii_lowercase())
    }
}

/// A value that makes the service take the sender for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The cookie's name, or the header's.
    pub name: String,
    /// The secret.
    pub value: String,
    /// Nobody said that it is one: it is called like one and looks like one.
    pub guessed: bool,
}

/// What the step that sent a request meant by it, as far as judging needs it.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one request, each read by another rule"
)]
pub struct Intent {
    /// The user was signed in when the request was sent.
    pub signed_in: bool,
    /// The request signs the user in.
    pub signs_in: bool,
    /// The request signs the user out.
    pub signs_out: bool,
    /// The service has to deny this request.
    pub denial_expected: bool,
    /// To be treated as anonymous is what the step expects.
    pub anonymous_expected: bool,
    /// Where the response has to show the user's own identity.
    pub identity: Vec<IdentityClaim>,
    /// The credentials that the response issued to the user.
    pub issued: Vec<Credential>,
    /// Whose thing the request asks for, when it is a probe.
    pub probed: Option<UserId>,
    /// What it asks for, when the harness probes by itself.
    pub probe: Option<Probe>,
    /// The first request of the chain of redirects, when this is a later hop:
    /// what it carried is still the user's own input.
    pub first: Option<Arc<Sent>>,
    /// What it was answered with is answered without any credential as well, or
    /// that could not be found out.
    pub open_to_all: bool,
    /// All requests of the user with the same idempotency key.
    pub same_key: Vec<RequestId>,
    /// It leads elsewhere, and the load was over before anybody went there.
    pub cut_short: bool,
    /// The response treats the user as anonymous: by its status, usually 401, or
    /// by a redirect to a sign-in page that led nowhere else.
    pub anonymous: bool,
    /// What it does with things that have to last.
    pub dealings: Dealings<String>,
    /// Weaknesses that do not show in this response alone, such as a denial
    /// that differs from another one.
    pub hazards: Vec<SeenHazard>,
    /// What was done on purpose to this exchange to make mix-ups likelier.
    pub provocations: Vec<Provocation>,
}

/// "The response identifies the user by PATH": a value that has to be a fact
/// of the user who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityClaim {
    /// Which fact of the user it has to be.
    pub fact: FactName,
    /// Where it was looked for.
    pub spot: super::Spot,
    /// What stood there.
    pub value: String,
}
