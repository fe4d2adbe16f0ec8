//! The oracle as a whole, on made-up exchanges: what is clean stays silent, one
//! injected defect gives exactly its finding, and the order of users does not
//! matter.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::model::{
    Credential, ErrorClass, Fact, IdentityClaim, InstanceId, Intent, Origin, Place, Received,
    RequestId, RunTag, Sent, Spot, StepRef, Timestamp, UserId, ValueHasher, Visibility,
};

const TAG: RunTag = RunTag(7);

fn email(user: u32) -> String {
    format!("person{user:03}@example.test")
}

fn name(user: u32) -> String {
    format!(
        "Ännchen Nürnberg{}",
        ["a", "b", "c", "d", "e", "f"][user as usize]
    )
}

fn address(group: u32) -> String {
    format!("{} Long Street, Town", 100 + group)
}

/// Six people; 0 and 1, 2 and 3, 4 and 5 share a household.
fn oracle() -> Oracle {
    let settings = EyesSettings {
        hasher: ValueHasher::new([3; 32]),
        tag: TAG,
        request_id_header: "x-request-id".to_owned(),
        denied: vec![401, 403, 404],
        refusals: crate::model::Outcome::REFUSALS.to_vec(),
    };
    let eyes = Eyes::new(settings, 100);
    for user in 0..6 {
        let group = user / 2;
        for (fact, value, visibility, weak) in [
            ("email", email(user), Visibility::Private, false),
            ("full_name", name(user), Visibility::Private, false),
            ("address", address(group), Visibility::Group, false),
            (
                "birth_date",
                "1990-01-01".to_owned(),
                Visibility::Private,
                true,
            ),
        ] {
            let fact = Fact {
                name: fact.into(),
                value,
                visibility,
                origin: Origin::Generated,
                weak,
            };
            eyes.learn(UserId(user), group, &fact);
        }
    }
    eyes.declare_public("provider", "Dr. Public Person");
    let judge = Judge::new(JudgeSettings {
        tag: TAG,
        session_expires: Some(Duration::from_mins(1)),
        findings_before: 0,
        incidents_before: 0,
    });
    Oracle::new(Arc::new(eyes), Arc::default(), judge)
}

fn at(millis: u64) -> Timestamp {
    Timestamp::after(Duration::from_millis(millis))
}

/// A request of `user` without a response.
fn asked(user: u32, number: u64) -> Exchange {
    Exchange {
        id: RequestId::new(TAG, UserId(user), number),
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
            url: "http://host.test/me".into(),
            route: "/me".into(),
            ..Sent::default()
        },
        due: at(number * 10),
        sent: at(number * 10),
        first_byte: None,
        done: at(number * 10 + 5),
        response: None,
        error: None,
        instance: Some(InstanceId {
            name: "n1".into(),
            incarnation: "x".into(),
        }),
        intent: Intent {
            signed_in: true,
            ..Intent::default()
        },
    }
}

/// A request of `user` with a response.
fn answered(user: u32, number: u64, media_type: &str, body: String) -> Exchange {
    let mut exchange = asked(user, number);
    exchange.response = Some(Received {
        status: 200,
        headers: vec![
            ("content-type".into(), media_type.into()),
            ("x-request-id".into(), exchange.id.to_string()),
        ],
        body: Bytes::from(body),
        cut: false,
    });
    exchange
}

/// How a service may write a person's data down.
#[derive(Clone, Copy, Debug)]
enum Form {
    Json,
    Html,
    Xml,
    Csv,
    Text,
    Header,
}

const FORMS: [Form; 6] = [
    Form::Json,
    Form::Html,
    Form::Xml,
    Form::Csv,
    Form::Text,
    Form::Header,
];

