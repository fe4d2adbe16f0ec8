//! The wire: one request at a time, every hop under a permit.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use url::Url;

use crate::config::{HttpConfig, InstanceConfig};
use crate::load::{LoadOver, Permit, Permits, RunClock};
use crate::model::{
    Clock, Departure, ErrorClass, Exchange, Intent, Passage, Provocation, RequestId, RunTag, Sent,
    StepRef, Timestamp, UserId,
};
use crate::oracle::InFlight;

use super::arrival::{Arrival, Ear, Listening, causes, classify};
use super::instances::Instances;
use super::{ClientError, Clients, Hosts, Prepared, Session, SessionCookies};

/// How long a request takes to be on its way over a connection that is open.
/// There is no telling from outside.
const AFTER_SEND: Duration = Duration::from_millis(2);

/// What the wire is made of.
#[derive(Clone, Debug)]
pub struct WireSettings {
    /// Timeouts and bounds.
    pub http: Arc<HttpConfig>,
    /// Where the service says which instance answered.
    pub instance: InstanceConfig,
    /// Who may be contacted.
    pub hosts: Hosts,
    /// Which cookies are session credentials.
    pub cookies: SessionCookies,
    /// Marks the ids of this run.
    pub tag: RunTag,
    /// Counts the transactions of the whole run.
    pub numbers: Arc<AtomicU64>,
}

/// Sends requests for the users of a campaign.
#[derive(Clone, Debug)]
pub struct Wire {
    settings: Arc<WireSettings>,
    clients: Clients,
    instances: Arc<Instances>,
    permits: Permits,
    clock: RunClock,
    in_flight: Arc<InFlight>,
}

/// Who sends, and on behalf of which step.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The user.
    pub user: UserId,
    /// The user's session, counted from 0.
    pub session: u32,
    /// The user's iteration, 0 while the session is being established.
    pub iteration: u32,
    /// The step.
    pub step: Arc<StepRef>,
}

/// A request with all redirects that followed from it.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// One exchange for every hop that was sent.
    pub hops: Vec<Exchange>,
    /// The load ended before the last redirect could be followed.
    pub load_over: bool,
    /// What listening waited for was heard.
    pub met: bool,
}

impl Chain {
    /// The load is over, and where the last hop leads to nobody will see.
    fn cut_short(&mut self) {
        self.load_over = true;
        if let Some(last) = self.hops.last_mut() {
            last.intent.cut_short = true;
        }
    }
}

/// How long a user waits for a response.
#[derive(Clone, Copy)]
enum Patience<'l> {
    /// As long as the profile says, unless the user goes away before.
    Usual(Option<Departure>),
    /// The user listens to what comes, and has heard enough then.
    Listening(Duration, Listening<'l>),
}

