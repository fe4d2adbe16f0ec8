//! Values that accuse nobody, though they are also somebody's.

use super::*;
use crate::model::HazardKind;

/// The name of user 1 stands below every page.
fn oracle_of_a_doctor() -> Oracle {
    let oracle = oracle();
    oracle.eyes().declare_public("public", &name(1));
    oracle
}

/// A page for user 1 with this text above the name below every page.
fn page(number: u64, text: &str) -> Exchange {
    let body = format!("<p>{text}</p><footer>Doctors: {}</footer>", name(1));
    answered(1, number, "text/html", body)
}

#[test]
fn a_public_value_is_no_sighting_of_the_users_own() {
    let oracle = oracle_of_a_doctor();
    let seen = |exchange: &Exchange| {
        let seen = oracle
            .eyes()
            .observe(exchange, "steady", &InFlight::default());
        let cacheable = seen
            .hazards
            .iter()
            .any(|own| own.kind == HazardKind::CacheablePrivateResponse);
        (seen.own_sightings > 0, seen.told, cacheable)
    };
    assert_eq!(seen(&page(1, "Welcome")), (false, 0, false));
    assert_eq!(seen(&page(2, &email(1))), (true, 1, true));
    // What is more than the public value is the user's own.
    let longer = own_name_and_more();
    oracle.eyes().learn(UserId(1), 0, &longer);
    assert_eq!(seen(&page(3, &longer.value)), (true, 1, true));
}

fn own_name_and_more() -> Fact {
    Fact {
        value: format!("{} of Somewhere", name(1)),
        ..fact("title", Visibility::Private)
    }
}

#[test]
fn a_public_value_shows_no_session_that_outlived() {
    let told_after_the_sign_out = |text: &str| {
        let mut out = answered(1, 2, "text/plain", "bye".into());
        out.intent.signs_out = true;
        out.request.credentials = vec![credential("secret-1")];
        let mut page = page(3, text);
        page.request.credentials = vec![credential("secret-1")];
        let oracle = oracle_of_a_doctor();
        let history = [signed_in_as(1, 1, "secret-1"), out, page];
        let findings = history.iter().flat_map(|own| judge(&oracle, own));
        findings.map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(told_after_the_sign_out("Please sign in"), []);
    assert_eq!(told_after_the_sign_out(&email(1)), [Rule::SessionOutlived]);
}

#[test]
fn a_public_value_names_nobody_in_an_identity_field() {
    let oracle = oracle_of_a_doctor();
    let relation = |value: String| {
        let mut exchange = answered(3, 1, "text/html", "welcome".into());
        exchange.intent.identity = vec![IdentityClaim {
            fact: "full_name".into(),
            spot: Spot::Text(0),
            value,
        }];
        let seen = oracle
            .eyes()
            .observe(&exchange, "steady", &InFlight::default());
        seen.identities[0].relation
    };
    assert_eq!(relation(name(1)), Relation::Stranger);
    assert_eq!(relation(name(2)), Relation::Other(UserId(2)));
    assert_eq!(relation(name(3)), Relation::Own);
}
