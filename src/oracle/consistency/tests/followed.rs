//! Stories of values, counters, lists and counted sessions.

use super::*;
use crate::model::Followed;

/// How something is read.
#[derive(Clone, Copy, Default)]
pub(super) struct How {
    pub(super) session: u32,
    pub(super) back: Option<Attempt>,
    pub(super) eventual: bool,
    pub(super) users_only: bool,
}

pub(super) const BACK: How = How {
    session: 0,
    back: Some(Attempt::Last),
    eventual: false,
    users_only: false,
};

pub(super) const ELSEWHERE: How = How {
    session: 1,
    back: None,
    ..BACK
};

const EVENTUALLY: How = How {
    eventual: true,
    ..ELSEWHERE
};

impl Story {
    pub(super) fn reads(&mut self, of: &str, what: What<ValueHash>, how: How) -> &mut Self {
        self.does(1, 200, |seen, dealings| {
            seen.session = how.session;
            dealings.read_back = how.back;
            dealings.shown.push(Shown {
                eventual: how.eventual,
                users_only: how.users_only,
                ..Shown::new(of, what)
            });
        })
    }

    pub(super) fn sets(&mut self, status: u16, value: &str) -> &mut Self {
        self.effect(1, status, Verb::Wrote, "name", value)
    }

    pub(super) fn value(&mut self, value: &str, how: How) -> &mut Self {
        self.reads("name", What::Value(id(value)), how)
    }

    pub(super) fn raises(&mut self, status: u16) -> &mut Self {
        self.does(1, status, |_, dealings| {
            dealings.effects.push(Effect {
                by: 1,
                ..effect(Verb::Raised, "likes", "")
            });
        })
    }

    pub(super) fn count(&mut self, count: i64, how: How) -> &mut Self {
        self.reads("likes", What::Count(count), how)
    }

    fn appends(&mut self, value: &str) -> &mut Self {
        self.effect(1, 201, Verb::Appended, "log", value)
    }

    fn list(&mut self, values: &[&str], how: How) -> &mut Self {
        let values = values.iter().map(|own| id(own)).collect();
        let whole = Whole::Yes;
        self.reads("log", What::Sequence { values, whole }, how)
    }

    pub(super) fn counts(&mut self, count: i64) -> &mut Self {
        self.reads("JSON $.requests", What::Requests(count), How::default())
    }

    pub(super) fn followed(&self, name: &str) -> crate::model::FollowedCoverage {
        self.checkers.coverage().followed[name].clone()
    }
}

#[test]
fn what_was_written_without_an_answer_and_seen_is_written() {
    let here = How::default();
    let mut story = Story::default();
    story.sets(200, "one").sets(504, "two");
    // It has not landed yet, or never will.
    story.value("one", here).value("two", here).tells(&[]);
    story.value("one", here).tells(&[Rule::SessionRollback]);
    assert!(
        story.found[0].1.starts_with("monotonic reads"),
        "{:?}",
        story.found
    );

    // Twice of unknown outcome: the second one may land late.
    let mut story = Story::default();
    story.sets(200, "one").sets(504, "two").sets(504, "two");
    story.value("two", here).sets(200, "three");
    story.value("three", here).value("two", here).tells(&[]);
    // Seen while it was under way, and then without an answer.
    let mut story = Story::default();
    story.sets(200, "one");
    let dealings = Dealings {
        effects: vec![effect(Verb::Wrote, "name", "two")],
        ..Dealings::default()
    };
    let mut late = plain(1, 9, Some(504));
    (late.sent, late.done) = (moment(16_000), moment(29_000));
    story.checkers.invoked(&Invocation {
        at: late.sent,
        user: UserId(1),
        session: 0,
        probed: None,
        dealings: dealings.clone(),
    });
    story.value("two", here).tells(&[]);
    late.dealings = Some(dealings);
    assert!(story.checkers.observe(&late).is_empty());
    story.value("one", here).tells(&[Rule::SessionRollback]);
}

