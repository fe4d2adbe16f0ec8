//! What begins a session, and what does not.

use super::*;

/// A response that treats user 1 as nobody.
fn anonymous(number: u64) -> Exchange {
    let mut exchange = answered(1, number, "text/plain", "who are you?".into());
    exchange.response.as_mut().unwrap().status = 401;
    exchange.intent.anonymous = true;
    exchange
}

/// How often a session is found lost when `again` comes between two responses
/// that treat its user as nobody.
fn lost_around(again: &Exchange) -> usize {
    let oracle = oracle();
    let first = signed_in_as(1, 1, "secret-1");
    let history = [&first, &anonymous(2), again, &anonymous(4)];
    let findings = history.iter().flat_map(|own| judge(&oracle, own));
    let lost = findings.filter(|own| own.rule == Rule::SessionLost);
    lost.count()
}

#[test]
fn a_sign_in_begins_a_session_that_can_be_lost_anew() {
    assert_eq!(lost_around(&signed_in_as(1, 3, "secret-2")), 2);
}

#[test]
fn a_sign_in_that_failed_begins_none() {
    type Change = fn(&mut Exchange);
    let changes: [(&str, Change); 4] = [
        ("refused", |own| own.intent.anonymous = true),
        ("broken", |own| own.error = Some(ErrorClass::Timeout)),
        ("a bad request", |own| {
            own.response.as_mut().unwrap().status = 400;
        }),
        ("never answered", |own| own.response = None),
    ];
    for (why, change) in changes {
        let mut again = signed_in_as(1, 3, "secret-2");
        change(&mut again);
        assert_eq!(lost_around(&again), 1, "{why}");
    }
}

/// A new credential in an answer that says who is asked for, or that something
/// went wrong, renews nothing: the session is over when its time is.
#[test]
fn a_credential_that_comes_with_a_refusal_renews_no_session() {
    type Change = fn(&mut Exchange);
    let lost = |change: Change| {
        let oracle = oracle();
        judge(&oracle, &signed_in_as(1, 1, "secret-1"));
        let mut middle = answered(1, 2, "text/plain", "go on".into());
        (middle.sent, middle.done) = (at(40_000), at(40_005));
        middle.intent.issued = vec![credential("secret-2")];
        change(&mut middle);
        judge(&oracle, &middle);
        let mut late = anonymous(3);
        (late.sent, late.done) = (at(70_000), at(70_005));
        judge(&oracle, &late).len()
    };
    assert_eq!(lost(|_| {}), 1);
    assert_eq!(lost(|own| own.error = Some(ErrorClass::Timeout)), 0);
    let refused: Change = |own| own.response.as_mut().unwrap().status = 400;
    assert_eq!(lost(refused), 0);
    let nobody: Change = |own| {
        own.intent.anonymous = true;
        own.intent.anonymous_expected = true;
    };
    assert_eq!(lost(nobody), 0);
}
