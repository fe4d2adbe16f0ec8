//! What services issue to users, and who may be shown it.

use super::*;
use crate::model::Lesson;

fn learned(name: &str, value: &str) -> Fact {
    Fact {
        value: value.to_owned(),
        origin: Origin::Learned,
        ..fact(name, Visibility::Private)
    }
}

fn lesson(route: &str, field: Option<&str>) -> Lesson {
    Lesson {
        route: route.into(),
        place: Place::new("a.feature", 12),
        field: field.map(Into::into),
    }
}

fn study(oracle: &Oracle, user: u32, field: Option<&str>, fact: &Fact) {
    let lesson = lesson("POST /orders", field);
    oracle.eyes().study(UserId(user), user / 2, fact, lesson);
}

fn claim(oracle: &Oracle, user: u32, value: &str) -> Claims {
    let mut claims = Claims::default();
    let eyes = oracle.eyes();
    eyes.claim(UserId(user), &"order".into(), None, value, &mut claims);
    claims
}

/// `user` is given the session cookie `secret`, and nobody else was so far.
fn issue(oracle: &Oracle, user: u32, secret: &str) {
    let lesson = lesson("POST /login", None);
    let cookie = credential(secret);
    let mut claims = Claims::default();
    let eyes = oracle.eyes();
    eyes.claim_credential(UserId(user), &cookie, &mut claims);
    eyes.study_credential(UserId(user), user / 2, &cookie, &lesson);
}

const ONE: &str = "0123456789abcdef01";
const OTHER: &str = "fedcba987654321098";

/// Whose data user 2 is shown by `body`.
fn owners(oracle: &Oracle, body: &str) -> Vec<Option<u32>> {
    let exchange = answered(2, 9, "application/json", body.to_owned());
    let found = told(&judge(oracle, &exchange));
    found.iter().map(|own| own.2).collect()
}