#[test]
fn many_writes_of_unknown_outcome_explain_their_own_values_only() {
    let unsure = |count: u32| {
        let mut story = Story::default();
        story.sets(200, "one").value("one", How::default());
        for number in 0..count {
            story.sets(503, &format!("unknown {number}"));
        }
        story.sets(200, "two");
        story
    };
    let mut story = unsure(12);
    story.value("unknown 7", How::default()).tells(&[]);
    story.value("one", How::default());
    story.tells(&[Rule::SessionRollback]);
    assert_eq!(story.followed("name").indeterminate, 12);
    assert_eq!(story.followed("name").blind, 0);
    // With more than are remembered nothing is said, and that is counted.
    let mut story = unsure(33);
    story.value("one", How::default()).tells(&[]);
    assert_eq!(story.followed("name").blind, 1);
}

#[test]
fn a_value_that_is_older_in_the_end_is_lost() {
    let mut story = Story::default();
    story.sets(200, "one").sets(200, "two");
    assert!(story.checkers.is_unread(Followed::Value, "name", UserId(1)));
    let more = How {
        back: Some(Attempt::More),
        ..BACK
    };
    story.value("one", more).tells(&[]);
    story.value("one", BACK).tells(&[Rule::LostWrite]);
    assert!(
        story.found[0].1.starts_with("after the load"),
        "{:?}",
        story.found
    );
    assert!(!story.checkers.is_unread(Followed::Value, "name", UserId(1)));
    assert_eq!(story.followed("name").lost, 1);
    // There at last, one of unknown outcome, and one that is only promised.
    for (status, value, how) in [(200, "two", BACK), (503, "one", BACK), (503, "two", BACK)] {
        let mut story = Story::default();
        story.sets(200, "one").sets(status, "two");
        story.value(value, how).tells(&[]);
        assert!(!story.checkers.is_unread(Followed::Value, "name", UserId(1)));
    }
    let mut story = Story::default();
    story.sets(200, "one").sets(200, "two");
    story.value("one", EVENTUALLY).value("two", BACK).tells(&[]);
    story.sets(200, "three").value("one", EVENTUALLY).tells(&[]);
    let back = How {
        eventual: true,
        ..BACK
    };
    story.value("two", back).tells(&[Rule::LostWrite]);
}

#[test]
fn what_comes_late_to_another_session_is_stale() {
    let mut story = Story::default();
    story.sets(200, "one").sets(200, "two");
    story.value("one", ELSEWHERE).tells(&[]);
    story.value("two", ELSEWHERE).tells(&[Rule::StaleRead]);
    // That session has seen it.
    let mut story = Story::default();
    story.sets(200, "one").sets(200, "two");
    story.value("two", ELSEWHERE).value("one", ELSEWHERE);
    story.tells(&[Rule::SessionRollback]);

    let mut story = Story::default();
    story.appends("a").appends("b");
    story.list(&["a"], ELSEWHERE).tells(&[]);
    story.list(&["a", "b"], ELSEWHERE).tells(&[Rule::StaleRead]);
    let mut story = Story::default();
    story.appends("a").appends("b");
    story.list(&["a", "b"], ELSEWHERE).list(&["a"], ELSEWHERE);
    story.tells(&[Rule::SessionRollback]);
    let mut story = Story::default();
    story.appends("a").appends("b");
    story.list(&["a"], EVENTUALLY).list(&["a", "b"], EVENTUALLY);
    story.list(&["a", "b"], BACK).tells(&[]);
}

#[test]
fn an_element_that_is_missing_in_the_end_is_lost() {
    let mut story = Story::default();
    story.appends("a").appends("b");
    story.list(&["b"], BACK).tells(&[Rule::LostWrite]);
    assert_eq!(story.followed("log").lost, 1);
    let mut story = Story::default();
    story.appends("a").appends("b");
    story.list(&["b"], How::default());
    story.tells(&[Rule::SessionRollback]);
    assert!(
        story.found[0].1.starts_with("read your writes"),
        "{:?}",
        story.found
    );
    // In an order that is promised in the end, and is not kept.
    let mut story = Story::default();
    story.appends("a").appends("b").appends("c");
    story.list(&["a", "c", "b"], EVENTUALLY).tells(&[]);
    let back = How {
        eventual: true,
        ..BACK
    };
    story
        .list(&["a", "c", "b"], back)
        .tells(&[Rule::SessionRollback]);
}

