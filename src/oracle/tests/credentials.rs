//! Credentials that nobody named: whose they are, and when sharing one accuses.

use super::*;

fn guessed(value: &str) -> Credential {
    Credential {
        guessed: true,
        ..credential(value)
    }
}

/// A visitor's first page, which gives `secret`.
fn visited(user: u32, number: u64, secret: &str) -> Exchange {
    let mut exchange = answered(user, number, "text/plain", "welcome".into());
    exchange.intent.signed_in = false;
    exchange.intent.issued = vec![guessed(secret)];
    exchange
}

/// A sign-in, which gives `secret` or nothing.
fn signed_in(user: u32, number: u64, secret: Option<&str>) -> Exchange {
    let mut exchange = visited(user, number, "");
    exchange.intent.signs_in = true;
    exchange.intent.issued = secret.map(guessed).into_iter().collect();
    exchange
}

/// A request of somebody signed in, with these credentials.
fn carried(user: u32, number: u64, secrets: &[&str]) -> Exchange {
    let mut exchange = answered(user, number, "text/plain", "nothing of anybody".into());
    exchange.request.credentials = secrets.iter().map(|own| guessed(own)).collect();
    exchange
}

fn swaps(exchanges: &[Exchange]) -> Vec<(Rule, u32, Option<u32>, Option<Spot>)> {
    let oracle = oracle();
    let findings = exchanges.iter().flat_map(|own| judge(&oracle, own));
    told(&findings.collect::<Vec<_>>())
}

const SWAP: [(Rule, u32, Option<u32>, Option<Spot>); 1] = [(Rule::SessionSwap, 2, Some(0), None)];

#[test]
fn what_all_visitors_are_given_before_they_sign_in_accuses_nobody() {
    let mut history = Vec::new();
    for (user, own) in [(0, "own-0"), (2, "own-2"), (4, "own-4")] {
        let number = u64::from(user) * 10;
        history.push(visited(user, number + 1, "guest"));
        let mut looks = carried(user, number + 2, &["guest"]);
        looks.intent.signed_in = false;
        history.push(looks);
        history.push(signed_in(user, number + 3, Some(own)));
        // The visitor's one stays in the browser, beside the own one.
        history.push(carried(user, number + 4, &["guest", own]));
        let mut out = carried(user, number + 5, &["guest", own]);
        out.intent.signs_out = true;
        out.intent.issued = vec![guessed("guest")];
        history.push(out);
    }
    assert_eq!(swaps(&history), []);
}

#[test]
fn one_credential_for_two_who_sign_in_is_a_swap() {
    let history = [
        signed_in(0, 1, Some("one")),
        signed_in(4, 2, Some("other")),
        signed_in(2, 3, Some("one")),
    ];
    assert_eq!(swaps(&history), SWAP);
}

#[test]
fn a_shared_visit_is_a_swap_once_both_are_known_by_it() {
    let shared = [
        visited(4, 1, "other"),
        visited(0, 2, "one"),
        visited(2, 3, "one"),
    ];
    let by_sign_in = [
        signed_in(0, 4, None),
        carried(0, 5, &["one"]),
        signed_in(2, 6, None),
    ];
    let until_then = [shared.to_vec(), by_sign_in.to_vec()].concat();
    assert_eq!(swaps(&until_then), []);
    let both = [until_then, vec![carried(2, 7, &["one"])]].concat();
    assert_eq!(swaps(&both), SWAP);
    // Nobody signs in, and the service tells each of them what is theirs.
    let told = |user: u32, number: u64| {
        let mut exchange = profile(user, user, number, Form::Json);
        exchange.intent.signed_in = false;
        exchange.request.credentials = vec![guessed("one")];
        exchange
    };
    let both = [shared.to_vec(), vec![told(0, 4), told(2, 5)]].concat();
    assert_eq!(swaps(&both), SWAP);
}

#[test]
fn what_is_named_accuses_visitors_as_well() {
    let named = |user, number, secret: &str| {
        let mut exchange = visited(user, number, "");
        exchange.intent.issued = vec![credential(secret)];
        exchange
    };
    let history = [named(4, 1, "other"), named(0, 2, "one"), named(2, 3, "one")];
    assert_eq!(swaps(&history), SWAP);
}

/// A cookie that everybody is given makes nobody somebody else: what is shown is
/// foreign data, and not a swapped session.
#[test]
fn what_everybody_is_given_is_no_shared_session() {
    let shown = |secret: &str| {
        let mut exchange = profile(2, 0, 9, Form::Json);
        exchange.request.credentials = vec![guessed(secret)];
        exchange
    };
    let rules = |history: &[Exchange]| -> Vec<Rule> {
        let found = swaps(history);
        found.into_iter().map(|(rule, ..)| rule).collect()
    };
    let constant = [signed_in(0, 1, Some("same")), signed_in(2, 2, Some("same"))];
    let constant = [constant.to_vec(), vec![shown("same")]].concat();
    assert_eq!(rules(&constant), [Rule::ForeignData]);
    let swapped = [
        signed_in(4, 1, Some("other")),
        signed_in(0, 2, Some("same")),
        signed_in(2, 3, Some("same")),
        shown("same"),
    ];
    assert_eq!(rules(&swapped), [Rule::SessionSwap; 2]);
}
