//! Policies that scale the service: the honest one passes, and every planted
//! defect fails the question that is about it. And traffic in stages.

use fpt::config::PolicyDefect;
use serde_json::Value;

use crate::support::in_parallel;
use crate::support::run::{Fpt, Ran};

const FEATURE: &str = "tests/features/policy.feature";
const FOLLOWS: &str = "The policy follows the load";
const AS_EVENTS: &str = "What the policy does is an event";
const UNDER_LOAD: &str = "The policy takes instances away under load";

/// What a defect of a policy makes fail, and with which words.
struct Expected {
    scenario: &'static str,
    /// A part of the question, and a part of the answer.
    failures: &'static [(&'static str, &'static str)],
}

/// The table of expected results: a defect without a row does not compile.
fn expected(defect: PolicyDefect) -> Expected {
    let (scenario, failures): (_, &'static [_]) = match defect {
        PolicyDefect::Idle => (
            FOLLOWS,
            &[
                ("reaches at least 4 instances", "the policy did nothing"),
                ("serves from at least 4 instances", "at most 1 instance"),
            ],
        ),
        PolicyDefect::Slow => (
            FOLLOWS,
            &[
                ("reaches at least 4 instances", "within 8s"),
                ("serves from at least 4 instances", "at most 1 instance"),
            ],
        ),
        PolicyDefect::Flapping => (
            FOLLOWS,
            &[
                ("changes at most 2 times", "(1, 8, 1, 8"),
                ("never more than 5 instances", "at most 8 instances"),
            ],
        ),
        PolicyDefect::Careless => (
            UNDER_LOAD,
            &[("the error rate is at most 0 %", "status 50")],
        ),
        PolicyDefect::Overshooting => (FOLLOWS, &[("never more than 5 instances", "asked for")]),
        PolicyDefect::Lies => (
            FOLLOWS,
            &[
                ("reaches at least 4 instances", "answered within"),
                (
                    "serves from at least 4 instances",
                    "never answered: promised-",
                ),
            ],
        ),
    };
    Expected { scenario, failures }
}

fn run(scenario: &str, defect: Option<PolicyDefect>) -> Ran {
    let fpt = Fpt::of(FEATURE, scenario);
    let fpt = match defect {
        Some(defect) => fpt.set(&format!("bundled.autoscale.defect={defect}")),
        None => fpt,
    };
    // What is in flight when an instance goes is what a careless removal costs.
    if scenario == UNDER_LOAD {
        fpt.set("bundled.work=400ms").done()
    } else {
        fpt.done()
    }
}

/// Question, verdict and reason of every judgement.
fn judgements(ran: &Ran) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let outcome = ran.outcome();
    let all = outcome["judgements"].as_array().unwrap().iter();
    all.map(|own| {
        (
            text(&own["question"]),
            text(&own["verdict"]).to_uppercase(),
            text(&own["reason"]),
        )
    })
    .collect()
}

#[test]
fn every_defect_of_a_policy_fails_its_own_question() {
    in_parallel(3, &PolicyDefect::ALL, |&defect| {
        let Expected { scenario, failures } = expected(defect);
        let ran = run(scenario, Some(defect)).exits(1);
        let judged = judgements(&ran);
        for (question, answer) in failures {
            let found = judged.iter().any(|(asked, verdict, reason)| {
                asked.contains(question) && verdict == "FAIL" && reason.contains(answer)
            });
            assert!(found, "{defect}: {question}: {judged:#?}");
        }
        println!("{defect}: {judged:#?}");
    });
}

#[test]
fn an_honest_policy_passes() {
    in_parallel(2, &[FOLLOWS, UNDER_LOAD], |scenario| {
        let ran = run(scenario, None).exits(0);
        let outcome = ran.outcome();
        let policy = &outcome["policy"];
        assert_eq!(policy["policy"]["threshold"], 12.0);
        assert!(policy["samples"].as_array().unwrap().len() > 3, "{ran}");
        assert!(policy["instances"].as_object().unwrap().len() >= 4, "{ran}");
        println!("{:#?}", judgements(&ran));
    });
}