#[test]
fn a_counter_is_judged_in_the_end() {
    let begun = || {
        let mut story = Story::default();
        story.count(17, How::default()).raises(200).raises(200);
        story.count(18, How::default()).tells(&[]);
        story
    };
    // A cache, or a raise that is lost.
    let mut story = begun();
    story.count(19, How::default()).tells(&[]);
    story.count(19, BACK).tells(&[Rule::StaleRead]);
    let mut story = begun();
    story.count(18, BACK).tells(&[Rule::LostWrite]);
    assert!(
        story.found[0].1.contains("1 acknowledged raises"),
        "{:?}",
        story.found
    );
    assert_eq!(story.followed("likes").lost, 1);
    let mut story = Story::default();
    story.count(17, EVENTUALLY).raises(200).raises(200);
    story.count(17, EVENTUALLY).count(19, BACK).tells(&[]);
    // One of unknown outcome may make up for it.
    let mut story = Story::default();
    story.count(17, How::default()).raises(200).raises(503);
    story.count(18, BACK).tells(&[]);
}

/// What somebody else raises meanwhile is not missing from a read that began
/// before, and is judged after one that began later.
#[test]
fn reads_may_be_judged_in_another_order() {
    let mut story = Story::default();
    story.count(17, How::default()).count(18, How::default());
    let mut early = plain(1, 9, Some(200));
    (early.sent, early.done) = (moment(19_000), moment(40_000));
    let shown = Shown::new("likes", What::Count(17));
    early.dealings = Some(Dealings {
        shown: vec![shown],
        ..Dealings::default()
    });
    assert!(story.checkers.observe(&early).is_empty());
    assert_eq!(story.checkers.coverage().ambiguous_reads, 1);
    story.count(18, BACK).tells(&[]);
}

#[test]
fn a_raise_that_is_done_twice_is_too_much() {
    let alone = How {
        users_only: true,
        ..How::default()
    };
    let back = How {
        users_only: true,
        ..BACK
    };
    let mut story = Story::default();
    story.count(17, alone).raises(200).count(19, alone);
    story.raises(200).count(20, alone).tells(&[]);
    story.count(20, back).tells(&[Rule::DoubleBooking]);
    assert!(story.found[0].1.contains("by 1 more"), "{:?}", story.found);
    story.count(20, back).tells(&[Rule::DoubleBooking]);
    // A refused one does not count.
    let mut story = Story::default();
    story.count(17, alone).raises(409).count(18, back);
    story.tells(&[Rule::DoubleBooking]);
    // Somebody else may raise it, one of unknown outcome may have been done, and
    // what came late at first was not too much afterwards.
    let mut story = Story::default();
    story
        .count(17, How::default())
        .raises(200)
        .count(19, BACK)
        .tells(&[]);
    let mut story = Story::default();
    story
        .count(17, alone)
        .raises(200)
        .raises(504)
        .count(19, back)
        .tells(&[]);
    let mut story = Story::default();
    story.raises(200).raises(200).count(17, alone).raises(200);
    story.count(20, alone).raises(200).count(20, alone);
    story.count(21, back).tells(&[Rule::StaleRead]);
}

#[test]
fn a_session_counts_what_it_is_asked() {
    let asks = |story: &mut Story, status: u16| {
        story.does(1, status, |_, _| {});
    };
    // Asked twice without looking: an answer is counted, an error may be.
    for (status, count, rules) in [
        (200, 4, &[][..]),
        (200, 3, &[Rule::SessionRollback][..]),
        (503, 3, &[][..]),
        (503, 4, &[][..]),
        (503, 2, &[Rule::SessionRollback][..]),
    ] {
        let mut story = Story::default();
        story.counts(1).counts(2);
        asks(&mut story, status);
        story.counts(count).tells(rules);
    }
    // Signed in again: another session, which counts from the beginning.
    let mut story = Story::default();
    story.counts(1).counts(2);
    story.does(1, 200, |seen, _| seen.signs_in = true);
    story.counts(1).counts(2).tells(&[]);
    // By another path it is counted by itself.
    let mut story = Story::default();
    story.counts(7);
    story.does(1, 200, |seen, dealings| {
        seen.route = "GET /y".to_owned();
        dealings
            .shown
            .push(Shown::new("JSON $.requests", What::Requests(1)));
    });
    story.counts(8).tells(&[]);
}