/// A response to `user` that shows the data of `shown`.
fn profile(user: u32, shown: u32, number: u64, form: Form) -> Exchange {
    let (email, name, address) = (email(shown), name(shown), address(shown / 2));
    let (media_type, body) = match form {
        Form::Json => (
            "application/json",
            serde_json::json!({"who": {"mail": email, "name": name}, "address": address})
                .to_string(),
        ),
        Form::Html => (
            "text/html",
            format!(
                "<p class=who>{}</p><a href=\"mailto:{email}\">{address}</a>",
                name.replace('Ä', "&Auml;")
            ),
        ),
        Form::Xml => (
            "application/xml",
            format!("<who mail=\"{email}\"><n>{name}</n>{address}</who>"),
        ),
        Form::Csv => (
            "text/csv",
            format!("mail,name,address\n{email},{name},\"{address}\"\n"),
        ),
        Form::Text | Form::Header => ("text/plain", format!("Dear {name}, of {address}")),
    };
    let mut exchange = answered(user, number, media_type, body);
    if let (Form::Header, Some(response)) = (form, &mut exchange.response) {
        response.headers.push(("x-user".into(), email));
        response.body = Bytes::from_static(b"ok");
    }
    exchange
}

fn judge(oracle: &Oracle, exchange: &Exchange) -> Vec<Finding> {
    oracle.observe(exchange, "steady", |_, findings| findings.to_vec())
}

/// Rule, user, owner and spot of every finding.
fn told(findings: &[Finding]) -> Vec<(Rule, u32, Option<u32>, Option<Spot>)> {
    findings
        .iter()
        .map(|finding| {
            let owner = finding.owner.map(|owner| owner.0);
            (
                finding.rule,
                finding.user.0,
                owner,
                finding.witness.spot.clone(),
            )
        })
        .collect()
}

#[test]
fn foreign_data_is_found_in_every_form_and_told_with_its_place() {
    for form in FORMS {
        let oracle = oracle();
        assert_eq!(
            judge(&oracle, &profile(2, 2, 1, form)),
            [],
            "own data in {form:?}"
        );
        let findings = judge(&oracle, &profile(2, 5, 2, form));
        let spot = match form {
            Form::Json => Spot::Json("$.who.mail".into()),
            Form::Html => Spot::Html("p.who".into()),
            Form::Xml => Spot::Xml("/who/@mail".into()),
            Form::Csv => Spot::Csv {
                row: 1,
                column: "mail".into(),
            },
            Form::Text => Spot::Text(5),
            Form::Header => Spot::Header("x-user".into()),
        };
        let told = told(&findings);
        assert_eq!(told.len(), 1, "{form:?}: {told:?}");
        assert_eq!(
            (told[0].0, told[0].1, told[0].2),
            (Rule::ForeignData, 2, Some(5)),
            "{form:?}"
        );
        assert_eq!(told[0].3, Some(spot), "{form:?}");
        let written = serde_json::to_string(&findings).unwrap();
        assert!(
            !written.contains("person005") && !written.contains("nchen"),
            "{written}"
        );
    }
}

#[test]
fn what_is_shared_public_weak_or_echoed_accuses_nobody() {
    let oracle = oracle();
    let household = answered(0, 1, "text/plain", address(0));
    let birthday = answered(0, 2, "text/plain", "1990-01-01".to_owned());
    let provider = answered(0, 3, "text/plain", "Dr. Public Person".to_owned());
    let mut search = answered(
        0,
        4,
        "application/json",
        format!("{{\"q\":\"{}\"}}", email(3)),
    );
    search.request.url = format!("http://host.test/search?q={}", email(3).replace('@', "%40"));
    let mut form = answered(0, 5, "text/plain", format!("You wrote: {}", name(4)));
    form.request.body = Bytes::from(format!(
        "text={}",
        name(4)
            .replace(' ', "+")
            .replace('Ä', "%C3%84")
            .replace('ü', "%C3%BC")
    ));
    let mut redirected = answered(0, 6, "text/plain", format!("You wrote: {}", name(4)));
    redirected.hop = 1;
    redirected.intent.first = Some(Arc::new(form.request.clone()));
    for exchange in [household, birthday, provider, search, form, redirected] {
        assert_eq!(told(&judge(&oracle, &exchange)), [], "{}", exchange.id);
    }
    // The same without the excuse.
    let stranger = answered(0, 7, "text/plain", address(1));
    assert_eq!(told(&judge(&oracle, &stranger))[0].0, Rule::ForeignData);
}

