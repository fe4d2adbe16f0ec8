//! Things that were given to two users.

use super::*;
use crate::model::Rule;

/// `user` claims the thing `id` and is told that it is theirs.
fn claim(user: u32, number: u64, by: &str, sent: u64, done: u64, id: &str) -> Observation {
    let mut observation = on_route(seen(user, number, sent, done), "/claims");
    observation.route = "POST /claims".to_owned();
    observation.instance = Some(instance(by));
    observation.status = Some(201);
    observation.dealings = Some(writing(Verb::Claimed, id));
    observation
}

/// Twelve users claim things of their own one after another, for 24 s; now and
/// then somebody claims what another one was given `apart` ms before.
fn claims(took: u64, apart: u64) -> Vec<Observation> {
    let mut all = Vec::new();
    for turn in 0..240_u64 {
        let user = u32::try_from(turn % 12).unwrap();
        let sent = turn * 100;
        let id = format!("{turn}");
        all.push(claim(user, turn * 2 + 1, "n1", sent, sent + took, &id));
        if turn % 24 == 7 {
            let (other, sent) = ((user + 5) % 12, sent + apart);
            let by = if turn % 48 == 7 { "n1" } else { "n2" };
            all.push(claim(other, turn * 2 + 2, by, sent, sent + took, &id));
        }
    }
    all
}

#[track_caller]
fn doubled(all: Vec<Observation>) -> Incident {
    let mut incidents = judged(all);
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    let incident = incidents.remove(0);
    assert_eq!(incident.rule, Rule::DoubleBooking);
    assert_eq!(incident.findings, 10);
    incident
}

/// Also when the two are answered by different instances.
#[test]
fn claims_that_come_together_are_checked_first_and_made_later() {
    let incident = doubled(claims(60, 20));
    assert_eq!(
        patterns(&incident),
        [Pattern::CheckThenAct],
        "{incident:#?}"
    );
    assert_eq!(
        incident.patterns[0].because,
        [
            "in 10 of 10 findings the claim of who got it first was under way at the same time \
             (10 % by chance)"
        ]
    );
    assert!(incident.look_at.contains("unique constraint"));
    assert!(incident.against.is_empty(), "{incident:#?}");
}

/// Nothing is checked at all: the other one came long after.
#[test]
fn claims_that_come_later_are_something_else() {
    let incident = doubled(claims(60, 5_000));
    assert_eq!(patterns(&incident), [], "{incident:#?}");
}

/// Everybody claims something all the time: that the owner does says nothing.
#[test]
fn claims_that_always_overlap_say_nothing() {
    let incident = doubled(claims(1_500, 20));
    assert_eq!(patterns(&incident), [], "{incident:#?}");
}
