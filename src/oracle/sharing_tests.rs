//! What the eyes see of learned, scoped, shared and issued values.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::model::{
    Credential, Exchange, Fact, Finding, Intent, Lesson, Origin, Place, Probe, Received, RequestId,
    RunTag, Sent, StepRef, Timestamp, UserId, ValueHasher, Visibility,
};

const TAG: RunTag = RunTag(9);

/// Six people; 0 and 1, 2 and 3, 4 and 5 share a group.
fn oracle() -> Oracle {
    let settings = EyesSettings {
        hasher: ValueHasher::new([3; 32]),
        tag: TAG,
        request_id_header: "x-request-id".to_owned(),
        denied: vec![401, 403, 404],
        refusals: Vec::new(),
    };
    let eyes = Eyes::new(settings, 100);
    for user in 0..6 {
        let member = fact("member_id", &format!("M-10000{user}"), Origin::Generated);
        eyes.learn(UserId(user), user / 2, &member);
    }
    let judge = Judge::new(JudgeSettings {
        tag: TAG,
        session_expires: None,
        findings_before: 0,
        incidents_before: 0,
    });
    Oracle::new(Arc::new(eyes), Arc::default(), judge)
}

fn fact(name: &str, value: &str, origin: Origin) -> Fact {
    Fact {
        name: name.into(),
        value: value.to_owned(),
        visibility: Visibility::Private,
        origin,
        weak: false,
    }
}

fn lesson(field: Option<&str>) -> Lesson {
    Lesson {
        route: "POST /documents".into(),
        place: Place::new("a.feature", 12),
        field: field.map(Into::into),
    }
}

fn at(millis: u64) -> Timestamp {
    Timestamp::after(Duration::from_millis(millis))
}

/// The answer to `GET path` by `user`, under way from `sent` for 5 ms.
fn answered(user: u32, sent: u64, path: &str, body: &str) -> Exchange {
    let id = RequestId::new(TAG, UserId(user), sent);
    Exchange {
        id,
        user: UserId(user),
        session: 0,
        iteration: 1,
        step: Arc::new(StepRef {
            scenario: "s".into(),
            text: "When x".into(),
            place: Place::new("a.feature", 3),
        }),
        hop: 0,
        request: Sent {
            method: "GET".into(),
            url: format!("http://host.test{path}"),
            route: path.into(),
            ..Sent::default()
        },
        due: at(sent),
        sent: at(sent),
        first_byte: None,
        done: at(sent + 5),
        response: Some(Received {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.to_owned().into(),
            cut: false,
        }),
        error: None,
        instance: None,
        intent: Intent::default(),
    }
}

fn findings(oracle: &Oracle, exchange: &Exchange) -> Vec<Finding> {
    oracle.observe(exchange, "load", |_, findings| findings.to_vec())
}

/// Whose facts the answer shows, and where.
fn seen(oracle: &Oracle, exchange: &Exchange) -> Vec<(u32, String, String)> {
    findings(oracle, exchange)
        .into_iter()
        .map(|finding| {
            let spot = finding.witness.spot.map(|spot| spot.to_string());
            let owner = finding.owner.unwrap();
            (owner.0, finding.rule.to_string(), spot.unwrap_or_default())
        })
        .collect()
}

fn teach(oracle: &Oracle, user: u32, name: &str, value: &str, field: Option<&str>) {
    let mut claims = Claims::default();
    let (id, eyes) = (UserId(user), oracle.eyes());
    eyes.claim(id, &name.into(), field, value, &mut claims);
    let learned = fact(name, value, Origin::Learned);
    eyes.study(id, user / 2, &learned, lesson(field));
}

/// Numbers in `field` turn out to be counted for all users.
fn count_for_all(oracle: &Oracle, field: &str) {
    for user in [3, 4, 5, 3, 4, 5] {
        teach(oracle, user, "counted", &format!("90{user}"), Some(field));
    }
}

