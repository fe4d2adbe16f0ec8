//! Stories of what was refused, and is there or not.

use super::*;
use crate::model::{ErrorClass, Place, StepRef};

/// How a save ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Status(u16),
    Error(ErrorClass),
}

impl Story {
    /// A save of an id that nobody can know.
    fn saves(&mut self, value: &str, end: End, change: impl FnOnce(&mut Observation)) -> &mut Self {
        let status = match end {
            End::Status(status) => Some(status),
            End::Error(_) => None,
        };
        self.does(1, status, |seen, dealings| {
            dealings.effects.push(Effect {
                coined: true,
                ..effect(Verb::Saved, "note", value)
            });
            if let End::Error(error) = end {
                seen.error = Some(error);
                seen.outcome = error.outcome();
            }
            change(seen);
        })
    }

    fn refused(&mut self, value: &str, status: u16) -> &mut Self {
        self.saves(value, End::Status(status), |_| {})
    }

    /// So many others are refused in the same way, and stay away.
    fn others(&mut self, count: u64, status: u16) -> &mut Self {
        for number in 0..count {
            self.refused(&format!("other {number}"), status);
        }
        self
    }

    fn phantoms(&self) -> u64 {
        self.checkers.coverage().of("note").phantoms
    }
}

#[test]
fn what_was_refused_and_is_there_is_told_after_the_load() {
    let mut story = Story::default();
    story.refused("x", 422).others(5, 422);
    assert!(story.checkers.is_owed("note", UserId(1)));
    story.lists(1, 0, &["x"]).tells(&[]);
    story.reads_back(1, &["x"]).tells(&[Rule::PhantomWrite]);
    let message = &story.found[0].1;
    assert!(
        message.contains("POST /x, refused with 422 at") && message.contains("u000001"),
        "{message}"
    );
    assert!(!story.checkers.is_owed("note", UserId(1)));
    let notes = story.checkers.coverage().of("note");
    assert_eq!((notes.stayed_away, notes.phantoms), (5, 1), "{notes:?}");
    // Once.
    story.reads_back(1, &["x"]).tells(&[Rule::PhantomWrite]);
    // Told when enough of the others are known to have stayed away.
    let mut story = Story::default();
    story.refused("x", 422).reads_back(1, &["x"]).tells(&[]);
    story.others(5, 422).reads_back(1, &[]);
    story.tells(&[Rule::PhantomWrite]);
    // As it should be.
    let mut story = Story::default();
    story.refused("x", 422).others(5, 422).reads_back(1, &[]);
    story.tells(&[]);
    assert_eq!(story.checkers.coverage().of("note").stayed_away, 6);
}

#[test]
fn what_never_left_cannot_be_there() {
    for error in [ErrorClass::Connect, ErrorClass::Tls] {
        let mut story = Story::default();
        story.saves("x", End::Error(error), |_| {});
        story.reads_back(1, &["x"]).tells(&[Rule::PhantomWrite]);
        assert!(story.found[0].1.contains("never left"), "{:?}", story.found);
    }
    for error in [
        ErrorClass::Reset,
        ErrorClass::StaleReuse,
        ErrorClass::Timeout,
    ] {
        let mut story = Story::default();
        story.saves("x", End::Error(error), |_| {}).others(5, 422);
        story.reads_back(1, &["x"]).tells(&[]);
    }
}

