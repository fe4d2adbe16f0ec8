//! What the harness probes by itself.

use fpt::model::{Rule, Spot};
use serde_json::Value;

use crate::support::run::{Fpt, Ran};

const FEATURE: &str = "tests/features/planted_defects.feature";
const STEP: &str = "Given foreign access is probed for every kept id";

fn probes(ran: &Ran) -> Vec<Value> {
    let lines = ran.lines("history.jsonl").into_iter();
    lines.filter(|line| !line["probe"].is_null()).collect()
}

#[test]
fn open_appointments_are_found_without_a_step_that_probes() {
    let ran = Fpt::of(FEATURE, "Appointments that no step probes")
        .args(&["--defect", "open-appointments"])
        .load(12, 50, 30)
        .set("oracle.stop-on-finding=true")
        .done()
        .exits(4);
    let findings = ran.findings();
    assert!(!findings.is_empty(), "{ran}");
    for finding in findings {
        let witness = &finding.witness;
        assert_eq!(finding.rule, Rule::AccessGranted, "{finding:#?}");
        assert!(finding.owner.is_some_and(|owner| owner != finding.user));
        assert_eq!(
            witness.route,
            "GET /appointments/{{ other.kept.appointment }}"
        );
        assert_eq!(&*witness.step.text, STEP);
        assert_eq!(witness.fact.as_deref(), Some("member_id"));
        assert_eq!(witness.spot, Some(Spot::Json("$.memberId".to_owned())));
    }
}

/// An id that is declared to be a fact is private by itself: the answer shows
/// nothing else of the owner's.
#[test]
fn open_documents_are_found_by_their_ids() {
    let ran = Fpt::of(FEATURE, "Documents that no step probes")
        .args(&["--defect", "shared-with-everyone"])
        .load(12, 50, 30)
        .set("oracle.stop-on-finding=true")
        .done()
        .exits(4);
    for finding in ran.findings() {
        assert_eq!(finding.rule, Rule::AccessGranted, "{finding:#?}");
        assert!(finding.owner.is_some_and(|owner| owner != finding.user));
        assert_eq!(finding.witness.route, "GET /documents/{{ other.document }}");
    }
}

#[test]
fn the_correct_service_denies_all_and_tells_no_difference() {
    for (scenario, settings) in [
        ("Appointments that no step probes", None),
        ("Documents that no step probes", None),
        // The profile alone asks for it as well.
        ("Confirmation pages", Some("oracle.probe=true")),
    ] {
        let mut fpt = Fpt::of(FEATURE, scenario).load(12, 50, 8);
        if let Some(setting) = settings {
            fpt = fpt.set(setting);
        }
        let ran = fpt.done().exits(0);
        assert_eq!(ran.findings(), [], "{ran}");
        let probes = probes(&ran);
        assert!(probes.len() >= 10, "{} probes: {ran}", probes.len());
        for probe in probes {
            assert_eq!(probe["status"], 404, "{probe}");
            assert!(probe["hazards"].is_null(), "{probe}");
        }
    }
}

#[test]
fn a_denial_that_tells_of_existence_is_noticed() {
    let ran = Fpt::of(FEATURE, "Appointments that no step probes")
        .args(&["--condition", "existence-leak"])
        .load(12, 50, 8)
        .done()
        .exits(0);
    assert_eq!(ran.findings(), [], "{ran}");
    let (asked, absent): (Vec<Value>, Vec<Value>) = probes(&ran)
        .into_iter()
        .partition(|probe| probe["probe"] == "kept");
    assert!(!asked.is_empty() && !absent.is_empty(), "{ran}");
    // The end of the load leaves a few without an answer that confirms them.
    let all = asked.len();
    let asked: Vec<Value> = asked
        .into_iter()
        .filter(|probe| !probe["hazards"].is_null())
        .collect();
    assert!(asked.len() * 2 > all, "{} of {all}: {ran}", asked.len());
    for probe in asked {
        let hazard = &probe["hazards"][0];
        assert_eq!(hazard["kind"], "existence-leak", "{probe}");
        let message = hazard["message"].as_str().unwrap();
        assert!(message.contains("status 403 in place of 404"), "{message}");
    }
    let told = ran.outcome()["hazards"].clone();
    assert_eq!(told[0]["kind"], "existence-leak", "{ran}");
    assert_eq!(
        told[0]["route"],
        "GET /appointments/{{ other.kept.appointment }}"
    );
    for probe in absent {
        assert_eq!(probe["status"], 404);
        assert_eq!(
            probe["route"],
            "GET /appointments/{{ nobody.kept.appointment }}"
        );
    }
}

#[test]
fn a_denial_that_takes_longer_tells_of_existence() {
    let ran = Fpt::of(FEATURE, "Appointments that no step probes")
        .args(&["--condition", "slow-denial"])
        .load(12, 50, 20)
        .done()
        .exits(0);
    assert_eq!(ran.findings(), [], "{ran}");
    let told = ran.outcome()["hazards"].clone();
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told[0]["kind"], "existence-leak", "{told}");
    assert_eq!(
        told[0]["route"],
        "GET /appointments/{{ other.kept.appointment }}"
    );
    let hazards: Vec<Value> = probes(&ran)
        .into_iter()
        .filter(|probe| !probe["hazards"].is_null())
        .collect();
    assert_eq!(hazards.len(), 1, "told once: {ran}");
    let message = hazards[0]["hazards"][0]["message"].as_str().unwrap();
    assert!(message.contains("time: "), "{message}");
}
