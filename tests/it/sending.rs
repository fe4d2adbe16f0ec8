//! What requests carry.

use crate::support::hostile::{Service, status};
use crate::support::run::Fpt;

#[test]
fn a_header_of_the_next_request_is_sent_with_no_other() {
    let service = Service::reading(|head, stream| {
        let told = serde_json::json!({
            "next": head.header("x-next"),
            "own": head.header("x-own"),
            "always": head.header("x-always"),
        });
        status(stream, 200, "", &told.to_string())
    });
    let feature = r#"Feature: f
  Scenario: s
    Given every user does 3 iterations
    And the user sends the header "X-Always: a" from now on
    And the user sends the header "X-Next: from Given" with the next request
    When the user sends GET "/one"
    Then JSON at "$.next" matches "FIRST"
    When the user sends the header "X-Next: {{ user.tag }}" with the next request
    And the user sends the header "X-Own: ours" with the next request
    And the user sends the header "X-Always: next" with the next request
    And the user sends POST "/two" with form:
      | a | b |
    Then JSON at "$.next" is "{{ user.tag }}"
    And JSON at "$.own" is "ours"
    And JSON at "$.always" is "next"
    When the user sends the same request again
    Then JSON at "$.next" is "{{ user.tag }}"
    When the user sends the header "X-Own: ours" with the next request
    And the user sends GET "/three" with headers:
      | X-Own | theirs |
    Then JSON at "$.next" is ""
    And JSON at "$.own" is "theirs"
    And JSON at "$.always" is "a"
    When the user sends the header "X-Next: nobody's" with the next request
"#;
    let run = |first: &str| {
        Fpt::feature(&feature.replace("FIRST", first))
            .set(&format!("target={}", service.url()))
            .set("oracle.own-sightings-required=false")
    };
    run("^from Given$").args(&["--functional"]).done().exits(0);
    // Later iterations do not send it. Whether any two users ever met is chance.
    let ran = run("^(from Given)?$").load(4, 10, 30).done();
    assert!(matches!(ran.code, 0 | 3), "{ran}");
    run("^from Given$").load(4, 10, 30).done().exits(1);
}