#[test]
fn a_credential_that_two_were_given_accuses_neither_where_it_is_shown() {
    let oracle = oracle();
    issue(&oracle, 1, ONE);
    issue(&oracle, 5, OTHER);
    let body = format!(r#"{{"debug":"sid={ONE}"}}"#);
    assert_eq!(owners(&oracle, &body), [Some(1)]);
    let given = |user: u32| {
        let mut claims = Claims::default();
        let (eyes, cookie) = (oracle.eyes(), credential(ONE));
        eyes.claim_credential(UserId(user), &cookie, &mut claims);
        claims
    };
    let claims = given(4);
    assert_eq!(owners(&oracle, &body), []);
    // The answer that gave it turns out to be under accusation.
    oracle.eyes().withdraw(claims);
    assert_eq!(owners(&oracle, &body), [Some(1)]);
    given(4);
    // What the first one is given again has nothing to do with that.
    let claims = given(1);
    oracle.eyes().withdraw(claims);
    assert_eq!(owners(&oracle, &body), []);
}

#[test]
fn a_cookie_that_one_user_is_given_again_may_be_a_constant() {
    let oracle = oracle();
    issue(&oracle, 1, ONE);
    issue(&oracle, 1, ONE);
    let body = format!(r#"{{"debug":"{ONE}"}}"#);
    assert_eq!(owners(&oracle, &body), []);
    issue(&oracle, 1, OTHER);
    assert_eq!(owners(&oracle, &body), [Some(1)]);
}

#[test]
fn a_credential_that_is_given_is_a_swap_and_no_foreign_data() {
    let oracle = oracle();
    for (user, secret) in [(1, ONE), (5, OTHER)] {
        judge(&oracle, &signed_in_as(user, 1, secret));
        issue(&oracle, user, secret);
    }
    let given = |issued: &str, shown: &str| {
        let mut exchange = signed_in_as(2, 3, issued);
        let cookie = ("set-cookie".to_owned(), format!("sid={shown}; Path=/"));
        exchange.response.as_mut().unwrap().headers.push(cookie);
        let found = told(&judge(&oracle, &exchange));
        found.iter().map(|own| (own.0, own.2)).collect::<Vec<_>>()
    };
    assert_eq!(given(ONE, ONE), [(Rule::SessionSwap, Some(1))]);
    // Shown in another cookie's place it is data, and so is what a credential
    // is made of.
    let own = "own-secret-of-2";
    assert_eq!(given(own, OTHER), [(Rule::ForeignData, Some(5))]);
    let made_of = format!("{}:17", email(5));
    assert_eq!(given(&made_of, &made_of), [(Rule::ForeignData, Some(5))]);
}

#[test]
fn a_credential_is_known_as_it_was_given_and_an_id_however_it_is_written() {
    let oracle = oracle();
    issue(&oracle, 1, "AP-483-920-115");
    issue(&oracle, 5, OTHER);
    study(&oracle, 3, None, &learned("order", "BP-483-920-116"));
    for (text, whose) in [
        ("AP-483-920-115", vec![Some(1)]),
        ("AP483920115", vec![]),
        ("BP-483-920-116", vec![Some(3)]),
        ("BP483920116", vec![Some(3)]),
    ] {
        let body = format!(r#"{{"x":"{text}"}}"#);
        assert_eq!(owners(&oracle, &body), whose, "{text}");
    }
}

#[test]
fn a_credential_is_known_without_its_percent_encoding_and_its_scheme() {
    let oracle = oracle();
    issue(&oracle, 1, "Bearer abc%2Fdef%2B012345");
    issue(&oracle, 5, OTHER);
    for text in ["abc%2Fdef%2B012345", "abc/def+012345"] {
        let body = format!("{{\"x\":\"{text}\"}}");
        assert_eq!(owners(&oracle, &body), [Some(1)], "{text}");
    }
}

#[test]
fn short_credentials_could_stand_there_by_chance() {
    let oracle = oracle();
    for (user, secret) in [(1, "0123456789ab"), (3, "0123456789a"), (5, OTHER)] {
        issue(&oracle, user, secret);
    }
    let shown = |secret| owners(&oracle, &format!("{{\"x\":\"{secret}\"}}"));
    assert_eq!(shown("0123456789ab"), [Some(1)]);
    assert_eq!(shown("0123456789a"), []);
}

#[test]
fn what_is_too_weak_to_accuse_is_so_in_a_field_as_well() {
    let oracle = oracle();
    let weak = Fact {
        weak: true,
        ..learned("order", "AB-1")
    };
    study(&oracle, 3, Some("orderno"), &weak);
    study(&oracle, 3, Some("orderno"), &learned("order", "AB-2"));
    assert_eq!(owners(&oracle, r#"{"orderNo":"AB-1"}"#), []);
    assert_eq!(owners(&oracle, r#"{"orderNo":"AB-2"}"#), [Some(3)]);
}

/// A value that comes again and again was learned where it came first.
#[test]
fn a_finding_tells_where_a_value_was_learned_first() {
    for (value, field) in [("DOC-7F3K9Q2M", None), ("AB-1", Some("orderno"))] {
        let oracle = oracle();
        let eyes = oracle.eyes();
        for (user, route) in [
            (4, "POST /elsewhere"),
            (1, "POST /orders"),
            (1, "GET /orders"),
        ] {
            let fact = learned("order", value);
            eyes.study(UserId(user), user / 2, &fact, lesson(route, field));
        }
        let body = format!(r#"{{"orderNo":"{value}"}}"#);
        let found = judge(&oracle, &answered(2, 9, "application/json", body));
        let why: Vec<&str> = found
            .iter()
            .filter_map(|own| own.witness.held_private.as_deref())
            .collect();
        assert_eq!(why.len(), 2, "{value}");
        for (why, from) in why.iter().zip(["POST /orders", "POST /elsewhere"]) {
            let told = format!("`order` was learned from the answer to {from} at a.feature:12");
            assert!(why.starts_with(&told), "{why}");
        }
    }
}

#[test]
fn a_value_is_ones_own_where_it_was_learned_for_nobody_else() {
    let oracle = oracle();
    let eyes = oracle.eyes();
    study(&oracle, 1, None, &learned("order", "DOC-7F3K9Q2M"));
    study(&oracle, 1, Some("orderno"), &learned("order", "AB-1"));
    study(&oracle, 1, None, &learned("order", "ORD-0001"));
    claim(&oracle, 1, "ORD-0001");
    claim(&oracle, 4, "ORD-0001");
    let household = Fact {
        visibility: Visibility::Group,
        ..learned("order", "HOUSE-0001")
    };
    study(&oracle, 1, None, &household);
    issue(&oracle, 1, ONE);
    issue(&oracle, 5, OTHER);
    let mail = email(1);
    for (value, own, credential) in [
        ("DOC-7F3K9Q2M", true, false),
        ("doc-7f3k9q2m", true, false),
        ("DOC-7F3K9Q2M and more", false, false),
        ("the DOC-7F3K9Q2M", false, false),
        ("AB-1", true, false),
        ("AB-2", false, false),
        // Issued to another one as well.
        ("ORD-0001", false, false),
        ("HOUSE-0001", false, false),
        // Known before.
        (&mail, false, false),
        (ONE, false, true),
        (OTHER, false, false),
    ] {
        let told = (
            eyes.is_own(UserId(1), value),
            eyes.is_credential(UserId(1), value),
        );
        assert_eq!(told, (own, credential), "{value}");
        let others = (
            eyes.is_own(UserId(2), value),
            eyes.is_credential(UserId(2), value),
        );
        assert_eq!(others, (false, false), "{value}");
    }
}

#[test]
fn who_may_be_shown_a_value_is_who_it_is_shared_with() {
    let oracle = oracle();
    let eyes = oracle.eyes();
    study(&oracle, 1, Some("orderno"), &learned("order", "AB-1"));
    let rights = RoleRights {
        facts: ["order".to_owned()].into(),
        own_group: false,
    };
    eyes.sharing().allow(UserId(4), &Arc::new(rights));
    let shown = |user: u32, value: &str, millis: u64| {
        let (sent, done) = (at(millis), at(millis + 5));
        eyes.may_be_shown(UserId(user), UserId(1), value, sent, done)
    };
    let (mail, home) = (email(1), address(0));
    // Their own, their household's.
    assert!(shown(1, &mail, 0) && !shown(2, &mail, 0) && !shown(0, &mail, 0));
    assert!(shown(0, &home, 0) && shown(0, &home.to_uppercase(), 0));
    assert!(!shown(2, &home, 0));
    for longer in [format!("{home}, back"), format!("at {home}")] {
        assert!(!shown(0, &longer, 0), "{longer}");
    }
    assert!(!shown(0, "nobody's", 0));
    // By a role, in a field.
    assert!(shown(4, "AB-1", 0) && !shown(0, "AB-1", 0));
    assert!(!shown(4, "AB-2", 0));
    // Granted for a time.
    eyes.sharing()
        .grant(UserId(1), &fold(&mail), UserId(2), at(100));
    assert!(!shown(2, &mail, 90) && shown(2, &mail, 95) && shown(2, &mail, 500));
    assert!(!shown(3, &mail, 500));
}
