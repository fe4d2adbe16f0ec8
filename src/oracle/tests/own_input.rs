//! What a user sent may come back; what a leaked credential says may not.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;

/// A token that names user 2.
fn token() -> String {
    let part = |json: String| URL_SAFE_NO_PAD.encode(json);
    let head = part(r#"{"alg":"none"}"#.to_owned());
    format!("{head}.{}.x", part(format!("{{\"sub\":\"{}\"}}", email(2))))
}

/// Whom user 0 is told of, who sent `headers` with these credentials, when
/// the answer shows `shown`.
fn foreign(headers: &[(&str, String)], credentials: &[(&str, &str)], shown: &str) -> Vec<u32> {
    let mut exchange = answered(0, 7, "text/plain", String::new());
    let shown = ("x-last-seen".to_owned(), shown.to_owned());
    exchange.response.as_mut().unwrap().headers.push(shown);
    let headers = headers.iter().cloned();
    exchange.request.headers = headers.map(|(name, value)| (name.into(), value)).collect();
    let credentials = credentials.iter().map(|(name, value)| Credential {
        name: (*name).into(),
        ..credential(value)
    });
    exchange.request.credentials = credentials.collect();
    let told = told(&judge(&oracle(), &exchange));
    assert!(
        told.iter().all(|(rule, ..)| *rule == Rule::ForeignData),
        "{told:?}"
    );
    told.into_iter()
        .filter_map(|(_, _, owner, _)| owner)
        .collect()
}

#[test]
fn what_was_typed_in_may_come_back() {
    let typed = STANDARD.encode(format!("{}:secret", email(2)));
    let basic = format!("Basic {typed}");
    for (name, value, credentials) in [
        ("x-search", email(2), &[][..]),
        ("x-search", email(2).replace('@', "%40"), &[]),
        ("x-search", STANDARD.encode(email(2)), &[]),
        ("authorization", basic.clone(), &[]),
        (
            "authorization",
            basic.clone(),
            &[("authorization", basic.as_str())],
        ),
        (
            "proxy-authorization",
            basic.to_lowercase().replace(&typed.to_lowercase(), &typed),
            &[],
        ),
        // Of a key that says it openly.
        ("x-api-key", email(2), &[("x-api-key", "other")]),
    ] {
        let sent = [(name, value.clone())];
        assert_eq!(
            foreign(&sent, credentials, &email(2)),
            [0; 0],
            "{name}: {value}"
        );
    }
    assert_eq!(foreign(&[("x-search", email(3))], &[], &email(2)), [2]);
}

#[test]
fn a_cookie_is_no_input() {
    let sent = [("cookie", format!("last={}", email(2)))];
    assert_eq!(foreign(&sent, &[], &email(2)), [2]);
}

#[test]
fn a_token_comes_back_from_where_it_was_data() {
    let token = token();
    let bearer = format!("Bearer {token}");
    for (name, value, credentials, owners) in [
        ("x-state", token.clone(), &[][..], &[][..]),
        ("authorization", bearer.clone(), &[], &[2]),
        ("proxy-authorization", bearer.clone(), &[], &[2]),
        // By the name of the header alone, and by what it holds.
        ("x-auth", token.clone(), &[("X-Auth", "other")], &[2]),
        ("x-copy", bearer, &[("authorization", token.as_str())], &[2]),
    ] {
        let sent = [(name, value)];
        assert_eq!(foreign(&sent, credentials, &token), owners, "{name}");
    }
}
