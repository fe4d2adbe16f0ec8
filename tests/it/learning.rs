//! What a service issues becomes the user's own, and what it shares does not
//! accuse: small services that do one thing wrong, or only look like it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use fpt::model::Rule;

use crate::support::hostile::{Service, ok, parameter};
use crate::support::run::{Fpt, Ran};

/// A service that answers with JSON, by the path and the one who asks.
fn service(answer: impl Fn(&str, &str) -> serde_json::Value + Send + Sync + 'static) -> Service {
    Service::start(move |path, stream| {
        let body = answer(path, &parameter(path, "me")).to_string();
        ok(stream, "application/json", body.as_bytes())
    })
}

fn run(service: &Service, givens: &str, steps: &str) -> Ran {
    let feature = format!("Feature: f\n  Scenario: s\n{givens}\n{steps}\n");
    Fpt::feature(&feature)
        .load(4, 40, 4)
        .set(&format!("target={}", service.url()))
        .done()
}

/// Who was shown whose fact by which path, each once.
fn seen(ran: &Ran) -> BTreeSet<(u32, u32, String, String)> {
    let findings = ran.findings().into_iter();
    findings
        .map(|finding| {
            assert_eq!(finding.rule, Rule::ForeignData, "{finding:#?}");
            let witness = finding.witness;
            let path = witness.route.split('?').next().unwrap().to_owned();
            let fact = witness.fact.map(|fact| fact.to_string());
            let owner = finding.owner.unwrap();
            (finding.user.0, owner.0, fact.unwrap_or_default(), path)
        })
        .collect()
}

/// Whoever has asked, in the order of their first requests.
#[derive(Debug, Default)]
struct Asked {
    tags: Vec<(String, String)>,
    orders: usize,
    swapped: bool,
    shown: usize,
}

impl Asked {
    fn place(&mut self, me: &str, mail: &str) -> usize {
        if let Some(at) = self.tags.iter().position(|(tag, _)| tag == me) {
            return at;
        }
        self.tags.push((me.to_owned(), mail.to_owned()));
        self.tags.len() - 1
    }
}

#[test]
fn nothing_is_learned_from_an_answer_under_accusation() {
    let asked = Mutex::new(Asked::default());
    let order = |tag: &str| format!("ORD-7F3K-{tag}");
    let service = service(move |path, me| {
        let mut asked = asked.lock().unwrap();
        let mail = parameter(path, "mail");
        let place = asked.place(me, &mail);
        let first = asked.tags[0].clone();
        if path.starts_with("/order") {
            asked.orders += 1;
            // Once, the second user is given what is the first one's.
            if place == 1 && asked.orders > 12 && !asked.swapped {
                asked.swapped = true;
                return serde_json::json!({"orderId": order(&first.0), "email": first.1});
            }
            return serde_json::json!({"orderId": order(me), "email": mail});
        }
        // Later and once, a third one is shown the first one's order.
        if asked.swapped && place == 2 {
            asked.shown += 1;
            if asked.shown == 3 {
                return serde_json::json!({"last": order(&first.0)});
            }
        }
        serde_json::json!({"last": order(me)})
    });
    let ran = run(
        &service,
        "",
        r#"    When the user sends GET "/order?me={{ user.tag }}&mail={{ user.email }}"
    And the user keeps JSON "$.orderId" as own fact "order"
    And the user sends GET "/last?me={{ user.tag }}"
    Then the response status is 200"#,
    );
    let seen = seen(&ran);
    assert_eq!(ran.code, 4, "{ran}");
    let owners: BTreeSet<u32> = seen.iter().map(|(_, owner, ..)| *owner).collect();
    assert_eq!(owners.len(), 1, "{seen:?}");
    let facts: BTreeSet<(&str, &str)> = seen
        .iter()
        .map(|(_, _, fact, path)| (fact.as_str(), path.as_str()))
        .collect();
    assert!(facts.contains(&("order", "GET /last")), "{seen:?}");
    assert_eq!(seen.len(), 2, "{seen:?}");
    for finding in ran.findings() {
        if finding.witness.route.starts_with("GET /last") {
            let why = finding.witness.held_private.unwrap();
            assert!(
                why.contains("learned from the answer to GET /order"),
                "{why}"
            );
            // The step that keeps it.
            assert!(why.contains("own.feature:5"), "{why}");
        }
    }
}

