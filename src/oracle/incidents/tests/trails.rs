//! Lost sessions on hand-made findings: what became of the others, and of the
//! instances that had answered them.

use super::super::clue::Clue;
use super::super::traffic::{Traffic, Trail};
use super::cases::{clues, found, recognised, remember};
use super::*;
use crate::model::Rule;

/// The instances that had answered a session.
type Homes = &'static [&'static str];

/// `many` sessions are lost at 6 s; `trail` says of each where it had been
/// answered, and how often.
fn lost(many: u32, trail: impl Fn(u32) -> (Homes, u64)) -> Vec<Clue> {
    clues(Rule::SessionLost, many, |number, clue| {
        let (homes, answers) = trail(number);
        clue.owner = None;
        clue.passed.done = at(6_000);
        clue.session = Some(Trail {
            session: 0,
            began: at(0),
            instances: homes.iter().map(|name| instance(name)).collect(),
            answers,
            last: at(4_000),
        });
    })
}

/// `user`, who is signed in, is answered.
fn answered(traffic: &mut Traffic, user: u32, by: &str, millis: u64) {
    remember(traffic, &observed(user, by, millis, millis));
}

/// A visitor is answered: the instance is there, and no session.
fn heard(traffic: &mut Traffic, by: &str, window: &str, millis: u64) {
    let mut observation = observed(900, by, millis, millis);
    observation.window = window.to_owned();
    observation.signed_in = false;
    remember(traffic, &observation);
}

/// `n1` answers until 5 s, `n2` and `n3` go on to 10 s, and so do the sessions of
/// `kept` users who stay at `n2` and are answered three times.
fn one_goes(kept: u32) -> Traffic {
    let mut traffic = Traffic::new();
    heard(&mut traffic, "n1", "steady", 5_000);
    heard(&mut traffic, "n2", "steady", 10_000);
    heard(&mut traffic, "n3", "steady", 10_000);
    for user in 500..500 + kept {
        for millis in [1_000, 2_000, 10_000] {
            answered(&mut traffic, user, "n2", millis);
        }
    }
    traffic
}

fn is_local(clues: &[Clue], traffic: &Traffic) -> bool {
    found(clues, traffic) == [Pattern::LocalSessions]
}

#[test]
fn sessions_are_local_when_nearly_all_had_an_instance_that_is_gone() {
    let with = |gone: u32| {
        lost(10, |number| {
            (if number < gone { &["n1"] } else { &["n2"] }, 3)
        })
    };
    assert!(is_local(&with(10), &one_goes(3)));
    assert!(is_local(&with(9), &one_goes(3)));
    assert!(!is_local(&with(8), &one_goes(3)));
    assert_eq!(
        recognised(&with(9), &one_goes(3))[0].because,
        [
            "9 of 10 findings were of sessions that one instance alone had answered, and that \
             instance has not answered since",
            "10 of 13 sessions were lost; those that went on stayed at an instance that is still \
             there",
        ]
    );
}

/// A session that two instances had answered needed neither, and one that nobody
/// is known to have answered says nothing.
#[test]
fn a_local_session_had_one_home() {
    for homes in [&["n1", "n4"] as Homes, &[]] {
        let mut traffic = one_goes(3);
        heard(&mut traffic, "n4", "steady", 5_000);
        assert!(!is_local(&lost(10, |_| (homes, 3)), &traffic), "{homes:?}");
    }
}

#[test]
fn an_instance_is_gone_when_it_was_there_and_never_answers_again() {
    for (last, gone) in [(Some(6_000), true), (Some(6_001), false), (None, false)] {
        let mut traffic = one_goes(3);
        if let Some(last) = last {
            heard(&mut traffic, "n4", "steady", last);
        }
        let clues = lost(10, |_| (&["n4"], 3));
        assert_eq!(is_local(&clues, &traffic), gone, "{last:?}");
    }
}

/// Seven answers came again from where the one before had come from; each of
/// those who went on has two of them.
#[test]
fn sessions_have_to_be_seen_to_stay_at_their_instance() {
    for (kept, answers, local) in [
        (3, [1, 1, 1], false),
        (3, [1, 2, 1], true),
        (2, [2, 2, 2], true),
        (2, [2, 2, 1], false),
        // One that went on is too few.
        (1, [9, 9, 9], false),
    ] {
        let clues = lost(3, |at| (&["n1"], answers[at as usize]));
        let case = format!("{kept} went on, {answers:?}");
        assert_eq!(is_local(&clues, &one_goes(kept)), local, "{case}");
    }
    // And so are two that were lost.
    assert!(!is_local(&lost(2, |_| (&["n1"], 9)), &one_goes(3)));
}

/// A session that began when the first one was lost was not there to be lost.
#[test]
fn a_session_that_moved_and_went_on_was_not_local() {
    for (began, to, local) in [
        (1_000, "n3", false),
        (1_000, "n2", true),
        (6_000, "n3", true),
    ] {
        let mut traffic = one_goes(3);
        answered(&mut traffic, 800, "n2", began);
        answered(&mut traffic, 800, to, 9_000);
        let clues = lost(10, |_| (&["n1"], 3));
        assert_eq!(is_local(&clues, &traffic), local, "{began} {to}");
    }
}

/// Who has lost a session and goes on with another is nobody whose session went
/// on.
#[test]
fn a_user_whose_session_was_lost_has_not_kept_it() {
    let mut traffic = one_goes(3);
    answered(&mut traffic, 1, "n2", 1_000);
    answered(&mut traffic, 1, "n3", 9_000);
    assert!(is_local(&lost(10, |_| (&["n1"], 3)), &traffic));
}

