//! Short numbers of people: customer numbers of six digits.

use super::*;

/// Six people whose customer numbers are near each other.
fn counted() -> Oracle {
    let oracle = oracle();
    for user in 0..6 {
        let fact = Fact {
            value: number(user),
            origin: Origin::Account,
            ..fact("customer_no", Visibility::Private)
        };
        oracle.eyes().learn(UserId(user), user / 2, &fact);
    }
    oracle
}

fn number(user: u32) -> String {
    (100_230 + user * 3).to_string()
}

/// A page for `user` with the customer number of `shown` at the place of
/// customer numbers, and `price` elsewhere.
fn page(user: u32, shown: u32, number_of: u64, price: &str) -> Exchange {
    let (mail, no) = (email(user), number(shown));
    let body = format!(
        "<header><small>Kd.-Nr. {no}</small></header><p>{mail}</p><p>Points: {price} of 999999</p>"
    );
    answered(user, number_of, "text/html", body)
}

#[test]
fn a_number_that_stands_elsewhere_accuses_nobody() {
    let oracle = counted();
    for (at, user) in (1..).zip([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]) {
        let other = number((user + 1) % 6);
        assert_eq!(told(&judge(&oracle, &page(user, user, at, &other))), []);
        // Order numbers are as long, and reach theirs.
        let body = serde_json::json!({"mail": email(user), "order": {"total": other}});
        let exchange = answered(user, at + 20, "application/json", body.to_string());
        assert_eq!(told(&judge(&oracle, &exchange)), []);
    }
}

#[test]
fn a_number_where_customer_numbers_are_shown_accuses() {
    let oracle = counted();
    for (at, user) in (1..).zip(0..4) {
        assert_eq!(told(&judge(&oracle, &page(user, user, at, "17"))), []);
    }
    let found = told(&judge(&oracle, &page(4, 2, 9, "17")));
    assert!(
        matches!(
            found.as_slice(),
            [(Rule::ForeignData, 4, Some(2), Some(Spot::Html(_)))]
        ),
        "{found:?}"
    );
    // What the profile calls public is none.
    oracle.eyes().declare_public("customer_no", &number(1));
    assert_eq!(told(&judge(&oracle, &page(4, 1, 10, "17"))), []);
}

#[test]
fn a_field_that_is_called_like_the_fact_accuses_at_once() {
    let oracle = counted();
    for (key, expected) in [("customerNo", true), ("orderNo", false)] {
        let body = serde_json::json!({"mail": email(0), key: number(3)}).to_string();
        let found = judge(&oracle, &answered(0, 1, "application/json", body));
        let spot = Spot::Json(format!("$.{key}"));
        let accused = vec![(Rule::ForeignData, 0, Some(3), Some(spot))];
        assert_eq!(
            told(&found),
            if expected { accused } else { vec![] },
            "{key}"
        );
    }
}

#[test]
fn messages_hold_no_customer_number() {
    let oracle = counted();
    let text = oracle
        .eyes()
        .redact(&format!("$.no is {}, not 100231", number(2)));
    assert_eq!(text, "$.no is ‹customer_no›, not 100231");
}
