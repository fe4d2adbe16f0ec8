//! Names that are somebody's value are not told, wherever they stand.

use super::*;
use crate::model::{HazardKind, IdentityClaim, Layer, SeenHazard};

/// A login, which looks like any name of a field.
const LOGIN: &str = "annalee";

/// The oracle, which knows a login of user 2's and a weak name of user 3's.
fn knowing() -> Oracle {
    let oracle = oracle();
    let eyes = oracle.eyes();
    let own = |name: &str, value: &str, weak| Fact {
        value: value.to_owned(),
        weak,
        ..fact(name, Visibility::Private)
    };
    eyes.learn(UserId(2), 1, &own("login", LOGIN, false));
    eyes.learn(UserId(3), 1, &own("first_name", "contact", true));
    oracle
}

#[test]
fn names_in_places_are_not_told_where_they_are_somebodys() {
    let oracle = knowing();
    let mail = email(2);
    for (number, (media_type, body, spot)) in (1..).zip([
        (
            "application/json",
            format!(r#"{{"{LOGIN}":{{"email":"{mail}"}}}}"#),
            "JSON $[?].email",
        ),
        (
            "application/json",
            format!(r#"[{{"orders_{LOGIN}":["{mail}"]}}]"#),
            "JSON $[0].orders_?[0]",
        ),
        (
            "application/json",
            format!(r#"{{"a":"{{\"{LOGIN}\":\"{mail}\"}}"}}"#),
            "JSON $.a > JSON $[?]",
        ),
        (
            "text/html",
            format!("<p id={LOGIN}>x <b class='row-{LOGIN}'>{mail}</b></p>"),
            "HTML p#? > b.row-?",
        ),
        (
            "application/xml",
            format!("<all><{LOGIN} mail='{mail}'/></all>"),
            "XML /all/?/@mail",
        ),
        (
            "text/csv",
            format!("no,{LOGIN}\n1,{mail}\n"),
            "CSV row 1 column ?",
        ),
        (
            "text/event-stream",
            format!("event: {LOGIN}\ndata: {mail}\n\n"),
            "event ?",
        ),
        (
            "application/json",
            format!(r#"{{"contact":{{"email":"{mail}"}}}}"#),
            "JSON $.contact.email",
        ),
    ]) {
        let exchange = answered(1, number, media_type, body.clone());
        let seen = oracle
            .eyes()
            .observe(&exchange, "steady", oracle.in_flight());
        let sighting = seen.sightings.iter().find(|own| &*own.fact == "email");
        assert_eq!(sighting.unwrap().spot.to_string(), spot, "{body}");
        let findings = judge(&oracle, &exchange);
        let written = serde_json::to_string(&(seen, findings)).unwrap();
        assert!(!written.contains(LOGIN), "{written}");
    }
}

#[test]
fn every_kind_of_place_is_told_without_it() {
    let name = || LOGIN.to_owned();
    let oracle = knowing();
    for (spot, told) in [
        (Spot::Header(name()), "header ?"),
        (Spot::Cookie(format!("sid-{LOGIN}")), "cookie sid-?"),
        (Spot::Trailer(name()), "trailer ?"),
        (Spot::Event(name()), "event ?"),
        (Spot::Part(name()), "part ?"),
        (Spot::Field(name()), "field ?"),
        (
            Spot::Json(format!("$.{LOGIN}.{LOGIN}[3].{LOGIN}")),
            "JSON $[?][?][3][?]",
        ),
        (Spot::Json("$.a[?].annalees".into()), "JSON $.a[?].annalees"),
        (
            Spot::Layer(Layer::MessagePack).with(Spot::Json(format!("$.{LOGIN}"))),
            "MessagePack $[?]",
        ),
        (Spot::Text(3), "body at byte 3"),
    ] {
        assert_eq!(oracle.eyes().told(spot).to_string(), told);
    }
}

#[test]
fn what_was_issued_to_several_is_a_name_like_any_other() {
    let oracle = oracle();
    let place = || Spot::Json("$.confirmed.id".into());
    let status = Fact {
        value: "confirmed".into(),
        origin: Origin::Learned,
        ..fact("status", Visibility::Private)
    };
    oracle.eyes().learn(UserId(2), 1, &status);
    assert_eq!(oracle.eyes().told(place()).to_string(), "JSON $[?].id");
    let mut claims = Claims::default();
    for user in [2, 3] {
        let (name, value) = (&status.name, &status.value);
        oracle
            .eyes()
            .claim(UserId(user), name, None, value, &mut claims);
    }
    assert_eq!(oracle.eyes().told(place()), place());
}

#[test]
fn declared_places_cookies_and_weaknesses_are_told_without_it() {
    let oracle = knowing();
    let mut exchange = answered(1, 1, "text/plain", "hello".into());
    let claim = IdentityClaim {
        fact: "email".into(),
        spot: Spot::Json(format!("$.{LOGIN}.email")),
        value: "somebody@example.test".into(),
    };
    exchange.intent.identity = vec![claim];
    exchange.intent.issued = vec![Credential {
        name: format!("sid-{LOGIN}"),
        ..credential("0123456789abcdef")
    }];
    let message = format!("the denial differs: header x-{LOGIN}");
    let hazard = SeenHazard::new(HazardKind::ExistenceLeak, message);
    exchange.intent.hazards = vec![hazard.at(Spot::Cookie(LOGIN.into()))];
    let seen = oracle
        .eyes()
        .observe(&exchange, "steady", oracle.in_flight());
    assert_eq!(seen.identities[0].spot.to_string(), "JSON $[?].email");
    assert_eq!(seen.issued[0].name, "sid-?");
    let hazard = &seen.hazards[0];
    assert_eq!(hazard.message, "the denial differs: header x-?");
    assert_eq!(hazard.spot, Some(Spot::Cookie("?".into())));
    let findings = judge(&oracle, &exchange);
    let written = serde_json::to_string(&(seen, findings)).unwrap();
    assert!(!written.contains(LOGIN), "{written}");
}
