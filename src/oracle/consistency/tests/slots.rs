//! Stories of what belongs to one user at a time.

use super::*;

#[test]
fn an_exclusive_thing_belongs_to_one() {
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Claimed, "slot", "s")
        .effect(2, 409, Verb::Claimed, "slot", "s")
        .effect(3, 504, Verb::Claimed, "slot", "s")
        .tells(&[]);
    story
        .effect(2, 201, Verb::Claimed, "slot", "s")
        .tells(&[Rule::DoubleBooking]);
    assert!(
        story.found[0].1.contains("belonged to u000001"),
        "{:?}",
        story.found
    );

    // Given back, whatever came of it.
    for status in [204, 404, 503] {
        let mut story = Story::default();
        story
            .effect(1, 201, Verb::Claimed, "slot", "s")
            .effect(1, status, Verb::Released, "slot", "s")
            .effect(2, 201, Verb::Claimed, "slot", "s")
            .tells(&[]);
    }
    // Perhaps given back: by an undeclared deletion of one's own, or by
    // somebody who should not be able to.
    for (user, probed) in [(1, None), (3, Some(UserId(1)))] {
        let mut story = Story::default();
        story
            .effect(1, 201, Verb::Claimed, "slot", "s")
            .does(user, 204, |seen, dealings| {
                seen.probed = probed;
                dealings.touches = true;
            })
            .effect(2, 201, Verb::Claimed, "slot", "s")
            .tells(&[]);
    }
}

/// A hold ends by itself as early as it may have begun, and services that count
/// whole seconds end it up to one second before.
#[test]
fn a_hold_that_ends_by_itself_is_over_in_time() {
    let claimed = |millis: i64| {
        let mut story = Story::default();
        // Asked for at 10 ms, told at 15 ms.
        story.does(1, 201, |_, dealings| {
            dealings.effects.push(Effect {
                by: millis,
                ..effect(Verb::Claimed, "slot", "s")
            });
        });
        story
    };
    let given_at = |story: &mut Story, millis: u64| {
        story.does(2, 201, |seen, dealings| {
            (seen.sent, seen.done) = (moment(millis * 1_000 - 5_000), moment(millis * 1_000));
            dealings.effects.push(effect(Verb::Claimed, "slot", "s"));
        });
    };
    for (lasting, at, rules) in [
        (10_000, 9_009, &[Rule::DoubleBooking][..]),
        (10_000, 9_010, &[]),
        (1_000, 509, &[Rule::DoubleBooking]),
        (1_000, 510, &[]),
    ] {
        let mut story = claimed(lasting);
        given_at(&mut story, at);
        story.tells(rules);
    }
    // Given back before.
    let mut story = claimed(10_000);
    story.effect(1, 503, Verb::Released, "slot", "s");
    given_at(&mut story, 100);
    story.tells(&[]);
}

#[test]
fn what_became_of_claims_is_counted() {
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Claimed, "slot", "s")
        .effect(2, 409, Verb::Claimed, "slot", "s")
        .effect(3, 504, Verb::Claimed, "slot", "s")
        .effect(2, 201, Verb::Claimed, "slot", "s")
        // Twice by one user, and by two users.
        .effect(1, 201, Verb::Claimed, "slot", "t")
        .effect(1, 409, Verb::Claimed, "slot", "t")
        .effect(1, 201, Verb::Claimed, "slot", "u")
        .effect(2, 409, Verb::Claimed, "slot", "u")
        // Of the same kind, and saved.
        .effect(1, 422, Verb::Saved, "slot", "v")
        .effect(1, 503, Verb::Saved, "slot", "w")
        .tells(&[Rule::DoubleBooking]);
    let slots = story.checkers.coverage().of("slot");
    assert_eq!((slots.claimed, slots.doubled), (4, 1), "{slots:?}");
    assert_eq!(slots.contended, 2, "{slots:?}");
    assert_eq!((slots.refused, slots.indeterminate), (4, 2), "{slots:?}");
}

#[test]
fn who_held_it_first_is_told() {
    let mut story = Story::default();
    for user in 1..=3 {
        story.effect(user, 201, Verb::Claimed, "slot", "s");
    }
    story.tells(&[Rule::DoubleBooking, Rule::DoubleBooking]);
    for own in &story.contradictions {
        assert_eq!(own.owner, Some(UserId(1)), "{}", own.message);
        let write = own.write.as_ref().unwrap();
        assert_eq!(write.request.user(), UserId(1));
    }
}

/// A claim that was asked for after the release was sent is another one.
#[test]
fn an_earlier_release_does_not_end_a_later_hold() {
    for (released, told) in [(9, 1), (10, 0), (11, 0)] {
        let mut slots = Slots::default();
        let claimed = |slots: &mut Slots<&str>, user: u32, span: Span| {
            let actor = Actor {
                user: UserId(user),
                session: 0,
            };
            let doubled = slots.claimed(id("s"), actor, span, Outcome::Ok, None, "POST /claims");
            doubled.len()
        };
        assert_eq!(claimed(&mut slots, 1, span(10, 15)), 0);
        slots.releasing(id("s"), UserId(1), moment(released * 1_000));
        let doubled = claimed(&mut slots, 2, span(20, 25));
        assert_eq!(doubled, told, "released at {released} ms");
    }
}

/// A request that may give up anything does so only where it does not say what.
#[test]
fn a_declared_release_gives_up_that_alone() {
    let held = || {
        let mut story = Story::default();
        story
            .effect(1, 201, Verb::Claimed, "slot", "s")
            .effect(1, 201, Verb::Claimed, "slot", "t");
        story
    };
    let mut story = held();
    story
        .does(1, 204, |_, dealings| {
            dealings.touches = true;
            let released = effect(Verb::Released, "slot", "s");
            dealings.effects.push(released);
        })
        .effect(2, 201, Verb::Claimed, "slot", "s")
        .tells(&[]);
    story.effect(2, 201, Verb::Claimed, "slot", "t");
    story.tells(&[Rule::DoubleBooking]);
    // A request that changes nothing.
    let mut story = held();
    story
        .does(1, 200, |_, _| {})
        .effect(2, 201, Verb::Claimed, "slot", "s")
        .tells(&[Rule::DoubleBooking]);
    // Known to be a release only when it is over.
    let mut story = held();
    let released = Effect {
        foretold: false,
        ..effect(Verb::Released, "slot", "s")
    };
    story
        .begins(1, Dealings::default())
        .answers(1, 204, only(released))
        .effect(2, 201, Verb::Claimed, "slot", "s")
        .tells(&[]);
}