#[test]
fn a_leaked_cookie_is_not_the_users_own_input() {
    let oracle = oracle();
    let mut exchange = answered(0, 1, "text/plain", email(3));
    exchange.request.headers = vec![("cookie".into(), format!("last={}", email(3)))];
    assert_eq!(told(&judge(&oracle, &exchange))[0].0, Rule::ForeignData);
}

#[test]
fn an_identity_field_must_be_the_users_own() {
    let claim = |value: String| IdentityClaim {
        fact: "email".into(),
        spot: Spot::Json("$.mail".into()),
        value,
    };
    for (value, rules) in [
        (email(1).to_uppercase(), vec![]),
        ("stranger@else.test".to_owned(), vec![Rule::UnknownIdentity]),
        (email(2), vec![Rule::UnknownIdentity]),
    ] {
        let oracle = oracle();
        let mut exchange = answered(1, 1, "text/plain", "nothing".into());
        exchange.intent.identity = vec![claim(value)];
        let rules_told: Vec<_> = judge(&oracle, &exchange).iter().map(|f| f.rule).collect();
        assert_eq!(rules_told, rules);
    }
    // Seen as foreign data already, it is not told twice.
    let oracle = oracle();
    let mut exchange = profile(1, 2, 1, Form::Json);
    exchange.intent.identity = vec![claim(email(2))];
    let rules: Vec<_> = judge(&oracle, &exchange).iter().map(|f| f.rule).collect();
    assert_eq!(rules, [Rule::ForeignData]);
}

#[test]
fn an_answer_to_another_request_is_told_and_a_gateways_id_is_not() {
    let oracle = oracle();
    let echo = |id: String, age: bool| {
        let mut exchange = answered(1, 9, "text/plain", "public".into());
        let response = exchange.response.as_mut().unwrap();
        response.headers[1].1 = id;
        if age {
            response.headers.push(("age".into(), "3".into()));
        }
        exchange
    };
    let mine = RequestId::new(TAG, UserId(1), 4).to_string();
    let theirs = RequestId::new(TAG, UserId(2), 4).to_string();
    let elsewhere = RequestId::new(RunTag(99), UserId(2), 4).to_string();
    assert_eq!(told(&judge(&oracle, &echo(mine, false)))[0].2, Some(1));
    assert_eq!(
        told(&judge(&oracle, &echo(theirs.clone(), false)))[0].2,
        Some(2)
    );
    for innocent in [elsewhere, "gateway-17".to_owned()] {
        assert_eq!(told(&judge(&oracle, &echo(innocent, false))), []);
    }
    assert_eq!(
        told(&judge(&oracle, &echo(theirs, true))),
        [],
        "a shared cache"
    );
}

fn credential(value: &str) -> Credential {
    Credential {
        name: "sid".into(),
        value: value.into(),
    }
}

fn signed_in_as(user: u32, number: u64, secret: &str) -> Exchange {
    let mut exchange = answered(user, number, "text/plain", "welcome".into());
    exchange.intent.signs_in = true;
    exchange.intent.issued = vec![credential(secret)];
    exchange
}

#[test]
fn one_credential_for_two_users_is_a_swap_and_so_is_what_follows() {
    let oracle = oracle();
    assert_eq!(judge(&oracle, &signed_in_as(0, 1, "secret-0")), []);
    assert_eq!(judge(&oracle, &signed_in_as(2, 2, "secret-2")), []);
    let findings = judge(&oracle, &signed_in_as(4, 3, "secret-2"));
    assert_eq!(told(&findings), [(Rule::SessionSwap, 4, Some(2), None)]);
    let mut exchange = profile(4, 2, 4, Form::Json);
    exchange.request.credentials = vec![credential("secret-2")];
    let findings = judge(&oracle, &exchange);
    assert_eq!(
        told(&findings)[0].0,
        Rule::SessionSwap,
        "answered as the other"
    );
    // A third person's data under that credential is another matter.
    let mut exchange = profile(4, 1, 5, Form::Json);
    exchange.request.credentials = vec![credential("secret-2")];
    assert_eq!(told(&judge(&oracle, &exchange))[0].0, Rule::ForeignData);
}