impl Wire {
    /// A wire that sends under `permits` and notes in `in_flight` what is under way.
    ///
    /// # Errors
    ///
    /// When the CA file of the profile cannot be used.
    pub fn new(
        settings: WireSettings,
        permits: Permits,
        clock: RunClock,
        in_flight: Arc<InFlight>,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            clients: Clients::new(Arc::clone(&settings.http))?,
            instances: Arc::new(Instances::new(settings.instance.clone())),
            settings: Arc::new(settings),
            permits,
            clock,
            in_flight,
        })
    }

    /// The clock of the run.
    pub fn clock(&self) -> RunClock {
        self.clock
    }

    /// Which cookies are session credentials.
    pub fn cookies(&self) -> &SessionCookies {
        &self.settings.cookies
    }

    /// What the user should know of responses of which it is not known which
    /// instance gave them, although they told it.
    pub fn instances_left_out(&self) -> Option<String> {
        self.instances.note()
    }

    /// How many requests were sent so far.
    pub fn sent(&self) -> u64 {
        self.settings.numbers.load(Ordering::Relaxed)
    }

    /// A client for users that share connections; each runtime needs its own.
    ///
    /// # Errors
    ///
    /// When the client cannot be built.
    pub fn shared_client(&self) -> Result<Option<reqwest::Client>, ClientError> {
        if self.clients.per_user() {
            Ok(None)
        } else {
            self.clients.client().map(Some)
        }
    }

    /// Waits for leave to send `count` requests at one moment.
    ///
    /// # Errors
    ///
    /// [`LoadOver`] when the load has ended.
    pub async fn permit(&self, count: NonZeroU32) -> Result<Permit, LoadOver> {
        self.permits.several(count).await
    }

    /// Waits until `size` users want to send `what`, and for leave for all of
    /// them at one moment. After a while, or alone, a user sends alone; gives
    /// whether there were others.
    ///
    /// # Errors
    ///
    /// [`LoadOver`] when the load has ended.
    pub async fn permit_together(
        &self,
        what: &str,
        size: NonZeroU32,
        patience: Duration,
    ) -> Result<(Permit, bool), LoadOver> {
        self.permits.together(what, size, patience).await
    }

    /// Sends `request` under `permit` and follows redirects, each hop under a
    /// permit of its own. Gives one exchange for every hop.
    ///
    /// With `departure`, the user goes away at that moment, and the connection
    /// is closed.
    ///
    /// # Errors
    ///
    /// When no client can be built.
    pub async fn send(
        &self,
        session: &mut Session,
        shared: Option<&reqwest::Client>,
        sender: &Sender,
        request: Prepared,
        permit: Permit,
        departure: Option<Departure>,
    ) -> Result<Chain, ClientError> {
        let patience = Patience::Usual(departure);
        self.follow(session, shared, sender, request, permit, patience)
            .await
    }

    /// Like [`send`](Self::send), for a response that may never end: what
    /// arrives within `span`, or before `until` was heard, is handed to `ear`
    /// piece by piece. Its end is no error.
    ///
    /// # Errors
    ///
    /// When no client can be built.
    #[expect(clippy::too_many_arguments, reason = "each is one thing of listening")]
    pub async fn listen(
        &self,
        session: &mut Session,
        shared: Option<&reqwest::Client>,
        sender: &Sender,
        request: Prepared,
        permit: Permit,
        span: Duration,
        until: Option<&str>,
        ear: &Ear,
    ) -> Result<Chain, ClientError> {
        let listening = Listening {
            ear,
            // Each hop says where it goes.
            url: "",
            until,
            max_body: self.settings.http.max_body,
        };
        let patience = Patience::Listening(span, listening);
        self.follow(session, shared, sender, request, permit, patience)
            .await
    }

    async fn follow(
        &self,
        session: &mut Session,
        shared: Option<&reqwest::Client>,
        sender: &Sender,
        request: Prepared,
        permit: Permit,
        patience: Patience<'_>,
    ) -> Result<Chain, ClientError> {
        let client = match shared {
            Some(client) => client.clone(),
            None => session.client(|| self.clients.client())?,
        };
        let mut chain = Chain::default();
        let (mut request, mut permit) = (request, permit);
        loop {
            let Ok(holding) = self.permits.confirm(permit).await else {
                chain.cut_short();
                return Ok(chain);
            };
            permit = holding;
            let hop = u8::try_from(chain.hops.len()).unwrap_or(u8::MAX);
            let (mut exchange, met) = self
                .hop(session, &client, sender, &request, permit, hop, patience)
                .await;
            chain.met |= met;
            if exchange.error == Some(ErrorClass::Abandoned) {
                // What is left of the response would otherwise be read to its
                // end, to use the connection again.
                session.disconnect();
            }
            if shared.is_some() {
                let marks = &mut exchange.intent.provocations;
                marks.push(Provocation::SharedConnections);
            }
            let next = match self.redirect(&exchange, &request, hop) {
                Ok(next) => next,
                Err(refused) => {
                    exchange.error = Some(refused);
                    None
                }
            };
            chain.hops.push(exchange);
            let Some(next) = next else { return Ok(chain) };
            request = next;
            if let Ok(next) = self.permits.one().await {
                permit = next;
            } else {
                chain.cut_short();
                return Ok(chain);
            }
        }
    }

    /// The request that a redirect asks for, if the response is one.
    fn redirect(
        &self,
        exchange: &Exchange,
        request: &Prepared,
        hop: u8,
    ) -> Result<Option<Prepared>, ErrorClass> {
        let Some(response) = exchange
            .response
            .as_ref()
            .filter(|_| exchange.error.is_none())
        else {
            return Ok(None);
        };
        let Some(location) = response
            .header("location")
            .filter(|_| matches!(response.status, 301 | 302 | 303 | 307 | 308))
        else {
            return Ok(None);
        };
        let url = request
            .url
            .join(location)
            .map_err(|_bad| ErrorClass::Protocol)?;
        if !self.settings.hosts.allow(&url) || hop >= self.settings.http.max_redirects {
            return Err(ErrorClass::Refused);
        }
        Ok(Some(request.redirected(response.status, url)))
    }

    #[expect(clippy::too_many_arguments, reason = "each is one thing of one hop")]
    async fn hop(
        &self,
        session: &mut Session,
        client: &reqwest::Client,
        sender: &Sender,
        request: &Prepared,
        permit: Permit,
        hop: u8,
        patience: Patience<'_>,
    ) -> (Exchange, bool) {
        let number = self.settings.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let id = RequestId::new(self.settings.tag, sender.user, number);
        let headers = self.headers(session, request, id);
        let credentials = session.credentials(&request.url, &self.settings.cookies);
        let outgoing = build(request, &headers);
        let sent = permit.at;
        self.note_sent(sender, request, id, sent);
        let mut arrival = Arrival::default();
        let limit = self.settings.http.timeout;
        let (departure, listening) = match patience {
            Patience::Usual(departure) => (departure, None),
            Patience::Listening(_, listening) => {
                let url = request.url.as_str();
                (None, Some((id, Listening { url, ..listening })))
            }
        };
        let (wait, late) = match (patience, departure) {
            (Patience::Listening(span, _), _) => (span, ErrorClass::Timeout),
            (_, Some(Departure::After(after))) if after < limit => (after, ErrorClass::Abandoned),
            (_, Some(Departure::AfterSend)) if AFTER_SEND < limit => {
                (AFTER_SEND, ErrorClass::Abandoned)
            }
            _ => (limit, ErrorClass::Timeout),
        };
        let error = if self.settings.hosts.allow(&request.url) {
            let most = self.settings.http.max_body;
            let head_came = || {
                self.in_flight.answered(sent, id);
                self.clock.now()
            };
            // What may go on for ever keeps nobody waiting.
            if listening.is_some() {
                self.in_flight.answered(sent, id);
            }
            let receive = arrival.receive(client, outgoing, &head_came, most, listening, departure);
            match tokio::time::timeout(wait, receive).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => {
                    tracing::debug!(request = %id, causes = causes(&error), "broken off");
                    Some(classify(&error))
                }
                // Enough was heard.
                Err(_elapsed) if listening.is_some() && arrival.has_head() => None,
                Err(_elapsed) => Some(late),
            }
        } else {
            Some(ErrorClass::Refused)
        };
        let done = self.clock.now();
        self.in_flight.done(sender.user, id, done);
        let left = departure.filter(|_| error == Some(ErrorClass::Abandoned));
        if let Some((id, listening)) = listening {
            arrival.end_of_listening(id, listening);
        }
        let met = arrival.met;
        let response = arrival.take_response();
        let before = session.all_credentials(&self.settings.cookies);
        let instance = response.as_ref().and_then(|own| self.instances.of(own));
        if let Some(response) = &response {
            for (_, value) in response.headers.iter().filter(|(n, _)| n == "set-cookie") {
                session.take_cookie(value, &request.url);
            }
        }
        let issued = session
            .all_credentials(&self.settings.cookies)
            .into_iter()
            .filter(|credential| !before.contains(credential))
            .collect();
        let exchange = Exchange {
            id,
            user: sender.user,
            session: sender.session,
            iteration: sender.iteration,
            step: Arc::clone(&sender.step),
            hop,
            request: Sent {
                method: request.method.to_string(),
                url: request.url.to_string(),
                route: Arc::clone(&request.route),
                headers,
                body: request.body.clone(),
                credentials,
            },
            due: permit.due,
            sent,
            first_byte: arrival.first_byte,
            done,
            response,
            error,
            instance,
            intent: Intent {
                issued,
                provocations: left.iter().map(|own| own.provocation()).collect(),
                ..Intent::default()
            },
        };
        log(&exchange);
        (exchange, met)
    }

    /// Notes that `request` is under way.
    fn note_sent(&self, sender: &Sender, request: &Prepared, id: RequestId, sent: Timestamp) {
        let passage = Passage {
            request: id,
            route: format!("{} {}", request.method, request.route),
            place: sender.step.place.clone(),
            sent,
            done: None,
            instance: None,
        };
        self.in_flight.sent(sender.user, passage);
    }

    /// The headers of a request, in the order: profile, session, step, ours.
    /// A later one replaces an earlier one of its name.
    fn headers(
        &self,
        session: &Session,
        request: &Prepared,
        id: RequestId,
    ) -> Vec<(String, String)> {
        let mut headers: Vec<(String, String)> = Vec::new();
        let mut put = |name: &str, value: String| {
            let name = name.to_ascii_lowercase();
            headers.retain(|(own, _)| *own != name);
            headers.push((name, value));
        };
        for (name, value) in &self.settings.http.headers {
            put(name, value.clone());
        }
        if let Some(cookies) = session.cookie_header(&request.url) {
            put("cookie", cookies);
        }
        for (name, value) in session.headers().chain(&request.headers) {
            put(name, value.clone());
        }
        put(&self.settings.http.request_id_header, id.to_string());
        put("traceparent", id.traceparent());
        headers
    }
}

