//! What the eyes make of an exchange, before anybody judges it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::model::{Dealings, Effect, Outcome, Verb};

fn seen(oracle: &Oracle, exchange: &Exchange) -> Observation {
    oracle
        .eyes()
        .observe(exchange, "steady", &InFlight::default())
}

fn own(name: &str, value: &str, visibility: Visibility) -> Fact {
    Fact {
        value: value.to_owned(),
        ..fact(name, visibility)
    }
}

/// What makes one exchange differ from another.
type Change<'a> = &'a dyn Fn(&mut Exchange);

fn with_status(status: u16, media_type: &str, body: &str) -> Exchange {
    let mut exchange = answered(1, 1, media_type, body.to_owned());
    exchange.response.as_mut().unwrap().status = status;
    exchange
}

#[test]
fn an_answer_says_what_became_of_its_request() {
    let anonymous = |status| {
        let mut exchange = with_status(status, "text/plain", "who are you?");
        exchange.intent.anonymous = true;
        exchange
    };
    let mut broken = with_status(200, "text/plain", "hal");
    broken.error = Some(ErrorClass::Timeout);
    let refusal = r#"{"errors":[{"message":"no"}],"data":null}"#;
    for (why, exchange, outcome, denied) in [
        (
            "well",
            with_status(200, "text/plain", "hello"),
            Outcome::Ok,
            false,
        ),
        (
            "forbidden",
            with_status(403, "text/plain", "no"),
            Outcome::Fail,
            true,
        ),
        (
            "a bad request",
            with_status(400, "text/plain", "no"),
            Outcome::Fail,
            false,
        ),
        (
            "an error",
            with_status(500, "text/plain", "oops"),
            Outcome::Info,
            false,
        ),
        ("to the sign-in", anonymous(302), Outcome::Fail, true),
        ("a sign-in form", anonymous(200), Outcome::Fail, true),
        (
            "errors of GraphQL",
            with_status(200, "application/json", refusal),
            Outcome::Info,
            true,
        ),
        ("no end", broken, Outcome::Info, false),
        ("no answer", asked(1, 1), Outcome::Info, false),
    ] {
        let seen = seen(&oracle(), &exchange);
        assert_eq!((seen.outcome, seen.denied), (outcome, denied), "{why}");
    }
}

#[test]
fn what_lasts_is_written_down_without_its_value() {
    let oracle = oracle();
    let mut exchange = answered(1, 1, "text/plain", "saved".into());
    assert_eq!(seen(&oracle, &exchange).dealings, None);
    let effect = Effect {
        verb: Verb::Saved,
        of: "note".into(),
        value: "N-4711".to_owned(),
        by: 0,
        foretold: true,
        confirmed: true,
        coined: false,
    };
    exchange.intent.dealings.effects = vec![effect];
    let dealings = seen(&oracle, &exchange).dealings.unwrap();
    assert_eq!(dealings.effects[0].value, oracle.eyes().hash("N-4711"));
    let announced: Dealings<_> = oracle.eyes().hashed(&exchange.intent.dealings);
    assert_eq!(announced, dealings, "the same as it is announced by");
}

/// One line of a history is as long as there is something to say.
#[test]
fn what_is_not_so_is_not_written_down() {
    let mut exchange = answered(1, 1, "text/plain", "hello".into());
    exchange.intent.signed_in = false;
    exchange.instance = None;
    exchange.response.as_mut().unwrap().headers.clear();
    let line = serde_json::to_value(seen(&oracle(), &exchange)).unwrap();
    let keys: BTreeSet<&str> = line
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = BTreeSet::from([
        "request",
        "user",
        "session",
        "iteration",
        "step",
        "route",
        "url_hash",
        "due",
        "sent",
        "done",
        "status",
        "bytes",
        "outcome",
        "window",
        "shareable",
        "by_cookies_alone",
    ]);
    assert_eq!(keys, expected);
}

#[test]
fn messages_hold_no_private_value() {
    let oracle = oracle();
    for name in ["Anna Schmidt", "Maria Anna Schmidt"] {
        let full_name = own("full_name", name, Visibility::Private);
        oracle.eyes().learn(UserId(3), 1, &full_name);
    }
    let mail = email(2);
    for (text, redacted) in [
        ("nothing of anybody", "nothing of anybody".to_owned()),
        (mail.as_str(), "‹email›".to_owned()),
        (
            "$.to is Anna Schmidt, not Anna Schmidt",
            "$.to is ‹full_name›, not ‹full_name›".to_owned(),
        ),
        ("Maria Anna Schmidt!", "‹full_name›!".to_owned()),
        (
            "Dr. Public Person saw Anna Schmidt",
            "Dr. Public Person saw ‹full_name›".to_owned(),
        ),
    ] {
        assert_eq!(oracle.eyes().redact(text), redacted);
        let private = text != redacted;
        assert_eq!(oracle.eyes().finds(text), private, "{text}");
    }
}

