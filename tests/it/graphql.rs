//! GraphQL says no with the status of a success.

use std::collections::BTreeSet;

use fpt::model::Rule;

use crate::continuity::{is_silent, only, run, service};
use crate::support::hostile::{Service, status};

const PROBES: &str = r#"    And the user sends GET "/graphql?mine"
    And the user keeps JSON "$.data.me.id" as "person"
    When the user sends GET "/graphql?node={{ other.kept.person }}"
    Then access is denied
    When the user sends GET "/graphql?mine"
    Then the response shows the user's own email
    And the response status is 200"#;

fn refusal(code: &str) -> String {
    serde_json::json!({
        "data": {"node": null},
        "errors": [{"message": "Not allowed", "path": ["node"], "extensions": {"code": code}}],
    })
    .to_string()
}

/// Shows everybody their own, and asked for a node, what `other` says.
fn people(other: fn(&str) -> String) -> Service {
    service(move |head, known, stream| {
        let Some(tag) = known.whose(head.cookie("sid")) else {
            return status(stream, 200, "", &refusal("UNAUTHENTICATED"));
        };
        let node = head.parameter("node");
        if !node.is_empty() {
            return status(stream, 200, "", &other(&node));
        }
        let page: serde_json::Value = serde_json::from_str(&known.page_of(&tag))?;
        let body =
            serde_json::json!({"data": {"me": {"id": format!("P-{tag}"), "mail": page["email"]}}});
        status(stream, 200, "", &body.to_string())
    })
}

#[test]
fn an_answer_of_errors_alone_denies() {
    is_silent(&run(&people(|_| refusal("FORBIDDEN")), PROBES, &[]));
}

#[test]
fn an_answer_that_gives_something_grants() {
    let gives = people(|node| serde_json::json!({"data": {"node": {"id": node}}}).to_string());
    let ran = run(&gives, PROBES, &[]).exits(4);
    let found = only(&ran, Rule::AccessGranted);
    assert!(
        found
            .iter()
            .all(|(user, owner)| owner.is_some_and(|owner| owner != *user)),
        "{ran}"
    );
    assert_eq!(
        found.iter().map(|(user, _)| *user).collect::<BTreeSet<_>>(),
        BTreeSet::from([0, 1, 2, 3]),
        "{ran}"
    );
}

const READS: &str = r#"    When the user sends GET "/graphql?mine"
    Then the response status is 200
    When the user sends GET "/graphql?again"
    Then the response status is 200
    And the response shows the user's own email"#;

/// At every third page, one user is answered with `code`.
fn forgets(code: &'static str) -> Service {
    service(move |head, known, stream| {
        let tag = known.whose(head.cookie("sid")).unwrap_or_default();
        let body =
            if head.path.ends_with("mine") && tag == "u000002" && known.times(&tag, "") % 3 == 0 {
                refusal(code)
            } else {
                known.page_of(&tag)
            };
        status(stream, 200, "", &body)
    })
}

#[test]
fn an_answer_that_says_unauthenticated_is_a_lost_session() {
    let ran = run(&forgets("UNAUTHENTICATED"), READS, &[]).exits(1);
    assert_eq!(
        only(&ran, Rule::SessionLost),
        BTreeSet::from([(2, None)]),
        "{ran}"
    );
}

#[test]
fn an_answer_that_says_forbidden_loses_no_session() {
    is_silent(&run(&forgets("FORBIDDEN"), READS, &[]));
}
