//! Lists that go on behind their first page, in the ways services have.

use std::collections::BTreeMap;
use std::sync::Mutex;

use fpt::model::{Rule, UserId};

use crate::support::hostile::{Service, ok, parameter, with_headers};
use crate::support::in_parallel;
use crate::support::run::{Fpt, Ran};

/// Entries on one page.
const PAGE: usize = 3;

/// How a service leads from a page to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    LinkInBody,
    LinkHeader,
    Cursor,
    PageNumbers,
    Offsets,
}

impl Style {
    const ALL: [Self; 5] = [
        Self::LinkInBody,
        Self::LinkHeader,
        Self::Cursor,
        Self::PageNumbers,
        Self::Offsets,
    ];

    /// The step that says so.
    fn step(self) -> &'static str {
        match self {
            Self::LinkInBody => r#"the list of saved "note" goes on at JSON "$.next""#,
            Self::LinkHeader => r#"the list of saved "note" goes on at the header "Link""#,
            Self::Cursor => r#"the list of saved "note" goes on by JSON "$.next" in query "after""#,
            Self::PageNumbers => r#"the list of saved "note" counts its pages in query "page""#,
            Self::Offsets => {
                r#"the list of saved "note" counts what it has shown in query "offset""#
            }
        }
    }
}

/// Everybody's notes. When `lossy`, one user's fifth, which is on the second
/// page, is overwritten by the sixth.
fn service(style: Style, lossy: bool) -> Service {
    let notes: Mutex<BTreeMap<String, Vec<String>>> = Mutex::default();
    let victim: Mutex<Option<String>> = Mutex::default();
    Service::start(move |path, stream| {
        let (me, mail) = (parameter(path, "me"), parameter(path, "mail"));
        let mut notes = notes.lock().unwrap();
        let own = notes.entry(me.clone()).or_default();
        if path.starts_with("/save") {
            let id = format!("NOTE-{me}-{}", own.len());
            own.push(id.clone());
            if lossy && own.len() == 6 && *victim.lock().unwrap().get_or_insert(me.clone()) == me {
                "NOTE-overwritten".clone_into(&mut own[4]);
            }
            let body = serde_json::json!({"id": id, "mail": mail});
            return ok(stream, "application/json", body.to_string().as_bytes());
        }
        let number = |name: &str| parameter(path, name).parse::<usize>().ok();
        let begin = match style {
            Style::PageNumbers => (number("page").unwrap_or(1) - 1) * PAGE,
            Style::Cursor => number("after").unwrap_or(0),
            Style::LinkInBody | Style::LinkHeader | Style::Offsets => number("offset").unwrap_or(0),
        };
        let end = own.len().min(begin + PAGE);
        let shown = own.get(begin..end).unwrap_or_default();
        let further = end < own.len();
        let next = format!("/list?me={me}&mail={mail}&offset={end}");
        let mut body = serde_json::json!({"notes": shown, "mail": mail});
        let mut headers = String::new();
        match style {
            Style::LinkInBody => body["next"] = further.then_some(next.as_str()).into(),
            Style::Cursor => body["next"] = further.then_some(end).into(),
            Style::LinkHeader if further => {
                headers =
                    format!("Link: </list?me={me}>; rel=\"first\", <{next}>; rel=\"next\"\r\n");
            }
            Style::LinkHeader | Style::PageNumbers | Style::Offsets => {}
        }
        with_headers(
            stream,
            "application/json",
            &headers,
            body.to_string().as_bytes(),
        )
    })
}

fn run(style: Style, lossy: bool, declared: bool) -> Ran {
    let service = service(style, lossy);
    let step = if declared { style.step() } else { "2 users" };
    let feature = format!(
        r#"Feature: Notes
  Scenario: Notes last
    Given saved "note" are listed by GET "/list?me={{{{ user.tag }}}}&mail={{{{ user.email }}}}" at JSON "$.notes[*]"
    And {step}
    When the user sends GET "/save?me={{{{ user.tag }}}}&mail={{{{ user.email }}}}"
    And the user keeps JSON "$.id" as "note"
    Then "note" "{{{{ user.kept.note }}}}" of the user is saved
    And no saved "note" is lost
"#
    );
    Fpt::feature(&feature)
        .load(2, 20, 3)
        .set(&format!("target={}", service.url()))
        .done()
}

#[test]
fn all_pages_are_read_back() {
    in_parallel(2, &Style::ALL, |style| {
        let ran = run(*style, false, true);
        assert_eq!(ran.code, 0, "{style:?}: {ran}");
        let counts = &ran.outcome()["coverage"]["consistency"]["kinds"]["note"];
        let count = |name: &str| counts[name].as_u64().unwrap();
        assert!(count("saved") > 4 * PAGE as u64, "{style:?}: {counts}");
        assert_eq!(count("read_back"), count("saved"), "{style:?}: {counts}");
        assert_eq!(count("not_read_back"), 0, "{style:?}: {counts}");
    });
}

#[test]
fn what_is_missing_on_a_later_page_is_lost() {
    in_parallel(2, &Style::ALL, |style| {
        let ran = run(*style, true, true);
        assert_eq!(ran.code, 1, "{style:?}: {ran}");
        let findings = ran.findings();
        assert_eq!(findings.len(), 1, "{style:?}: {findings:#?}");
        assert_eq!(findings[0].rule, Rule::LostWrite, "{style:?}: {ran}");
        let users = [UserId(0), UserId(1), UserId(2)];
        assert!(
            users.contains(&findings[0].user),
            "{style:?}: {findings:#?}"
        );
        assert!(
            findings[0].witness.route.starts_with("GET /list?me="),
            "{ran}"
        );
    });
}

/// Without the step, what may be on another page is not lost, and not there.
#[test]
fn pages_that_nobody_declares_leave_it_open() {
    let ran = run(Style::LinkInBody, true, false);
    assert_eq!(ran.code, 3, "{ran}");
    assert_eq!(ran.findings(), [], "{ran}");
    assert!(ran.stdout.contains("goes on at"), "{ran}");
}
