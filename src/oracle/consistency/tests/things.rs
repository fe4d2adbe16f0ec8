//! Stories of things that are saved and deleted.

use super::*;
use crate::model::KindCoverage;

/// `a` and `b` were saved and deleted, and a list has shown neither.
fn gone() -> Story {
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .effect(1, 201, Verb::Saved, "note", "b")
        .effect(1, 204, Verb::Deleted, "note", "a")
        .effect(1, 204, Verb::Deleted, "note", "b")
        .lists(1, 0, &[]);
    story
}

/// A request with that effect, under way from `sent` to `done`, in
/// milliseconds.
fn between(story: &mut Story, (sent, done): (u64, u64), verb: Verb, value: &str) {
    story.does(1, 200, |seen, dealings| {
        (seen.sent, seen.done) = (moment(sent * 1_000), moment(done * 1_000));
        dealings.effects.push(effect(verb, "note", value));
    });
}

#[test]
fn what_is_being_deleted_may_be_gone() {
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .begins(1, only(effect(Verb::Deleted, "note", "a")))
        .lists(1, 0, &[])
        .tells(&[]);
}

#[test]
fn what_is_deleted_stays_away_unless_it_may_have_been_saved_again() {
    let mut story = gone();
    story.lists(1, 0, &["a"]).tells(&[Rule::SessionRollback]);
    let twins: [fn(&mut Story); 4] = [
        // It is being saved.
        |story| _ = story.begins(1, only(effect(Verb::Saved, "note", "a"))),
        // It may have been, or may come at any time.
        |story| _ = story.effect(1, 503, Verb::Saved, "note", "a"),
        // Something undeclared was done to it.
        |story| {
            _ = story.does(2, 204, |_, dealings| dealings.named.push(id("a")));
        },
        // It was.
        |story| _ = story.effect(1, 201, Verb::Saved, "note", "a"),
    ];
    for (number, twin) in twins.iter().enumerate() {
        let mut story = gone();
        twin(&mut story);
        story.lists(1, 0, &["a"]);
        assert!(story.found.is_empty(), "{number}: {:?}", story.found);
    }
    // Refused, so it is still deleted.
    let mut story = gone();
    story
        .effect(1, 422, Verb::Saved, "note", "a")
        .lists(1, 0, &["a"])
        .tells(&[Rule::SessionRollback]);
}

#[test]
fn what_is_saved_again_has_to_be_there() {
    let mut story = gone();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .lists(1, 0, &[])
        .tells(&[Rule::SessionRollback]);
    // Saved and deleted at the same time: either may have come last.
    for verbs in [[Verb::Saved, Verb::Deleted], [Verb::Deleted, Verb::Saved]] {
        for shown in [&[][..], &["c"]] {
            let mut story = gone();
            story.effect(1, 201, Verb::Saved, "note", "c");
            between(&mut story, (100, 120), verbs[0], "c");
            between(&mut story, (110, 130), verbs[1], "c");
            story.number = 20;
            story.lists(1, 0, shown).lists(1, 0, shown).tells(&[]);
        }
    }
}

/// What was acknowledged once does not become less sure.
#[test]
fn another_save_of_the_same_does_not_undo_the_first() {
    for status in [503, 422, 409] {
        let mut story = Story::default();
        story
            .effect(1, 201, Verb::Saved, "note", "a")
            .effect(1, status, Verb::Saved, "note", "a")
            .lists(1, 0, &[])
            .tells(&[Rule::SessionRollback]);
    }
}

#[test]
fn a_read_that_began_before_the_save_was_over_tells_nothing() {
    let mut story = Story::default();
    between(&mut story, (10, 20), Verb::Saved, "a");
    story.lists(1, 0, &[]).tells(&[]);
    story.lists(1, 0, &[]).tells(&[Rule::SessionRollback]);
}

#[test]
fn what_may_remove_everything_of_a_user_says_nothing_of_others() {
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .effect(2, 201, Verb::Saved, "note", "b")
        .does(1, 200, |_, dealings| dealings.clears.push("note".into()))
        .lists(1, 0, &[])
        .tells(&[]);
    story.lists(2, 0, &[]).tells(&[Rule::SessionRollback]);
    // What is saved afterwards lasts.
    story
        .effect(1, 201, Verb::Saved, "note", "c")
        .lists(1, 0, &[])
        .tells(&[Rule::SessionRollback, Rule::SessionRollback]);
}

/// The save is judged after something undeclared was done to what it made.
#[test]
fn what_was_touched_while_it_was_saved_may_be_gone() {
    for (touched, at, outcome, lost) in [
        ("a", 9, Outcome::Ok, true),
        ("a", 10, Outcome::Ok, false),
        ("a", 11, Outcome::Ok, false),
        ("a", 11, Outcome::Info, false),
        ("a", 11, Outcome::Fail, true),
        ("x", 11, Outcome::Ok, true),
    ] {
        let mut set = DurableSet::default();
        set.disturbed(id(touched), span(at, at + 5), outcome, true);
        set.disturbed(id("y"), span(11, 16), Outcome::Ok, true);
        set.saved(id("a"), write(10, 30));
        let breaches = set.read(&read(&BTreeSet::new(), 40));
        assert_eq!(!breaches.is_empty(), lost, "{touched} {at} {outcome:?}");
    }
}

