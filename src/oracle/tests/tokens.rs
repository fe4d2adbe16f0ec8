//! Tokens with somebody's data in them: a credential that was given, or data.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

/// A token that names `user`.
fn token(user: u32) -> String {
    let part = |json: String| URL_SAFE_NO_PAD.encode(json);
    let head = part(r#"{"alg":"none","typ":"JWT"}"#.to_owned());
    let payload = part(format!("{{\"sub\":\"{}\"}}", email(user)));
    format!("{head}.{payload}.x")
}

/// A response to `user` that sets the cookie `name` to a token of `whose`, who
/// is given the credential `issued`.
fn cookie(user: u32, name: &str, whose: u32, issued: Option<&str>) -> Exchange {
    let mut exchange = answered(user, 7, "text/plain", "nothing of anybody".into());
    let cookie = ("set-cookie".to_owned(), format!("{name}={}", token(whose)));
    exchange.response.as_mut().unwrap().headers.push(cookie);
    exchange.intent.issued = issued.map(credential).into_iter().collect();
    exchange
}

fn rules(exchange: &Exchange) -> Vec<(Rule, u32, Option<u32>)> {
    told(&judge(&oracle(), exchange))
        .into_iter()
        .map(|(rule, user, owner, _)| (rule, user, owner))
        .collect()
}

#[test]
fn a_token_in_the_cookie_of_a_credential_was_given() {
    // `credential` calls it `sid`.
    let given = cookie(0, "sid", 2, Some(&token(2)));
    assert_eq!(rules(&given), [(Rule::SessionSwap, 0, Some(2))]);
    assert_eq!(rules(&cookie(0, "sid", 0, Some(&token(0)))), []);
}

#[test]
fn a_token_in_any_other_cookie_is_data() {
    for issued in [None, Some(token(0))] {
        let other = cookie(0, "last_seen", 2, issued.as_deref());
        assert_eq!(rules(&other), [(Rule::ForeignData, 0, Some(2))]);
    }
}

#[test]
fn a_token_in_a_body_was_given_only_where_one_is_issued() {
    let body = |issued: Option<String>| {
        let text = format!("{{\"token\":\"{}\"}}", token(2));
        let mut exchange = answered(0, 7, "application/json", text);
        exchange.intent.issued = issued.as_deref().map(credential).into_iter().collect();
        exchange
    };
    assert_eq!(rules(&body(None)), [(Rule::ForeignData, 0, Some(2))]);
    assert_eq!(
        rules(&body(Some(token(2)))),
        [(Rule::SessionSwap, 0, Some(2))]
    );
}

/// Who is given somebody else's token is answered as that one.
#[test]
fn data_beside_a_given_token_is_the_same_swap() {
    let mut exchange = cookie(0, "sid", 2, Some(&token(2)));
    let body = format!("Dear {}", email(2));
    exchange.response.as_mut().unwrap().body = Bytes::from(body);
    assert_eq!(rules(&exchange), [(Rule::SessionSwap, 0, Some(2))]);
}

#[test]
fn one_finding_tells_of_all_the_facts_of_an_owner() {
    let shown = |body: String| {
        let exchange = answered(0, 7, "text/plain", body);
        let findings = judge(&oracle(), &exchange);
        assert_eq!(findings.len(), 1, "{findings:?}");
        findings[0].message.clone()
    };
    let one = shown(email(2));
    assert!(one.ends_with("byte 0"), "{one}");
    let two = shown(format!("{} {}", email(2), name(2)));
    assert!(two.ends_with(" and one more fact"), "{two}");
    let three = shown(format!("{} {} {}", email(2), name(2), address(1)));
    assert!(three.ends_with(" and 2 more facts"), "{three}");
}
