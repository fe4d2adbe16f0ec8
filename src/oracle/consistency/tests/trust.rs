//! Which answers are held against a service, and what requests count as.

use super::*;
use crate::model::{Origin, RequestId, RunTag, Spot, Visibility};
use crate::oracle::observation::{IdentityReading, Sighting};

#[test]
fn answers_of_others_and_denials_say_nothing() {
    let changes: [fn(&mut Observation); 4] = [
        |seen| seen.denial_expected = true,
        |seen| seen.signed_in = false,
        |seen| seen.cut = true,
        |seen| seen.probed = Some(UserId(2)),
    ];
    for change in changes {
        let mut story = Story::default();
        story
            .effect(1, 201, Verb::Saved, "note", "a")
            .does(1, 200, |seen, dealings| {
                change(seen);
                dealings.shown.push(Shown {
                    of: "note".into(),
                    what: What::Listed {
                        values: Vec::new(),
                        whole: Whole::Yes,
                    },
                    eventual: false,
                    users_only: false,
                    at: None,
                });
            })
            .tells(&[]);
    }
}

fn sighting() -> Sighting {
    Sighting {
        owner: UserId(2),
        fact: "email".into(),
        visibility: Visibility::Private,
        origin: Origin::Generated,
        spot: Spot::Json("$['email']".to_owned()),
        hash: id("person002@example.test"),
        preview: "p…t (22)".to_owned(),
        owner_in_flight: Vec::new(),
        lesson: None,
        shared: Vec::new(),
        holders: 0,
        sent_before: None,
    }
}

fn identity(relation: Relation) -> IdentityReading {
    IdentityReading {
        fact: "member_id".into(),
        spot: Spot::Json("$['memberId']".to_owned()),
        relation,
        hash: id("100233"),
        preview: "1…3 (6)".to_owned(),
    }
}

/// Each sign by itself that an answer is somebody else's, or none at all.
#[test]
fn only_an_answer_that_may_be_the_users_own_is_held_against_a_service() {
    let says_nothing: [fn(&mut Observation); 9] = [
        |seen| seen.sightings.push(sighting()),
        |seen| {
            let other = RequestId::new(RunTag(1), UserId(2), 7);
            seen.echo = Some(Echo::Another(other));
        },
        |seen| seen.identities.push(identity(Relation::Other(UserId(2)))),
        |seen| seen.identities.push(identity(Relation::Stranger)),
        |seen| {
            seen.identities.push(identity(Relation::Own));
            seen.identities.push(identity(Relation::Stranger));
        },
        |seen| seen.error = Some(ErrorClass::Reset),
        |seen| seen.status = Some(500),
        |seen| seen.status = Some(302),
        |seen| seen.anonymous = true,
    ];
    let tells: [fn(&mut Observation); 4] = [
        |_| {},
        |seen| seen.identities.push(identity(Relation::Own)),
        |seen| seen.echo = Some(Echo::Own),
        // Nothing is there at all.
        |seen| seen.status = Some(404),
    ];
    let lists_nothing = |change: fn(&mut Observation)| {
        let mut story = Story::default();
        story
            .effect(1, 201, Verb::Saved, "note", "a")
            .does(1, 200, |seen, dealings| {
                change(seen);
                let (values, whole) = (Vec::new(), Whole::Yes);
                let what = What::Listed { values, whole };
                dealings.shown.push(Shown::new("note", what));
            });
        story.found.len()
    };
    for (number, change) in says_nothing.into_iter().enumerate() {
        assert_eq!(lists_nothing(change), 0, "{number}");
    }
    for (number, change) in tells.into_iter().enumerate() {
        assert_eq!(lists_nothing(change), 1, "{number}");
    }
}

#[test]
fn a_list_with_something_of_the_users_own_is_theirs() {
    for (own, rules) in [(0, &[][..]), (1, &[Rule::SessionRollback])] {
        let mut story = Story::default();
        story
            .effect(1, 201, Verb::Saved, "note", "a")
            .does(1, 200, |seen, dealings| {
                seen.own_sightings = own;
                let (values, whole) = (Vec::new(), Whole::IfOwn);
                let what = What::Listed { values, whole };
                dealings.shown.push(Shown::new("note", what));
            })
            .tells(rules);
    }
}

#[test]
fn a_list_as_long_as_a_page_is_whole_where_its_pages_were_followed() {
    let notes: Vec<String> = (0..11).map(|number| format!("note {number}")).collect();
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    for (whole, rules) in [
        (Whole::Yes, &[][..]),
        (Whole::Followed, &[Rule::SessionRollback]),
    ] {
        let mut story = Story::default();
        for note in &notes {
            story.effect(1, 201, Verb::Saved, "note", note);
        }
        story.shows(1, 0, None, &notes[..10], whole).tells(rules);
    }
}

/// A success whose declaration was not reached may have done something else.
#[test]
fn a_success_that_did_not_hold_is_no_acknowledgement() {
    for (confirmed, rules) in [(false, &[][..]), (true, &[Rule::LostWrite])] {
        let saved = Effect {
            confirmed,
            ..effect(Verb::Saved, "note", "a")
        };
        let mut story = Story::default();
        story
            .does(1, 200, |_, dealings| dealings.effects.push(saved))
            .reads_back(1, &[])
            .tells(rules);
    }
}

/// A balancer that sends a write twice hands on the second answer, which says
/// that it is there already.
#[test]
fn a_conflict_may_be_the_second_answer_to_a_write() {
    for (status, rules) in [
        (409, &[Rule::SessionRollback][..]),
        (412, &[Rule::SessionRollback]),
        // Surely refused: somebody else has written the same.
        (422, &[]),
    ] {
        let mut story = Story::default();
        story.effect(1, 200, Verb::Wrote, "name", "one").effect(
            1,
            status,
            Verb::Wrote,
            "name",
            "two",
        );
        for value in ["two", "one"] {
            let shown = Shown::new("name", What::Value(id(value)));
            story.does(1, 200, |_, dealings| dealings.shown.push(shown));
        }
        story.tells(rules);
    }
}

#[test]
fn what_a_request_declares_is_no_undeclared_change() {
    let also_names = |saved: &'static str, named: &'static str| {
        move |_: &mut Observation, dealings: &mut Dealings<ValueHash>| {
            dealings.effects.push(effect(Verb::Saved, "note", saved));
            dealings.named.push(id(named));
        }
    };
    let mut story = Story::default();
    story
        .does(1, 201, also_names("a", "a"))
        .reads_back(1, &[])
        .tells(&[Rule::LostWrite]);
    // What it names beside that may be gone.
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "b")
        .does(1, 201, also_names("a", "b"))
        .reads_back(1, &["a"])
        .tells(&[]);
}

/// Announced as something undeclared, and in the end a deletion that was
/// refused, and nothing else.
#[test]
fn what_turns_out_to_be_declared_was_no_undeclared_change() {
    let names = Dealings {
        named: vec![id("a")],
        ..Dealings::default()
    };
    let deleted = Effect {
        foretold: false,
        ..effect(Verb::Deleted, "note", "a")
    };
    let deletes = Dealings {
        effects: vec![deleted],
        ..names.clone()
    };
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .begins(1, names)
        .answers(1, 403, deletes)
        .reads_back(1, &[])
        .tells(&[Rule::LostWrite]);
}
