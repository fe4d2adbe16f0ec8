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

/// What `user` is shown in a body of this kind.
fn accused(oracle: &Oracle, user: u32, media_type: &str, body: String) -> Vec<Option<u32>> {
    let found = told(&judge(oracle, &answered(user, 1, media_type, body)));
    found.iter().map(|own| own.2).collect()
}

/// Three users are shown their own number, written by `body`; then the fifth is
/// shown the third one's.
fn after_three(media_type: &str, body: &dyn Fn(u32, &str) -> String) -> Vec<Option<u32>> {
    let oracle = counted();
    for user in 0..3 {
        let own = body(user, &number(user));
        assert_eq!(accused(&oracle, user, media_type, own), []);
    }
    accused(&oracle, 4, media_type, body(4, &number(2)))
}

#[test]
fn a_place_is_a_field_a_way_through_a_page_or_the_words_before() {
    let json = |key: &'static str| move |_: u32, no: &str| format!(r#"{{"{key}":"{no}"}}"#);
    assert_eq!(after_three("application/json", &json("kdnr")), [Some(2)]);
    let text = |_: u32, no: &str| format!("Kd.-Nr. {no}");
    assert_eq!(after_three("text/plain", &text), [Some(2)]);
    let elsewhere = |user: u32, no: &str| format!("{}Kd.-Nr. {no}", "\n".repeat(user as usize));
    assert_eq!(after_three("text/plain", &elsewhere), [Some(2)]);
    // Nothing says at which place these stand.
    let alone = |_: u32, no: &str| no.to_owned();
    assert_eq!(after_three("text/plain", &alone), []);
    let first = |_: u32, no: &str| format!(r#"{{"line":"{no} Berlin"}}"#);
    assert_eq!(after_three("application/json", &first), []);
    let other_words = |user: u32, no: &str| {
        format!(
            "{} {no}",
            ["No.", "Nr", "Kd.", "Konto", "Id"][user as usize]
        )
    };
    assert_eq!(after_three("text/plain", &other_words), []);
}

#[test]
fn words_of_another_paragraph_do_not_tell_a_place() {
    let apart = |user: u32, no: &str| {
        let class = "abcde".chars().nth(user as usize).unwrap();
        format!("<p>Your customer number</p><p class={class}>{no}</p>")
    };
    assert_eq!(after_three("text/html", &apart), []);
    let together = |user: u32, no: &str| {
        let class = "abcde".chars().nth(user as usize).unwrap();
        format!("<p class={class}>Your customer number {no}</p>")
    };
    assert_eq!(after_three("text/html", &together), [Some(2)]);
}
