//! Promises about things that steps name by what was kept, and about requests
//! that are sent twice.

use fpt::model::Rule;

use crate::continuity::{is_silent, only, run, service};
use crate::support::hostile::{Service, status};

const ORDERS: &str = r#"    And 100 % of writes are sent twice at once
    When the user keeps the text "{{ unique }}" as "key"
    And the user sends the header "Idempotency-Key: {{ user.kept.key }}" from now on
    And the user sends POST "/orders" with JSON:
      """
      {"what": "tea"}
      """
    Then the response status is 200
    When the user keeps JSON "$.order" as "order"
    Then "order" "{{ user.kept.order }}" of the user is saved
    When the user sends GET "/me"
    Then the response shows the user's own email"#;

/// Orders are made once for each key, or for each request.
fn orders(by_key: bool) -> Service {
    service(move |head, known, stream| {
        let tag = known.whose(head.cookie("sid")).unwrap_or_default();
        if head.page() != "/orders" {
            let body = known.page_of(&tag);
            return status(stream, 200, "", &body);
        }
        let key = head.header("idempotency-key").to_owned();
        let times = known.times(&tag, &key);
        let order = if by_key {
            format!("O-{key}")
        } else {
            format!("O-{key}-{times}")
        };
        status(
            stream,
            200,
            "",
            &serde_json::json!({"order": order}).to_string(),
        )
    })
}

#[test]
fn one_key_that_makes_two_things_is_found_when_the_session_sends_it() {
    let ran = run(&orders(false), ORDERS, &[]).exits(1);
    let found = only(&ran, Rule::DoubleBooking);
    assert_eq!(found.len(), 4, "{ran}");
}

#[test]
fn one_key_that_makes_one_thing_is_silent() {
    is_silent(&run(&orders(true), ORDERS, &[]));
}

const NOTES: &str = r#"    When the user keeps the text "{{ unique }}" as "note"
    And the user keeps the text "{{ unique }}" as "text"
    And the user sends PUT "/notes?note={{ user.kept.note }}&text={{ user.kept.text }}"
    Then the response status is 200
    And the user's "text of {{ user.kept.note }}" is now "{{ user.kept.text }}"
    When the user sends GET "/text?note={{ user.kept.note }}"
    Then JSON "$.text" shows the user's "text of {{ user.kept.note }}"
    And the response shows the user's own email"#;

/// Every note has a text. One in five changes is acknowledged and not made, or
/// all texts are shown in capitals.
fn notes(loses: bool, shouts: bool) -> Service {
    let texts = std::sync::Mutex::new(std::collections::BTreeMap::new());
    service(move |head, known, stream| {
        let tag = known.whose(head.cookie("sid")).unwrap_or_default();
        let mut texts = texts.lock().unwrap();
        let note = head.parameter("note");
        if head.page() == "/notes" && !(loses && known.times(&tag, "notes") % 5 == 4) {
            texts.insert(note.clone(), head.parameter("text"));
        }
        let text = texts.get(&note).map_or("a new note", String::as_str);
        let text = if shouts {
            text.to_uppercase()
        } else {
            text.to_owned()
        };
        let mut page: serde_json::Value = serde_json::from_str(&known.page_of(&tag))?;
        page["text"] = text.into();
        status(stream, 200, "", &page.to_string())
    })
}

#[test]
fn a_change_that_was_never_made_is_found_in_a_thing_that_is_written_once() {
    let ran = run(&notes(true, false), NOTES, &[]).exits(1);
    let rules: Vec<Rule> = ran.findings().iter().map(|own| own.rule).collect();
    assert!(rules.contains(&Rule::SessionRollback), "{ran}");
    assert!(
        rules
            .iter()
            .all(|rule| matches!(rule, Rule::SessionRollback | Rule::LostWrite)),
        "{ran}"
    );
    // What was kept is not written down: the name stands for it.
    ran.says("text of {{ user.kept.note }} written");
}

#[test]
fn texts_that_are_shown_in_another_way_are_not_lost() {
    for shouts in [false, true] {
        is_silent(&run(&notes(false, shouts), NOTES, &[]));
    }
}
