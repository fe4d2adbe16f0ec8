//! Values, counters, lists, counted sessions, accounts and refused notes: a small
//! service that does one thing wrong with each of them, or only looks like it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use fpt::model::Rule;
use tokio::time::Instant;

use crate::support::hostile::{Service, Then, parameter};
use crate::support::run::{Fpt, Ran};

/// What the service does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    Nothing,
    /// The first reading after a change shows what was there before: a cache
    /// that ends by use.
    StaleValue,
    /// A change is shown for a second, and was never written.
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
    /// Every 60th request is counted in the session of somebody who has asked
    /// much more.
    ForeignSession,
    /// A balancer sends every tenth request three times, and all are counted.
    RepeatedRequest,
    /// The second reading after a change shows a value that nobody wrote.
    DamagedValue,
    /// Every second value is shown in another spelling, always the same.
    OwnSpelling,
    /// Every fifth transfer arrives only after the next reading.
    TornTransfer,
    /// Every fifth transfer never arrives.
    LostTransfer,
    /// Every fifth transfer arrives twice.
    DoubledTransfer,
    /// Every ninth note is kept although it is refused.
    PhantomNote,
    /// Refused notes are listed, as refused.
    DeclinedNotes,
    /// A balancer sends every ninth note twice and hands on the second answer:
    /// refused, for it is there.
    RepeatedNote,
}

/// What each of them has to be caught as; a defect without a row does not
/// compile.
fn rules(defect: Defect) -> &'static [Rule] {
    match defect {
        Defect::Nothing
        | Defect::RepeatedRequest
        | Defect::OwnSpelling
        | Defect::DeclinedNotes
        | Defect::RepeatedNote => &[],
        Defect::StaleValue
        | Defect::Reordered
        | Defect::ForgottenSession
        | Defect::ForeignSession
        | Defect::DamagedValue => &[Rule::SessionRollback],
        Defect::LostValue | Defect::LostUpdate | Defect::LostTransfer => &[Rule::LostWrite],
        Defect::DoubledRaise | Defect::DoubledTransfer => &[Rule::DoubleBooking],
        Defect::LateCounter | Defect::TornTransfer => &[Rule::StaleRead],
        Defect::PhantomNote => &[Rule::PhantomWrite],
        // Its own session misses it, and so it is in the end.
        Defect::LostElement => &[Rule::SessionRollback, Rule::LostWrite],
    }
}

#[derive(Debug, Default)]
struct Value {
    now: String,
    before: String,
    readings: u32,
    changed: Option<Instant>,
}

impl Value {
    fn is_old(&self) -> bool {
        let age = self.changed.map(|changed| changed.elapsed());
        age.is_some_and(|age| age > Duration::from_secs(1))
    }
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
    /// What was moved from the first account to the second one, and what of it
    /// has arrived or is on the way.
    moved: [i64; 3],
    notes: BTreeMap<String, Vec<String>>,
    noted: usize,
}

impl State {
    fn answer(&mut self, defect: Defect, path: &str) -> (u16, serde_json::Value) {
        let (me, value) = (parameter(path, "me"), parameter(path, "value"));
        let page = path.split('?').next().unwrap_or_default();
        match page {
            "/accounts" | "/accounts/transfer" => (200, self.bank(defect, page)),
            "/notes" => (
                200,
                serde_json::json!({ "notes": self.notes.entry(me).or_default() }),
            ),
            "/notes/add" => (self.note(defect, me, value), serde_json::json!({})),
            _ => (200, self.followed(defect, page, me, value)),
        }
    }

    fn bank(&mut self, defect: Defect, page: &str) -> serde_json::Value {
        let [gone, come, coming] = &mut self.moved;
        if page == "/accounts/transfer" {
            *gone += 1;
            match defect {
                // Not among the first: what they show is the measure.
                Defect::TornTransfer if *gone > 10 && *gone % 5 == 0 => *coming += 1,
                Defect::LostTransfer if *gone % 5 == 0 => {}
                Defect::DoubledTransfer if *gone % 5 == 0 => *come += 2,
                _ => *come += 1,
            }
            return serde_json::json!({});
        }
        let balances = [(1_000 - *gone).to_string(), format!("{come}.50")];
        *come += std::mem::take(coming);
        serde_json::json!({ "accounts": balances.map(|own| serde_json::json!({ "balance": own })) })
    }