#[test]
fn a_constant_cookie_and_ones_own_renewed_one_are_no_swap() {
    let oracle = oracle();
    for (number, user) in (0..6).enumerate() {
        let exchange = signed_in_as(user, number as u64, "everybody-has-this");
        assert_eq!(told(&judge(&oracle, &exchange)), []);
    }
    let renewed = signed_in_as(3, 9, "everybody-has-this");
    assert_eq!(told(&judge(&oracle, &renewed)), []);
}

#[test]
fn a_session_is_lost_once_and_not_after_its_end() {
    let lost = |change: &dyn Fn(&mut Exchange)| {
        let oracle = oracle();
        let mut first = signed_in_as(1, 1, "secret-1");
        first.intent.signed_in = false;
        judge(&oracle, &first);
        let mut anonymous = answered(1, 2, "text/plain", "who are you?".into());
        anonymous.response.as_mut().unwrap().status = 401;
        anonymous.intent.anonymous = true;
        change(&mut anonymous);
        let once = told(&judge(&oracle, &anonymous)).len();
        let twice = told(&judge(&oracle, &anonymous)).len();
        (once, twice)
    };
    assert_eq!(lost(&|_| {}), (1, 0));
    assert_eq!(lost(&|own| own.intent.signed_in = false), (0, 0));
    assert_eq!(lost(&|own| own.intent.anonymous_expected = true), (0, 0));
    assert_eq!(lost(&|own| own.intent.denial_expected = true), (0, 0));
    assert_eq!(lost(&|own| own.intent.signs_out = true), (0, 0));
    let later = |own: &mut Exchange| {
        own.sent = at(61_000);
        own.done = at(61_005);
    };
    assert_eq!(lost(&later), (0, 0), "expired");
}

#[test]
fn a_probe_has_to_be_denied() {
    let probe = |status: u16, error: Option<ErrorClass>, shown: Option<u32>| {
        let oracle = oracle();
        let mut exchange = match shown {
            Some(shown) => profile(0, shown, 1, Form::Json),
            None => answered(0, 1, "text/plain", "x".into()),
        };
        exchange.response.as_mut().unwrap().status = status;
        exchange.error = error;
        exchange.intent.denial_expected = true;
        exchange.intent.probed = Some(UserId(2));
        let findings = judge(&oracle, &exchange);
        told(&findings)
            .into_iter()
            .map(|(rule, _, owner, _)| (rule, owner))
            .collect::<Vec<_>>()
    };
    assert_eq!(probe(200, None, None), [(Rule::AccessGranted, Some(2))]);
    assert_eq!(
        probe(200, None, Some(2)),
        [(Rule::AccessGranted, Some(2))],
        "told once"
    );
    assert_eq!(
        probe(200, None, Some(4)),
        [(Rule::AccessGranted, Some(2)), (Rule::ForeignData, Some(4))]
    );
    assert_eq!(
        probe(404, None, Some(2)),
        [(Rule::ForeignData, Some(2))],
        "denied, and yet told"
    );
    for (status, error) in [
        (403, None),
        (404, None),
        (500, None),
        (200, Some(ErrorClass::Timeout)),
    ] {
        assert_eq!(probe(status, error, None), [], "{status}");
    }
}

