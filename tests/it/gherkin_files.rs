//! What feature files can hold, shown once in the files for CI.

use serde_json::Value;

use crate::support::run::{Fpt, Ran};

const FEATURE: &str = "tests/features/gherkin.feature";

/// Every scenario of `cucumber.json`: its name, and its steps as keyword,
/// text and status.
fn scenarios(ran: &Ran) -> Vec<(String, Vec<(String, String)>)> {
    let features = ran.json("cucumber.json");
    let elements = features.as_array().unwrap().iter();
    elements
        .flat_map(|feature| feature["elements"].as_array().unwrap())
        .filter(|element| element["type"] == "scenario")
        .map(|element| (text(&element["name"]), steps(element)))
        .collect()
}

fn steps(element: &Value) -> Vec<(String, String)> {
    let steps = element["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            let words = format!("{}{}", text(&step["keyword"]), text(&step["name"]));
            (words, text(&step["result"]["status"]))
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The names of the test cases in `junit.xml`, each of which passed.
fn passed_cases(ran: &Ran) -> Vec<String> {
    let xml = ran.text("junit.xml");
    let page = roxmltree::Document::parse(&xml).unwrap();
    let cases = page
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    cases
        .map(|case| {
            let bad = case
                .children()
                .any(|node| node.has_tag_name("failure") || node.has_tag_name("error"));
            assert!(!bad, "{xml}");
            case.attribute("name").unwrap().to_owned()
        })
        .collect()
}

/// One user, one iteration.
fn once(arguments: &[&str]) -> Ran {
    Fpt::run(&[FEATURE])
        .args(&["--functional"])
        .args(arguments)
        .set("oracle.own-sightings-required=false")
        .done()
        .exits(0)
}

#[test]
fn every_example_of_an_outline_is_a_scenario() {
    let ran = once(&["--tags", "@outline"]);
    let told = scenarios(&ran);
    assert_eq!(told.len(), 3, "{told:?}");
    for ((_, steps), (path, status)) in
        told.iter()
            .zip([("/health", 200), ("/nothing", 404), ("/me", 401)])
    {
        let when = format!("When the user sends GET \"{path}\"");
        let then = format!("Then the response status is {status}");
        assert!(
            steps
                .iter()
                .any(|(text, status)| text.starts_with(&when) && status == "passed"),
            "{steps:?}"
        );
        assert!(
            steps
                .iter()
                .any(|(text, status)| text.starts_with(&then) && status == "passed"),
            "{steps:?}"
        );
    }
    assert_eq!(passed_cases(&ran).len(), 3);
}

#[test]
fn examples_have_tags_of_their_own() {
    let told = scenarios(&once(&["--tags", "@outline and @more"]));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].1.iter().any(|(text, _)| text.contains("/me")),
        "{told:?}"
    );
}

#[test]
fn texts_tables_and_the_star_are_steps() {
    let told = scenarios(&once(&["--tags", "@texts"]));
    let steps: Vec<&str> = told[0].1.iter().map(|(text, _)| text.as_str()).collect();
    assert!(
        steps.iter().any(|step| step.contains("with JSON:")),
        "{steps:?}"
    );
    assert!(
        steps.iter().any(|step| step.contains("with form:")),
        "{steps:?}"
    );
    assert!(steps.iter().any(|step| step.starts_with('*')), "{steps:?}");
}

#[test]
fn backgrounds_of_feature_and_rule_come_first() {
    let ran = once(&["--tags", "@in-a-rule"]);
    let xml = ran.text("junit.xml");
    assert!(xml.contains("In a rule"), "{xml}");
    let json = ran.text("cucumber.json");
    let first = json.find("in the background").unwrap();
    let second = json.find("Sign in").unwrap();
    assert!(first < second, "{json}");
}

#[test]
fn other_languages_have_their_keywords() {
    let ran = Fpt::run(&["tests/features/deutsch.feature"])
        .args(&["--functional"])
        .done()
        .exits(0);
    let told = scenarios(&ran);
    assert_eq!(told[0].0, "Das eigene Profil");
    assert!(
        told[0].1.iter().any(|(text, _)| text.starts_with("Wenn ")),
        "{told:?}"
    );
    assert!(passed_cases(&ran)[0].contains("Das eigene Profil"));
}

#[test]
fn journeys_are_drawn_by_weight() {
    let ran = Fpt::run(&[FEATURE])
        .args(&["--tags", "@weights", "--users", "10", "--tps", "50"])
        .done()
        .exits(0);
    let routes = ran.outcome()["measures"]["routes"].clone();
    let times = |route: &str| routes[route]["transactions"].as_u64().unwrap();
    let (often, seldom) = (times("GET /me"), times("GET /me/card"));
    assert_eq!(often + seldom, 200, "{routes}");
    // 20 of 200 are expected; 5 and 40 are further away than chance goes.
    assert!((5..=40).contains(&seldom), "{seldom} of 200");
    let names: Vec<String> = scenarios(&ran).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Weighted journeys"], "a journey was run by itself");
}

#[test]
fn a_fresh_session_signs_in_for_each_iteration() {
    let ran = Fpt::run(&[FEATURE])
        .args(&["--tags", "@fresh-session"])
        .done()
        .exits(0);
    let outcome = ran.outcome();
    assert_eq!(outcome["load"]["users"], 2);
    let routes = &outcome["measures"]["routes"];
    assert_eq!(routes["GET /me"]["transactions"], 6, "{routes}");
    assert_eq!(routes["POST /session"]["transactions"], 6, "{routes}");
}

#[test]
fn tags_set_users_and_iterations() {
    let ran = Fpt::run(&[FEATURE])
        .args(&["--tags", "@limits"])
        .done()
        .exits(0);
    let outcome = ran.outcome();
    assert_eq!(outcome["load"]["users"], 3);
    let routes = &outcome["measures"]["routes"];
    assert_eq!(routes["GET /me"]["transactions"], 6, "{routes}");
    assert_eq!(routes["POST /session"]["transactions"], 3, "{routes}");
}

#[test]
fn functional_is_one_user_and_one_iteration() {
    let ran = once(&["--tags", "@limits"]);
    let outcome = ran.outcome();
    assert_eq!(outcome["load"]["users"], 1);
    assert_eq!(outcome["measures"]["routes"]["GET /me"]["transactions"], 1);
    ran.says("1 user, 1 iteration");
}

#[test]
fn expressions_and_lines_select() {
    let told = scenarios(&once(&["--tags", "@texts or @in-a-rule"]));
    assert_eq!(told.len(), 2, "{told:?}");
    let told = scenarios(&once(&[
        "--tags",
        "not (@outline or @weights or @limits or @fresh-session)",
    ]));
    assert_eq!(told.len(), 2, "{told:?}");
    let ran = Fpt::of(FEATURE, "Doc strings and tables")
        .args(&["--functional"])
        .set("oracle.own-sightings-required=false")
        .done()
        .exits(0);
    assert_eq!(scenarios(&ran).len(), 1);
    assert!(passed_cases(&ran)[0].contains("Doc strings and tables"));
}