/// Without path and body: anybody's data may be in them.
fn log(exchange: &Exchange) {
    tracing::debug!(
        request = %exchange.id,
        user = %exchange.user,
        route = %format_args!("{} {}", exchange.request.method, exchange.request.route),
        hop = exchange.hop,
        status = exchange.response.as_ref().map(|own| own.status),
        error = exchange.error.map(tracing::field::debug),
        took = ?exchange.done.since(exchange.sent),
        "hop"
    );
}

fn build(request: &Prepared, headers: &[(String, String)]) -> Result<reqwest::Request, ErrorClass> {
    let mut outgoing = reqwest::Request::new(request.method.clone(), request.url.clone());
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().map_err(|_bad| ErrorClass::Refused)?;
        let value =
            http::HeaderValue::from_bytes(value.as_bytes()).map_err(|_bad| ErrorClass::Refused)?;
        outgoing.headers_mut().insert(name, value);
    }
    if !request.body.is_empty() {
        *outgoing.body_mut() = Some(request.body.clone().into());
    }
    Ok(outgoing)
}

/// The base URL with `path` appended, as the profile's target means it: a path
/// of `/me` under `https://host/base` is `https://host/base/me`.
///
/// # Errors
///
/// When that is no URL.
pub fn join(target: &Url, path: &str) -> Result<Url, url::ParseError> {
    if path.contains("://") {
        return Url::parse(path);
    }
    let base = target.as_str().trim_end_matches('/');
    let slash = if path.starts_with(['/', '?']) {
        ""
    } else {
        "/"
    };
    Url::parse(&format!("{base}{slash}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_below_the_target() {
        let target = Url::parse("https://host.test/base/").unwrap();
        for (path, url) in [
            ("/me", "https://host.test/base/me"),
            ("me?x=1", "https://host.test/base/me?x=1"),
            ("https://other.test/x", "https://other.test/x"),
        ] {
            assert_eq!(join(&target, path).unwrap().as_str(), url);
        }
    }
}
