//! What was acknowledged and is not there: where reads and writes went.

use super::*;
use crate::model::{Provocation, Rule};

/// `user` saves the thing `id`.
fn save(user: u32, number: u64, by: &str, sent: u64, done: u64, id: u64) -> Observation {
    let mut observation = observed(user, by, sent, done);
    observation.request = RequestId::new(TAG, UserId(user), number);
    observation.route = "POST /things".to_owned();
    observation.status = Some(201);
    observation.dealings = Some(writing(Verb::Saved, &format!("{id}")));
    observation
}

/// `user` lists the things `ids`, for the read-back or during the load.
fn list(
    user: u32,
    number: u64,
    by: &str,
    sent: u64,
    ids: &[u64],
    back: Option<Attempt>,
) -> Observation {
    let mut observation = on_route(observed(user, by, sent, sent + 5), "/things");
    observation.request = RequestId::new(TAG, UserId(user), number);
    observation.dealings = Some(listing(ids, back));
    observation
}

#[track_caller]
fn only(all: Vec<Observation>, rule: Rule) -> Incident {
    let mut incidents = judged(all);
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    let incident = incidents.remove(0);
    assert_eq!(incident.rule, rule, "{incident:#?}");
    incident
}

/// Users save something and list it; `to` says at which instance each does,
/// and `shows` whether the list has it.
fn read_your_writes(
    to: fn(u64) -> (&'static str, &'static str),
    shows: fn(u64, &str, &str) -> bool,
) -> Vec<Observation> {
    let mut all = Vec::new();
    for turn in 0..120_u64 {
        let user = u32::try_from(turn).unwrap();
        let (written, read) = to(turn);
        let sent = turn * 100;
        all.push(save(user, turn * 2 + 1, written, sent, sent + 5, turn));
        let shown = if shows(turn, written, read) {
            vec![turn]
        } else {
            Vec::new()
        };
        all.push(list(user, turn * 2 + 2, read, sent + 20, &shown, None));
    }
    all
}

/// The balancer chooses by chance.
fn balanced(turn: u64) -> (&'static str, &'static str) {
    let mut draws = Draws(turn + 3);
    draws.below(7);
    let written = ["n1", "n2"][usize::from(draws.below(2) == 0)];
    (written, ["n1", "n2"][usize::from(draws.below(2) == 0)])
}

#[test]
fn reads_at_another_instance_are_a_replica() {
    let all = read_your_writes(balanced, |_, written, read| written == read);
    let incident = only(all, Rule::SessionRollback);
    assert!(incident.findings > 30, "{incident:#?}");
    assert_eq!(patterns(&incident), [Pattern::Replica], "{incident:#?}");
    let because = &incident.patterns[0].because[0];
    let all = format!(
        "in {0} of {0} findings another instance answered",
        incident.findings
    );
    assert!(because.starts_with(&all), "{because}");
    assert!(because.contains("of all 120 answers"), "{because}");
}

/// The same instance does not show it either.
#[test]
fn reads_at_any_instance_are_no_replica() {
    let all = read_your_writes(balanced, |turn, _, _| turn % 3 > 0);
    let incident = only(all, Rule::SessionRollback);
    assert_eq!(patterns(&incident), [], "{incident:#?}");
}

/// Instances take turns, so that every read is of another one than its write.
#[test]
fn taking_turns_is_no_replica() {
    for to in [
        (|_| ("n1", "n2")) as fn(u64) -> (&'static str, &'static str),
        |turn| {
            if turn % 2 == 0 {
                ("n1", "n2")
            } else {
                ("n2", "n1")
            }
        },
    ] {
        let all = read_your_writes(to, |turn, _, _| turn % 3 > 0);
        let incident = only(all, Rule::SessionRollback);
        assert_eq!(incident.findings, 40);
        let found = patterns(&incident);
        assert!(!found.contains(&Pattern::Replica), "{incident:#?}");
    }
}

#[test]
fn two_reads_are_too_few() {
    let all = read_your_writes(balanced, |turn, written, read| written == read || turn > 8);
    let incident = judged(all).remove(0);
    assert!(incident.findings < 7, "{incident:#?}");
    assert!(
        !patterns(&incident).contains(&Pattern::Replica),
        "{incident:#?}"
    );
}