fn write(sent: u64, done: u64) -> Write<&'static str> {
    Write {
        actor: actor(0),
        span: span(sent, done),
        outcome: Outcome::Ok,
        announced: true,
        conflict: false,
        lasting: None,
        evidence: "POST /notes",
    }
}

fn read(ids: &BTreeSet<ValueHash>, sent: u64) -> Read<'_, &'static str> {
    Read {
        actor: actor(0),
        span: span(sent, sent + 5),
        scope: Scope::All(ids),
        manner: Manner::default(),
        evidence: "GET /notes",
    }
}

/// Such as in a part of a history.
#[test]
fn an_end_whose_beginning_is_not_known_counts() {
    let mut set: DurableSet<_, &str> = DurableSet::default();
    set.saved(id("a"), write(10, 15));
    set.disturbed(id("a"), span(20, 25), Outcome::Fail, true);
    set.deleted(id("a"), write(30, 35));
    let counts = set.coverage();
    assert_eq!((counts.saved, counts.deleted), (1, 1));
}

/// Whatever was asked for at an unknown time may end by itself at any time.
#[test]
fn what_lasts_for_a_time_and_came_nobody_knows_when_may_be_over() {
    let mut story = Story::default();
    story
        .does(1, 201, |_, dealings| {
            dealings.effects.push(Effect {
                by: 60_000,
                ..effect(Verb::Saved, "note", "a")
            });
        })
        .effect(1, 503, Verb::Saved, "note", "b")
        .lists(1, 0, &["a", "b"])
        .lists(1, 0, &["a"])
        .tells(&[]);
}

#[test]
fn what_a_session_has_seen_of_an_unknown_save_is_no_write_of_its_own() {
    let mut story = Story::default();
    story
        .effect(1, 503, Verb::Saved, "note", "a")
        .lists(1, 0, &["a"])
        .lists(1, 0, &[])
        .tells(&[Rule::SessionRollback]);
    let message = &story.found[0].1;
    assert!(message.starts_with("monotonic reads"), "{message}");
}

/// A deletion is not known to a session that has only seen the thing.
#[test]
fn what_another_session_deletes_may_be_seen_for_a_while() {
    let mut story = gone();
    story
        .effect(1, 201, Verb::Saved, "note", "c")
        .lists(1, 1, &["c"])
        .effect(1, 204, Verb::Deleted, "note", "c")
        .lists(1, 1, &["c"])
        .tells(&[]);
    story.lists(1, 1, &[]).tells(&[Rule::StaleRead]);
    // But what it has seen does not vanish.
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "c")
        .lists(1, 1, &["c"])
        .lists(1, 1, &[])
        .tells(&[Rule::SessionRollback]);
    let message = &story.found[0].1;
    assert!(message.starts_with("monotonic reads"), "{message}");
}

/// A thing that a list keeps away, and that its own address still shows, is
/// asked for once more.
#[test]
fn what_the_read_back_shows_in_two_ways_is_not_settled() {
    let (more, owner) = (Some(Attempt::More), UserId(1));
    let read_back = || {
        let mut story = gone();
        story.shows(1, 0, more, &[], Whole::Yes);
        assert!(!story.checkers.is_owed("note", owner));
        story
    };
    let mut story = read_back();
    story.finds(1, "a", true, more).tells(&[]);
    assert!(story.checkers.is_owed("note", owner));
    // Not in the read-back.
    let mut story = read_back();
    story.looks_for(1, "a", true).tells(&[]);
    assert!(!story.checkers.is_owed("note", owner));
    // It may have been saved again.
    let mut story = gone();
    story.effect(1, 503, Verb::Saved, "note", "a");
    story.shows(1, 0, more, &[], Whole::Yes);
    story.finds(1, "a", true, more).tells(&[]);
    assert!(!story.checkers.is_owed("note", owner));
}

/// So many things were deleted and seen gone, one after another.
fn deleted(count: u32) -> Story {
    let mut story = Story::default();
    for number in 0..count {
        delete_next(&mut story, number, &[]);
    }
    story
}

fn delete_next(story: &mut Story, number: u32, listed: &[&str]) {
    let name = format!("thing {number}");
    story
        .effect(1, 201, Verb::Saved, "note", &name)
        .effect(1, 204, Verb::Deleted, "note", &name)
        .lists(1, 0, listed);
}

#[test]
fn what_was_deleted_long_ago_is_forgotten() {
    let mut story = deleted(64);
    story.tells(&[]);
    assert_eq!(story.checkers.sets["note"].remembered(), 64);
    story
        .lists(1, 0, &["thing 0"])
        .tells(&[Rule::SessionRollback]);
    let mut story = deleted(65);
    assert_eq!(story.checkers.sets["note"].remembered(), 64);
    story.lists(1, 0, &["thing 0"]).tells(&[]);
    story
        .lists(1, 0, &["thing 1"])
        .tells(&[Rule::SessionRollback]);
}

