//! Hazards are reported and fail only what asks; sessions that outlive their
//! sign-out are findings; provocations bring out what needs them.

use appointment_center::Defect;
use fpt::model::{HazardKind, Rule};
use serde_json::Value;

use crate::support::in_parallel;
use crate::support::run::{Fpt, Ran};

const FEATURE: &str = "tests/features/hazards.feature";

/// A defect that is a hazard, and how it shows.
#[derive(Debug)]
struct Hazardous {
    defect: Defect,
    scenario: &'static str,
    kind: HazardKind,
    routes: &'static [&'static str],
}

const TABLE: [Hazardous; 4] = [
    Hazardous {
        defect: Defect::CacheableProfile,
        scenario: "Profiles",
        kind: HazardKind::CacheablePrivateResponse,
        routes: &["GET /me"],
    },
    Hazardous {
        defect: Defect::BareCookie,
        scenario: "Profiles",
        kind: HazardKind::WeakSessionCookie,
        routes: &["POST /session"],
    },
    Hazardous {
        defect: Defect::TellingLinks,
        scenario: "Bookings by form",
        kind: HazardKind::PrivateFactInUrl,
        routes: &["POST /appointments"],
    },
    Hazardous {
        defect: Defect::CountedSessions,
        scenario: "Sign-ins",
        kind: HazardKind::GuessableSessionCredential,
        routes: &["POST /session"],
    },
];

fn hazards(ran: &Ran) -> Vec<Value> {
    ran.outcome()["hazards"].as_array().unwrap().clone()
}

#[track_caller]
fn rechecks(ran: &Ran) {
    let again = Fpt::with(&["recheck", ran.folder().to_str().unwrap()]).done();
    assert_eq!(again.code, 0, "{again}");
    assert!(again.stdout.contains("hazards are the same"), "{again}");
}

#[test]
fn planted_hazards_are_reported_by_kind_and_route() {
    in_parallel(4, &TABLE, |own| {
        let ran = Fpt::of(FEATURE, own.scenario)
            .args(&["--defect", &own.defect.to_string()])
            .load(25, 40, 6)
            .done()
            .exits(0);
        assert_eq!(ran.findings(), [], "{ran}");
        let seen = hazards(&ran);
        assert!(!seen.is_empty(), "{ran}");
        for hazard in &seen {
            assert_eq!(hazard["kind"], own.kind.name(), "{ran}");
            let route = hazard["route"].as_str().unwrap();
            assert!(own.routes.contains(&route), "{route}: {ran}");
            assert!(hazard["count"].as_u64().unwrap() > 0);
            let step = hazard["first"]["step"]["text"].as_str().unwrap();
            assert!(step.contains(route.split(' ').nth(1).unwrap()), "{step}");
        }
        assert!(ran.stdout.contains(own.kind.name()), "{ran}");
        rechecks(&ran);
    });
}

#[test]
fn the_correct_service_has_none_and_outlives_nothing() {
    let scenarios = [
        "Profiles",
        "Bookings by form",
        "Sign-ins",
        "Sign-outs",
        "Old sessions",
        "Disturbed sign-outs",
        "Nobody is asked",
    ];
    in_parallel(4, &scenarios, |scenario| {
        let ran = Fpt::of(FEATURE, scenario).load(25, 40, 6).done().exits(0);
        assert_eq!(ran.findings(), [], "{ran}");
        assert_eq!(hazards(&ran), [] as [Value; 0], "{ran}");
        rechecks(&ran);
    });
}

#[test]
fn hazards_fail_where_a_step_or_the_profile_asks() {
    let defect = Defect::CacheableProfile.to_string();
    let with = |scenario| Fpt::of(FEATURE, scenario).args(&["--defect", &defect]);
    let asked = with("Nobody is asked").load(10, 40, 3).done().exits(1);
    assert!(asked.stdout.contains("there are no hazards"), "{asked}");
    let forbidden = with("Profiles")
        .load(10, 40, 3)
        .set("oracle.failing-hazards=cacheable-private-response")
        .done()
        .exits(1);
    assert_eq!(forbidden.findings(), [], "{forbidden}");
    let other = with("Profiles")
        .load(10, 40, 3)
        .set("oracle.failing-hazards=missing-vary")
        .done();
    assert_eq!(other.code, 0, "{other}");
}

