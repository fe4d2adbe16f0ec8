//! Writes that are sent twice at once: what one key made twice is found, where
//! steps can look at one answer alone, too; and what only looks like it is not.

use std::collections::BTreeMap;
use std::sync::Mutex;

use fpt::model::Rule;

use crate::support::hostile::{Service, status};
use crate::support::run::{Fpt, Ran};

/// How a desk takes payments with a key that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Desk {
    /// Gives the first answer again.
    AnswersAgain,
    /// Says that it knows the key.
    Refuses,
    /// Takes the money once, and says so in another way.
    TellsOnce,
    /// Takes the money again.
    Charges,
}

fn desk(kind: Desk) -> Service {
    let known = Mutex::new((0_u32, BTreeMap::<String, u32>::new()));
    Service::reading(move |head, stream| {
        if head.page() != "/payments" {
            let body = serde_json::json!({"email": head.parameter("mail")}).to_string();
            return status(stream, 200, "", &body);
        }
        let key = format!("{}{}", head.parameter("me"), head.header("idempotency-key"));
        let mut known = known.lock().unwrap();
        let before = known.1.get(&key).copied();
        if before.is_none() || kind == Desk::Charges {
            known.0 += 1;
            let number = known.0;
            known.1.insert(key.clone(), number);
        }
        let number = known.1.get(&key).copied().unwrap_or_default();
        let paid = serde_json::json!({"paymentId": format!("payment-{number:09}")}).to_string();
        match kind {
            Desk::Refuses if before.is_some() => status(stream, 409, "", "{}"),
            Desk::TellsOnce if before.is_some() => {
                status(stream, 200, "", r#"{"paymentId": "known already"}"#)
            }
            _ => status(stream, 201, "", &paid),
        }
    })
}

const ALWAYS: &str = r#"    When the user keeps the text "{{ unique }}" as "key"
    And the user sends the header "Idempotency-Key: {{ user.kept.key }}" from now on
    And the user sends POST "/payments?me={{ user.tag }}"
"#;

const ONCE: &str = r#"    When the user sends POST "/payments?me={{ user.tag }}" with headers:
      | Idempotency-Key | {{ unique }} |
"#;

const NEXT: &str = r#"    When the user sends the header "Idempotency-Key: {{ unique }}" with the next request
    And the user sends POST "/payments?me={{ user.tag }}" with form:
      | amount | 3 |
"#;

const AT_ONCE: &str = r#"    When the user keeps the text "{{ unique }}" as "key"
    And the user sends the header "Idempotency-Key: {{ user.kept.key }}" from now on
    And the user sends POST "/payments?me={{ user.tag }}" 2 times at once
"#;

fn run(service: &Service, sends: &str) -> Ran {
    let feature = format!(
        r#"Feature: f
  Scenario: s
    Given 100 % of writes are sent twice at once
{sends}    Then the response status is one of 200, 201, 409
    When the user sends GET "/me?mail={{{{ user.email }}}}"
    Then the response shows the user's own email
"#
    );
    let declared = r#"    When the user keeps JSON "$.paymentId" as "payment"
    Then "payment" "{{ user.kept.payment }}" of the user is saved
"#;
    let feature = feature.replace(
        "    When the user sends GET \"/me",
        &format!("{declared}    When the user sends GET \"/me"),
    );
    Fpt::feature(&feature)
        .load(4, 40, 2)
        .set(&format!("target={}", service.url()))
        .set("oracle.own-sightings-required=false")
        .done()
}

#[test]
fn one_key_that_makes_two_things_at_once_is_found() {
    for sends in [ALWAYS, ONCE, NEXT, AT_ONCE] {
        let ran = run(&desk(Desk::Charges), sends).exits(1);
        let findings = ran.findings();
        assert!(!findings.is_empty(), "{sends}: {ran}");
        for finding in findings {
            assert_eq!(finding.rule, Rule::DoubleBooking, "{ran}");
            assert!(finding.message.contains("one idempotency key"), "{ran}");
        }
    }
}

#[test]
fn one_key_that_makes_one_thing_is_not() {
    for sends in [ALWAYS, ONCE, NEXT, AT_ONCE] {
        for kind in [Desk::AnswersAgain, Desk::Refuses, Desk::TellsOnce] {
            let ran = run(&desk(kind), sends);
            assert_eq!(ran.findings(), [], "{kind:?} {sends}: {ran}");
        }
    }
}

/// Without a key and without a route in the profile nothing is sent twice: a
/// pass would say nothing.
#[test]
fn a_wish_for_doubles_that_nothing_can_fulfil_is_no_pass() {
    let plain = "    When the user sends POST \"/payments?me={{ user.tag }}\"\n";
    let service = desk(Desk::AnswersAgain);
    let ran = run(&service, plain).exits(3);
    ran.says("double-submit happened");
    ran.says("provoke.double-submit-routes");
}