/// What may have made the thing all the same.
#[test]
fn refusals_that_may_not_be_any_accuse_nobody() {
    let names = |dealings: &mut Dealings<ValueHash>| dealings.named.push(id("x"));
    let twins: [fn(&mut Story); 12] = [
        // It is there already, says the answer.
        |story| _ = story.refused("x", 409).others(5, 409),
        |story| _ = story.refused("x", 412).others(5, 412),
        // Another attempt was acknowledged, or of unknown outcome.
        |story| {
            _ = story
                .refused("x", 422)
                .effect(1, 201, Verb::Saved, "note", "x");
        },
        |story| {
            _ = story
                .refused("x", 422)
                .effect(1, 503, Verb::Saved, "note", "x");
        },
        |story| {
            _ = story
                .effect(1, 503, Verb::Saved, "note", "x")
                .refused("x", 422);
        },
        // Somebody else's, or of another kind.
        |story| {
            _ = story
                .refused("x", 422)
                .effect(2, 422, Verb::Saved, "note", "x");
        },
        |story| {
            _ = story
                .refused("x", 422)
                .effect(1, 422, Verb::Saved, "draft", "x");
        },
        |story| {
            _ = story
                .refused("x", 422)
                .effect(1, 201, Verb::Claimed, "slot", "x");
        },
        // Sent on, or to a sign-in page, that may do it afterwards.
        |story| _ = story.saves("x", End::Status(422), |seen| seen.hop = 1),
        |story| {
            story.saves("x", End::Status(302), |seen| {
                seen.anonymous = true;
                seen.outcome = Outcome::Fail;
            });
        },
        // Refused in two ways.
        |story| _ = story.refused("x", 422).others(5, 422).refused("x", 429),
        // Not known to be new: the service may have made it.
        |story| _ = story.effect(1, 422, Verb::Saved, "note", "x"),
    ];
    for (number, twin) in twins.iter().enumerate() {
        let mut story = Story::default();
        twin(&mut story);
        story.others(5, 422).reads_back(1, &["x"]);
        assert!(story.found.is_empty(), "{number}: {:?}", story.found);
    }
    // Named by something undeclared, before or after, by whomever.
    for user in [1, 2] {
        for before in [true, false] {
            let mut story = Story::default();
            if before {
                story.does(user, 204, |_, dealings| names(dealings));
            }
            story.refused("x", 422);
            if !before {
                story.does(user, 403, |_, dealings| names(dealings));
            }
            story.others(5, 422).reads_back(1, &["x"]).tells(&[]);
        }
    }
}

/// A balancer sends it twice: it was done, and the second answer says that it
/// cannot be done. So the step has been acknowledged otherwise.
#[test]
fn second_answers_of_a_balancer_accuse_nobody() {
    let mut story = Story::default();
    story.refused("x", 422).others(5, 422);
    story.effect(2, 201, Verb::Saved, "note", "else");
    story.reads_back(1, &["x"]).tells(&[]);
    assert_eq!(story.phantoms(), 0);
    // By another step.
    let mut story = Story::default();
    story.refused("x", 422).others(5, 422);
    story.does(2, 201, |seen, dealings| {
        let step = StepRef::clone(&seen.step);
        let place = Place::new("b.feature", 8);
        seen.step = Arc::new(StepRef { place, ..step });
        dealings.effects.push(effect(Verb::Saved, "note", "else"));
    });
    story.reads_back(1, &["x"]).tells(&[Rule::PhantomWrite]);
}

