//! Bodies that are broken, endless or not what they say.

use proptest::prelude::*;

use super::*;

#[test]
fn hostile_bodies_are_counted_and_do_no_harm() {
    let oracle = oracle();
    let deep = "[".repeat(200_000);
    let bodies: [(&str, Vec<u8>); 5] = [
        ("application/json", deep.into_bytes()),
        ("text/html", "<b>".repeat(50_000).into_bytes()),
        ("application/json", vec![0xff; 1000]),
        ("application/xml", b"<a><b></a>".to_vec()),
        ("application/xml", "<a>".repeat(100_000).into_bytes()),
    ];
    for (number, (media_type, body)) in (1..).zip(bodies) {
        let mut exchange = answered(0, number, media_type, String::new());
        exchange.response.as_mut().unwrap().body = Bytes::from(body);
        assert_eq!(told(&judge(&oracle, &exchange)), [], "{media_type}");
    }
    assert_eq!(oracle.coverage().unreadable_bodies, 4);
}

#[test]
fn what_was_looked_through_as_text_is_not_unseen() {
    for (media_type, body) in [
        ("application/json", "OK".to_owned()),
        (
            "application/json",
            format!("{{\"at\":NaN,\"for\":\"{}\"}}", email(5)),
        ),
        (
            "application/xml",
            format!("<!DOCTYPE a [<!ENTITY b \"c\">]><a><b>{}</b></a>", email(5)),
        ),
    ] {
        let oracle = oracle();
        let found = judge(&oracle, &answered(2, 1, media_type, body.clone()));
        assert_eq!(found.len(), usize::from(body.contains('@')), "{body}");
        let coverage = oracle.coverage();
        assert_eq!((coverage.unreadable_bodies, coverage.partly_unseen), (1, 0));
    }
    // What is beyond the bounds is.
    let oracle = oracle();
    let many = "a ".repeat(5_000);
    let swollen = answered(2, 1, "text/plain", format!("<a {many}>&#64;</a>"));
    assert_eq!(told(&judge(&oracle, &swollen)), []);
    assert_eq!(oracle.coverage().partly_unseen, 1);
}

#[test]
fn an_address_that_a_page_forgot_to_escape_is_found() {
    for body in [
        format!("<p>From: Ann <{}></p>", email(5)),
        format!("<a href=x title=\"{}", email(5)),
    ] {
        let oracle = oracle();
        let findings = judge(&oracle, &answered(2, 1, "text/html", body));
        let told = told(&findings);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(
            (told[0].0, told[0].1, told[0].2),
            (Rule::ForeignData, 2, Some(5))
        );
        assert!(!format!("{told:?}").contains("person005"), "{told:?}");
    }
}

proptest! {
    /// Whatever stands around a value of somebody else's: what is written down
    /// of it does not hold the value, and in a text it is found.
    #[test]
    fn no_value_is_written_down(
        before in "(\\PC|[<>\"'{}\\[\\]&=:,;% \\n]){0,12}",
        behind in "(\\PC|[<>\"'{}\\[\\]&=:,;% \\n]){0,12}",
        media_type in prop::sample::select(vec![
            "text/html", "application/json", "application/xml", "text/csv", "text/plain",
        ]),
    ) {
        let oracle = oracle();
        let body = format!("{before} {} {behind}", email(5));
        let exchange = answered(2, 1, media_type, body);
        let mut lines = String::new();
        let findings = oracle.observe(&exchange, "steady", |seen, findings| {
            lines = serde_json::to_string(seen).unwrap() + &serde_json::to_string(findings).unwrap();
            findings.to_vec()
        });
        prop_assert!(!lines.contains("person005") && !lines.contains("example.test"), "{}", lines);
        if media_type == "text/plain" {
            prop_assert_eq!(findings.len(), 1);
        }
        for finding in findings {
            prop_assert_eq!(
                (finding.rule, finding.user, finding.owner),
                (Rule::ForeignData, UserId(2), Some(UserId(5)))
            );
        }
    }
}
