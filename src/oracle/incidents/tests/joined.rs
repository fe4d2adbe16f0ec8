//! Which hand-made findings are one incident.

use std::collections::BTreeMap;

use super::super::clue::{Clue, Where};
use super::super::grouping;
use super::super::traffic::Traffic;
use super::cases::{clues, relation};
use super::*;
use crate::model::Rule;

/// The patterns and the number of findings of each incident.
fn told(clues: &[Clue]) -> Vec<(Vec<Pattern>, u64)> {
    let counts = BTreeMap::from([(clues[0].rule, clues.len() as u64)]);
    let incidents = grouping::incidents(clues, &Traffic::new(), 0, &counts);
    let each = incidents.iter().map(|own| (patterns(own), own.findings));
    each.collect()
}

fn json(path: &str) -> Where {
    Where::of(Some(&Spot::Json(path.to_owned())))
}

/// `many` findings at a name, all explained by overlap, and further ones at the
/// address of the same page, explained by it in `held`.
fn two_spots(many: u32, few: u32, held: u32, change: impl Fn(&mut Clue)) -> Vec<Clue> {
    clues(Rule::ForeignData, many + few, |at, clue| {
        clue.later = relation(clue, at < many + held, 1, 10);
        clue.place = json("$['name']");
        if at >= many {
            clue.place = json("$['address']");
            change(clue);
        }
    })
}

const SHARED: &[Pattern] = &[Pattern::SharedState];

/// A page has one defect: what few findings do not tell, the many beside them
/// do.
#[test]
fn few_findings_belong_to_the_many_beside_them() {
    for (many, few, held) in [(36, 4, 0), (4, 1, 1), (8, 2, 2), (40, 10, 5)] {
        let clues = two_spots(many, few, held, |_| {});
        let all = u64::from(many + few);
        assert_eq!(told(&clues), [(SHARED.to_vec(), all)], "{many} and {few}");
    }
}

#[test]
fn more_than_a_quarter_are_not_few() {
    for (many, few, held) in [(40, 11, 6), (3, 1, 1), (7, 2, 2)] {
        let clues = two_spots(many, few, held, |_| {});
        let (many, few) = (u64::from(many), u64::from(few));
        assert_eq!(told(&clues), [(SHARED.to_vec(), many), (vec![], few)]);
    }
}

/// Findings that do not show it do not hide what the others show.
#[test]
fn what_would_hide_a_pattern_stays_apart() {
    let clues = two_spots(36, 5, 0, |_| {});
    assert_eq!(told(&clues), [(SHARED.to_vec(), 36), (vec![], 5)]);
}

#[test]
fn neighbours_are_of_the_same_route_and_kind_of_spot() {
    let elsewhere = |clue: &mut Clue| clue.route = "GET /other".to_owned();
    let header = |clue: &mut Clue| clue.place = Where::of(Some(&Spot::Header("x-who".into())));
    for clues in [
        two_spots(36, 4, 0, elsewhere),
        two_spots(36, 4, 0, header),
        two_spots(36, 4, 0, |clue| {
            elsewhere(clue);
            header(clue);
        }),
    ] {
        assert_eq!(told(&clues), [(SHARED.to_vec(), 36), (vec![], 4)]);
    }
}

/// A page with two defects: nobody knows to which of them the few belong.
#[test]
fn few_findings_beside_two_defects_stay_apart() {
    let clues = clues(Rule::ForeignData, 41, |at, clue| {
        clue.later = relation(clue, at < 20, 1, 10);
        clue.place = json("$['name']");
        if (20..40).contains(&at) {
            clue.place = json("$['address']");
            clue.after_owner = Some(Duration::from_secs(1));
            clue.continues = true;
            clue.repeats = true;
        }
        if at == 40 {
            clue.place = json("$['email']");
        }
    });
    assert_eq!(
        told(&clues),
        [
            (SHARED.to_vec(), 20),
            (vec![Pattern::Cache], 20),
            (vec![], 1)
        ]
    );
}

/// A session is lost or shared on whatever route it is used next, and a
/// connection serves all of them; what a page shows is the page's.
#[test]
fn what_lies_beneath_the_routes_is_one_incident() {
    let two_routes = |rule: Rule, broke_off: bool| {
        let clues = clues(rule, 10, |at, clue| {
            clue.broke_off = relation(clue, broke_off, 1, 10);
            clue.route = ["GET /a", "GET /b"][usize::from(at % 2 == 1)].to_owned();
        });
        told(&clues).into_iter().map(|(_, findings)| findings)
    };
    for rule in Rule::ALL {
        let beneath = matches!(rule, Rule::SessionLost | Rule::SessionSwap);
        let each: Vec<u64> = two_routes(rule, false).collect();
        assert_eq!(each, if beneath { vec![10] } else { vec![5, 5] }, "{rule}");
    }
    assert!(two_routes(Rule::ForeignData, true).eq([10]));
}

/// Where, who, when and whose, each counted.
#[test]
fn an_incident_counts_what_its_findings_have_in_common() {
    let clues = clues(Rule::ForeignData, 7, |at, clue| {
        clue.user = UserId(at % 4);
        clue.owner = (at > 0).then_some(UserId(50 + at % 2));
        clue.instance = (at > 1).then(|| instance(["n1", "n2"][usize::from(at == 6)]));
        clue.window = if at < 3 { "before" } else { "during" }.to_owned();
        clue.step = Place::new("a.feature", if at == 0 { 8 } else { 3 });
    });
    let counts = BTreeMap::from([(Rule::ForeignData, 7)]);
    let mut incidents = grouping::incidents(&clues, &Traffic::new(), 0, &counts);
    let incident = incidents.remove(0);
    assert!(incidents.is_empty());
    assert_eq!((incident.findings, incident.first_finding), (7, 1));
    assert_eq!((incident.users, incident.owners), (4, 2));
    assert_eq!((incident.first, incident.last), (at(1_010), at(7_010)));
    let counted = |counts: &[(&str, u64)]| -> BTreeMap<String, u64> {
        let each = counts
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count));
        each.collect()
    };
    assert_eq!(incident.instances, counted(&[("n1", 4), ("n2", 1)]));
    assert_eq!(incident.windows, counted(&[("before", 3), ("during", 4)]));
    let places: Vec<_> = incident
        .places
        .iter()
        .map(|place| (place.step.line, place.findings))
        .collect();
    assert_eq!(places, [(3, 6), (8, 1)]);
}

/// Findings beyond the limit are in no incident, and that is told.
#[test]
fn violations_that_were_not_written_are_told_of() {
    let clues = clues(Rule::ForeignData, 4, |_, _| {});
    let told = |violations: u64| {
        let counts = BTreeMap::from([(Rule::ForeignData, violations)]);
        let mut incidents = grouping::incidents(&clues, &Traffic::new(), 0, &counts);
        incidents.remove(0).against.split_off(1)
    };
    assert_eq!(told(1_000), [""; 0]);
    assert_eq!(
        told(1_001),
        [
            "1001 violations of foreign-data were counted and 1000 written; the others are in no \
             incident"
        ]
    );
}
