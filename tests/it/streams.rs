//! Responses that never end: what comes is looked at as it comes.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fpt::model::Rule;

use crate::support::hostile::{Service, Then, ok};
use crate::support::run::{Fpt, Ran};

/// Begins a stream that nobody ends.
fn begin(stream: &mut TcpStream) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
}

fn chunk(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    write!(stream, "{:x}\r\n{text}\r\n", text.len())?;
    stream.flush()
}

/// A service that greets everybody, and whose stream tells, behind `ahead`
/// bytes of other events, the e-mail address of whoever was greeted first.
fn talkative(ahead: usize, tells: bool) -> Service {
    let first: Mutex<Option<String>> = Mutex::default();
    Service::start(move |path, stream| {
        if let Some((_, email)) = path.split_once("me=") {
            first
                .lock()
                .unwrap()
                .get_or_insert_with(|| email.to_owned());
            return ok(stream, "text/plain", path.as_bytes());
        }
        begin(stream)?;
        let filler = "event: tick\ndata: {\"at\":\"noon\"}\n\n".repeat(1_000);
        for _ in 0..ahead.div_ceil(filler.len()) {
            chunk(stream, &filler)?;
        }
        let email = first.lock().unwrap().clone().unwrap_or_default();
        let note = STANDARD.encode(format!("{{\"email\":\"{email}\"}}"));
        if tells {
            // In two pieces, as networks have it.
            chunk(stream, "event: booked\ndata: {\"note\":")?;
            chunk(stream, &format!("\"{note}\"}}\n\n"))?;
        }
        chunk(stream, "data: confirmed\n\n")?;
        // The connection stays open until the user goes away.
        let mut rest = [0];
        let _ = std::io::Read::read(stream, &mut rest);
        Ok(Then::Close)
    })
}

fn listened(service: &Service, step: &str) -> Ran {
    let feature = format!(
        "Feature: Listening\n  Scenario: Listening\n    \
         When the user sends GET \"/friendly?me={{{{ user.email }}}}\"\n    \
         And {step}\n    Then the response status is 200\n"
    );
    Fpt::feature(&feature)
        .args(&["--users", "4", "--tps", "4", "--duration", "5s"])
        .set(&format!("target={}", service.url()))
        .set("max-body=16KiB")
        .set("timeout=500ms")
        .done()
}

#[test]
fn a_leak_in_a_stream_that_goes_on_is_found() {
    for (ahead, step) in [
        (0, "the user listens to GET \"/events\" for 1 s"),
        // Far more than is kept of a body.
        (1 << 17, "the user listens to GET \"/events\" for 1 s"),
        (
            1 << 17,
            "the user listens to GET \"/events\" until the body contains \"confirmed\" within 5 s",
        ),
    ] {
        let ran = listened(&talkative(ahead, true), step).exits(4);
        let findings = ran.findings();
        assert!(!findings.is_empty(), "{ran}");
        for finding in findings {
            assert_eq!(finding.rule, Rule::ForeignData, "{ran}");
            assert!(finding.owner.is_some_and(|owner| owner != finding.user));
            assert_eq!(finding.witness.route, "GET /events");
            assert_eq!(
                finding.witness.spot.unwrap().to_string(),
                "event booked > JSON $.note > base64 > JSON $.email"
            );
        }
    }
}

#[test]
fn the_end_of_listening_is_no_error_and_silence_is_silent() {
    let ran = listened(
        &talkative(1 << 16, false),
        "the user listens to GET \"/events\" for 300 ms",
    );
    // How much load two cores bear is not the point here.
    assert!(matches!(ran.code, 0 | 3), "{ran}");
    assert_eq!(ran.findings(), [], "{ran}");
    for line in ran.lines("history.jsonl") {
        assert_eq!(line["error"], serde_json::Value::Null, "{line}");
    }
    assert_eq!(ran.outcome()["coverage"]["cut_bodies"], 0, "{ran}");
}

#[test]
fn what_does_not_come_fails_the_step() {
    let ran = listened(
        &talkative(0, false),
        "the user listens to GET \"/events\" until the body contains \"cancelled\" within 300 ms",
    )
    .exits(1);
    ran.says("did not contain");
}