#[test]
fn each_of_several_own_values_identifies_the_user() {
    let oracle = oracle();
    let other = own("email", "other@example.test", Visibility::Private);
    oracle.eyes().learn(UserId(1), 0, &other);
    for (value, rules) in [
        (email(1), vec![]),
        ("other@example.test".to_owned(), vec![]),
        (email(2), vec![Rule::UnknownIdentity]),
    ] {
        let mut exchange = answered(1, 1, "text/plain", "nothing".into());
        exchange.intent.identity = vec![IdentityClaim {
            fact: "email".into(),
            spot: Spot::Json("$.mail".into()),
            value: value.clone(),
        }];
        let found = judge(&oracle, &exchange);
        let found: Vec<Rule> = found.iter().map(|own| own.rule).collect();
        assert_eq!(found, rules, "{value}");
    }
}

/// What a user is told are private facts of their own, each once, that they did
/// not say themselves.
#[test]
fn what_a_user_said_is_not_what_they_are_told() {
    let mail = email(0);
    let token = |json: &str| {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.x", part(r#"{"alg":"none"}"#), part(json))
    };
    let named = token(&format!(r#"{{"sub":"{mail}"}}"#));
    let encoded = mail.replace('@', "%40");
    let header = |name: &str, value: String| {
        let name = name.to_owned();
        move |own: &mut Exchange| own.request.headers = vec![(name.clone(), value.clone())]
    };
    let asked = |own: &mut Exchange| own.request.url = format!("http://h.test/?q={encoded}");
    let changes: [(&str, Change<'_>, u32); 7] = [
        ("nothing", &|_| {}, 3),
        ("in the query", &asked, 2),
        ("in a header", &header("x-mail", mail.clone()), 2),
        (
            "in a token",
            &header("x-token", token(&format!(r#"{{"sub":"{mail}"}}"#))),
            2,
        ),
        ("in a cookie", &header("cookie", format!("last={mail}")), 2),
        (
            "in an encoded cookie",
            &header("cookie", format!("a=b; last={encoded}")),
            2,
        ),
        ("somebody else's", &header("x-mail", email(3)), 3),
    ];
    for (why, change, told) in changes {
        let mut exchange = profile(0, 0, 1, Form::Json);
        change(&mut exchange);
        assert_eq!(seen(&oracle(), &exchange).told, told, "{why}");
    }
    // As often as it stands there.
    let body = format!("{mail} {mail} {named}");
    let exchange = answered(0, 1, "text/plain", body);
    assert_eq!(seen(&oracle(), &exchange).told, 1);
}

#[test]
fn what_others_may_see_is_not_told_as_ones_own() {
    let oracle = oracle();
    let eyes = oracle.eyes();
    let doctor = own("doctor", "Some Body of Town", Visibility::Group);
    eyes.learn(UserId(1), 0, &doctor);
    let nickname = own("nickname", "the-quiet-one", Visibility::Public);
    eyes.learn(UserId(0), 0, &nickname);
    for (text, own_sightings, told) in [
        ("Some Body of Town", 0, 0),
        ("the-quiet-one", 1, 0),
        ("Dr. Public Person", 0, 0),
        (&address(0), 1, 1),
        (&email(0), 1, 1),
    ] {
        let seen = seen(&oracle, &answered(0, 1, "text/plain", text.to_owned()));
        let found = (seen.own_sightings, seen.told, seen.sightings.len());
        assert_eq!(found, (own_sightings, told, 0), "{text}");
    }
}

#[test]
fn a_user_is_told_something_by_an_answer_that_knows_them() {
    let tells = |exchange: &Exchange| oracle().eyes().tells(exchange);
    let with = |status: u16, shown: u32| {
        let mut exchange = profile(0, shown, 1, Form::Json);
        exchange.response.as_mut().unwrap().status = status;
        exchange
    };
    assert!(tells(&with(200, 0)) && tells(&with(299, 0)));
    assert!(!tells(&with(404, 0)) && !tells(&with(300, 0)));
    assert!(!tells(&with(200, 4)), "somebody else's");
    assert!(!tells(&answered(0, 1, "text/plain", "public".into())));
    assert!(!tells(&asked(0, 1)));
    let mut anonymous = with(200, 0);
    anonymous.intent.anonymous = true;
    assert!(!tells(&anonymous));
}

#[test]
fn what_is_heard_before_the_end_counts_when_all_is_there() {
    let heard = |listens: bool, contested: bool| {
        let oracle = oracle();
        let eyes = oracle.eyes();
        let order = Fact {
            origin: Origin::Learned,
            ..own("order", "ORD-0001", Visibility::Private)
        };
        let mut claims = Claims::default();
        eyes.claim(UserId(3), &order.name, None, &order.value, &mut claims);
        eyes.learn(UserId(3), 1, &order);
        // What was heard is not kept.
        let mut exchange = answered(0, 1, "text/event-stream", String::new());
        if listens {
            let head = exchange.response.clone().unwrap();
            for piece in ["data: ORD-0001\n\n", "data: hello\n\n"] {
                let url = &exchange.request.url;
                eyes.hear(exchange.user, exchange.id, url, &head, piece.as_bytes());
            }
        }
        if contested {
            eyes.claim(UserId(4), &order.name, None, &order.value, &mut claims);
        }
        let header = ("x-user".to_owned(), email(5));
        exchange.response.as_mut().unwrap().headers.push(header);
        let found = told(&judge(&oracle, &exchange));
        found.iter().map(|own| own.2).collect::<Vec<_>>()
    };
    assert_eq!(heard(true, false), [Some(3), Some(5)]);
    assert_eq!(heard(false, false), [Some(5)]);
    // Meanwhile it turned out to be issued to several.
    assert_eq!(heard(true, true), [Some(5)]);
}

/// `id` at the top of an event is what the path is about, as in any answer.
#[test]
fn a_field_of_an_event_belongs_to_what_was_asked_for() {
    let order = Fact {
        origin: Origin::Learned,
        ..own("order", "AB-1", Visibility::Private)
    };
    for (path, owners) in [("/orders", vec![Some(3)]), ("/tickets", vec![])] {
        let oracle = oracle();
        let lesson = crate::model::Lesson {
            route: "POST /orders".into(),
            place: Place::new("a.feature", 12),
            field: Some("orderid".into()),
        };
        oracle.eyes().study(UserId(3), 1, &order, lesson);
        let mut exchange = answered(0, 1, "text/event-stream", String::new());
        exchange.request.url = format!("http://host.test{path}");
        let head = exchange.response.clone().unwrap();
        let (url, event) = (&exchange.request.url, b"data: {\"id\":\"AB-1\"}\n\n");
        let eyes = oracle.eyes();
        eyes.hear(exchange.user, exchange.id, url, &head, event);
        let found = told(&judge(&oracle, &exchange));
        let found: Vec<_> = found.iter().map(|own| own.2).collect();
        assert_eq!(found, owners, "{path}");
    }
}

#[test]
fn what_stands_beside_several_users_own_names_belongs_to_nobodys() {
    let oracle = oracle();
    let file = |whose: u32| format!("Kurvenblatt_{}.pdf", name(whose).replace(' ', "_"));
    let shown = |user, whose| answered(user, 1, "text/plain", file(whose));
    // Until then it may be a first name.
    assert_eq!(told(&judge(&oracle, &shown(1, 5))), []);
    for user in [0, 2, 4] {
        assert_eq!(told(&judge(&oracle, &shown(user, user))), []);
    }
    let found = told(&judge(&oracle, &shown(1, 5)));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0, found[0].2), (Rule::ForeignData, Some(5)));
}

/// One value of somebody's that the user sent excuses no other one.
#[test]
fn what_was_not_sent_accuses_beside_what_was() {
    let oracle = oracle();
    let other = own("email", "other@example.test", Visibility::Private);
    oracle.eyes().learn(UserId(3), 1, &other);
    let sent = |body: String| {
        let mut exchange = answered(0, 1, "text/plain", body);
        exchange.request.url = format!("http://host.test/?q={}", email(3));
        exchange
    };
    assert_eq!(told(&judge(&oracle, &sent(email(3)))), []);
    let both = sent(format!("{} {}", email(3), other.value));
    assert_eq!(told(&judge(&oracle, &both))[0].2, Some(3));
}

#[test]
fn a_value_of_two_users_accuses_for_both() {
    let oracle = oracle();
    let shared = own("email", "family@example.test", Visibility::Private);
    for user in [3, 5] {
        oracle.eyes().learn(UserId(user), user / 2, &shared);
    }
    let exchange = answered(0, 1, "text/plain", shared.value.clone());
    let found = told(&judge(&oracle, &exchange));
    let owners: Vec<_> = found.iter().map(|own| own.2).collect();
    assert_eq!(owners, [Some(3), Some(5)]);
}

#[test]
fn short_values_are_looked_for_as_they_were_written() {
    let oracle = oracle();
    let line = Fact {
        origin: Origin::Learned,
        ..own("line", "7 123", Visibility::Private)
    };
    let lesson = crate::model::Lesson {
        route: "POST /lines".into(),
        place: Place::new("a.feature", 12),
        field: Some("phone".into()),
    };
    oracle.eyes().study(UserId(3), 1, &line, lesson);
    for (body, owners) in [
        (r#"{"phone":"7 123"}"#, vec![Some(3)]),
        (r#"{"areaCode":"7","phone":"123"}"#, vec![]),
    ] {
        let exchange = answered(0, 1, "application/json", body.to_owned());
        let found = told(&judge(&oracle, &exchange));
        let found: Vec<_> = found.iter().map(|own| own.2).collect();
        assert_eq!(found, owners, "{body}");
    }
}
