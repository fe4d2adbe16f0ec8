//! Whether findings needed what was done on purpose.

use std::collections::BTreeMap;

use super::super::clue::Clue;
use super::super::grouping;
use super::super::traffic::Traffic;
use super::cases::clues;
use super::whereabouts::dealt;
use super::*;
use crate::model::{Passage, Provocation, Provoked, Rule, Verb, When};

/// 300 requests one after another; those of which `provokes` is true belong to
/// users who send the same request at one instant, and those of which `swaps`
/// is true show somebody else.
fn run(provokes: fn(u64) -> bool, swaps: fn(u64) -> bool) -> Incident {
    let each = (0..300_u64).map(|number| {
        let user = u32::try_from(number % 10).unwrap();
        let mut observation = seen(user, number + 1, number * 200, number * 200 + 20);
        if provokes(number) {
            observation.provocations.push(Provocation::SameRequest);
        }
        if swaps(number) {
            showing(observation, (user + 1) % 10)
        } else {
            observation
        }
    });
    let mut incidents = judged(each.collect());
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    incidents.remove(0)
}

fn told(incident: &Incident) -> Vec<String> {
    let each = incident.provocations.iter();
    each.map(|own| own.told(incident.findings)).collect()
}

#[test]
fn what_never_happens_without_it_needs_it() {
    let incident = run(|number| number % 3 == 0, |number| number % 30 == 0);
    assert_eq!(
        told(&incident),
        [
            "needed same-request: 10 of 10 findings were on or beside requests that several users \
             sent at one instant; none on 200 other answers there"
        ]
    );
    let written = serde_json::to_value(&incident).unwrap();
    assert_eq!(
        written["provocations"],
        serde_json::json!([{
            "what": "same-request",
            "findings": 10,
            "after": 0,
            "answers": 300,
            "provoked_answers": 100,
            "needed": true,
        }])
    );
}

#[test]
fn what_happens_without_it_as_well_only_met_it() {
    let incident = run(|number| number % 3 == 0, |number| number % 20 == 0);
    assert_eq!(
        told(&incident),
        [
            "met same-request: 5 of 15 findings were on or beside requests that several users sent \
             at one instant, as were 100 of 300 answers there"
        ]
    );
}

/// Nearly everything is provoked: that findings are as well says nothing.
#[test]
fn what_is_nearly_always_provoked_is_not_needed() {
    for provokes in [
        (|_| true) as fn(u64) -> bool,
        |number| number > 5,
        |number| number % 20 != 1,
    ] {
        let incident = run(provokes, |number| number % 40 == 6);
        assert!(!incident.provocations[0].needed, "{incident:#?}");
        assert!(told(&incident)[0].starts_with("met same-request: 8 of 8 findings"));
    }
}

/// Two are too few; and so are many that came about at one moment.
#[test]
fn few_occasions_are_too_few() {
    let two = run(
        |number| number % 10 == 0,
        |number| number == 20 || number == 60,
    );
    assert!(!two.provocations[0].needed, "{two:#?}");
    let mut all: Vec<_> = (0..300_u64)
        .map(|number| seen(1, number + 1, number * 200, number * 200 + 20))
        .collect();
    for user in 2..10_u32 {
        let mut observation = seen(user, 1_000 + u64::from(user), 5_000, 5_010);
        observation.provocations.push(Provocation::SameRequest);
        all.push(showing(observation, 1));
    }
    let incident = judged(all).remove(0);
    assert_eq!(incident.findings, 8);
    assert!(!incident.provocations[0].needed, "{incident:#?}");
}

/// What comes later at the same instance may be broken by it, or by the time
/// that has passed.
#[test]
fn what_only_comes_after_it_is_not_said_to_need_it() {
    let each = (0..300_u64).map(|number| {
        let user = u32::try_from(number % 10).unwrap();
        let mut observation = seen(user, number + 1, number * 200, number * 200 + 20);
        if number == 150 {
            observation.provocations.push(Provocation::AbandonedMidBody);
        }
        if number > 150 && number % 10 == 0 {
            showing(observation, (user + 1) % 10)
        } else {
            observation
        }
    });
    let incident = judged(each.collect()).remove(0);
    assert_eq!(
        told(&incident),
        [
            "met abandoned-mid-body: 14 of 14 findings came after requests that users left while \
             the body came"
        ]
    );
}

#[test]
fn without_provocations_nothing_is_told() {
    let incident = run(|_| false, |number| number % 30 == 0);
    assert_eq!(told(&incident), [""; 0]);
    let written = serde_json::to_value(&incident).unwrap();
    assert!(written.get("provocations").is_none(), "{written}");
}

/// `what` was done to the user's request `number`.
fn provoked(what: Provocation, user: u32, number: u64) -> Provoked {
    Provoked {
        what,
        when: When::Itself,
        request: RequestId::new(TAG, UserId(user), number),
        times: 1,
    }
}

/// So many answers, to `provoked` of which `what` was done.
fn answers(what: Provocation, many: u64, provoked_answers: u64) -> Traffic {
    let mut traffic = Traffic::new();
    for number in 0..many {
        let observation = seen(1, number + 1, number * 10, number * 10);
        let passed = traffic.passed(&observation);
        let own = [provoked(what, 1, number)];
        let near = if number < provoked_answers {
            &own[..]
        } else {
            &[]
        };
        traffic.remember(&observation, passed, near);
    }
    traffic
}