#[test]
fn sessions_that_outlive_the_sign_out_are_found_by_themselves() {
    let defect = Defect::UndeadSessions.to_string();
    let with = |scenario| {
        Fpt::of(FEATURE, scenario)
            .args(&["--defect", &defect])
            .load(10, 40, 5)
    };
    for scenario in ["Sign-outs", "Old sessions"] {
        let ran = with(scenario).done().exits(1);
        let findings = ran.findings();
        assert!(!findings.is_empty(), "{ran}");
        for finding in &findings {
            assert_eq!(finding.rule, Rule::SessionOutlived, "{ran}");
            assert_eq!(finding.owner, None);
            assert_eq!(finding.witness.route, "GET /me");
            assert_eq!(finding.witness.status, Some(200));
            let step = &finding.witness.step.text;
            let known = ["signs out", "old session"];
            assert!(known.iter().any(|own| step.contains(own)), "{step}");
        }
        rechecks(&ran);
    }
    let off = with("Sign-outs").set("oracle.outlived=false").done();
    assert_eq!(off.code, 0, "{off}");
    assert_eq!(off.findings(), [], "{off}");
}

#[test]
fn slipped_answers_need_somebody_to_go_away() {
    let defect = Defect::SlippedAnswers.to_string();
    let with = |provocation: &str| {
        Fpt::of(FEATURE, "Questions")
            .args(&["--defect", &defect])
            .set(&format!("provoke.abandoned={provocation}"))
            .load(20, 50, 8)
            .done()
    };
    let calm = with("0");
    assert_eq!(calm.code, 0, "{calm}");
    assert_eq!(calm.findings(), [], "{calm}");
    let provoked = with("20").exits(4);
    let findings = provoked.findings();
    assert!(!findings.is_empty(), "{provoked}");
    for finding in &findings {
        assert_eq!(finding.rule, Rule::WrongResponse, "{provoked}");
        assert!(
            finding.witness.route.starts_with("GET /providers/P-00"),
            "{provoked}"
        );
        let provoked = &finding.witness.provoked;
        assert!(
            provoked
                .iter()
                .any(|own| own.what == fpt::model::Provocation::AbandonedAfterSend),
            "{finding:#?}"
        );
    }
}

/// Without them, users go their own ways again; those who go away are a part of
/// their own.
#[test]
fn provocations_can_be_left_out() {
    let marks = |without: &[&str]| {
        let ran = Fpt::of(FEATURE, "Large answers")
            .set("provoke.same-request=3")
            .set("provoke.abandoned=20")
            .set("provoke.abandon-at=after-send")
            .args(without)
            .load(20, 25, 3)
            .done();
        assert_eq!(ran.findings(), [], "{ran}");
        let mut marks = std::collections::BTreeSet::new();
        for line in ran.lines("history.jsonl") {
            for mark in line["provocations"].as_array().into_iter().flatten() {
                marks.insert(mark.as_str().unwrap().to_owned());
            }
        }
        marks.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(marks(&[]), ["abandoned-after-send", "same-request"]);
    let without = ["--without", "provocations"];
    assert_eq!(marks(&without), ["abandoned-after-send"]);
    let neither = [without[0], without[1], "--without", "abandonment"];
    assert_eq!(marks(&neither), [""; 0]);
}

/// Every provocation at once against the correct service: it accuses nobody,
/// and each was applied.
#[test]
fn provocations_accuse_nobody() {
    let ran = Fpt::of(FEATURE, "Large answers")
        .set("provoke.abandoned=20")
        .set("provoke.abandon-at=after-send,before-body,mid-body")
        .set("provoke.same-request=3")
        .set("provoke.sign-ins-together=5")
        .set("connections=shared")
        .load(40, 25, 8)
        .done();
    // Users who wait for each other may leave permits unused.
    assert!(matches!(ran.code, 0 | 3), "{ran}");
    assert_eq!(ran.findings(), [], "{ran}");
    let mut seen = std::collections::BTreeSet::new();
    for line in ran.lines("history.jsonl") {
        for mark in line["provocations"].as_array().into_iter().flatten() {
            seen.insert(mark.as_str().unwrap().to_owned());
        }
    }
    for mark in [
        "abandoned-after-send",
        "abandoned-before-body",
        "same-request",
        "shared-connections",
        "sign-ins-together",
    ] {
        assert!(seen.contains(mark), "{mark} is not among {seen:?}");
    }
}
