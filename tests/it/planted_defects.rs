//! Every planted defect is caught, as what it is and as nothing else.

use std::time::Duration;

use appointment_center::Defect;
use fpt::model::Finding;
use fpt::oracle::incidents::Incident;

use crate::support::defects::Caught;
use crate::support::in_parallel;
use crate::support::run::{Fpt, Ran};

const FEATURE: &str = "tests/features/planted_defects.feature";

fn with(caught: &Caught) -> Fpt {
    Fpt::of(FEATURE, caught.scenario).args(&["--defect", &caught.defect.to_string()])
}

/// All findings of the run are what `caught` says, and there are some.
fn check(caught: &Caught, ran: &Ran) {
    let findings = ran.findings();
    assert!(!findings.is_empty(), "nothing was found: {ran}");
    let (early, findings): (Vec<Finding>, Vec<Finding>) = findings
        .iter()
        .cloned()
        .partition(|finding| caught.is_early(finding, &findings));
    assert!(early.len() <= 1 + findings.len() / 10, "{ran}");
    if findings.is_empty() {
        assert_eq!(ran.code, caught.exit_code, "{ran}");
        return;
    }
    for finding in &findings {
        caught.check(finding);
    }
    let counts = ran.outcome()["violations"].clone();
    let rules = counts.as_object().unwrap().iter();
    let early = u64::try_from(early.len()).unwrap();
    let rules: Vec<&String> = rules
        .filter(|(_, count)| early == 0 || count.as_u64() != Some(early))
        .map(|(rule, _)| rule)
        .collect();
    assert_eq!(rules, [caught.rule.name()], "{ran}");
    assert_eq!(ran.code, caught.exit_code, "{ran}");
    check_incidents(caught, ran, findings.len() as u64, early > 0);
    let again = fpt::report::recheck(&ran.folder()).unwrap();
    assert!(again.identical(), "{:?}: {ran}", again.difference);
    // The time to it is the figure that the table of the documentation gives.
    let at = findings[0].witness.done;
    println!(
        "{:24} {:16} after {at} of {:.1} s",
        caught.defect.to_string(),
        caught.rule.name(),
        ran.took.as_secs_f64()
    );
}

/// Findings from which on the pattern has to be told.
const ENOUGH: u64 = 40;

/// Every finding is in an incident, whose pattern is the right one or honestly
/// none; one defect is one incident once enough was seen.
fn check_incidents(caught: &Caught, ran: &Ran, findings: u64, some_early: bool) {
    let incidents = ran.outcome()["incidents"].clone();
    let mut incidents: Vec<Incident> = serde_json::from_value(incidents).unwrap();
    incidents.retain(|own| own.rule == caught.rule || !some_early);
    let all: u64 = incidents.iter().map(|own| own.findings).sum();
    assert_eq!(all, findings, "{incidents:#?}");
    for incident in &incidents {
        assert_eq!(incident.rule, caught.rule);
        for place in &incident.places {
            assert!(
                caught.routes.contains(&place.route.as_str()),
                "{incident:#?}"
            );
        }
        for own in &incident.patterns {
            let right = caught.may_be(own.pattern);
            assert!(right, "{}: {incident:#?}", caught.defect);
        }
    }
    if let (Some(pattern), true) = (caught.pattern(), findings >= ENOUGH) {
        assert_eq!(incidents.len(), 1, "{incidents:#?}");
        let first = incidents[0].patterns.first().map(|own| own.pattern);
        assert_eq!(first, Some(pattern), "{incidents:#?}");
    }
    ran.says(&format!(
        "incident {}  {}",
        incidents[0].number, caught.rule
    ));
}

#[test]
fn every_defect_is_caught_at_50_tps() {
    in_parallel(4, &Caught::all(), |caught| {
        let ran = with(caught)
            .load(20, 50, caught.seconds(60, 12))
            .set("oracle.stop-on-finding=true")
            .done();
        check(caught, &ran);
        assert!(ran.took < Duration::from_mins(1), "{ran}");
    });
}

#[test]
fn every_defect_is_caught_at_5_tps() {
    let all = Caught::all();
    in_parallel(all.len(), &all, |caught| {
        // The profile of a live service: never more than 5 TPS, and a finding
        // stops the line.
        let ran = with(caught)
            .load(8, 5, caught.seconds(270, 100))
            .args(&["--profile", "live", "--set", "target=bundled"])
            .done();
        check(caught, &ran);
    });
}

/// A run that goes on after its first finding still finds nothing else.
#[test]
fn nothing_else_is_found_in_the_longer_run() {
    in_parallel(4, &Caught::all(), |caught| {
        let ran = with(caught).load(20, 50, 8).done();
        check(caught, &ran);
    });
}

/// A second way to bring a defect out.
#[test]
fn the_cached_list_of_appointments_is_foreign_data() {
    let ran = Fpt::of(FEATURE, "Listed appointments")
        .args(&["--defect", &Defect::CacheWithoutIdentity.to_string()])
        .load(20, 50, 60)
        .set("oracle.stop-on-finding=true")
        .done()
        .exits(4);
    for finding in ran.findings() {
        assert_eq!(finding.rule, fpt::model::Rule::ForeignData);
        assert_eq!(finding.witness.route, "GET /appointments");
        assert!(finding.owner.is_some_and(|owner| owner != finding.user));
    }
}

/// Who is wrongly let cancel does it to somebody: that is told once, as what it
/// is, and not a second time as what the other one misses.
#[test]
fn what_others_were_let_cancel_is_not_lost_as_well() {
    let ran = Fpt::of(FEATURE, "Cancelling what others have saved")
        .args(&["--defect", &Defect::OpenCancel.to_string()])
        .load(20, 50, 8)
        .done()
        .exits(4);
    let findings = ran.findings();
    assert!(!findings.is_empty(), "{ran}");
    for finding in findings {
        assert_eq!(finding.rule, fpt::model::Rule::AccessGranted, "{ran}");
        let route = "DELETE /appointments/{{ other.kept.appointment }}";
        assert_eq!(finding.witness.route, route);
        assert!(finding.owner.is_some_and(|owner| owner != finding.user));
    }
    let kinds = &ran.outcome()["coverage"]["consistency"]["kinds"];
    let unknown = kinds["appointment"]["indeterminate"].as_u64().unwrap();
    assert!(unknown > 0, "{kinds}: {ran}");
}

/// The finding on a lost write tells which request was acknowledged, to whom,
/// and who missed it where.
#[test]
fn a_lost_write_is_told_with_the_write() {
    let ran = Fpt::of(FEATURE, "Saved")
        .args(&["--defect", &Defect::WriteBehind.to_string()])
        .load(20, 50, 6)
        .done()
        .exits(1);
    for finding in ran.findings() {
        let write = finding.witness.write.as_ref().unwrap();
        assert_eq!(write.route, "POST /appointments");
        assert_eq!(write.request.user(), finding.user);
        assert_eq!(&*write.place.file, "tests/features/journeys.feature");
        assert!(write.done.unwrap() < finding.witness.sent);
        let step = &finding.witness.step;
        assert!(
            step.text.starts_with("Given saved \"appointment\""),
            "{step:?}"
        );
    }
    ran.says("LOST WRITE");
}
