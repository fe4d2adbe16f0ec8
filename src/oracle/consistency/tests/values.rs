//! Stories of values that one user sets and reads.

use super::*;
use crate::oracle::consistency::breach::Fault;
use crate::oracle::consistency::span::Guarantee;

#[test]
fn values_are_as_new_as_they_were_seen() {
    let shows = |value: &'static str| {
        move |_: &mut Observation, dealings: &mut Dealings<ValueHash>| {
            dealings.shown.push(Shown {
                of: "name".into(),
                what: What::Value(id(value)),
                eventual: false,
                users_only: false,
                at: None,
            });
        }
    };
    let mut story = Story::default();
    story
        .does(1, 200, shows("old"))
        .effect(1, 200, Verb::Wrote, "name", "new")
        .does(1, 200, shows("new"))
        .tells(&[]);
    story
        .does(1, 200, shows("old"))
        .tells(&[Rule::SessionRollback]);
    // A service that writes values in its own way.
    let mut story = Story::default();
    story
        .effect(1, 200, Verb::Wrote, "name", "new")
        .does(1, 200, shows("NEW."))
        .tells(&[]);
    // A write of unknown outcome explains what is shown.
    let mut story = Story::default();
    story
        .effect(1, 200, Verb::Wrote, "name", "one")
        .effect(1, 503, Verb::Wrote, "name", "two")
        .effect(1, 200, Verb::Wrote, "name", "three")
        .does(1, 200, shows("two"))
        .does(1, 200, shows("three"))
        .tells(&[]);
}

/// One value of one user; a write is told by what it wrote. Moments are in
/// milliseconds.
#[derive(Default)]
struct Name(Register<&'static str, &'static str>);

const READ_YOUR_WRITES: Option<Fault> = Some(Fault::Rollback(Guarantee::ReadYourWrites));
const MONOTONIC_READS: Option<Fault> = Some(Fault::Rollback(Guarantee::MonotonicReads));

impl Name {
    fn is_now(&mut self, value: &'static str, sent: u64, done: u64) -> &mut Self {
        self.ends(value, 0, (sent, done), Outcome::Ok)
    }

    fn may_be(&mut self, value: &'static str, sent: u64, done: u64) -> &mut Self {
        self.ends(value, 0, (sent, done), Outcome::Info)
    }

    fn ends(
        &mut self,
        value: &'static str,
        session: u32,
        (sent, done): (u64, u64),
        outcome: Outcome,
    ) -> &mut Self {
        let span = span(sent, done);
        self.0
            .wrote(id(value), actor(session), span, outcome, value);
        self
    }

    fn begins(&mut self, value: &str, sent: u64) -> &mut Self {
        self.0.writing(id(value), moment(sent * 1_000));
        self
    }

    fn shows(&mut self, value: &str, sent: u64, done: u64) -> Option<Fault> {
        self.shows_to(0, value, (sent, done))
    }

    fn shows_to(&mut self, session: u32, value: &str, (sent, done): (u64, u64)) -> Option<Fault> {
        let place = (Manner::default(), "GET /name");
        self.shows_at(place, session, value, (sent, done))
    }

    fn shows_in_the_end(&mut self, value: &str, sent: u64) -> Option<Fault> {
        let manner = Manner {
            sweep: Some(Attempt::Last),
            eventual: false,
        };
        self.shows_at((manner, "GET /name"), 0, value, (sent, sent + 5))
    }

    fn shows_at(
        &mut self,
        (manner, route): (Manner, &str),
        session: u32,
        value: &str,
        (sent, done): (u64, u64),
    ) -> Option<Fault> {
        let how = (manner, (route, None), false);
        let (actor, span) = (actor(session), span(sent, done));
        let older = self.0.read(id(value), actor, span, how, || "read");
        older.map(|older| older.fault)
    }
}

