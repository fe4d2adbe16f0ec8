//! Values, counters, lists and counted sessions: a small service that does one
//! thing wrong with each of them, or only looks like it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use fpt::model::Rule;

use crate::support::hostile::{Service, ok, parameter};
use crate::support::run::{Fpt, Ran};

/// What the service does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    Nothing,
    /// The first reading after a change shows what was there before: a cache
    /// that ends by use.
    StaleValue,
    /// A change is shown once, and was never written.
    LostValue,
    /// Every fifth raise begins from where the counter stood before the last
    /// one.
    LostUpdate,
    /// Every fifth raise is done twice.
    DoubledRaise,
    /// Every counter is shown as it was at the reading before.
    LateCounter,
    /// Every fifth element is not added.
    LostElement,
    /// Every fifth element comes before the last one.
    Reordered,
    /// Every seventh request finds the session begun anew.
    ForgottenSession,
}

/// What each of them has to be caught as; a defect without a row does not
/// compile.
fn rules(defect: Defect) -> &'static [Rule] {
    match defect {
        Defect::Nothing => &[],
        Defect::StaleValue | Defect::Reordered | Defect::ForgottenSession => {
            &[Rule::SessionRollback]
        }
        Defect::LostValue | Defect::LostUpdate => &[Rule::LostWrite],
        Defect::DoubledRaise => &[Rule::DoubleBooking],
        Defect::LateCounter => &[Rule::StaleRead],
        // Its own session misses it, and so it is in the end.
        Defect::LostElement => &[Rule::SessionRollback, Rule::LostWrite],
    }
}

#[derive(Debug, Default)]
struct Value {
    now: String,
    before: String,
    readings: u32,
}

#[derive(Debug, Default)]
struct State {
    values: BTreeMap<String, Value>,
    likes: i64,
    raises: i64,
    shown: i64,
    logs: BTreeMap<String, Vec<String>>,
    added: usize,
    sessions: BTreeMap<String, i64>,
    asked: i64,
}

impl State {
    fn answer(&mut self, defect: Defect, path: &str) -> serde_json::Value {
        let (me, value) = (parameter(path, "me"), parameter(path, "value"));
        let value_of = |own: &Value| match defect {
            Defect::StaleValue if own.readings == 1 => own.before.clone(),
            Defect::LostValue if own.readings > 1 => own.before.clone(),
            _ => own.now.clone(),
        };
        let wrong = |count: i64| count % 5 == 0;
        match path.split('?').next().unwrap_or_default() {
            "/nickname/set" => {
                let own = self.values.entry(me).or_default();
                if defect != Defect::LostValue || own.before.is_empty() {
                    own.before = std::mem::take(&mut own.now);
                }
                own.now = value;
                own.readings = 0;
                serde_json::json!({})
            }
            "/nickname" => {
                let own = self.values.entry(me).or_default();
                own.readings += 1;
                serde_json::json!({ "nickname": value_of(own) })
            }
            "/likes/raise" => {
                self.raises += 1;
                self.likes += match defect {
                    Defect::LostUpdate if wrong(self.raises) => 0,
                    Defect::DoubledRaise if wrong(self.raises) => 2,
                    _ => 1,
                };
                serde_json::json!({})
            }
            "/likes" => {
                let shown = std::mem::replace(&mut self.shown, self.likes);
                let late = defect == Defect::LateCounter;
                serde_json::json!({ "likes": if late { shown } else { self.likes } })
            }
            "/log/add" => {
                self.added += 1;
                let log = self.logs.entry(me).or_default();
                let wrong = self.added.is_multiple_of(5);
                match defect {
                    Defect::LostElement if wrong => {}
                    Defect::Reordered if wrong && !log.is_empty() => {
                        log.insert(log.len() - 1, value);
                    }
                    _ => log.push(value),
                }
                serde_json::json!({})
            }
            "/log" => serde_json::json!({ "entries": self.logs.entry(me).or_default() }),
            _ => {
                self.asked += 1;
                let count = self.sessions.entry(me).or_default();
                *count += 1;
                if defect == Defect::ForgottenSession && self.asked % 7 == 0 {
                    *count = 1;
                }
                serde_json::json!({ "requests": *count })
            }
        }
    }
}

fn service(defect: Defect) -> Service {
    let state = Mutex::new(State::default());
    Service::start(move |path, stream| {
        let mut body = state.lock().unwrap().answer(defect, path);
        body["email"] = parameter(path, "mail").into();
        ok(stream, "application/json", body.to_string().as_bytes())
    })
}

