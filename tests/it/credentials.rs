//! Credentials and what only looks like them, given by small services.

use std::collections::BTreeSet;
use std::sync::Mutex;

use fpt::model::Rule;

use crate::support::hostile::{Head, Service, status};
use crate::support::run::{Fpt, Ran};

/// Every user looks around, signs in and reads their own page, again and again.
const STEPS: &str = r#"  @fresh-session
  Scenario: s
    Given the user sends GET "/?me={{ user.tag }}"
    And the user signs in with POST "/login?me={{ user.tag }}" with form:
      | name | x |
    When the user sends GET "/me?mail={{ user.email }}"
    Then the response shows the user's own email"#;

/// Headers by the request and the number of requests so far.
type More = fn(&Head, u64) -> String;

/// A service whose users have sessions of their own, and which sets what
/// `more` says with each sign-in and what `visitors` says with the first page.
fn run(visitors: &'static str, more: More) -> Ran {
    let count = Mutex::new(0_u64);
    let service = Service::reading(move |head, stream| {
        let mut count = count.lock().unwrap();
        *count += 1;
        let cookies = match head.page() {
            "/" => visitors.to_owned(),
            "/login" => {
                let own = format!(
                    "{:032x}",
                    u128::from(*count) * 0x9e37_79b9_7f4a_7c15_f39c_c060
                );
                format!(
                    "set-cookie: auth_token={own}; Path=/\r\n{}",
                    more(head, *count)
                )
            }
            _ => String::new(),
        };
        let body = serde_json::json!({"email": head.parameter("mail")}).to_string();
        status(stream, 200, &cookies, &body)
    });
    Fpt::feature(&format!("Feature: f\n{STEPS}\n"))
        .load(6, 50, 5)
        .set(&format!("target={}", service.url()))
        .done()
}

#[test]
fn what_only_looks_like_a_credential_accuses_nobody() {
    let guest = "set-cookie: auth_token=9f3c1f70b2aa48d1; Path=/\r\n";
    let lookalikes: [(&str, More); 3] = [
        (guest, |_, _| String::new()),
        ("", |_, count| {
            let second = count / 20;
            format!(
                "set-cookie: session_expires=2026-03-01T10:{:02}:00Z; Path=/\r\n\
                 set-cookie: token=17723556{second:02}123; Path=/\r\n",
                second % 60
            )
        }),
        ("", |_, count| {
            let backend = count % 2;
            format!(
                "set-cookie: BIGipServer~pool-auth=167778740{backend}.36895.0000; Path=/\r\n\
                 set-cookie: session_node=4f9c1f70b2aa48d{backend}; Path=/\r\n\
                 set-cookie: AWSALB=4f9c1f70b2aa48d{backend}; Path=/\r\n"
            )
        }),
    ];
    for (visitors, more) in lookalikes {
        let ran = run(visitors, more);
        assert_eq!(ran.findings(), [], "{ran}");
        assert_eq!(ran.code, 0, "{ran}");
    }
}

/// The second cookie is the same for two users.
#[test]
fn a_credential_that_two_are_given_is_a_swap() {
    let ran = run("", |head, _| {
        let me = head.parameter("me");
        let own = match me.as_str() {
            "u000003" => "u000001",
            own => own,
        };
        format!("set-cookie: remember_me={own}f70b2aa48d19c3; Path=/\r\n")
    })
    .exits(4);
    let pairs: BTreeSet<BTreeSet<u32>> = ran
        .findings()
        .into_iter()
        .map(|finding| {
            assert_eq!(finding.rule, Rule::SessionSwap, "{finding:#?}");
            BTreeSet::from([finding.user.0, finding.owner.unwrap().0])
        })
        .collect();
    assert_eq!(pairs, BTreeSet::from([BTreeSet::from([1, 3])]), "{ran}");
}