/// What became of one in ten may stay unknown, and not of more.
#[test]
fn what_became_of_nearly_all_others_is_known() {
    for (silent, last, local) in [
        (1, 4_000, true),
        (2, 4_000, false),
        // In the moment of the last loss nobody knows; a little later one does.
        (2, 6_000, false),
        (2, 6_001, true),
    ] {
        let mut traffic = one_goes(3);
        for user in 700..700 + silent {
            answered(&mut traffic, user, "n2", 100);
            answered(&mut traffic, user, "n2", last);
        }
        let clues = lost(7, |_| (&["n1"], 3));
        assert_eq!(is_local(&clues, &traffic), local, "{silent} at {last}");
    }
}

/// `many` sessions were lost and `kept` went on, wherever they were answered;
/// `here` of the lost ones had been answered by an instance that still is.
fn emptied(many: u32, kept: u32, here: u32) -> bool {
    let mut traffic = Traffic::new();
    heard(&mut traffic, "n1", "steady", 3_000);
    heard(&mut traffic, "n2", "steady", 10_000);
    for user in 500..500 + kept {
        answered(&mut traffic, user, "n2", 1_000);
        answered(&mut traffic, user, "n3", 10_000);
    }
    let clues = lost(many, |at| {
        let homes: Homes = if at < here { &["n1", "n2"] } else { &["n1"] };
        (homes, 3)
    });
    let found = found(&clues, &traffic);
    assert!(found.is_empty() || found == [Pattern::EmptiedSessionStore]);
    !found.is_empty()
}

#[test]
fn a_store_was_emptied_when_nearly_all_sessions_were_lost() {
    for (many, kept, here, told) in [
        (5, 0, 5, true),
        (4, 0, 4, false),
        (9, 1, 1, true),
        (8, 1, 8, false),
        (18, 2, 1, true),
        (17, 2, 17, false),
        // All of them may have gone with their instance.
        (9, 1, 0, false),
    ] {
        let case = format!("{many} lost, {kept} kept, {here} here");
        assert_eq!(emptied(many, kept, here), told, "{case}");
    }
}

/// `many` sessions were lost and `kept` went on when so many instances became so
/// many; `here` of the lost ones had been answered by one that still is.
fn after_change(change: (usize, usize), many: u32, kept: u32, here: u32) -> (Vec<Clue>, Traffic) {
    const NAMES: [&str; 4] = ["n1", "n2", "n3", "n4"];
    let mut traffic = Traffic::new();
    heard(&mut traffic, "n9", "steady", 3_000);
    for by in &NAMES[..change.0] {
        heard(&mut traffic, by, "before", 4_500);
    }
    for by in &NAMES[..change.1] {
        heard(&mut traffic, by, "after", 10_000);
    }
    for user in 500..500 + kept {
        answered(&mut traffic, user, "n1", 1_000);
        answered(&mut traffic, user, "n2", 10_000);
    }
    let mut clues = lost(many, |at| (if at < here { &["n1"] } else { &["n9"] }, 3));
    for clue in &mut clues {
        clue.window = "after".to_owned();
    }
    (clues, traffic)
}

fn is_rehashed(clues: &[Clue], traffic: &Traffic) -> bool {
    found(clues, traffic).contains(&Pattern::RehashedSessions)
}

/// When two instances become three, a hash modulo their number loses two of
/// three sessions; how far off that it may be goes by the number of sessions.
#[test]
fn a_share_near_that_of_a_modulo_is_rehashed() {
    for (change, many, kept, told) in [
        ((2, 3), 8, 4, true),
        ((2, 3), 4, 8, true),
        ((2, 3), 3, 9, false),
        ((2, 3), 53, 47, true),
        ((2, 3), 52, 48, false),
        ((2, 3), 80, 20, true),
        ((2, 3), 81, 19, false),
        ((3, 2), 67, 33, true),
        // Five are enough where most are lost by it.
        ((3, 4), 4, 1, true),
        ((3, 4), 3, 1, false),
        // Where half are, any share of a few is near it.
        ((1, 2), 5, 4, true),
        ((1, 2), 4, 4, false),
        // Three times the spread from it is still near.
        ((1, 2), 14, 2, true),
        // Nothing changed.
        ((3, 3), 8, 4, false),
    ] {
        let (clues, traffic) = after_change(change, many, kept, many);
        let case = format!("{change:?}: {many} lost, {kept} kept");
        assert_eq!(is_rehashed(&clues, &traffic), told, "{case}");
    }
    let (clues, traffic) = after_change((2, 3), 7, 5, 6);
    assert_eq!(
        recognised(&clues, &traffic)[0].because,
        [
            "7 of 12 sessions were lost (58 %) when instances went from 2 to 3; a hash modulo the \
             number of instances would lose 67 %",
            "6 of the lost ones had been answered by an instance that is still there",
        ]
    );
}

/// Sessions may have gone with their instance, or before any came or went.
#[test]
fn rehashed_sessions_were_lost_then_by_instances_that_stay() {
    for (here, told) in [(4, true), (3, false)] {
        let (clues, traffic) = after_change((2, 3), 8, 4, here);
        assert_eq!(is_rehashed(&clues, &traffic), told, "{here}");
    }
    let (mut clues, traffic) = after_change((2, 3), 8, 4, 8);
    clues[3].window = "before".to_owned();
    assert!(!is_rehashed(&clues, &traffic));
}
