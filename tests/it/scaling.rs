//! Scale events on the bundled service: what happens, what is refused, and how
//! the service is left.

use std::time::Duration;

use serde_json::Value;

use crate::support::in_parallel;
use crate::support::run::{Fpt, Ran};

/// Everybody reads their own, through scale events.
fn scenario(instances: u32, events: &[&str]) -> Fpt {
    let events: Vec<String> = events
        .iter()
        .map(|event| format!("    When {event}\n"))
        .collect();
    let events = events.concat();
    Fpt::feature(&format!(
        "Feature: Own\n  Scenario: Through events\n    Given {instances} instances\n    When the \
         user sends GET \"/health\"\n{events}    Then the error rate is at most 60 %\n"
    ))
    .set("oracle.own-sightings-required=false")
}

/// The answer to a question.
fn judgement(ran: &Ran, question: &str) -> Value {
    let outcome = ran.outcome();
    let all = outcome["judgements"].as_array().unwrap();
    let found = all.iter().find(|own| own["question"] == question);
    found
        .unwrap_or_else(|| panic!("nobody asked `{question}`: {ran}"))
        .clone()
}

#[track_caller]
fn happened(ran: &Ran) -> Vec<Value> {
    let answer = judgement(ran, "the scale events happened");
    assert_eq!(answer["verdict"], "PASS", "{answer}: {ran}");
    ran.outcome()["events"].as_array().unwrap().clone()
}

#[test]
fn events_happen_one_after_another_and_are_proven() {
    let ran = scenario(
        3,
        &[
            "1 instance is killed after 2 s",
            "the service scales out to 3 after 2500 ms",
            "nothing happens after 100 responses",
        ],
    )
    .load(10, 50, 14)
    .done();
    let events = happened(&ran);
    let named: Vec<_> = events.iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(named.len(), 3, "{named:?}");
    assert_eq!(events[0]["victims"].as_array().unwrap().len(), 1);
    // It had to wait for the one before.
    assert!(events.iter().any(|event| !event["late"].is_null()));
    assert!(ran.outcome()["scale"]["not_restored"].is_null());
    assert!(
        !ran.outcome()["scale"]["samples"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_outage_and_a_deployment() {
    let ran = scenario(
        2,
        &[
            "the whole service is down for 1 s after 2 s",
            "the instances are replaced one by one after 7 s",
        ],
    )
    .load(10, 50, 16)
    .done();
    let events = happened(&ran);
    let hold = &events[0]["hold"];
    assert!(hold["tried"].as_u64().unwrap() > 20, "{hold}");
    assert_eq!(hold["answered"], 0);
    assert_eq!(events[1]["after"].as_array().unwrap().len(), 2);
}

#[test]
fn what_hangs_goes_on() {
    let ran = scenario(3, &["1 instance hangs for 1 s after 2 s"])
        .load(60, 50, 11)
        .done();
    let events = happened(&ran);
    assert_eq!(events[0]["hold"]["answered"], 0);
}

#[test]
fn a_profile_has_a_timeline_for_scenarios_without_one() {
    let ran = scenario(3, &[])
        .set("scaling.events=no-op after 2s, kill 1 after 3s")
        .load(10, 50, 13)
        .done();
    assert_eq!(happened(&ran).len(), 2);
    let ran = scenario(3, &[])
        .set("scaling.events=kil 1 after 2s")
        .done()
        .exits(2);
    ran.says("scaling.events").says("Did you mean `kill 1`?");
}

#[test]
fn what_cannot_be_done_is_refused_before_the_run() {
    for (event, why) in [
        (
            "\"redis\" is restarted after 2 s",
            "it can change the number",
        ),
        ("zone \"q\" is lost after 2 s", "the zones are a, b"),
        ("3 instances are killed after 2 s", "there are 3 instances"),
        ("1 instance is killed after 9 s", "the load ends after 5s"),
        (
            "the service scales out to 99 after 2 s",
            "`scaling.max` = 20",
        ),
    ] {
        let ran = scenario(3, &[event]).load(10, 50, 5).done().exits(2);
        ran.says(why).says("own.feature:5");
        assert!(!ran.left_evidence(), "{ran}");
    }
}

/// Before the first scenario, not when its turn comes.
#[test]
fn what_somebody_else_cannot_do_is_refused_before_the_run() {
    let feature = "Feature: Own\n  Scenario: First\n    When the user sends GET \"/health\"\n\n  \
                   Scenario: Second\n    When the user sends GET \"/health\"\n    When \"mysql\" is \
                   restarted after 1 s\n";
    let script = "echo '{\"v\":1,\"can\":[\"restart\"],\"parts\":[\"redis\"]}'";
    let fpt = Fpt::feature(feature);
    let file = fpt.file("scale.sh", script);
    let ran = fpt
        .set("scaling.by=command")
        .set(&format!("scaling.command.run=sh,{}", file.display()))
        .load(4, 20, 3)
        .done()
        .exits(2);
    ran.says("own.feature:7")
        .says("no part `mysql`; it has redis");
    assert!(!ran.left_evidence(), "{ran}");
}

#[test]
fn too_many_errors_stop_the_load() {
    let ran = scenario(
        2,
        &[
            "the whole service is down for 20 s after 2 s",
            "nothing happens after 25 s",
        ],
    )
    .set("scaling.abort-above=50")
    .set("scaling.abort-window=2s")
    .load(10, 50, 30)
    .done()
    .exits(1);
    assert!(ran.took < Duration::from_secs(20), "{ran}");
    let answer = judgement(
        &ran,
        "the load went on to its end, within `scaling.abort-above`",
    );
    assert_eq!(answer["verdict"], "FAIL");
    assert!(answer["reason"].as_str().unwrap().contains("stopped"));
    let outcome = ran.outcome();
    assert!(outcome["scale"]["not_restored"].is_null(), "{ran}");
    let left = outcome["events"][1]["failure"].as_str().unwrap();
    assert!(left.contains("before its moment came"), "{left}");
}

/// In the middle of an outage that would last for a minute: Ctrl-C, a cancelled
/// job, which tells it twice, and a terminal that is closed.
#[test]
fn being_told_to_stop_brings_the_service_back() {
    let ways: [&[&str]; 4] = [&["INT"], &["TERM"], &["HUP"], &["INT", "TERM", "HUP"]];
    in_parallel(4, &ways, |signals| {
        let mut running = scenario(2, &["the whole service is down for 60 s after 1 s"])
            .load(10, 20, 600)
            .start();
        running.await_line("timeline.jsonl", "\"type\":\"scaled\"");
        for signal in *signals {
            running.signal(signal);
        }
        let ran = running.wait().exits(130);
        assert!(ran.took < Duration::from_mins(1), "{signals:?}: {ran}");
        let outcome = ran.outcome();
        assert!(outcome["scale"]["not_restored"].is_null(), "{ran}");
        assert_eq!(outcome["events"].as_array().unwrap().len(), 1);
    });
}

/// By `nohup`, that is.
#[test]
fn who_is_not_to_notice_a_closed_terminal_goes_on() {
    let mut running = scenario(2, &["1 instance is killed after 2 s"])
        .inside(&["nohup"])
        .load(10, 20, 6)
        .start();
    running.await_line("timeline.jsonl", "\"type\":\"scaled\"");
    running.signal("HUP");
    let ran = running.wait();
    assert_eq!(ran.results()["interrupted"], false, "{ran}");
}