fn foreign(owner: u32, spot: &str) -> Vec<(u32, String, String)> {
    vec![(owner, "foreign-data".to_owned(), spot.to_owned())]
}

#[test]
fn a_short_number_belongs_to_its_field() {
    let oracle = oracle();
    count_for_all(&oracle, "appointmentid");
    teach(&oracle, 1, "appointment", "17", Some("appointmentid"));
    for (path, body, spot) in [
        (
            "/me",
            r#"{"appointmentId": 17}"#,
            Some("JSON $.appointmentId"),
        ),
        (
            "/me",
            r#"{"appointment_id": "17"}"#,
            Some("JSON $.appointment_id"),
        ),
        ("/appointments", r#"[{"id": 17}]"#, Some("JSON $[0].id")),
        (
            "/x",
            r#"{"appointment": {"id": 17}}"#,
            Some("JSON $.appointment.id"),
        ),
        ("/providers", r#"[{"id": 17}]"#, None),
        ("/me", r#"{"age": 17, "appointmentId": 18}"#, None),
        ("/me", r#"{"appointmentId": 170}"#, None),
        ("/me", r#"{"note": "appointmentId 17"}"#, None),
        // The user's own input.
        ("/appointments/17", r#"{"appointmentId": 17}"#, None),
    ] {
        let expected = spot.map_or_else(Vec::new, |spot| foreign(1, spot));
        assert_eq!(
            seen(&oracle, &answered(2, 10, path, body)),
            expected,
            "{body} at {path}"
        );
    }
    let own = answered(1, 20, "/me", r#"{"appointmentId": 17}"#);
    assert_eq!(seen(&oracle, &own), []);
    assert_eq!(oracle.coverage().own_sightings, 1);
}

#[test]
fn other_forms_of_bodies_have_fields_as_well() {
    let oracle = oracle();
    count_for_all(&oracle, "appointmentid");
    teach(&oracle, 1, "appointment", "17", Some("appointmentid"));
    for (media_type, body) in [
        (
            "text/html",
            "<form><input name=appointmentId value=17></form>",
        ),
        ("text/html", "<li data-appointment-id=17>x</li>"),
        ("text/csv", "no,appointment_id\n1,17\n"),
        ("application/xml", "<appointment><id>17</id></appointment>"),
        ("application/xml", "<x><appointment id='17'/></x>"),
    ] {
        let mut exchange = answered(2, 10, "/x", body);
        if let Some(response) = &mut exchange.response {
            response.headers[0].1 = media_type.to_owned();
        }
        let owners: Vec<u32> = seen(&oracle, &exchange)
            .into_iter()
            .map(|(owner, ..)| owner)
            .collect();
        assert_eq!(owners, [1], "{body}");
        if let Some(response) = &mut exchange.response {
            response.body = body.replace("ppointment", "rticle").into();
        }
        assert_eq!(seen(&oracle, &exchange), [], "{body}");
    }
}

#[test]
fn a_value_that_two_were_issued_accuses_nobody() {
    let oracle = oracle();
    let body = |value: &str| format!(r#"{{"order": {{"no": "{value}"}}}}"#);
    teach(&oracle, 1, "order", "ORD-0001", None);
    let show = |user, value: &str| seen(&oracle, &answered(user, 10, "/orders", &body(value)));
    assert_eq!(show(2, "ORD-0001"), foreign(1, "JSON $.order.no"));
    // Taken back: the answer in which the second was issued is under accusation.
    let mut claims = Claims::default();
    oracle
        .eyes()
        .claim(UserId(4), &"order".into(), None, "ORD-0001", &mut claims);
    assert_eq!(show(2, "ORD-0001"), []);
    oracle.eyes().withdraw(claims);
    assert_eq!(show(2, "ORD-0001"), foreign(1, "JSON $.order.no"));
    teach(&oracle, 4, "order", "ORD-0001", None);
    for user in [1, 2, 4] {
        assert_eq!(show(user, "ORD-0001"), []);
    }
    // Scoped ones likewise.
    count_for_all(&oracle, "orderno");
    teach(&oracle, 1, "count", "1", Some("orderno"));
    assert_eq!(show(2, "1"), foreign(1, "JSON $.order.no"));
    teach(&oracle, 4, "count", "1", Some("orderno"));
    assert_eq!(show(2, "1"), []);
    assert_eq!(oracle.coverage().contested, 2);
}

#[test]
fn numbers_may_be_counted_for_each_user() {
    let show = |oracle: &Oracle, number: u32| {
        let body = format!(r#"{{"appointmentId": {number}}}"#);
        seen(oracle, &answered(2, 10, "/appointments", &body))
    };
    let told = foreign(1, "JSON $.appointmentId");
    let field = Some("appointmentid");
    // The first one has had six, the second one ten: its own seventh.
    let counted = oracle();
    for (user, number) in [(1, 7), (2, 11), (1, 8), (2, 12)] {
        teach(&counted, user, "appointment", &format!("{number}"), field);
    }
    assert_eq!(show(&counted, 7), []);
    // Counted for all.
    let counted = oracle();
    for (user, number) in [(1, 7), (2, 8), (1, 9), (2, 10)] {
        teach(&counted, user, "appointment", &format!("{number}"), field);
    }
    assert_eq!(show(&counted, 7), told);
    // Until one is given to two: then no number of the field is anybody's, but
    // those that a step says are.
    teach(&counted, 1, "appointment", "123456", field);
    assert_eq!(show(&counted, 123_456), told);
    teach(&counted, 4, "appointment", "9", field);
    assert_eq!(show(&counted, 7), []);
    assert_eq!(show(&counted, 123_456), []);
    counted.eyes().insist(UserId(1), field, "7");
    assert_eq!(show(&counted, 7), told);
}

#[test]
fn a_drawn_value_is_the_first_ones() {
    let oracle = oracle();
    let id = |number: u64| {
        let bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("AP-{:012X}", (bits ^ (bits >> 29)) >> 16)
    };
    for number in 0..20 {
        teach(&oracle, 1, "appointment", &id(number), None);
    }
    let answer = answered(2, 10, "/appointments", &format!(r#"{{"id": "{}"}}"#, id(3)));
    let mut claims = Claims::default();
    let eyes = oracle.eyes();
    eyes.claim(UserId(2), &"appointment".into(), None, &id(3), &mut claims);
    assert_eq!(seen(&oracle, &answer), foreign(1, "JSON $.id"));
    eyes.withdraw(claims);
    assert_eq!(seen(&oracle, &answer), foreign(1, "JSON $.id"));
    assert_eq!(oracle.coverage().contested, 0);
    // Of another name too little is known.
    teach(&oracle, 2, "visit", &id(3), None);
    assert_eq!(seen(&oracle, &answer), []);
    assert_eq!(oracle.coverage().contested, 1);
}

#[test]
fn a_granted_value_is_seen_while_the_grant_lasts() {
    let oracle = oracle();
    let value = "DOC-7F3K9Q2M";
    teach(&oracle, 1, "document", value, None);
    let sharing = oracle.eyes().sharing();
    let (owner, reader) = (UserId(1), UserId(3));
    sharing.grant(owner, &fold(value), reader, at(100));
    let body = format!(r#"{{"documentId": "{value}"}}"#);
    let show = |user, sent| findings(&oracle, &answered(user, sent, "/documents/shared", &body));
    assert_eq!(show(3, 50).len(), 1, "before");
    assert_eq!(show(3, 96), [], "overlaps the beginning");
    assert_eq!(show(3, 200), []);
    assert_eq!(show(4, 200)[0].owner, Some(owner), "a third one");
    sharing.revoke(owner, &fold(value), reader, at(300));
    assert_eq!(show(3, 299), [], "overlaps the end");
    let found = show(3, 301);
    assert_eq!(
        found[0].witness.held_private.as_deref(),
        Some(
            "`document` was learned from the answer to POST /documents at a.feature:12 for \
             u000001 and is private to that user, shared with u000003 from 0.100 s until \
             0.300 s; the request did not send it"
        )
    );
    let found = show(5, 301);
    let why = found[0].witness.held_private.as_deref().unwrap();
    assert!(why.contains("until 0.300 s, never with u000005"), "{why}");
}

#[test]
fn roles_see_what_they_may_and_no_more() {
    let oracle = oracle();
    let rights = |own_group| {
        Arc::new(RoleRights {
            facts: ["member_id".to_owned()].into(),
            own_group,
        })
    };
    let sharing = oracle.eyes().sharing();
    sharing.allow(UserId(0), &rights(false));
    sharing.allow(UserId(2), &rights(true));
    teach(&oracle, 3, "document", "DOC-7F3K9Q2M", None);
    let show = |user, value: &str| {
        let body = format!(r#"{{"x": "{value}"}}"#);
        seen(&oracle, &answered(user, 10, "/patients", &body))
    };
    assert_eq!(show(0, "M-100005"), []);
    assert_eq!(show(2, "M-100003"), [], "of the own group");
    assert_eq!(show(2, "M-100005"), foreign(5, "JSON $.x"));
    assert_eq!(show(4, "M-100005"), foreign(5, "JSON $.x"));
    assert_eq!(show(0, "DOC-7F3K9Q2M"), foreign(3, "JSON $.x"));
}

fn issue(oracle: &Oracle, user: u32, name: &str, value: &str) {
    let credential = Credential {
        name: name.to_owned(),
        value: value.to_owned(),
        guessed: false,
    };
    let mut claims = Claims::default();
    let eyes = oracle.eyes();
    eyes.claim_credential(UserId(user), &credential, &mut claims);
    eyes.study_credential(UserId(user), user / 2, &credential, &lesson(None));
}

#[test]
fn a_session_credential_is_its_holders_own() {
    let oracle = oracle();
    issue(&oracle, 1, "sid", "0123456789abcdef01");
    let body = r#"{"debug": "sid=0123456789abcdef01"}"#;
    let show = |user| seen(&oracle, &answered(user, 10, "/status", body));
    assert_eq!(show(2), [], "it may be a constant so far");
    issue(&oracle, 3, "sid", "fedcba987654321098");
    assert_eq!(show(2), foreign(1, "JSON $.debug"));
    assert_eq!(show(1), []);
    // That the own cookie comes back is no sign that data would be noticed.
    assert_eq!(oracle.coverage().own_sightings, 0);
    issue(&oracle, 4, "authorization", "Bearer aaaabbbbccccddddeeee1");
    issue(&oracle, 5, "authorization", "Bearer aaaabbbbccccddddeeee2");
    let body = r#"{"token": "aaaabbbbccccddddeeee1"}"#;
    let leaked = answered(2, 20, "/status", body);
    assert_eq!(seen(&oracle, &leaked), foreign(4, "JSON $.token"));
}

#[test]
fn a_constant_with_the_name_of_a_credential_is_nobodys() {
    let oracle = oracle();
    for user in [1, 2, 3] {
        issue(&oracle, user, "auth_region", "eu-central-1-production");
    }
    let body = r#"{"region": "eu-central-1-production"}"#;
    assert_eq!(seen(&oracle, &answered(4, 10, "/status", body)), []);
}

#[test]
fn a_probe_by_the_harness_is_granted_by_what_is_the_owners() {
    let oracle = oracle();
    let probe = |kind, body: &str| {
        let mut exchange = answered(2, 10, "/appointments/17", body);
        exchange.intent.denial_expected = kind != Probe::Absent;
        exchange.intent.probed = (kind != Probe::Absent).then_some(UserId(1));
        exchange.intent.probe = Some(kind);
        seen(&oracle, &exchange)
    };
    let granted = |spot: &str| vec![(1, "access-granted".to_owned(), spot.to_owned())];
    let shows = r#"{"memberId": "M-100001"}"#;
    assert_eq!(probe(Probe::Kept, shows), granted("JSON $.memberId"));
    assert_eq!(probe(Probe::Kept, r#"{"provider": 1}"#), []);
    assert_eq!(probe(Probe::Declared, r#"{"provider": 1}"#), granted(""));
    assert_eq!(probe(Probe::Absent, r#"{"provider": 1}"#), []);
}

/// Father and son, who share a name.
fn namesakes() -> Oracle {
    let oracle = oracle();
    for user in 0..2 {
        let mut own = fact("full_name", "Björn Lindner", Origin::Account);
        own.visibility = Visibility::Group;
        oracle.eyes().learn(UserId(user), 0, &own);
    }
    oracle
}

const NAMESAKES: &str = r#"{"from":"Björn Lindner"}"#;

#[test]
fn what_one_of_several_has_shared_accuses_for_none_of_them() {
    for owner in 0..2 {
        let oracle = namesakes();
        let sharing = oracle.eyes().sharing();
        sharing.grant(UserId(owner), "björn lindner", UserId(2), at(10));
        let told =
            |user, sent| findings(&oracle, &answered(user, sent, "/shared-with-me", NAMESAKES));
        assert!(told(2, 100).is_empty(), "shared by {owner}");
        // Neither of them did with this one.
        assert_eq!(told(4, 200).len(), 1);
        sharing.revoke(UserId(owner), "björn lindner", UserId(2), at(300));
        assert_eq!(told(2, 400).len(), 1);
    }
}

#[test]
fn a_value_of_several_of_a_group_is_told_once_as_the_groups() {
    let oracle = namesakes();
    for user in 0..2 {
        assert!(findings(&oracle, &answered(user, 10, "/me", NAMESAKES)).is_empty());
    }
    let found = findings(&oracle, &answered(3, 20, "/me", NAMESAKES));
    let messages: Vec<&str> = found.iter().map(|own| own.message.as_str()).collect();
    let message = "u000003 saw full_name of u000000, which 2 of one group have, in JSON $.from";
    assert_eq!(messages, [message]);
}

#[test]
fn a_finding_says_that_the_user_had_sent_the_value_before() {
    let told = |change: &dyn Fn(&mut Exchange)| {
        let oracle = oracle();
        for sent in [10, 20] {
            let mut asked = answered(2, sent, "/contacts", "{}");
            asked.request.method = "POST".into();
            asked.request.body = r#"{"contact":"M-100004","own":"M-100002"}"#.into();
            change(&mut asked);
            assert!(findings(&oracle, &asked).is_empty());
        }
        let shown = answered(2, 30, "/me", r#"{"contact":"M-100004"}"#);
        let found = findings(&oracle, &shown);
        assert_eq!(found.len(), 1, "it accuses all the same");
        let why = found[0].witness.held_private.clone().unwrap();
        let other = answered(0, 40, "/me", r#"{"contact":"M-100004"}"#);
        let others = findings(&oracle, &other)[0].witness.held_private.clone();
        assert!(others.unwrap().ends_with("the request did not send it"));
        why
    };
    let why = told(&|_| {});
    assert!(
        why.ends_with(
            "; the request did not send it, but u000002 had sent it before (2 times, first with \
             POST /contacts at 0.010 s): this may be their own input"
        ),
        "{why}"
    );
    let unsaid: [&dyn Fn(&mut Exchange); 3] = [
        &|own| own.request.body = "{}".into(),
        &|own| own.intent.signs_in = true,
        &|own| own.intent.probe = Some(Probe::Absent),
    ];
    for change in unsaid {
        let why = told(change);
        assert!(why.ends_with("; the request did not send it"), "{why}");
    }
}
