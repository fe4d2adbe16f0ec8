//! Whatever a service answers, a run survives it, is bounded in time and
//! memory, and says what happened.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::hostile::{Service, Then, hostile, ok};
use crate::support::in_parallel;
use crate::support::run::{Fpt, Ran};

/// A friendly request and one to `path`, by two users.
fn visit(service: &Service, path: &str, check: &str) -> Ran {
    let feature = format!(
        "Feature: A visit\n  Scenario: A visit\n    When the user sends GET \"/friendly?me={{{{ user.email }}}}\"\n    \
         And the user sends GET \"{path}\"\n    Then {check}\n"
    );
    Fpt::feature(&feature)
        .args(&["--users", "2", "--tps", "10", "--duration", "2s"])
        .set(&format!("target={}", service.url()))
        .set("timeout=500ms")
        .bounded(3 << 20)
        .done()
}

/// The errors of all transactions, by class.
fn errors(ran: &Ran) -> Vec<String> {
    let history = ran.lines("history.jsonl");
    let mut classes: Vec<String> = history
        .iter()
        .filter_map(|line| line["error"].as_str().map(str::to_owned))
        .collect();
    classes.sort();
    classes.dedup();
    classes
}

#[derive(Debug)]
struct Trap {
    path: &'static str,
    /// The class of error that it ends with, `None` if it is an answer.
    error: Option<&'static str>,
    says: &'static str,
}

#[test]
fn traps_end_as_errors_of_their_class() {
    let elsewhere = Service::friendly();
    let service = hostile(elsewhere.url());
    let trap = |path, error, says| Trap { path, error, says };
    let traps = [
        trap("/endless", None, "body cut short"),
        trap("/bomb", None, "body cut short"),
        trap("/deep", None, ""),
        trap("/deep-and-closed", None, ""),
        trap("/deep-html", None, ""),
        trap("/deep-xml", None, ""),
        trap("/no-utf-8", None, ""),
        trap("/giant-headers", Some("protocol"), "no complete response"),
        trap("/circle", Some("refused"), "too many redirects"),
        trap(
            "/away",
            Some("refused"),
            "a host that the profile does not name",
        ),
        trap("/never-ends", Some("timeout"), "no complete response"),
        trap("/silence", Some("timeout"), "no complete response"),
        trap("/no-http", Some("protocol"), "no complete response"),
    ];
    in_parallel(3, &traps, |trap| {
        let ran = visit(&service, trap.path, "the response status is 200");
        let expected: Vec<&str> = trap.error.into_iter().collect();
        assert_eq!(errors(&ran), expected, "{ran}");
        ran.says(trap.says);
        assert!(matches!(ran.code, 0 | 1 | 3), "{ran}");
        assert_eq!(ran.findings(), [], "{ran}");
        assert!(ran.took < Duration::from_secs(30), "{ran}");
    });
    assert_eq!(
        elsewhere.connections(),
        0,
        "a host was contacted that nobody named"
    );
}

#[test]
fn cut_and_unreadable_bodies_are_counted() {
    let service = hostile(String::new());
    for (path, count) in [
        ("/bomb", "cut_bodies"),
        ("/endless", "cut_bodies"),
        ("/deep", "unreadable_bodies"),
        ("/deep-xml", "unreadable_bodies"),
    ] {
        let ran = visit(&service, path, "the response status is 200");
        let coverage = ran.outcome()["coverage"].clone();
        assert!(coverage[count].as_u64().unwrap() > 0, "{path}: {coverage}");
    }
}

/// A step may point into such a page; then the step fails and nothing else.
#[test]
fn pointing_into_a_page_that_nests_too_deeply_fails_the_step() {
    let service = hostile(String::new());
    let ran = visit(&service, "/deep-html", "CSS selector \"h1\" exists").exits(1);
    ran.says("nests too deeply");
    assert!(ran.took < Duration::from_secs(30), "{ran}");
}

#[test]
fn what_a_service_writes_cannot_steer_a_terminal_or_a_page() {
    let service = hostile(String::new());
    let ran = visit(&service, "/escapes", "JSON at \"$.state\" is \"free\"").exits(1);
    assert!(
        ran.text("history.jsonl").contains("<script>"),
        "the trap did not spring"
    );
    for text in [ran.printed(), ran.text("summary.md"), ran.text("junit.xml")] {
        for control in ['\u{1b}', '\u{7}', '\u{9b}'] {
            assert!(!text.contains(control), "{control:?} in {text}");
        }
    }
    for file in ["summary.md", "junit.xml"] {
        assert!(!ran.text(file).contains("<script>"), "{file}");
    }
}

#[test]
fn a_service_that_dies_is_an_error_and_no_panic() {
    let served = AtomicUsize::new(0);
    let service = Service::start(move |path, stream| {
        if served.fetch_add(1, Ordering::SeqCst) >= 20 {
            return Ok(Then::Die);
        }
        ok(stream, "text/plain", path.as_bytes())
    });
    let ran = visit(&service, "/more", "the response status is 200");
    assert!(matches!(ran.code, 1 | 3), "{ran}");
    let classes = errors(&ran);
    assert!(
        classes
            .iter()
            .all(|class| ["connect", "reset", "stale-reuse"].contains(&class.as_str())),
        "{classes:?}"
    );
    assert!(classes.contains(&"connect".to_owned()), "{classes:?}");
    let counted = ran.outcome()["measures"]["total"]["error_classes"].clone();
    assert!(
        counted["no connection"]
            .as_u64()
            .is_some_and(|times| times > 0),
        "{counted}"
    );
    ran.says("× no connection");
}