#[test]
fn what_is_due_is_known_where_nothing_else_can_stand_there() {
    let at = |name: &Name, value: &str, due: Option<&str>| {
        let found = name.0.due_at(id(value), span(100, 105));
        assert_eq!(found, due.map(id), "{value}");
    };
    let mut name = Name::default();
    at(&name, "new", None);
    assert_eq!(name.shows("old", 1, 2), None);
    name.is_now("new", 10, 15);
    at(&name, "new", Some("new"));
    at(&name, "garbage", Some("new"));
    // What stood there before is known, and so is what was written before.
    at(&name, "old", None);
    name.is_now("newer", 20, 25);
    at(&name, "newer", Some("newer"));
    at(&name, "garbage", Some("newer"));
    at(&name, "new", None);
    // Written at the same time, or only now, or perhaps.
    let mut name = Name::default();
    name.is_now("one", 10, 20).is_now("two", 15, 25);
    at(&name, "two", None);
    let mut name = Name::default();
    name.is_now("one", 10, 100);
    at(&name, "one", None);
    let mut name = Name::default();
    name.is_now("one", 10, 15).begins("two", 90);
    at(&name, "garbage", None);
    let mut name = Name::default();
    name.is_now("one", 10, 15).may_be("two", 20, 25);
    at(&name, "garbage", None);
}

/// Which session has seen what is remembered of the newest sixteen.
#[test]
fn a_session_is_held_to_what_it_has_seen() {
    for (sessions, fault) in [(16, MONOTONIC_READS), (17, None)] {
        let mut name = Name::default();
        name.ends("one", 99, (10, 15), Outcome::Ok);
        name.ends("two", 99, (20, 25), Outcome::Ok);
        for session in 0..sessions {
            let at = 100 + u64::from(session) * 10;
            assert_eq!(name.shows_to(session, "two", (at, at + 5)), None);
        }
        let found = name.shows_to(0, "one", (900, 905));
        assert_eq!(found, fault, "{sessions} sessions");
    }
}

/// That a place shows values as they were written is remembered of sixteen.
#[test]
fn a_place_is_held_to_what_it_has_shown() {
    for (places, fault) in [(16, READ_YOUR_WRITES), (17, None)] {
        let mut name = Name::default();
        name.is_now("one", 10, 15);
        let route = |number: u64| format!("GET /names/{number:02}");
        for number in 0..places {
            let (place, at) = (route(number), 100 + number * 10);
            let place = (Manner::default(), place.as_str());
            assert_eq!(name.shows_at(place, 0, "one", (at, at + 5)), None);
        }
        let place = route(0);
        let found = name.shows_at((Manner::default(), &place), 0, "garbage", (900, 905));
        assert_eq!(found, fault, "{places} places");
    }
}

/// What is read while a value is written is not what stood there before: it may
/// be that value, as the service writes it.
#[test]
fn a_spelling_that_is_seen_early_is_no_older_value() {
    let twins: [fn(&mut Name); 3] = [
        |name| {
            name.begins("one", 10);
            assert_eq!(name.shows("ONE.", 12, 14), None);
            name.is_now("one", 10, 20);
        },
        |name| {
            name.may_be("one", 10, 15);
            assert_eq!(name.shows("ONE.", 20, 25), None);
            name.is_now("one", 30, 35);
        },
        |name| {
            name.is_now("one", 10, 30);
            assert_eq!(name.shows("ONE.", 20, 25), None);
        },
    ];
    for (number, twin) in twins.iter().enumerate() {
        let mut name = Name::default();
        twin(&mut name);
        assert_eq!(name.shows("ONE.", 40, 45), None, "{number}");
    }
    // Read when nothing was under way yet.
    let mut name = Name::default();
    assert_eq!(name.shows("ONE.", 1, 2), None);
    name.is_now("one", 10, 15);
    assert_eq!(name.shows("ONE.", 40, 45), READ_YOUR_WRITES);
}

#[test]
fn an_older_value_that_is_being_written_anew_is_no_older_one() {
    for (value, fault) in [("one", None), ("three", READ_YOUR_WRITES)] {
        let mut name = Name::default();
        name.is_now("one", 10, 15).is_now("two", 20, 25);
        name.begins(value, 28);
        assert_eq!(name.shows("one", 30, 35), fault, "{value}");
    }
}