/// Whether the findings needed the first provocation they met; all violations of
/// their rule are `violations`.
fn needed(clues: &[Clue], traffic: &Traffic, violations: u64) -> bool {
    let counts = BTreeMap::from([(clues[0].rule, violations)]);
    let incidents = grouping::incidents(clues, traffic, 0, &counts);
    incidents[0].provocations[0].needed
}

/// `many` findings, each on a request that was sent twice, `apart` ms after the
/// one before.
fn doubled(many: u32, apart: u64) -> Vec<Clue> {
    clues(Rule::ForeignData, many, |number, clue| {
        clue.passed.sent = at(u64::from(number) * apart);
        clue.provoked = vec![provoked(Provocation::DoubleSubmit, clue.user.0, 1)];
    })
}

/// Three occasions of something done to one in five answers are not by chance,
/// of one in four they may be; and chance says nothing on too few answers.
#[test]
fn what_is_needed_is_beyond_chance() {
    for (many, all, provoked_answers, is_needed) in [
        (3, 100, 20, true),
        (3, 100, 25, false),
        (2, 1_000, 2, false),
        (5, 300, 100, true),
        // Twenty answers without it are enough, nineteen are not.
        (30, 100, 80, true),
        (30, 100, 81, false),
        (3, 23, 3, true),
        (3, 22, 3, false),
    ] {
        let traffic = answers(Provocation::DoubleSubmit, all, provoked_answers);
        let case = format!("{many} of {provoked_answers} of {all}");
        let clues = doubled(many, 1_000);
        assert_eq!(needed(&clues, &traffic, 3), is_needed, "{case}");
    }
}

/// What begins within 100 ms is one occasion, counted from its first.
#[test]
fn findings_of_one_moment_are_one_occasion() {
    let traffic = answers(Provocation::DoubleSubmit, 100, 20);
    for (many, apart, is_needed) in [
        (3, 100, true),
        (3, 99, false),
        (4, 50, false),
        (5, 50, true),
    ] {
        let clues = doubled(many, apart);
        assert_eq!(needed(&clues, &traffic, 3), is_needed, "{many} {apart}");
    }
}

/// Where not all violations were written, nobody knows of the others.
#[test]
fn what_was_not_written_may_have_come_without_it() {
    let traffic = answers(Provocation::DoubleSubmit, 100, 20);
    let clues = doubled(5, 1_000);
    assert!(needed(&clues, &traffic, 1_000));
    assert!(!needed(&clues, &traffic, 1_001));
}

/// Of two that all findings met, the one that is needed is told first.
#[test]
fn what_is_needed_is_told_first() {
    let mut clues = doubled(5, 1_000);
    for clue in &mut clues {
        let own = provoked(Provocation::SameRequest, clue.user.0, 1);
        clue.provoked.insert(0, own);
    }
    let counts = BTreeMap::from([(Rule::ForeignData, 5)]);
    // The same request was asked by all.
    let mut traffic = answers(Provocation::SameRequest, 100, 100);
    for number in 0..20 {
        let observation = seen(1, 1_000 + number, number, number);
        let passed = traffic.passed(&observation);
        traffic.remember(
            &observation,
            passed,
            &[provoked(Provocation::DoubleSubmit, 1, number)],
        );
    }
    let incidents = grouping::incidents(&clues, &traffic, 0, &counts);
    let told: Vec<_> = incidents[0]
        .provocations
        .iter()
        .map(|own| (own.what, own.findings, own.needed))
        .collect();
    assert_eq!(
        told,
        [
            (Provocation::DoubleSubmit, 5, true),
            (Provocation::SameRequest, 5, false),
        ]
    );
}

/// What is lost was lost when it was written, whenever that is noticed; what
/// comes late was late when it was read.
#[test]
fn a_lost_write_is_of_the_moment_of_the_write() {
    let with = |rule: Rule, write_apart: u64, read_apart: u64| {
        let mut traffic = answers(Provocation::DoubleSubmit, 100, 20);
        for number in 0..100_u64 {
            let user = u32::try_from(number).unwrap();
            let sent = number * write_apart;
            let write = dealt(user, "POST /things", Verb::Saved, sent, sent);
            let passed = traffic.passed(&write);
            let own = [provoked(Provocation::DoubleSubmit, user, sent + 1)];
            let near = if number < 20 { &own[..] } else { &[] };
            traffic.remember(&write, passed, near);
        }
        let mut clues = doubled(5, read_apart);
        for (clue, number) in clues.iter_mut().zip(0..) {
            clue.rule = rule;
            clue.user = UserId(number);
            let sent = u64::from(number) * write_apart;
            clue.write = Some(Passage {
                request: RequestId::new(TAG, clue.user, sent + 1),
                route: "POST /things".to_owned(),
                place: Place::new("a.feature", 3),
                sent: at(sent),
                done: Some(at(sent)),
                instance: None,
            });
        }
        needed(&clues, &traffic, 5)
    };
    assert!(with(Rule::LostWrite, 1_000, 1));
    assert!(!with(Rule::LostWrite, 1, 1_000));
    assert!(with(Rule::StaleRead, 1, 1_000));
    assert!(!with(Rule::StaleRead, 1_000, 1));
}