/// What was declined is listed as declined.
#[test]
fn a_list_of_what_was_refused_accuses_nobody() {
    let mut story = Story::default();
    for number in 0..20 {
        story.refused(&format!("x {number}"), 422);
    }
    let all: Vec<String> = (0..20).map(|number| format!("x {number}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    story.shows(1, 0, Some(Attempt::Last), &all, Whole::Followed);
    story.tells(&[]);
    // Those refused otherwise are not.
    let mut story = Story::default();
    story.refused("x", 402).others(5, 422);
    story.reads_back(1, &["x"]).tells(&[]);
}

#[test]
fn reads_of_one_thing_tell_it_where_they_can() {
    let asks = |story: &mut Story, value: &'static str, present: bool, back: Option<Attempt>| {
        story.does(1, 200, |_, dealings| {
            dealings.read_back = back;
            let value = id(value);
            let what = What::Found { value, present };
            dealings.shown.push(Shown::new("note", what));
        });
    };
    // Nothing was ever missing: whatever is asked for is made, or shown as empty.
    let mut story = Story::default();
    story.saves("x", End::Error(ErrorClass::Connect), |_| {});
    asks(&mut story, "x", true, Some(Attempt::Last));
    story.reads_back(1, &["x"]).tells(&[]);
    let mut story = Story::default();
    story.saves("x", End::Error(ErrorClass::Connect), |_| {});
    asks(&mut story, "y", false, None);
    asks(&mut story, "x", true, Some(Attempt::Last));
    story.tells(&[Rule::PhantomWrite]);
}

/// A read that was under way together with the refusal.
#[test]
fn reads_of_the_same_time_accuse_nobody() {
    let mut story = Story::default();
    story.saves("x", End::Error(ErrorClass::Connect), |seen| {
        seen.done = moment(25_000);
    });
    story.reads_back(1, &["x"]).tells(&[]);
    story.reads_back(1, &["x"]).tells(&[Rule::PhantomWrite]);
}

#[test]
fn only_the_newest_are_remembered() {
    let mut story = Story::default();
    story.saves("first", End::Error(ErrorClass::Connect), |_| {});
    for number in 0..64 {
        let value = format!("x {number}");
        story.saves(&value, End::Error(ErrorClass::Connect), |_| {});
    }
    story.reads_back(1, &["first"]).tells(&[]);
    assert_eq!(story.checkers.coverage().of("note").stayed_away, 64);
}

/// In both attempts, so nothing can have come of either.
#[test]
fn what_was_refused_twice_in_one_way_cannot_be_there() {
    for (again, rules) in [(422, &[Rule::PhantomWrite][..]), (429, &[])] {
        let mut story = Story::default();
        story.refused("x", 422).refused("x", again);
        for status in [422, 429] {
            for number in 0..5 {
                story.refused(&format!("{status} {number}"), status);
            }
        }
        story.reads_back(1, &["x"]).tells(rules);
    }
}

/// A conflict says that it is there, however many others are not.
#[test]
fn conflicts_are_no_refusals() {
    for (status, rules) in [(409, &[][..]), (412, &[]), (400, &[Rule::PhantomWrite])] {
        let mut story = Story::default();
        story.refused("x", status).others(6, status);
        story.reads_back(1, &["x"]).tells(rules);
    }
}

/// It is asked for once more while it is read.
#[test]
fn what_is_being_saved_again_may_be_there() {
    let never_left = End::Error(ErrorClass::Connect);
    let save = Effect {
        coined: true,
        ..effect(Verb::Saved, "note", "x")
    };
    let mut story = Story::default();
    story.saves("x", never_left, |_| {});
    story.begins(1, only(save)).reads_back(1, &["x"]).tells(&[]);
}

#[test]
fn what_was_refused_is_looked_for_among_its_kind() {
    let mut story = Story::default();
    story.saves("x", End::Error(ErrorClass::Connect), |_| {});
    assert!(!story.checkers.is_owed("draft", UserId(1)));
    story.does(1, 200, |_, dealings| {
        dealings.read_back = Some(Attempt::Last);
        let (values, whole) = (Vec::new(), Whole::Yes);
        let what = What::Listed { values, whole };
        dealings.shown.push(Shown::new("draft", what));
    });
    assert!(story.checkers.is_owed("note", UserId(1)));
    story.reads_back(1, &["x"]).tells(&[Rule::PhantomWrite]);
    // Nothing is looked for until it was refused.
    let save = Effect {
        coined: true,
        ..effect(Verb::Saved, "note", "x")
    };
    let mut story = Story::default();
    story.begins(1, only(save));
    assert!(!story.checkers.is_owed("note", UserId(1)));
}

/// Of what is there, so many are told that an answer for all of them says.
#[test]
fn of_many_refused_things_that_are_there_some_are_told() {
    let mut checkers: Refused<&str, &str> = Refused::default();
    let (kind, step): (Arc<str>, Arc<str>) = ("note".into(), "POST /x".into());
    let refusal = Refusal::Answered(step, 422);
    let refuse = |checkers: &mut Refused<&str, &str>, user, number| {
        let id = id(&format!("{user} {number}"));
        checkers.saving(user, &kind, id, true);
        checkers.saved(id, Some(refusal.clone()), moment(10_000), "POST /x");
        id
    };
    let sweep = Manner {
        sweep: Some(Attempt::Last),
        eventual: false,
    };
    for user in (0..5).map(UserId) {
        let ids = (0..64).map(|number| refuse(&mut checkers, user, number));
        let ids: BTreeSet<ValueHash> = ids.collect();
        let scope = (Scope::All(&ids), span(20, 25));
        let found = checkers.read(user, &kind, scope, sweep, || "GET /x");
        assert!(found.is_empty());
    }
    for number in 0..5 {
        refuse(&mut checkers, UserId(9), number);
    }
    let scope = (Scope::All(&BTreeSet::new()), span(20, 25));
    let found = checkers.read(UserId(9), &kind, scope, sweep, || "GET /x");
    assert_eq!(found.len(), 256);
}

/// An id that a request has named is remembered through 65 536 others.
#[test]
fn what_was_named_long_ago_is_not_new() {
    let hasher = ValueHasher::new([1; 32]);
    let kind: Arc<str> = "note".into();
    for (others, is_new) in [(65_535, false), (65_536, true)] {
        let mut checkers: Refused<&str, &str> = Refused::default();
        checkers.named(id("x"));
        for number in 0..others {
            checkers.named(hasher.hash(&number.to_string()));
        }
        checkers.saving(UserId(1), &kind, id("x"), true);
        checkers.saved(id("x"), Some(Refusal::NeverLeft), moment(10_000), "POST /x");
        assert_eq!(checkers.is_owed("note", UserId(1)), is_new, "{others}");
    }
}
