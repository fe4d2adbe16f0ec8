//! A run from its start to its evidence.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::support::hostile::Service;
use crate::support::run::{Fpt, Ran};

/// Seconds of the timeline with the requests that were sent in them.
fn sent_by_second(ran: &Ran) -> Vec<u64> {
    let lines = ran.lines("timeline.jsonl").into_iter();
    lines
        .filter(|line| line["type"] == "second")
        .map(|line| line["sent"].as_u64().unwrap())
        .collect()
}

/// Requests by the aligned second in which they were sent, counted from what
/// was judged and not from what the harness says. Those so close to the turn
/// of a second that rounding could move them are left out.
fn judged_by_second(ran: &Ran) -> BTreeMap<u64, u64> {
    let timeline = ran.lines("timeline.jsonl");
    let begins = timeline.iter().filter(|line| line["type"] == "second");
    // Seconds begin where the clock on the wall turns, not where the run began.
    let phase = begins.map(|line| number(&line["begin_ms"])).max().unwrap() % 1_000 * 1_000;
    let mut seconds = BTreeMap::new();
    for line in observations(ran) {
        let since = number(&line["sent"]) + 1_000_000 - phase;
        if (2_000..998_000).contains(&(since % 1_000_000)) {
            *seconds.entry(since / 1_000_000).or_default() += 1;
        }
    }
    seconds
}

fn observations(ran: &Ran) -> Vec<Value> {
    let lines = ran.lines("history.jsonl").into_iter();
    lines
        // The others tell of campaigns, and of what requests are about to do.
        .filter(|line| line.get("done").is_some())
        .collect()
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn a_minute_at_50_tps() {
    let ran = Fpt::of("tests/features/load.feature", "Booking")
        .load(50, 50, 60)
        .done()
        .exits(0);
    let outcome = ran.outcome();
    let load = &outcome["load"];
    assert_eq!(
        (number(&load["users"]), number(&load["governed_tps"])),
        (50, 50),
        "{load}"
    );
    let achieved = load["achieved_tps"].as_f64().unwrap();
    assert!(
        (achieved - 50.0).abs() <= 0.25,
        "{achieved} TPS is not within 0.5 % of 50"
    );
    let duration = load["duration"].as_f64().unwrap();
    assert!((duration - 60.0).abs() < 0.5, "{duration} s");

    // Never more than the ceiling in any second, by two accounts of it.
    assert!(
        sent_by_second(&ran).iter().all(|sent| *sent <= 50),
        "{:?}",
        sent_by_second(&ran)
    );
    let judged = judged_by_second(&ran);
    assert!(judged.values().all(|sent| *sent <= 50), "{judged:?}");

    everything_was_judged(&ran, &outcome);
    every_file_can_be_read(&ran, &outcome);
    judging_again_gives_the_same(&ran);
}

/// What was measured, what was looked at and what was written down are the
/// same requests.
fn everything_was_judged(ran: &Ran, outcome: &Value) {
    let observations = observations(ran);
    let coverage = &outcome["coverage"];
    assert_eq!(number(&coverage["exchanges"]), observations.len() as u64);
    let answered = observations
        .iter()
        .filter(|line| line.get("status").is_some())
        .count();
    assert_eq!(number(&coverage["responses"]), answered as u64);
    // The one walk of the preflight is judged as well, but not measured.
    let measured = number(&outcome["measures"]["total"]["transactions"]);
    assert_eq!(observations.len() as u64 - measured, 6);
    assert_eq!(sent_by_second(ran).iter().sum::<u64>(), measured);
    let mut ids: Vec<&str> = observations
        .iter()
        .map(|line| line["request"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), observations.len(), "a request was judged twice");
}

fn every_file_can_be_read(ran: &Ran, outcome: &Value) {
    assert_eq!(ran.results()["schema_version"], 1);
    assert_eq!(ran.findings(), []);
    let junit = ran.text("junit.xml");
    let page = roxmltree::Document::parse(&junit).unwrap();
    let cases: Vec<_> = page
        .descendants()
        .filter(|node| node.has_tag_name("testcase"))
        .collect();
    assert_eq!(cases.len(), 1, "{junit}");
    assert!(
        cases[0].attribute("name").unwrap().contains("Booking"),
        "{junit}"
    );
    let cucumber = ran.json("cucumber.json");
    let element = cucumber[0]["elements"]
        .as_array()
        .unwrap()
        .iter()
        .find(|element| element["type"] == "scenario")
        .unwrap();
    assert_eq!(element["name"], "Booking");
    let steps = element["steps"].as_array().unwrap();
    assert!(
        steps
            .iter()
            .all(|step| step["result"]["status"] == "passed"),
        "{element}"
    );
    // Each step with how often it was executed, on the console too.
    let get_me = outcome["steps"].as_array().unwrap().iter();
    let passed = get_me
        .filter(|step| step["text"].as_str().unwrap().contains("sends GET \"/me\""))
        .map(|step| number(&step["passed"]))
        .next()
        .unwrap();
    assert!(passed > 300, "{passed}");
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let line = ran
        .stdout
        .lines()
        .find(|line| line.contains("sends GET \"/me\"  ("))
        .unwrap();
    assert!(digits(line).contains(&passed.to_string()), "{line}");
    let summary = ran.text("summary.md");
    assert!(summary.starts_with("## PASS"), "{summary}");
    assert!(summary.contains("Booking"), "{summary}");
}

fn judging_again_gives_the_same(ran: &Ran) {
    let folder = ran.folder();
    let again = Fpt::with(&["recheck", folder.to_str().unwrap()])
        .done()
        .exits(0);
    again.says("the findings are the same, byte by byte");
}

#[test]
fn a_finding_that_was_tampered_with_is_told_by_its_line() {
    let ran = Fpt::of("tests/features/planted_defects.feature", "Profiles")
        .load(10, 50, 3)
        .args(&["--defect", "shared-buffer"])
        .done()
        .exits(4);
    judging_again_gives_the_same(&ran);
    let folder = ran.folder();
    let file = folder.join("findings.jsonl");
    let text = ran.text("findings.jsonl");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() >= 3, "{ran}");
    let recheck = |text: String, line: usize| {
        std::fs::write(&file, text).unwrap();
        let again = Fpt::with(&["recheck", folder.to_str().unwrap()])
            .done()
            .exits(1);
        again.says(&format!("findings.jsonl:{line}: "));
    };
    // Another owner in the second, the third left out, one too many.
    let owner = ran.findings()[1].owner.unwrap().to_string();
    let other = lines[1].replace(&format!("\"owner\":\"{owner}\""), "\"owner\":\"u999999\"");
    assert_ne!(other, lines[1], "{}", lines[1]);
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let mut changed = lines.clone();
    changed[1] = &other;
    recheck(joined(&changed), 2);
    let mut shorter = lines.clone();
    shorter.remove(2);
    recheck(joined(&shorter), 3);
    let mut longer = lines.clone();
    longer.push(lines[0]);
    recheck(joined(&longer), lines.len() + 1);
}

