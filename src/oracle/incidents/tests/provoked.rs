//! Whether findings needed what was done on purpose.

use super::*;
use crate::model::Provocation;

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