/// Nobody asks for it; it is proven and measured as if somebody had.
#[test]
fn what_a_policy_does_is_an_event() {
    let ran = run(AS_EVENTS, None).exits(0);
    let outcome = ran.outcome();
    let measured = outcome["scale_figures"]["events"].as_array().unwrap();
    let names: Vec<&str> = measured
        .iter()
        .map(|own| own["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["policy out to 4", "policy in to 1"]);
    for own in measured {
        assert!(own["unproven"].is_null(), "{own}");
        let decided = own["times"]["decided_ms"].as_f64().unwrap();
        assert!(decided > 0.0, "{own}");
        assert!(
            own["times"]["ready_ms"].as_f64().unwrap() >= decided,
            "{own}"
        );
    }
}

#[test]
fn stages_are_applied_and_told_one_by_one() {
    let ran = Fpt::of(FEATURE, "Traffic in stages").done().exits(0);
    let load = ran.outcome()["load"].clone();
    let stages = load["stages"].as_array().unwrap();
    let due: Vec<u64> = stages
        .iter()
        .map(|own| own["due"].as_u64().unwrap())
        .collect();
    assert_eq!(due, [10, 60, 50, 0, 20], "{ran}");
    for own in stages {
        let (due, sent) = (own["due"].as_u64().unwrap(), own["sent"].as_u64().unwrap());
        assert!(sent <= due && due - sent <= 1, "{own}");
    }
    ran.says("5 stages up to 25 TPS");
    ran.says("stage of 25 TPS for 2s");
    assert!(
        ran.text("summary.md")
            .contains("stage: 5 to 25 TPS for 4s: ")
    );
}

#[test]
fn a_spike_is_a_stage_and_the_ceiling_wins() {
    let ran = Fpt::of(FEATURE, "A spike").done().exits(0);
    let load = ran.outcome()["load"].clone();
    let due = |number: usize| load["stages"][number]["due"].as_u64().unwrap();
    assert_eq!([due(0), due(1), due(2)], [20, 60, 10], "{ran}");
    let ran = Fpt::of(FEATURE, "A spike")
        .args(&["--profile", "live", "--set", "target=bundled"])
        .done()
        .exits(0);
    ran.says("30 TPS asked for, governed at 5 TPS");
    assert_eq!(ran.outcome()["load"]["due"], 40);
}

#[test]
fn traffic_that_cannot_be_is_an_error_before_the_run() {
    for (lines, part) in [
        ("Given traffic in stages:", "needs a table below it"),
        (
            "Given traffic in stages:\n      | TPS | for |\n      | fast | 5 s |",
            "is no stage; a stage is a row such as",
        ),
        (
            "Given traffic in stages:\n      | 0 | 5 s |",
            "no stage has a rate above 0",
        ),
        (
            "Given traffic at 5 TPS for 5 s\n    And traffic spikes to 9 TPS for 3 s after 4 s",
            "the spike from 4s to 7s is not within the traffic, which lasts 5s",
        ),
    ] {
        let text = format!(
            "Feature: Traffic\n  Scenario: Wrong\n    {lines}\n    When the user sends GET \"/providers\"\n"
        );
        let ran = Fpt::feature(&text).done().exits(2);
        ran.says(part);
        assert!(!ran.left_evidence(), "{ran}");
    }
}

#[test]
fn a_policy_is_asked_of_a_service_that_has_one_only() {
    let text = "Feature: Policy\n  Scenario: None\n    Given the service scales by its own policy\n    \
                When the user sends GET \"/providers\"\n";
    let ran = Fpt::feature(text)
        .set("target=http://127.0.0.1:9")
        .done()
        .exits(2);
    ran.says("own.feature:3: http://127.0.0.1:9/ cannot be scaled");
}
