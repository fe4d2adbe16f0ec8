//! Incidents of real runs: judged again, reproduced, and bounded when there are
//! none.

use fpt::oracle::incidents::{Incident, Pattern};

use crate::support::run::{Fpt, Ran};

const FEATURE: &str = "tests/features/planted_defects.feature";

fn recorded(scenario: &str, defect: &str) -> Ran {
    Fpt::of(FEATURE, scenario)
        .args(&["--defect", defect])
        .load(10, 40, 4)
        .done()
        .exits(4)
}

fn reproduced(ran: &Ran, more: &[&str]) -> Ran {
    let folder = ran.folder().display().to_string();
    Fpt::with(&["reproduce", &folder, "1"]).args(more).done()
}

/// What the run directory of `ran` says about the least load.
fn least(ran: &Ran) -> serde_json::Value {
    ran.json("reproduction-1.json")
}

#[test]
fn a_shared_buffer_is_reproduced_with_less() {
    let ran = recorded("Profiles", "shared-buffer");
    let again = reproduced(&ran, &["--budget", "50s"]).exits(0);
    again.says("incident 1: foreign-data on GET /me, email in JSON $.email");
    again.says("attempt  1: 10 users, 40 TPS, 4 s: found after ");
    again.says("least: ");
    let least = least(&ran);
    assert!(least["users"].as_u64().unwrap() < 10, "{least}");
    assert!(least["shown"].as_u64().unwrap() > 0, "{least}");
    let command = least["command"].as_str().unwrap();
    again.says(&format!("run it: {command}"));
    assert!(
        command.contains("--set bundled.defects=shared-buffer"),
        "{command}"
    );
    // What is told can be typed, and shows it. With so few requests not each
    // time, and with the same arrivals perhaps never.
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let shows = (1..=8).any(|seed| {
        Fpt::with(&words)
            .args(&["--seed", &seed.to_string()])
            .set("evidence.directory=target/fpt")
            .done()
            .code
            == 4
    });
    assert!(shows, "{command}");
}

#[test]
fn a_session_collision_is_reproduced_with_less() {
    let ran = recorded("Sign-ins", "session-collision");
    let incidents: Vec<Incident> =
        serde_json::from_value(ran.outcome()["incidents"].clone()).unwrap();
    assert_eq!(
        incidents[0].patterns[0].pattern,
        Pattern::CredentialCollision
    );
    reproduced(&ran, &["--budget", "40s"])
        .exits(0)
        .says("incident 1: session-swap on ");
    let least = least(&ran);
    assert!(least["users"].as_u64().unwrap() < 10, "{least}");
}

#[test]
fn what_does_not_show_any_more_is_not_reproduced() {
    let ran = recorded("Profiles", "shared-buffer");
    let fixed = ["--attempts", "1", "--set", "bundled.defects="];
    reproduced(&ran, &fixed)
        .exits(3)
        .says("not reproduced")
        .says("note: `bundled.defects` was [shared-buffer] and is [] now");
    assert!(!ran.folder().join("reproduction-1.json").exists());
}

#[test]
fn incidents_that_there_are_not() {
    let ran = recorded("Profiles", "shared-buffer");
    let folder = ran.folder().display().to_string();
    Fpt::with(&["reproduce", &folder, "7"])
        .done()
        .exits(2)
        .says("there is no incident 7; the run has")
        .says("1  foreign-data, ");
    Fpt::with(&["reproduce", "no/such/folder", "1"])
        .done()
        .exits(2)
        .says("is this the directory of a run");
    Fpt::with(&["recheck", &folder])
        .done()
        .exits(0)
        .says("incident 1: foreign-data, ");
}

/// Profiles of the bundled service, and a question about them.
fn profiles(ask: &str) -> Fpt {
    let journeys = std::fs::read_to_string("tests/features/journeys.feature").unwrap();
    let scenario = format!(
        "\n  Scenario: Own\n    Given the member runs the journey \"Sign in\"\n    When the member sends \
         GET \"/me\"\n    Then the response shows the member's own email\n    And {ask}\n"
    );
    Fpt::feature(&(journeys + &scenario)).load(8, 40, 4)
}

#[test]
fn no_swap_is_told_with_its_bound() {
    for (ask, code, part) in [
        (
            "a swap is less likely than 5 % with 95 % confidence",
            0,
            "less than 5.000 % asked for",
        ),
        (
            "a swap is less likely than 0.01 % with 99 % confidence",
            3,
            "it takes another ",
        ),
    ] {
        let ran = profiles(ask).done().exits(code);
        ran.says(part).says("0 swaps in ");
        let confidence = ran.outcome()["confidence"].clone();
        assert_eq!(confidence["swaps"], 0);
        let bound = confidence["bound"].as_f64().unwrap();
        let checked = confidence["checked"].as_f64().unwrap();
        assert!((bound - (1.0 - 0.05_f64.powf(1.0 / checked))).abs() < 1e-9);
        let endpoints = confidence["endpoints"].as_array().unwrap();
        assert!(
            endpoints
                .iter()
                .any(|own| own["route"] == "GET /me" && own["instance"].is_string()),
            "{endpoints:?}"
        );
    }
}

#[test]
fn a_swap_fails_the_question_about_its_likelihood() {
    let ask = "a swap is less likely than 5 % with 95 % confidence";
    let ran = profiles(ask)
        .args(&["--defect", "shared-buffer"])
        .done()
        .exits(4);
    let outcome = ran.outcome();
    let judgements = outcome["judgements"].as_array().unwrap();
    let asked = judgements
        .iter()
        .find(|own| own["question"].as_str().unwrap().contains(ask));
    assert_eq!(asked.unwrap()["verdict"], "FAIL", "{ran}");
}