#[test]
fn a_value_issued_to_all_accuses_only_where_it_is_said_to_be_unique() {
    let steps = |fact: &str| {
        format!(
            r#"    When the user sends GET "/order?me={{{{ user.tag }}}}&mail={{{{ user.email }}}}"
    And the user keeps JSON "$.orderId" as {fact} "order"
    Then the response shows the user's own email"#
        )
    };
    let same = || {
        service(
            |path, _| serde_json::json!({"orderId": "ORD-7F3K-0001", "email": parameter(path, "mail")}),
        )
    };
    let ran = run(&same(), "", &steps("own fact")).exits(0);
    assert_eq!(ran.findings(), [], "{ran}");
    let ran = run(&same(), "", &steps("own unique fact")).exits(4);
    let seen = seen(&ran);
    assert!(!seen.is_empty() && seen.iter().all(|(_, _, fact, _)| fact == "order"));
}

#[test]
fn a_token_of_somebody_else_in_an_answer_is_foreign_data() {
    let tokens: Mutex<Vec<(String, String)>> = Mutex::default();
    let service = service(move |path, me| {
        let mut tokens = tokens.lock().unwrap();
        if path.starts_with("/login") {
            let token = format!("tok-{:016x}-{me}", tokens.len() + 0x007f_3a9c);
            tokens.push((me.to_owned(), token.clone()));
            return serde_json::json!({"token": token, "email": parameter(path, "mail")});
        }
        let other = tokens.iter().find(|(tag, _)| tag != me);
        serde_json::json!({"debug": {"auth": other.map(|(_, token)| token)}})
    });
    let ran = run(
        &service,
        r#"    Given the user sends GET "/login?me={{ user.tag }}&mail={{ user.email }}"
    And the user keeps JSON "$.token" as "token"
    And the user authenticates with bearer token "{{ user.kept.token }}""#,
        r#"    When the user sends GET "/status?me={{ user.tag }}"
    Then the response status is 200"#,
    );
    let seen = seen(&ran);
    assert!(!seen.is_empty(), "{ran}");
    for (user, owner, fact, path) in seen {
        assert_ne!(user, owner);
        assert_eq!(
            (fact.as_str(), path.as_str()),
            ("session credential", "GET /status")
        );
    }
}

#[test]
fn a_number_is_the_users_own_in_its_field() {
    let service = service(|path, me| {
        let own: usize = me.trim_start_matches('u').parse().unwrap_or(0);
        let number = 17 + own;
        if path.starts_with("/order") {
            return serde_json::json!({"orderId": number, "email": parameter(path, "mail")});
        }
        // 18 is the second user's order, and the price of a coffee.
        let shown = if own == 3 { 18 } else { number };
        serde_json::json!({"price": 18, "last": {"orderId": shown}})
    });
    let ran = run(
        &service,
        "",
        r#"    When the user sends GET "/order?me={{ user.tag }}&mail={{ user.email }}"
    And the user keeps JSON "$.orderId" as own fact "order"
    And the user sends GET "/last?me={{ user.tag }}"
    Then the response status is 200"#,
    );
    let expected = (3, 1, "order".to_owned(), "GET /last".to_owned());
    assert_eq!(seen(&ran), BTreeSet::from([expected]), "{ran}");
}