#[test]
fn what_was_deleted_and_is_used_again_is_not_forgotten() {
    // It is being saved again, which is refused.
    let save = effect(Verb::Saved, "note", "thing 0");
    let mut story = deleted(64);
    story.begins(1, only(save.clone()));
    delete_next(&mut story, 64, &[]);
    story
        .answers(1, 422, only(save))
        .lists(1, 0, &["thing 0"])
        .tells(&[Rule::SessionRollback]);
    // It is being deleted again.
    let mut story = deleted(64);
    story.begins(1, only(effect(Verb::Deleted, "note", "thing 0")));
    delete_next(&mut story, 64, &[]);
    story
        .lists(1, 0, &["thing 0"])
        .tells(&[Rule::SessionRollback]);
    // It was saved again, and has to be there.
    let mut story = deleted(64);
    story.effect(1, 201, Verb::Saved, "note", "thing 0");
    delete_next(&mut story, 64, &["thing 0"]);
    story.lists(1, 0, &[]).tells(&[Rule::SessionRollback]);
}

#[test]
fn what_was_refused_is_forgotten_unless_more_is_known_of_it() {
    let mut story = gone();
    story.effect(1, 422, Verb::Saved, "note", "c");
    assert_eq!(story.checkers.sets["note"].remembered(), 2);
    // It was deleted, though nobody knows who had saved it.
    story
        .effect(1, 204, Verb::Deleted, "note", "d")
        .effect(1, 422, Verb::Saved, "note", "d")
        .lists(1, 0, &["d"])
        .tells(&[Rule::SessionRollback]);
    // It may come, or go, at any time.
    let mut story = Story::default();
    story
        .effect(1, 503, Verb::Saved, "note", "a")
        .effect(1, 422, Verb::Saved, "note", "a");
    assert_eq!(story.checkers.sets["note"].remembered(), 1);
    // Another request is about to delete it.
    let mut story = Story::default();
    story
        .begins(1, only(effect(Verb::Deleted, "note", "a")))
        .effect(1, 422, Verb::Saved, "note", "a")
        .effect(1, 201, Verb::Saved, "note", "a")
        .lists(1, 0, &[])
        .tells(&[]);
}

#[test]
fn what_became_of_things_and_reads_is_counted() {
    let mut story = Story::default();
    for (status, verb, value) in [
        (201, Verb::Saved, "kept"),
        (201, Verb::Saved, "deleted"),
        (201, Verb::Saved, "also deleted"),
        (201, Verb::Saved, "perhaps deleted"),
        (201, Verb::Saved, "lost"),
        (503, Verb::Saved, "perhaps saved"),
        (504, Verb::Saved, "perhaps saved, too"),
        (422, Verb::Saved, "refused"),
        (429, Verb::Saved, "refused, too"),
        (204, Verb::Deleted, "deleted"),
        (204, Verb::Deleted, "also deleted"),
        (403, Verb::Deleted, "kept"),
        (500, Verb::Deleted, "perhaps deleted"),
    ] {
        story.effect(1, status, verb, "note", value);
    }
    story
        .reads_back(1, &["kept"])
        .effect(1, 201, Verb::Saved, "note", "late")
        .tells(&[Rule::LostWrite]);
    let coverage = story.checkers.coverage();
    let expected = KindCoverage {
        saved: 6,
        deleted: 2,
        refused: 3,
        indeterminate: 3,
        read_back: 1,
        gone: 2,
        not_read_back: 1,
        lost: 1,
        ..KindCoverage::default()
    };
    assert_eq!(coverage.of("note"), expected);
    let reads = (coverage.decisive_reads, coverage.ambiguous_reads);
    assert_eq!(reads, (4, 1));
}

#[test]
fn reads_of_what_was_deleted_are_counted() {
    let reads = |story: &Story| {
        let coverage = story.checkers.coverage();
        (coverage.decisive_reads, coverage.ambiguous_reads)
    };
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .effect(1, 201, Verb::Saved, "note", "b")
        .effect(1, 204, Verb::Deleted, "note", "a")
        // Nobody knows yet whether deleted things are listed.
        .lists(1, 0, &["a", "b"])
        .tells(&[]);
    assert_eq!(reads(&story), (1, 1));
    story.effect(1, 204, Verb::Deleted, "note", "b");
    story.lists(1, 0, &[]).tells(&[]);
    assert_eq!(reads(&story), (3, 1));
    story.lists(1, 0, &["a"]).tells(&[Rule::SessionRollback]);
    assert_eq!(reads(&story), (5, 1));
    // One that may have ended by itself.
    let mut story = Story::default();
    story.does(1, 201, |_, dealings| {
        dealings.effects.push(Effect {
            by: 15,
            ..effect(Verb::Saved, "note", "a")
        });
    });
    story.lists(1, 0, &[]).tells(&[]);
    assert_eq!(reads(&story), (0, 1));
}
