//! What looks like a defect and is none accuses nobody.

use std::collections::BTreeSet;

use crate::support::defects::Caught;
use crate::support::in_parallel;
use crate::support::run::{Fpt, Ran};

const LOST: &str = "Instances are lost";
const NAMESAKES: &str = "population.accounts=tests/features/populations/namesakes.csv";

/// No finding, and enough was seen to say so.
fn is_silent(ran: &Ran) {
    assert_eq!(ran.findings(), [], "{ran}");
    assert_eq!(ran.code, 0, "{ran}");
    let outcome = ran.outcome();
    assert_eq!(outcome["verdict"], "PASS", "{ran}");
    for counted in ["responses", "own_sightings", "overlapping_pairs"] {
        assert!(
            outcome["coverage"][counted].as_u64().unwrap() > 0,
            "{counted}: {ran}"
        );
    }
}

#[derive(Debug)]
struct Twin {
    scenario: &'static str,
    users: u32,
    arguments: &'static [&'static str],
}

#[test]
fn benign_twins_are_silent() {
    let twin = |scenario, users, arguments| Twin {
        scenario,
        users,
        arguments,
    };
    let twins = [
        twin(
            "A provider has a member's name",
            6,
            &["--set", NAMESAKES, "--set", "oracle.public=Anna Schmidt"],
        ),
        twin(
            "Households share an address",
            18,
            &["--set", "population.group-size=3"],
        ),
        twin(
            "Members were born on the same day",
            6,
            &["--set", NAMESAKES],
        ),
        twin("Input comes back", 20, &[]),
        twin("Input comes back after a redirect", 20, &[]),
        twin("Figures are nobody's", 20, &[]),
        twin("Input comes back in another form", 20, &[]),
        twin("An instance is slow", 20, &["--condition", "slow-instance"]),
        twin("Instances come", 20, &[]),
        twin("Instances go when they have finished", 20, &[]),
        twin(LOST, 20, &[]),
        twin("What is shared and what is public is probed", 12, &[]),
        twin("Numbers that count for each member", 12, &[]),
    ];
    in_parallel(4, &twins, |twin| {
        // Instances go when everybody is signed in, and some time is left then.
        let seconds = if twin.scenario == LOST { 11 } else { 7 };
        let ran = Fpt::of("tests/features/benign.feature", twin.scenario)
            .load(twin.users, 40, seconds)
            .args(twin.arguments)
            .done();
        is_silent(&ran);
    });
}

/// The declaration is what makes the first twin silent, not blindness.
#[test]
fn an_undeclared_name_in_a_public_list_is_foreign_data() {
    let ran = Fpt::of(
        "tests/features/benign.feature",
        "A provider has a member's name",
    )
    .load(6, 40, 60)
    .set(NAMESAKES)
    .set("oracle.stop-on-finding=true")
    .done()
    .exits(4);
    for finding in ran.findings() {
        assert_eq!(finding.rule, fpt::model::Rule::ForeignData);
        assert_eq!(finding.owner, Some(fpt::model::UserId(0)));
        assert_eq!(finding.witness.fact.as_deref(), Some("full_name"));
        assert_eq!(finding.witness.route, "GET /providers");
    }
}

/// The correct service under the load that brings each defect out.
#[test]
fn the_correct_service_is_silent_where_its_defects_are_caught() {
    let scenarios: BTreeSet<&str> = Caught::all().iter().map(|caught| caught.scenario).collect();
    let scenarios: Vec<&str> = scenarios.into_iter().collect();
    in_parallel(4, &scenarios, |scenario| {
        let ran = Fpt::of("tests/features/planted_defects.feature", scenario)
            .load(20, 40, 7)
            .done();
        is_silent(&ran);
    });
}

/// Users who have found nobody yet stay to be found: few users at a low rate
/// would otherwise miss each other for minutes.
#[test]
fn probes_find_somebody_at_5_tps() {
    let ran = Fpt::of(
        "tests/features/planted_defects.feature",
        "Appointments of others",
    )
    .load(8, 5, 15)
    .args(&["--profile", "live", "--set", "target=bundled"])
    .done();
    // Too few requests overlap for a verdict, which is not the point here.
    assert!(matches!(ran.code, 0 | 3), "{ran}");
    assert_eq!(ran.findings(), [], "{ran}");
    let probes = ran.outcome()["coverage"]["probes"].as_u64().unwrap();
    assert!(probes >= 5, "{probes} probes: {ran}");
}

/// Notes, messages, thanks and counted sessions that look wrong and are not:
/// requests that nobody waits for, writes that come twice, caches of a service
/// that promises no more than that it shows in the end, and sessions that end.
#[test]
fn kept_words_accuse_nobody() {
    const TWICE: &str = "provoke.double-submit-routes=POST /messages,\
                         POST /providers/P-001/thanks,PUT /me/contact-note";
    let caches = ["--defect", "note-cache", "--defect", "count-cache"];
    let twins: &[(&str, &[&str], &[&str])] = &[
        (
            "Abandoned notes, messages and thanks",
            &[],
            &["contact note", "messages", "thanks"],
        ),
        (
            "Notes, messages and thanks that are sent twice",
            &["--set", TWICE],
            &["contact note", "messages", "thanks"],
        ),
        (
            "Notes and thanks that show in the end",
            &caches,
            &["contact note", "thanks"],
        ),
        ("Sessions that begin anew", &[], &[]),
    ];
    in_parallel(4, twins, |(scenario, arguments, names)| {
        let ran = Fpt::of("tests/features/benign_promises.feature", scenario)
            .load(20, 40, 7)
            .args(arguments)
            .done();
        is_silent(&ran);
        let coverage = ran.outcome()["coverage"]["consistency"].clone();
        for name in *names {
            let own = &coverage["followed"][*name];
            let count = |what: &str| own[what].as_u64().unwrap_or(0);
            assert!(count("acknowledged") > 4, "{scenario}, {name}: {ran}");
            assert!(count("read_back") > 0, "{scenario}, {name}: {ran}");
            assert_eq!(count("lost"), 0, "{scenario}, {name}: {ran}");
        }
        let doubled = ran.text("history.jsonl").contains("double-submit");
        assert_eq!(doubled, arguments.contains(&TWICE), "{scenario}: {ran}");
        let again = fpt::report::recheck(&ran.folder()).unwrap();
        assert!(again.identical(), "{scenario}: {:?}", again.difference);
    });
}

/// What looks like a broken promise: cancellations, declared or not, requests
/// that nobody waits for, slots that change hands, lists that are late where
/// nothing else is promised, and sessions that end before the read-back.
#[test]
fn kept_promises_accuse_nobody() {
    let twins: &[(&str, &[&str])] = &[
        ("Cancelled appointments", &[]),
        ("Cancelled without a declaration", &[]),
        ("Abandoned bookings and cancellations", &[]),
        ("A slot that is given back", &[]),
        ("Sessions that end", &[]),
        (
            "Bookings that are listed in the end",
            &["--defect", "stale-replica"],
        ),
    ];
    in_parallel(3, twins, |(scenario, arguments)| {
        let ran = Fpt::of("tests/features/benign_promises.feature", scenario)
            .load(20, 40, 7)
            .args(arguments)
            .done();
        is_silent(&ran);
        let coverage = ran.outcome()["coverage"]["consistency"].clone();
        let kinds = coverage["kinds"].as_object().unwrap();
        assert!(!kinds.is_empty(), "{scenario}: nothing was followed: {ran}");
        // The same follows from what was written down.
        let again = fpt::report::recheck(&ran.folder()).unwrap();
        assert!(again.identical(), "{scenario}: {:?}", again.difference);
    });
}