    /// Every note is refused, except where a balancer is between.
    fn note(&mut self, defect: Defect, me: String, value: String) -> u16 {
        self.noted += 1;
        let ninth = self.noted.is_multiple_of(9);
        let (kept, status) = match defect {
            Defect::PhantomNote => (ninth, 422),
            Defect::DeclinedNotes => (true, 422),
            Defect::RepeatedNote if ninth => (true, 422),
            Defect::RepeatedNote if self.noted % 9 == 4 => (true, 201),
            _ => (false, 422),
        };
        if kept {
            self.notes.entry(me).or_default().push(value);
        }
        status
    }

    fn followed(
        &mut self,
        defect: Defect,
        page: &str,
        me: String,
        value: String,
    ) -> serde_json::Value {
        let value_of = |own: &Value| match defect {
            Defect::DamagedValue if own.readings == 2 => "damaged".to_owned(),
            Defect::OwnSpelling if own.now.ends_with(['0', '2', '4', '6', '8']) => {
                format!("Dear {}", own.now)
            }
            Defect::StaleValue if own.readings == 1 => own.before.clone(),
            Defect::LostValue if own.is_old() => own.before.clone(),
            _ => own.now.clone(),
        };
        let wrong = |count: i64| count % 5 == 0;
        match page {
            "/nickname/set" => {
                let own = self.values.entry(me).or_default();
                if defect != Defect::LostValue || own.before.is_empty() {
                    own.before = std::mem::take(&mut own.now);
                }
                own.now = value;
                own.changed = Some(Instant::now());
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
                *count += match defect {
                    Defect::RepeatedRequest if self.asked % 10 == 0 => 3,
                    Defect::ForeignSession if self.asked % 60 == 0 => 5_000,
                    _ => 1,
                };
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
        let (status, mut body) = state.lock().unwrap().answer(defect, path);
        body["email"] = parameter(path, "mail").into();
        let body = body.to_string();
        let length = body.len();
        let head = "content-type: application/json\r\ncontent-length";
        write!(
            stream,
            "HTTP/1.1 {status} So\r\n{head}: {length}\r\n\r\n{body}"
        )?;
        Ok(Then::GoOn)
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
    let once_more = format!(
        r#"    When the user sends GET "/nickname?{WHO}"
    Then JSON "$.nickname" shows the user's "nickname"
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
    let always = if word.is_empty() { "always " } else { word };
    let transfer = format!(
        r#"    When the user sends POST "/accounts/transfer?{WHO}"
    And the user sends GET "/accounts?{WHO}"
"#
    );
    let place = r#"    Then JSON "$.accounts[*].balance""#;
    let same = format!("{transfer}{place} always adds up to the same\n");
    let known = format!("{transfer}{place} {always}adds up to \"1000.5\"\n");
    let notes = format!(
        r#"    Given saved "note" are {word}listed by GET "/notes?{WHO}" at JSON "$.notes[*]"
    When the user keeps the text "{{{{ unique }}}}" as "note"
    And the user sends POST "/notes/add?{WHO}&value={{{{ user.kept.note }}}}"
    Then the response status is one of 201, 422
    And "note" "{{{{ user.kept.note }}}}" of the user is saved
"#
    );
    match defect {
        Defect::StaleValue | Defect::LostValue => nickname,
        Defect::DamagedValue | Defect::OwnSpelling => nickname + &once_more,
        Defect::LostUpdate | Defect::DoubledRaise | Defect::LateCounter => likes,
        Defect::LostElement | Defect::Reordered => log,
        Defect::ForgottenSession | Defect::ForeignSession | Defect::RepeatedRequest => session,
        Defect::TornTransfer => same,
        Defect::LostTransfer | Defect::DoubledTransfer => known,
        Defect::PhantomNote | Defect::DeclinedNotes | Defect::RepeatedNote => notes,
        Defect::Nothing => likes + &nickname + &log + &session + &known + &notes,
    }
}

fn run(defect: Defect, word: &str) -> Ran {
    let service = service(defect);
    let feature = format!("Feature: f\n  Scenario: s\n{}", steps(defect, word));
    Fpt::feature(&feature)
        .load(4, 40, 3)
        .set(&format!("target={}", service.url()))
        .set(match defect {
            // Whoever ended with a change has not read it yet.
            Defect::LostValue => "read-back.settle=2s",
            _ => "read-back.settle=100ms",
        })
        .done()
}

#[track_caller]
fn check(defect: Defect) -> Ran {
    let ran = run(defect, "");
    let found: BTreeSet<Rule> = ran.findings().iter().map(|own| own.rule).collect();
    let expected: BTreeSet<Rule> = rules(defect).iter().copied().collect();
    assert_eq!(found, expected, "{defect:?}: {ran}");
    assert_eq!(ran.code, i32::from(!expected.is_empty()), "{ran}");
    let again = fpt::report::recheck(&ran.folder()).unwrap();
    assert!(again.identical(), "{:?}: {ran}", again.difference);
    ran
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
fn a_session_that_is_somebody_elses_is_found() {
    let ran = check(Defect::ForeignSession);
    let findings = ran.findings();
    let told = |part| findings.iter().any(|own| own.message.contains(part));
    assert!(told("it is not the state of this session"), "{ran}");
    check(Defect::RepeatedRequest);
}

#[test]
fn a_value_that_nobody_wrote_is_found() {
    let ran = check(Defect::DamagedValue);
    for own in ran.findings() {
        assert!(
            own.message.contains("shows a value that was not written"),
            "{ran}"
        );
        assert_eq!(own.witness.route, format!("GET /nickname?{WHO}"), "{ran}");
    }
    let ran = check(Defect::OwnSpelling);
    let coverage = &ran.outcome()["coverage"]["consistency"];
    assert!(coverage["ambiguous_reads"].as_u64().unwrap() > 4, "{ran}");
}

#[test]
fn accounts_that_do_not_add_up_are_found() {
    check(Defect::TornTransfer);
    check(Defect::LostTransfer);
    check(Defect::DoubledTransfer);
}

#[test]
fn refused_notes_that_are_there_are_found() {
    let ran = check(Defect::PhantomNote);
    for own in ran.findings() {
        let write = own.witness.write.as_ref().unwrap();
        assert_eq!(write.request.user(), own.user, "{ran}");
        assert!(write.route.starts_with("POST /notes/add"), "{ran}");
        assert!(own.witness.route.starts_with("GET /notes"), "{ran}");
    }
    let notes = |ran: &Ran, what: &str| {
        let notes = ran.outcome()["coverage"]["consistency"]["kinds"]["note"].clone();
        notes[what].as_u64().unwrap()
    };
    assert_eq!(
        notes(&ran, "phantoms"),
        ran.findings().len() as u64,
        "{ran}"
    );
    assert!(notes(&ran, "stayed_away") > 5, "{ran}");
    let ran = check(Defect::DeclinedNotes);
    assert_eq!(notes(&ran, "phantoms"), 0, "{ran}");
    let ran = check(Defect::RepeatedNote);
    assert!(notes(&ran, "stayed_away") > 5, "{ran}");
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
        let accounts = &followed["JSON $.accounts[*].balance"];
        assert_eq!(accounts["read_back"], 4, "{accounts}: {ran}");
        let kinds = &ran.outcome()["coverage"]["consistency"]["kinds"];
        assert!(kinds["note"]["stayed_away"].as_u64().unwrap() > 4, "{ran}");
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
