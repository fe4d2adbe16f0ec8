//! The wire: one request at a time, every hop under a permit.

use std::error::Error as _;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use url::Url;

use crate::config::{HttpConfig, InstanceConfig};
use crate::load::{LoadOver, Permit, Permits, RunClock};
use crate::model::{
    Clock, Departure, ErrorClass, Exchange, InstanceId, Intent, Passage, Provocation, Received,
    RequestId, RunTag, Sent, StepRef, Timestamp, UserId,
};
use crate::oracle::InFlight;

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
        let client = match shared {
            Some(client) => client.clone(),
            None => session.client(|| self.clients.client())?,
        };
        let mut chain = Chain::default();
        let (mut request, mut permit) = (request, permit);
        loop {
            let Ok(holding) = self.permits.confirm(permit).await else {
                chain.load_over = true;
                return Ok(chain);
            };
            permit = holding;
            let hop = u8::try_from(chain.hops.len()).unwrap_or(u8::MAX);
            let mut exchange = self
                .hop(session, &client, sender, &request, permit, hop, departure)
                .await;
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
                chain.load_over = true;
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
        departure: Option<Departure>,
    ) -> Exchange {
        let number = self.settings.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let id = RequestId::new(self.settings.tag, sender.user, number);
        let headers = self.headers(session, request, id);
        let credentials = session.credentials(&request.url, &self.settings.cookies);
        let outgoing = build(request, &headers);
        let sent = self.clock.now();
        self.in_flight.sent(
            sender.user,
            Passage {
                request: id,
                route: format!("{} {}", request.method, request.route),
                place: sender.step.place.clone(),
                sent,
                done: None,
                instance: None,
            },
        );
        let mut arrival = Arrival::default();
        let limit = self.settings.http.timeout;
        let (patience, late) = match departure {
            Some(Departure::After(after)) if after < limit => (after, ErrorClass::Abandoned),
            Some(Departure::AfterSend) if AFTER_SEND < limit => (AFTER_SEND, ErrorClass::Abandoned),
            _ => (limit, ErrorClass::Timeout),
        };
        let error = if self.settings.hosts.allow(&request.url) {
            let max_body = self.settings.http.max_body;
            let receive = arrival.receive(client, outgoing, &self.clock, max_body, departure);
            match tokio::time::timeout(patience, receive).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(classify(&error)),
                Err(_elapsed) => Some(late),
            }
        } else {
            Some(ErrorClass::Refused)
        };
        let done = self.clock.now();
        self.in_flight.done(sender.user, id, done);
        let left = departure.filter(|_| error == Some(ErrorClass::Abandoned));
        let response = arrival.take_response();
        let before = session.all_credentials(&self.settings.cookies);
        let instance = response.as_ref().and_then(|r| self.instance(r));
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
        Exchange {
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
        }
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

    fn instance(&self, response: &Received) -> Option<InstanceId> {
        let names = &self.settings.instance;
        Some(InstanceId {
            name: response.header(&names.header)?.to_owned(),
            incarnation: response
                .header(&names.incarnation_header)
                .unwrap_or_default()
                .to_owned(),
        })
    }
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

/// What has arrived so far; kept outside the future that receives it, so that
/// a timeout does not lose the head of a response.
#[derive(Debug, Default)]
struct Arrival {
    first_byte: Option<Timestamp>,
    head: Option<(u16, Vec<(String, String)>)>,
    body: BytesMut,
    cut: bool,
}

/// Why nothing more arrived.
enum Broken {
    /// It was not the network.
    Given(ErrorClass),
    Transport(reqwest::Error),
}

impl Arrival {
    async fn receive(
        &mut self,
        client: &reqwest::Client,
        outgoing: Result<reqwest::Request, ErrorClass>,
        clock: &RunClock,
        max_body: usize,
        departure: Option<Departure>,
    ) -> Result<(), Broken> {
        let outgoing = outgoing.map_err(Broken::Given)?;
        let mut response = client.execute(outgoing).await.map_err(Broken::Transport)?;
        self.first_byte = Some(clock.now());
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        self.head = Some((response.status().as_u16(), headers));
        // `None` when the service does not say how long the body is.
        let length = response.content_length();
        if departure == Some(Departure::BeforeBody) && length != Some(0) {
            return Err(Broken::Given(ErrorClass::Abandoned));
        }
        while let Some(chunk) = response.chunk().await.map_err(Broken::Transport)? {
            let room = max_body.saturating_sub(self.body.len());
            self.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                self.cut = true;
                break;
            }
            let complete = length.is_some_and(|length| self.body.len() as u64 >= length);
            if departure == Some(Departure::MidBody) && !complete {
                return Err(Broken::Given(ErrorClass::Abandoned));
            }
        }
        Ok(())
    }

    fn take_response(&mut self) -> Option<Received> {
        let (status, headers) = self.head.take()?;
        let body = std::mem::take(&mut self.body).freeze();
        Some(Received {
            status,
            headers,
            body,
            cut: self.cut,
        })
    }
}

/// The class of a transport error, by its causes rather than by its text.
fn classify(broken: &Broken) -> ErrorClass {
    let error = match broken {
        Broken::Given(class) => return *class,
        Broken::Transport(error) => error,
    };
    if error.is_connect() {
        return if is_tls(error) {
            ErrorClass::Tls
        } else {
            ErrorClass::Connect
        };
    }
    if error.is_timeout() {
        return ErrorClass::Timeout;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind::{
                BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof,
            };
            if matches!(
                io.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
            ) {
                return ErrorClass::Reset;
            }
        }
        if let Some(hyper) = inner.downcast_ref::<hyper::Error>()
            && (hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled())
        {
            return ErrorClass::Reset;
        }
        cause = inner.source();
    }
    ErrorClass::Protocol
}

/// Whether TLS is behind `error`. What an `io::Error` wraps is not among its
/// sources.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        let wrapped = inner
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if inner.is::<rustls::Error>() || wrapped.is_some_and(|wrapped| is_tls(wrapped)) {
            return true;
        }
        cause = inner.source();
    }
    false
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
    fn tls_is_found_behind_other_errors() {
        use std::io::Error;
        let tls = || rustls::Error::HandshakeNotComplete;
        assert!(is_tls(&tls()));
        assert!(is_tls(&Error::other(tls())));
        assert!(is_tls(&Error::other(Error::other(tls()))));
        assert!(!is_tls(&Error::other("refused")));
    }

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