/// 200 writes, 50 to 700 ms apart; `lost` says from a write's instance and the
/// time to the next one whether it is gone when it is read back.
fn lost_writes(change: fn(u64, &mut Observation), lost: fn(u64, &str, u64) -> bool) -> Incident {
    let mut draws = Draws(11);
    let mut all = Vec::new();
    let mut sent = 0;
    for turn in 0..200_u64 {
        let user = u32::try_from(turn).unwrap();
        let by = ["n1", "n2", "n3"][usize::try_from(draws.below(3)).unwrap()];
        let pause = 50 + draws.below(650);
        let mut write = save(user, turn * 2 + 1, by, sent, sent + 5, turn);
        change(turn, &mut write);
        all.push(write);
        let shown = if lost(turn, by, pause) {
            vec![]
        } else {
            vec![turn]
        };
        let back = 1_000_000 + turn * 10;
        all.push(list(
            user,
            turn * 2 + 2,
            "n1",
            back,
            &shown,
            Some(Attempt::Last),
        ));
        sent += 5 + pause;
    }
    only(all, Rule::LostWrite)
}

#[test]
fn writes_that_another_one_follows_soon_are_lost_updates() {
    let incident = lost_writes(|_, _| {}, |_, _, pause| pause < 100);
    assert_eq!(patterns(&incident), [Pattern::LostUpdate], "{incident:#?}");
    let because = &incident.patterns[0].because[0];
    let begin = format!(
        "for {0} of {0} lost writes another write on the same route came within ",
        incident.findings
    );
    assert!(because.starts_with(&begin), "{because}");
    assert!(because.ends_with("% of all 200 writes"), "{because}");
}

#[test]
fn writes_that_are_lost_now_and_then_are_not() {
    let incident = lost_writes(|_, _| {}, |turn, _, _| turn % 9 == 4);
    assert_eq!(patterns(&incident), [], "{incident:#?}");
}

/// The instance of the write, not of the read-back, which is `n1` for all.
#[test]
fn writes_of_one_instance_are_told() {
    let incident = lost_writes(|_, _| {}, |turn, by, _| by == "n2" && turn % 4 == 1);
    assert_eq!(patterns(&incident), [Pattern::OneInstance], "{incident:#?}");
    let because = &incident.patterns[0].because[0];
    assert!(
        because.contains("acknowledged by instance n2, as were "),
        "{because}"
    );
}

/// All is read back after the event, and that says nothing; that all was
/// written during it does.
#[test]
fn writes_of_a_scale_event_are_told() {
    fn windows(turn: u64, write: &mut Observation) {
        write.window = match turn {
            0..80 => "before",
            80..110 => "during",
            _ => "after",
        }
        .to_owned();
    }
    let incident = lost_writes(windows, |turn, _, _| {
        (80..110).contains(&turn) && turn % 4 == 1
    });
    assert_eq!(patterns(&incident), [Pattern::ScaleEvent], "{incident:#?}");
    let because = &incident.patterns[0].because[0];
    assert!(
        because.contains("acknowledged during a scale event"),
        "{because}"
    );
    let incident = lost_writes(windows, |turn, _, _| turn % 30 == 1);
    assert_eq!(patterns(&incident), [], "{incident:#?}");
}

/// A lost write needs what was done to it, whatever was done to the read-back.
#[test]
fn lost_writes_need_what_was_done_to_them() {
    fn twice(turn: u64, write: &mut Observation) {
        if turn % 4 == 1 {
            write.provocations.push(Provocation::DoubleSubmit);
        }
    }
    let needing = lost_writes(twice, |turn, _, _| turn % 8 == 1);
    let own = needing.provocations[0];
    assert_eq!((own.what, own.needed), (Provocation::DoubleSubmit, true));
    assert_eq!((own.answers, own.provoked_answers), (200, 50));
    let without = lost_writes(twice, |turn, _, _| turn % 9 == 4);
    assert!(!without.provocations[0].needed, "{without:#?}");
}

/// What mixes data up explains nothing of what was lost or given twice.
#[test]
fn nothing_that_was_lost_is_called_shared_state() {
    let all = read_your_writes(balanced, |_, written, read| written == read);
    for incident in judged(all) {
        for own in patterns(&incident) {
            assert!(
                !matches!(
                    own,
                    Pattern::SharedState | Pattern::Cache | Pattern::DesynchronisedConnection
                ),
                "{incident:#?}"
            );
        }
    }
}