/// Accounts that are in use count their own orders, each from 1.
#[test]
fn a_number_that_each_account_counts_accuses_nobody() {
    let orders: Mutex<BTreeMap<String, usize>> = Mutex::default();
    let service = service(move |path, me| {
        let mut orders = orders.lock().unwrap();
        let known = orders.len();
        let own = orders.entry(me.to_owned()).or_insert(6 + 40 * known);
        *own += usize::from(path.starts_with("/order"));
        let list = |count: usize| -> Vec<serde_json::Value> {
            (1..=count)
                .map(|number| serde_json::json!({"orderId": number}))
                .collect()
        };
        if path.starts_with("/list") {
            return serde_json::json!({"orders": list(*own)});
        }
        serde_json::json!({"orderId": *own, "email": parameter(path, "mail")})
    });
    let ran = run(
        &service,
        "",
        r#"    When the user sends GET "/order?me={{ user.tag }}&mail={{ user.email }}"
    And the user keeps JSON "$.orderId" as own fact "order"
    And the user sends GET "/list?me={{ user.tag }}"
    Then the response status is 200"#,
    )
    .exits(0);
    assert_eq!(ran.findings(), [], "{ran}");
}

/// Answers that carry nothing but a drawn id, one of which goes to the wrong
/// user.
#[test]
fn a_drawn_id_that_is_issued_twice_is_foreign_data() {
    let order = |number: u64| {
        let bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("AP-{:012X}", (bits ^ (bits >> 29)) >> 16)
    };
    let orders: Mutex<Vec<(String, u64)>> = Mutex::default();
    let service = service(move |path, me| {
        if path.starts_with("/me") {
            return serde_json::json!({"email": parameter(path, "mail")});
        }
        let mut orders = orders.lock().unwrap();
        let number = orders.len() as u64 + 1;
        let older = &orders[..orders.len().saturating_sub(8)];
        let others = older.iter().rev().find(|(tag, _)| tag != me);
        let given = match others {
            Some((_, others)) if number == 40 => *others,
            _ => number,
        };
        orders.push((me.to_owned(), number));
        serde_json::json!({"orderId": order(given)})
    });
    let ran = run(
        &service,
        "",
        r#"    When the user sends GET "/order?me={{ user.tag }}"
    And the user keeps JSON "$.orderId" as own fact "order"
    And the user sends GET "/me?me={{ user.tag }}&mail={{ user.email }}"
    Then the response shows the user's own email"#,
    )
    .exits(4);
    let seen = seen(&ran);
    assert_eq!(seen.len(), 1, "{seen:?}");
    let (user, owner, fact, path) = seen.first().unwrap();
    assert_ne!(user, owner);
    assert_eq!((fact.as_str(), path.as_str()), ("order", "GET /order"));
}

#[test]
fn staff_see_what_staff_may_see() {
    let mails: Mutex<BTreeSet<String>> = Mutex::default();
    let service = service(move |path, me| {
        let mut mails = mails.lock().unwrap();
        mails.insert(parameter(path, "mail"));
        if me == "u000000" {
            return serde_json::json!({"patients": mails.iter().collect::<Vec<_>>()});
        }
        serde_json::json!({"patients": [parameter(path, "mail")]})
    });
    let steps = r#"    When the user sends GET "/patients?me={{ user.tag }}&mail={{ user.email }}"
    Then the response shows the user's own email"#;
    let staff = "    Given the first 1 user is \"staff\"\n    \
                 And \"staff\" may see every user's \"email\"";
    let ran = run(&service, staff, steps).exits(0);
    assert_eq!(ran.findings(), [], "{ran}");
    // The same by the profile, and a role that nobody has.
    let ran = run(
        &service,
        "    Given \"chief\" may see every user's \"email\"",
        steps,
    )
    .exits(4);
    ran.says("no user has the role \"chief\"");
    assert!(seen(&ran).iter().all(|(user, ..)| *user == 0), "{ran}");
    let feature = format!("Feature: f\n  Scenario: s\n{steps}\n");
    let ran = Fpt::feature(&feature)
        .load(4, 40, 3)
        .set(&format!("target={}", service.url()))
        .set("roles.staff.users=1")
        .set("roles.staff.sees=email")
        .done()
        .exits(0);
    assert_eq!(ran.findings(), [], "{ran}");
}
