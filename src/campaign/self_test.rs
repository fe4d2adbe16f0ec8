//! The self-test: before the load, a planted swap goes through the very
//! pipeline of the run and has to be caught.
//!
//! A small server on the loopback interface answers a request of one user with
//! a fact of another, in a JSON body, a header and a page; and once with the
//! user's own. Wire, eyes and rules are those of the campaign.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

use crate::config::{Arrivals, Profile};
use crate::http::{Body, Hosts, Prepared, Sender, Session, SessionCookies, Wire, WireSettings};
use crate::load::{Ceiling, Permits, RunClock, Schedule, dispatch};
use crate::model::{Clock as _, Place, Rate, Rule, RunTag, StepRef, Timestamp, UserId, Visibility};
use crate::oracle::{Eyes, InFlight, Judge, JudgeSettings, Oracle};
use crate::population::Person;

/// Why the self-test failed: the harness cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("self-test failed: {0}")]
pub struct SelfTestFailed(String);

/// Requests per second of the self-test, which reach nobody but itself.
const RATE: u32 = 50;

/// Whether the pipeline catches a swap between `one` and `other`; `None` when
/// neither has a fact that could accuse anyone who was shown it.
pub(super) async fn run(
    profile: &Profile,
    eyes: &Arc<Eyes>,
    one: &Person,
    other: &Person,
    tag: RunTag,
) -> Result<Option<()>, SelfTestFailed> {
    // Somebody with a role may be shown what others may not.
    let either = planted(eyes, one, other)
        .map(|values| (one, other, values))
        .or_else(|| planted(eyes, other, one).map(|values| (other, one, values)));
    let Some((one, other, (own, foreign))) = either else {
        return Ok(None);
    };
    let fail = |why: String| SelfTestFailed(why);
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(|error| fail(format!("no loopback port: {error}")))?;
    let address = listener
        .local_addr()
        .map_err(|error| fail(error.to_string()))?;
    let target = Url::parse(&format!("http://{address}/")).map_err(|e| fail(e.to_string()))?;
    let server = tokio::spawn(serve(listener, own, foreign));
    let result = ask(profile, eyes, &target, one.id, other.id, tag).await;
    server.abort();
    result.map(Some)
}

/// A private value of `one`, and one of `other` that `one` must not be shown.
fn planted(eyes: &Eyes, one: &Person, other: &Person) -> Option<(String, String)> {
    let now = Timestamp::default();
    let private = |person: &Person, own: bool| {
        person
            .facts
            .iter()
            .filter(|fact| fact.accuses() && fact.visibility == Visibility::Private)
            .map(|fact| fact.value.clone())
            .filter(|value| eyes.finds(value))
            .find(|value| own || !eyes.may_be_shown(one.id, other.id, value, now, now))
    };
    Some((private(one, true)?, private(other, false)?))
}

async fn ask(
    profile: &Profile,
    eyes: &Arc<Eyes>,
    target: &Url,
    one: UserId,
    other: UserId,
    tag: RunTag,
) -> Result<(), SelfTestFailed> {
    let fail = |why: String| SelfTestFailed(why);
    let clock = RunClock::new();
    let in_flight = Arc::new(InFlight::default());
    let rate = Rate::per_second(RATE).ok_or_else(|| fail("no rate".to_owned()))?;
    let permits = Permits::under(Ceiling::new(rate, clock.grid(), Arc::new(clock)));
    let settings = WireSettings {
        http: Arc::new(profile.http.clone()),
        instance: profile.instance.clone(),
        hosts: Hosts::new(target, []),
        cookies: SessionCookies::default(),
        tag,
        numbers: Arc::default(),
    };
    let wire = Wire::new(settings, permits.clone(), clock, Arc::clone(&in_flight))
        .map_err(|error| fail(error.to_string()))?;
    let oracle = Oracle::new(
        Arc::clone(eyes),
        in_flight,
        Judge::new(JudgeSettings {
            tag,
            session_expires: None,
            findings_before: 0,
            incidents_before: 0,
        }),
    );
    let schedule = Schedule::new(rate, Arrivals::Even, clock.grid(), clock.now(), None, 0);
    let stop = watch::Sender::new(false);
    let dispatcher = tokio::spawn(dispatch(
        schedule,
        permits.clone(),
        clock,
        0,
        stop.subscribe(),
    ));
    let sender = Sender {
        user: one,
        session: 0,
        iteration: 0,
        step: Arc::new(StepRef {
            scenario: "self-test".into(),
            text: "a planted swap".into(),
            place: Place::new("self-test", 0),
        }),
    };
    let mut session = Session::default();
    let mut result = Ok(());
    for path in ["own", "json", "header", "page"] {
        let url = target.join(path).map_err(|e| fail(e.to_string()))?;
        let prepared = Prepared::new(http::Method::GET, url, path.into(), vec![], &Body::Empty);
        // The dispatcher may not have opened yet; then there is one more turn.
        let permit = loop {
            match permits.one().await {
                Ok(permit) => break permit,
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        };
        let chain = wire
            .send(&mut session, None, &sender, prepared, permit, None)
            .await
            .map_err(|error| fail(error.to_string()))?;
        let caught: Vec<_> = chain
            .hops
            .iter()
            .flat_map(|exchange| oracle.observe(exchange, "self-test", |_, found| found.to_vec()))
            .map(|finding| (finding.rule, finding.owner))
            .collect();
        let expected: &[_] = match path {
            "own" => &[],
            _ => &[(Rule::ForeignData, Some(other))],
        };
        if caught != expected {
            result = Err(fail(format!(
                "a response planted in `{path}` gave {caught:?}, expected {expected:?}"
            )));
            break;
        }
    }
    if result.is_ok() && oracle.coverage().own_sightings == 0 {
        result = Err(fail("the user's own fact was not noticed".to_owned()));
    }
    stop.send_replace(true);
    // Ended by the line above; its counts are of no interest.
    let _ = dispatcher.await;
    result
}

/// Answers until it is aborted.
async fn serve(listener: TcpListener, own: String, foreign: String) {
    while let Ok((stream, _)) = listener.accept().await {
        let (own, foreign) = (own.clone(), foreign.clone());
        tokio::spawn(async move { answer(stream, &own, &foreign).await });
    }
}

async fn answer(mut stream: TcpStream, own: &str, foreign: &str) {
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => request.extend_from_slice(&chunk[..read]),
            _ => return,
        }
    }
    let value = if request.starts_with(b"GET /own") {
        own
    } else {
        foreign
    };
    let json = serde_json::json!({ "person": { "value": value } }).to_string();
    let (header, media_type, body) = if request.starts_with(b"GET /page") {
        let value = minijinja::HtmlEscape(value);
        (
            "",
            "text/html; charset=utf-8",
            format!("<p class=person>{value}</p>"),
        )
    } else if request.starts_with(b"GET /header") {
        (value, "text/plain", "ok".to_owned())
    } else {
        ("", "application/json", json)
    };
    let response = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nX-Person: {header}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // A client that went away is noticed at the other end.
    let _ = stream.write_all(response.as_bytes()).await;
}