/// A write of unknown outcome that a read shows has landed, and explains no
/// later read; one that landed late may do so once more.
#[test]
fn a_write_of_unknown_outcome_lands_once_unless_it_is_late() {
    // Sent before, together with, or after the one that was acknowledged.
    for (sent, fault) in [(10, None), (20, None), (21, READ_YOUR_WRITES)] {
        let mut name = Name::default();
        name.is_now("two", 20, 25).may_be("late", sent, 29);
        assert_eq!(name.shows("late", 30, 35), None);
        name.is_now("three", 40, 45);
        assert_eq!(name.shows("late", 50, 55), fault, "sent at {sent} ms");
    }
    // Sent before the read was over, or afterwards: then that was not it.
    for (sent, fault) in [(35, READ_YOUR_WRITES), (36, None)] {
        let mut name = Name::default();
        name.may_be("late", sent, 45);
        assert_eq!(name.shows("late", 30, 35), None);
        name.is_now("three", 50, 55);
        assert_eq!(name.shows("late", 60, 65), fault, "sent at {sent} ms");
    }
    // After this session has seen a newer one that was not acknowledged yet.
    for (read, fault) in [(34, READ_YOUR_WRITES), (35, READ_YOUR_WRITES), (36, None)] {
        let mut name = Name::default();
        name.may_be("late", 10, 15).is_now("two", 20, 50);
        assert_eq!(name.shows("two", 30, 35), None);
        assert_eq!(name.shows("late", read, 45), None);
        name.is_now("three", 60, 65);
        assert_eq!(name.shows("late", 70, 75), fault, "read at {read} ms");
    }
}

/// It lands at some moment until a read shows it, long after it was given up.
#[test]
fn a_write_that_landed_late_may_be_newer_than_one_of_the_same_time() {
    let mut name = Name::default();
    name.may_be("late", 10, 15);
    assert_eq!(name.shows("late", 30, 35), None);
    name.is_now("two", 33, 38);
    assert_eq!(name.shows("late", 60, 65), None);
    // This one began when it was there.
    let mut name = Name::default();
    name.may_be("late", 10, 15);
    assert_eq!(name.shows("late", 30, 35), None);
    name.is_now("two", 36, 38);
    assert_eq!(name.shows("late", 60, 65), READ_YOUR_WRITES);
}

#[test]
fn what_a_session_has_seen_counts_when_that_read_was_over() {
    for (sent, fault) in [(34, None), (35, None), (36, MONOTONIC_READS)] {
        let mut name = Name::default();
        name.ends("one", 9, (1, 5), Outcome::Ok);
        name.ends("two", 9, (20, 50), Outcome::Ok);
        assert_eq!(name.shows("two", 30, 35), None);
        assert_eq!(name.shows("one", sent, 45), fault, "sent at {sent} ms");
    }
}

#[test]
fn a_value_that_nobody_wrote_does_not_tell_that_another_has_landed() {
    let mut name = Name::default();
    name.is_now("one", 10, 15).may_be("two", 20, 25);
    assert_eq!(name.shows("garbage", 30, 35), None);
    assert_eq!(name.shows_in_the_end("one", 40), None);
    let mut name = Name::default();
    name.is_now("one", 10, 15).begins("two", 20);
    assert_eq!(name.shows("garbage", 22, 24), None);
    name.may_be("two", 20, 35);
    assert_eq!(name.shows_in_the_end("one", 40), None);
}

#[test]
fn what_became_of_writes_and_reads_is_counted() {
    let mut name = Name::default();
    name.is_now("one", 10, 15).is_now("two", 20, 25);
    name.begins("three", 30);
    assert_eq!(name.shows("three", 32, 34), None);
    name.may_be("three", 30, 40).may_be("four", 50, 55);
    let counts = name.0.coverage();
    assert_eq!((counts.acknowledged, counts.indeterminate), (2, 2));
    let before = name.0.reads();
    assert_eq!(name.shows("three", 60, 65), None);
    assert_eq!(name.shows("one", 70, 75), MONOTONIC_READS);
    assert_eq!(name.shows("garbage", 80, 85), None);
    let reads = name.0.reads();
    assert_eq!(reads.decisive, before.decisive + 2);
    assert_eq!(reads.ambiguous, before.ambiguous + 1);
}