#[test]
fn a_live_service_is_asked_at_most_5_times_a_second() {
    let ran = Fpt::of(
        "tests/features/load.feature",
        "Faster than a live service may be asked",
    )
    .env("FPT_PROFILE", "live")
    .set("target=bundled")
    .args(&["--duration", "8s"])
    // Slow enough for requests to overlap, without which there is no verdict.
    .set("bundled.work=400ms")
    .done()
    .exits(0);
    ran.says("50 TPS asked for, governed at 5 TPS");
    let outcome = ran.outcome();
    assert_eq!(number(&outcome["load"]["governed_tps"]), 5);
    let achieved = outcome["load"]["achieved_tps"].as_f64().unwrap();
    // One or two permits may be missed on a busy machine; none may be too many.
    assert!((4.7..=5.0).contains(&achieved), "{achieved}");
    assert!(
        sent_by_second(&ran).iter().all(|sent| *sent <= 5),
        "{:?}",
        sent_by_second(&ran)
    );
    let judged = judged_by_second(&ran);
    assert!(judged.values().all(|sent| *sent <= 5), "{judged:?}");
}

/// From the start of the process, with 50 users to be made.
#[test]
fn the_first_request_comes_within_seconds() {
    let before = std::time::SystemTime::now();
    let ran = Fpt::of("tests/features/load.feature", "Profiles")
        .load(50, 50, 2)
        .done();
    let began = ran.results()["began"].as_str().unwrap().to_owned();
    let began = humantime::parse_rfc3339(&began).unwrap();
    let first = observations(&ran)
        .iter()
        .map(|line| number(&line["sent"]))
        .min()
        .unwrap();
    let until_first = began.duration_since(before).unwrap() + Duration::from_micros(first);
    println!("first request after {until_first:?}");
    assert!(until_first < Duration::from_secs(5), "{until_first:?}");
}

#[test]
fn logs_tell_what_happens_and_nobodys_data() {
    let ran = Fpt::of(
        "features/session/continuity.feature",
        "Members sign in and out again and again",
    )
    .load(3, 10, 2)
    .env("FPT_LOG", "trace")
    .done()
    .exits(0);
    assert!(
        ran.stderr.contains("route=GET /me hop=0 status=200"),
        "{ran}"
    );
    assert!(ran.stderr.contains("hyper_util::client"), "{ran}");
    // A parser of pages logs every letter, and every e-mail address has this one.
    assert!(!ran.stderr.contains('@'), "{ran}");
}

#[test]
fn ctrl_c_ends_the_load_and_still_reports() {
    let service = Service::friendly();
    let running = Fpt::feature(
        "Feature: Own\n  Scenario: For long\n    When the user sends GET \"/{{ user.email }}\"\n    Then the response status is 200\n",
    )
    .set(&format!("target={}", service.url()))
    .load(4, 20, 600)
    .start();
    // The load is under way.
    service.await_requests(20);
    running.signal("INT");
    let ran = running.wait().exits(130);
    assert!(ran.took < Duration::from_mins(1), "{ran}");
    ran.says("stopping");
    let results = ran.results();
    assert_eq!(
        (&results["interrupted"], number(&results["exit_code"])),
        (&Value::Bool(true), 130)
    );
    assert!(number(&ran.outcome()["coverage"]["responses"]) >= 19);
    for file in [
        "junit.xml",
        "cucumber.json",
        "summary.md",
        "findings.jsonl",
        "timeline.jsonl",
    ] {
        ran.text(file);
    }
    judging_again_gives_the_same(&ran);
}