const WHO: &str = "me={{ user.tag }}&mail={{ user.email }}";

/// What the users do with the thing that `defect` is about.
fn steps(defect: Defect, word: &str) -> String {
    let nickname = format!(
        r#"    When the user keeps the text "{{{{ unique }}}}" as "nickname"
    And the user sends POST "/nickname/set?{WHO}&value={{{{ user.kept.nickname }}}}"
    Then the user's "nickname" is now "{{{{ user.kept.nickname }}}}"
    When the user sends GET "/nickname?{WHO}"
    Then JSON "$.nickname" {word}shows the user's "nickname"
"#
    );
    let likes = format!(
        r#"    Given nobody but the users raises the counter "likes"
    When the user sends GET "/likes?{WHO}"
    Then JSON "$.likes" {word}shows the counter "likes"
    When the user sends POST "/likes/raise?{WHO}"
    Then the counter "likes" was raised by 1
"#
    );
    let log = format!(
        r#"    When the user keeps the text "{{{{ unique }}}}" as "entry"
    And the user sends POST "/log/add?{WHO}&value={{{{ user.kept.entry }}}}"
    Then "{{{{ user.kept.entry }}}}" was appended to the user's "log"
    When the user sends GET "/log?{WHO}"
    Then JSON "$.entries[*]" {word}shows the user's list "log"
"#
    );
    let session = format!(
        r#"    When the user sends GET "/session?{WHO}"
    Then JSON "$.requests" counts the user's requests of this session
"#
    );
    match defect {
        Defect::StaleValue | Defect::LostValue => nickname,
        Defect::LostUpdate | Defect::DoubledRaise | Defect::LateCounter => likes,
        Defect::LostElement | Defect::Reordered => log,
        Defect::ForgottenSession => session,
        Defect::Nothing => likes + &nickname + &log + &session,
    }
}

fn run(defect: Defect, word: &str) -> Ran {
    let service = service(defect);
    let feature = format!("Feature: f\n  Scenario: s\n{}", steps(defect, word));
    Fpt::feature(&feature)
        .load(4, 40, 3)
        .set(&format!("target={}", service.url()))
        .set("read-back.settle=100ms")
        .done()
}

#[track_caller]
fn check(defect: Defect) {
    let ran = run(defect, "");
    let found: BTreeSet<Rule> = ran.findings().iter().map(|own| own.rule).collect();
    let expected: BTreeSet<Rule> = rules(defect).iter().copied().collect();
    assert_eq!(found, expected, "{defect:?}: {ran}");
    assert_eq!(ran.code, i32::from(!expected.is_empty()), "{ran}");
    let again = fpt::report::recheck(&ran.folder()).unwrap();
    assert!(again.identical(), "{:?}: {ran}", again.difference);
}

#[test]
fn a_value_that_is_older_is_found() {
    check(Defect::StaleValue);
    check(Defect::LostValue);
}

#[test]
fn a_counter_with_too_little_or_too_much_is_found() {
    check(Defect::LostUpdate);
    check(Defect::DoubledRaise);
    check(Defect::LateCounter);
}

#[test]
fn a_list_that_loses_or_turns_elements_is_found() {
    check(Defect::LostElement);
    check(Defect::Reordered);
}

#[test]
fn a_session_that_begins_anew_is_found() {
    check(Defect::ForgottenSession);
}

#[test]
fn what_is_kept_is_read_back_and_accuses_nobody() {
    for word in ["", "eventually "] {
        let ran = run(Defect::Nothing, word).exits(0);
        assert_eq!(ran.findings(), [], "{ran}");
        let followed = ran.outcome()["coverage"]["consistency"]["followed"].clone();
        for (name, times) in [("nickname", 4), ("likes", 1), ("log", 4)] {
            let own = &followed[name];
            let count = |what: &str| own[what].as_u64().unwrap();
            assert!(count("acknowledged") > 4, "{own}: {ran}");
            assert_eq!(count("read_back"), times, "{own}: {ran}");
            assert_eq!(count("lost") + count("not_read_back"), 0, "{own}: {ran}");
        }
    }
}

/// What is promised in the end may come late.
#[test]
fn what_comes_late_and_is_promised_in_the_end_accuses_nobody() {
    for defect in [Defect::StaleValue, Defect::LateCounter] {
        let ran = run(defect, "eventually ").exits(0);
        assert_eq!(ran.findings(), [], "{ran}");
    }
}
