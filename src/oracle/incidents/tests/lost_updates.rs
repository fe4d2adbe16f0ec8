//! Lost updates on hand-made findings: how soon another write followed each, and
//! how soon it does otherwise.

use super::super::clue::Clue;
use super::super::traffic::Traffic;
use super::cases::{clues, found, recognised, remember};
use super::whereabouts::{about, dealt, written};
use super::*;
use crate::model::{Effect, Rule, Verb};

/// `many` writes are lost, each followed after `gap` by another one; `soon`
/// further ones are as well, and `alone` are not.
fn followed(many: u32, gap: u64, soon: u32, alone: u32) -> (Vec<Clue>, Traffic) {
    let mut traffic = Traffic::new();
    let clues = clues(Rule::LostWrite, many, |at, clue| {
        about(clue, u64::from(at) * 10_000);
    });
    for number in 0..many + soon + alone {
        let sent = u64::from(number) * 10_000;
        written(&mut traffic, number + 1, "n1", "steady", sent, sent + 10);
        if number < many + soon {
            let next = sent + 10 + gap;
            written(
                &mut traffic,
                5_000 + number,
                "n1",
                "steady",
                next,
                next + 10,
            );
        }
    }
    (clues, traffic)
}

#[test]
fn a_lost_update_was_followed_sooner_than_most_writes() {
    for (many, gap, soon, alone, told) in [
        // 3 of 14, and 3 of 13.
        (3, 100, 0, 8, true),
        (3, 100, 0, 7, false),
        (2, 100, 0, 900, false),
        (3, 1_000, 0, 100, true),
        (3, 1_001, 0, 100, false),
        // Half of all writes are followed as soon.
        (30, 100, 0, 0, true),
    ] {
        let (clues, traffic) = followed(many, gap, soon, alone);
        let expected: &[_] = if told { &[Pattern::LostUpdate] } else { &[] };
        let case = format!("{many} lost after {gap}, {soon} soon, {alone} alone");
        assert_eq!(found(&clues, &traffic), expected, "{case}");
    }
    let (clues, traffic) = followed(3, 250, 1, 12);
    assert_eq!(
        recognised(&clues, &traffic)[0].because,
        [
            "for 3 of 3 lost writes another write on the same route came within 250 ms after it; \
             so it was for 20 % of all 20 writes"
        ]
    );
}

/// Where most writes are followed as soon, it says nothing.
#[test]
fn what_is_true_of_most_writes_is_no_lost_update() {
    let (clues, mut traffic) = followed(20, 100, 0, 0);
    assert_eq!(found(&clues, &traffic), [Pattern::LostUpdate]);
    // Each follower is followed itself.
    for number in 0..3_u64 {
        let next = number * 10_000 + 10 + 100 + 10 + 50;
        written(&mut traffic, 7_000, "n1", "steady", next, next + 10);
        written(&mut traffic, 7_001, "n1", "steady", next + 60, next + 70);
    }
    assert_eq!(found(&clues, &traffic), []);
}

/// The other one ends in the very moment in which this one begins, or begins when
/// it ends, or lies between.
#[test]
fn a_write_under_way_at_the_same_time_takes_another_s_place() {
    for (begins, ends) in [(0, 5), (0, 8), (8, 25), (15, 25)] {
        let mut traffic = Traffic::new();
        let clues = clues(Rule::LostWrite, 5, |at, clue| {
            about(clue, u64::from(at + 1) * 10_000 + 5);
        });
        for number in 1..=30_u32 {
            let base = u64::from(number) * 10_000;
            written(&mut traffic, number, "n1", "steady", base + 5, base + 15);
            if number <= 5 {
                let (begins, ends) = (base + begins, base + ends);
                written(&mut traffic, 5_000, "n1", "steady", begins, ends);
            }
        }
        let because = &recognised(&clues, &traffic)[0].because[0];
        assert!(
            because.contains("was under way at the same time; so it was for 29 % of all 35"),
            "{because}"
        );
    }
}

/// The nearest one counts, in whatever order they are judged and whatever is
/// written elsewhere meanwhile.
#[test]
fn the_next_write_is_the_nearest_one_of_the_route() {
    for order in [[100, 300], [300, 100]] {
        let mut traffic = Traffic::new();
        let clues = clues(Rule::LostWrite, 3, |at, clue| {
            about(clue, u64::from(at + 1) * 10_000);
        });
        for number in 1..=20_u32 {
            let sent = u64::from(number) * 10_000;
            written(&mut traffic, number, "n1", "steady", sent, sent);
            let other = dealt(4_000, "POST /others", Verb::Saved, sent + 10, sent + 20);
            remember(&mut traffic, &other);
            for gap in order.into_iter().filter(|_| number <= 3) {
                let next = sent + gap;
                written(&mut traffic, 5_000, "n1", "steady", next, next);
            }
        }
        let because = &recognised(&clues, &traffic)[0].because[0];
        assert!(
            because.contains("came within 100 ms after it; so it was for 12 % of all 26 writes"),
            "{because}"
        );
    }
}

/// What is released need not last, and what was not told to be done may not have
/// been: neither is a write that others are compared with.
#[test]
fn only_what_has_to_last_is_compared_with_what_was_lost() {
    let changes: [fn(&mut Observation); 4] = [
        |_| {},
        |own| effects(own).for_each(|effect| effect.verb = Verb::Released),
        |own| effects(own).for_each(|effect| effect.confirmed = false),
        |own| own.outcome = Outcome::Info,
    ];
    for (change, told) in changes.into_iter().zip([true, false, false, false]) {
        let (clues, mut traffic) = followed(3, 100, 0, 7);
        let mut further = dealt(1, "POST /things", Verb::Saved, 500_000, 500_010);
        change(&mut further);
        remember(&mut traffic, &further);
        // With it they are 14.
        assert_eq!(!found(&clues, &traffic).is_empty(), told);
    }
}

fn effects(seen: &mut Observation) -> impl Iterator<Item = &mut Effect<ValueHash>> {
    seen.dealings.iter_mut().flat_map(|own| &mut own.effects)
}

/// A write that two reads do not show was lost once; one that is not remembered,
/// or that nothing followed, may have been lost in any way.
#[test]
fn a_lost_write_counts_once_and_has_to_be_known() {
    let (mut clues, traffic) = followed(3, 100, 0, 20);
    assert_eq!(found(&clues, &traffic), [Pattern::LostUpdate]);
    let mut again = clues[0].clone();
    again.number = 9;
    clues.push(again);
    let because = &recognised(&clues, &traffic)[0].because[0];
    assert!(because.starts_with("for 3 of 3 lost writes"), "{because}");
    let with = |sent: Option<u64>| {
        let mut clues = clues.clone();
        match sent {
            Some(sent) => {
                clues[0].user = UserId(10);
                about(&mut clues[0], sent);
            }
            None => clues[0].write = None,
        }
        found(&clues, &traffic)
    };
    // The tenth write was alone.
    assert_eq!(with(Some(90_000)), []);
    assert_eq!(with(Some(77)), []);
    assert_eq!(with(None), []);
    clues[0].rule = Rule::StaleRead;
    assert_eq!(found(&clues, &traffic), []);
}
