//! What findings are made of, and how often each is told.

use super::followed::{BACK, ELSEWHERE, How};
use super::*;
use crate::model::{RequestId, RunTag};

const MORE: How = How {
    back: Some(Attempt::More),
    ..BACK
};

impl Story {
    /// The numbers of the reads that findings show, where it is an earlier one.
    #[track_caller]
    fn shows_reads(&self, numbers: &[Option<u64>]) {
        let reads = self.contradictions.iter().map(|own| own.read.as_ref());
        let reads: Vec<_> = reads.map(|read| read.map(|read| read.request)).collect();
        let request = |number| RequestId::new(RunTag(1), UserId(1), number);
        let expected = numbers.iter().map(|number| number.map(request));
        assert_eq!(reads, expected.collect::<Vec<_>>(), "{:#?}", self.found);
    }
}

#[test]
fn the_read_that_was_wrong_is_shown_when_it_is_an_earlier_one() {
    let mut story = Story::default();
    story.effect(1, 201, Verb::Saved, "note", "a");
    story.lists(1, 0, &[]).tells(&[Rule::SessionRollback]);
    story.shows_reads(&[None]);
    let write = story.contradictions[0].write.as_ref().unwrap();
    assert_eq!(write.request, RequestId::new(RunTag(1), UserId(1), 1));
    // Late to the session itself, and to another one.
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .shows(1, 0, Some(Attempt::More), &[], Whole::Yes)
        .reads_back(1, &["a"])
        .tells(&[Rule::SessionRollback]);
    story.shows_reads(&[Some(2)]);
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .lists(1, 1, &[])
        .lists(1, 1, &[])
        .lists(1, 1, &["a"])
        .tells(&[Rule::StaleRead]);
    story.shows_reads(&[Some(2)]);
    // Values.
    let mut story = Story::default();
    story.sets(200, "one").sets(200, "two");
    story.value("one", ELSEWHERE).value("two", ELSEWHERE);
    story.tells(&[Rule::StaleRead]);
    story.shows_reads(&[Some(3)]);
    // Counters: too low for a while, and too high.
    let alone = How {
        users_only: true,
        ..How::default()
    };
    let mut story = Story::default();
    story.count(17, alone).raises(200).count(17, alone);
    story.count(18, BACK).tells(&[Rule::StaleRead]);
    story.shows_reads(&[Some(3)]);
    let mut story = Story::default();
    story.count(17, alone).raises(200).count(19, alone);
    let back = How {
        users_only: true,
        ..BACK
    };
    story.count(19, back).tells(&[Rule::DoubleBooking]);
    story.shows_reads(&[Some(3)]);
    // The state of another session, known when the next request is sent.
    let mut story = Story::default();
    for count in 1..=10 {
        story.counts(count);
    }
    story.counts(500).does(1, 200, |_, _| {});
    story.tells(&[Rule::SessionRollback]);
    story.shows_reads(&[Some(11)]);
}

#[test]
fn the_first_read_of_something_refused_is_shown() {
    let mut story = Story::default();
    story.does(1, None, |seen, dealings| {
        seen.error = Some(ErrorClass::Connect);
        seen.outcome = Outcome::Fail;
        dealings.effects.push(Effect {
            coined: true,
            ..effect(Verb::Saved, "note", "a")
        });
    });
    story
        .lists(1, 0, &["a"])
        .reads_back(1, &["a"])
        .tells(&[Rule::PhantomWrite]);
    story.shows_reads(&[Some(2)]);
}

#[test]
fn what_one_answer_misses_is_one_finding_unless_it_is_lost() {
    let saved = || {
        let mut story = Story::default();
        for note in ["a", "b", "c"] {
            story.effect(1, 201, Verb::Saved, "note", note);
        }
        story
    };
    let mut story = saved();
    story.lists(1, 0, &[]).tells(&[Rule::SessionRollback]);
    let message = &story.found[0].1;
    assert!(message.ends_with("; so it is with 2 more"), "{message}");
    let mut story = saved();
    story.reads_back(1, &[]).tells(&[Rule::LostWrite; 3]);
    assert!(!story.found[0].1.contains("more"), "{:?}", story.found);
    // Of two earlier reads each misses one.
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .lists(1, 1, &[])
        .effect(1, 201, Verb::Saved, "note", "b")
        .lists(1, 1, &[])
        .lists(1, 1, &["a", "b"])
        .tells(&[Rule::StaleRead; 2]);
    for (_, message) in &story.found {
        assert!(!message.contains("more"), "{message}");
    }
}

#[test]
fn what_was_told_of_a_session_is_not_told_again() {
    let here = How::default();
    let mut story = Story::default();
    story.sets(200, "one").sets(200, "two");
    story.value("one", here).value("one", here);
    story.tells(&[Rule::SessionRollback]);
    // Nor as something that another session has read too early.
    story.value("one", ELSEWHERE).value("two", ELSEWHERE);
    story.tells(&[Rule::SessionRollback]);
}

#[test]
fn a_value_is_settled_by_the_read_back_alone() {
    let is_unread = |story: &Story| {
        let checkers = &story.checkers;
        checkers.is_unread(Followed::Value, "name", UserId(1))
    };
    let mut story = Story::default();
    story.sets(200, "one").value("one", How::default());
    assert!(is_unread(&story));
    story.value("one", MORE);
    assert!(!is_unread(&story));
    // Until it is set anew.
    story.sets(200, "two");
    assert!(is_unread(&story));
    story.value("two", BACK).tells(&[]);
    assert!(!is_unread(&story));
    // What is lost stays so.
    let mut story = Story::default();
    story.sets(200, "one").sets(200, "two");
    story.value("one", BACK).value("two", BACK);
    story.tells(&[Rule::LostWrite]);
    let own = story.followed("name");
    assert_eq!((own.lost, own.read_back), (1, 0));
}

/// What another session missed for a while, and then was deleted.
#[test]
fn what_came_late_is_not_told_of_what_is_deleted() {
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .lists(1, 1, &[])
        .effect(1, 204, Verb::Deleted, "note", "a")
        .lists(1, 1, &[])
        .reads_back(1, &[])
        .tells(&[]);
}