#[test]
fn hostile_bodies_are_counted_and_do_no_harm() {
    let oracle = oracle();
    let deep = "[".repeat(200_000);
    let bodies: [(&str, Vec<u8>); 5] = [
        ("application/json", deep.into_bytes()),
        ("text/html", "<b>".repeat(50_000).into_bytes()),
        ("application/json", vec![0xff; 1000]),
        ("application/xml", b"<a><b></a>".to_vec()),
        ("application/xml", "<a>".repeat(100_000).into_bytes()),
    ];
    for (number, (media_type, body)) in (1..).zip(bodies) {
        let mut exchange = answered(0, number, media_type, String::new());
        exchange.response.as_mut().unwrap().body = Bytes::from(body);
        assert_eq!(told(&judge(&oracle, &exchange)), [], "{media_type}");
    }
    assert_eq!(oracle.coverage().unreadable_bodies, 4);
}

fn form() -> impl Strategy<Value = Form> {
    prop::sample::select(FORMS.to_vec())
}

proptest! {
    /// A clean history gives no finding, and own facts are seen.
    #[test]
    fn a_clean_history_is_silent(steps in prop::collection::vec((0_u32..6, form()), 1..60)) {
        let oracle = oracle();
        for (number, (user, form)) in (1..).zip(steps) {
            prop_assert_eq!(judge(&oracle, &profile(user, user, number, form)), []);
        }
        prop_assert!(oracle.coverage().own_sightings > 0);
        prop_assert!(oracle.counts().is_empty());
    }

    /// One swapped response in a clean history gives exactly one finding, and
    /// judging the recorded observations again gives the very same.
    #[test]
    fn one_swap_gives_one_finding(
        steps in prop::collection::vec((0_u32..6, form()), 1..40),
        swap: prop::sample::Index,
        other in 1_u32..6,
    ) {
        let oracle = oracle();
        let swap = swap.index(steps.len());
        let mut recorded = Vec::new();
        let mut all = Vec::new();
        for (at, (user, form)) in steps.iter().enumerate() {
            let owner = if at == swap { (user + other) % 6 } else { *user };
            let exchange = profile(*user, owner, at as u64 + 1, *form);
            oracle.observe(&exchange, "steady", |seen, findings| {
                recorded.push(seen.clone());
                all.extend_from_slice(findings);
            });
        }
        let (user, form) = &steps[swap];
        let owner = (user + other) % 6;
        // A household shares its address, and only that.
        prop_assert_eq!(all.len(), 1, "{:?}", form);
        prop_assert_eq!((all[0].rule, all[0].user.0, all[0].owner), (Rule::ForeignData, *user, Some(UserId(owner))));
        let mut again = Judge::new(JudgeSettings {
            tag: TAG,
            session_expires: Some(Duration::from_mins(1)),
            findings_before: 0,
        incidents_before: 0,
        });
        let lines: Vec<String> = recorded.iter().map(|seen| serde_json::to_string(seen).unwrap()).collect();
        let replayed: Vec<Finding> = lines
            .iter()
            .flat_map(|line| again.judge(&serde_json::from_str(line).unwrap()))
            .collect();
        prop_assert_eq!(serde_json::to_string(&replayed).unwrap(), serde_json::to_string(&all).unwrap());
    }

    /// What one user's responses are judged to be does not depend on how those
    /// of others lie between them.
    #[test]
    fn interleaving_changes_nothing(
        steps in prop::collection::vec((0_u32..6, 0_u32..6, form()), 1..40),
        order in any::<u64>(),
    ) {
        let exchanges: Vec<Exchange> = (1..)
            .zip(&steps)
            .map(|(number, (user, shown, form))| profile(*user, *shown, number, *form))
            .collect();
        let verdicts = |exchanges: &[Exchange]| {
            let oracle = oracle();
            let mut told: Vec<_> = exchanges
                .iter()
                .flat_map(|exchange| judge(&oracle, exchange))
                .map(|f| (f.witness.request, f.rule, f.user, f.owner, f.witness.spot.clone()))
                .collect();
            told.sort();
            told
        };
        // Users keep their own order.
        let mut shuffled: Vec<Exchange> = exchanges.clone();
        shuffled.sort_by_key(|own| (u64::from(own.user.0) ^ (order % 6), own.id.number()));
        prop_assert_eq!(verdicts(&exchanges), verdicts(&shuffled));
    }
}
