//! What the checkers say of simulated services.

use super::simulation::{Bug, Simulation};
use super::{Consistency, Contradiction};
use crate::model::Rule;

const SEEDS: u64 = 30;

fn told(found: &[Contradiction]) -> Vec<&str> {
    found.iter().map(|own| own.message.as_str()).collect()
}

#[test]
fn a_correct_service_is_accused_of_nothing() {
    for seed in 0..SEEDS {
        let ran = Simulation::new(seed, Bug::None).run();
        assert!(ran.found.is_empty(), "seed {seed}: {:#?}", told(&ran.found));
        let coverage = ran.checkers.coverage();
        let notes = coverage.of("note");
        assert!(notes.saved > 1_000, "{coverage:?}");
        assert!(
            notes.deleted > 100 && notes.indeterminate > 20,
            "{coverage:?}"
        );
        assert!(notes.read_back > 500 && notes.gone > 10, "{coverage:?}");
        assert_eq!(notes.lost, 0);
        let slots = coverage.of("slot");
        assert!(slots.claimed > 300 && slots.contended > 30, "{coverage:?}");
        for name in ["name", "likes", "log"] {
            let own = &coverage.followed[name];
            assert!(own.acknowledged > 500 && own.read_back > 0, "{coverage:?}");
            assert_eq!((own.lost, own.blind), (0, 0), "{coverage:?}");
        }
        assert!(notes.stayed_away > 100, "{coverage:?}");
        assert_eq!(notes.phantoms, 0);
        let accounts = &coverage.followed["accounts"];
        assert_eq!((accounts.read_back, accounts.lost), (20, 0), "{coverage:?}");
        assert!(coverage.decisive_reads > 5_000, "{coverage:?}");
        assert!(coverage.ambiguous_reads > 20, "{coverage:?}");
    }
}

/// The bug is found, by this rule, whoever the seed lets meet it.
fn is_found(bug: Bug, rule: Rule, words: &[&str]) {
    let missing = |found: &[Contradiction]| {
        let tells = |words: &&&str| {
            let mut all = found.iter();
            all.any(|own| own.rule == rule && own.message.contains(**words))
        };
        words.iter().find(|words| !tells(words)).copied()
    };
    for seed in 0..SEEDS {
        let ran = Simulation::new(seed, bug).run_until(|found| missing(found).is_none());
        let missing = missing(&ran.found);
        assert_eq!(
            missing,
            None,
            "{bug:?}, seed {seed}: {:#?}",
            told(&ran.found)
        );
    }
}

#[test]
fn stale_replicas_are_found() {
    is_found(
        Bug::StaleReplica,
        Rule::SessionRollback,
        &[
            "the note that was saved",
            "\"name\" is older",
            "\"log\" misses",
        ],
    );
}

#[test]
fn writes_that_a_fail_over_drops_are_found() {
    is_found(
        Bug::FailOver,
        Rule::LostWrite,
        &["is missing after the load"],
    );
}

#[test]
fn lost_updates_of_a_counter_are_found() {
    is_found(
        Bug::LostUpdates,
        Rule::LostWrite,
        &["of the counter \"likes\""],
    );
}

#[test]
fn raises_that_are_done_twice_are_found() {
    is_found(
        Bug::DoubledRaises,
        Rule::DoubleBooking,
        &["more than the users have asked for"],
    );
}

#[test]
fn values_that_are_not_kept_are_found() {
    is_found(
        Bug::LostValues,
        Rule::SessionRollback,
        &["\"name\" is older"],
    );
    is_found(Bug::LostValues, Rule::LostWrite, &["\"name\" is older"]);
}

#[test]
fn claims_in_two_steps_are_found() {
    is_found(
        Bug::ClaimInTwoSteps,
        Rule::DoubleBooking,
        &["while it belonged to"],
    );
}

#[test]
fn swapped_elements_are_found() {
    is_found(Bug::SwappedOrder, Rule::SessionRollback, &["monotonic"]);
}

#[test]
fn forgotten_sessions_are_found() {
    is_found(
        Bug::ForgottenSession,
        Rule::SessionRollback,
        &["in this session"],
    );
}

#[test]
fn deletions_that_are_lost_are_found() {
    is_found(
        Bug::LostDeletes,
        Rule::LostWrite,
        &["is there after the load"],
    );
}

#[test]
fn doubled_writes_are_found() {
    is_found(
        Bug::DoubledWrites,
        Rule::DoubleBooking,
        &["one idempotency key"],
    );
}

#[test]
fn refused_things_that_are_there_are_found() {
    is_found(Bug::Phantoms, Rule::PhantomWrite, &["refused with 422 at"]);
}

#[test]
fn sessions_of_others_are_found() {
    is_found(
        Bug::ForeignSession,
        Rule::SessionRollback,
        &["it is not the state of this session"],
    );
}

#[test]
fn damaged_values_are_found() {
    is_found(
        Bug::DamagedValues,
        Rule::SessionRollback,
        &["shows a value that was not written"],
    );
}

#[test]
fn transfers_in_two_steps_are_found() {
    is_found(Bug::TornTransfers, Rule::StaleRead, &["adds up to 1 less"]);
}

#[test]
fn lost_transfers_are_found() {
    is_found(
        Bug::LostTransfers,
        Rule::LostWrite,
        &["less than it always should"],
    );
}

#[test]
fn doubled_transfers_are_found() {
    is_found(
        Bug::DoubledTransfers,
        Rule::DoubleBooking,
        &["more than it always should"],
    );
}

/// Of what nobody ever did, nothing can be said.
#[test]
fn nothing_is_decided_on_nothing() {
    let coverage = Consistency::default().coverage();
    assert_eq!(coverage.decisive_reads, 0);
    assert!(coverage.kinds.is_empty());
}
