//! One story for each way to be right or wrong.

mod counts;
mod followed;
mod lists;
mod refused;
mod slots;
mod sums;
mod things;
mod told;
mod trust;
mod values;

use super::operation::{Kind, Op, moment, observation};
use super::*;
use crate::model::{Attempt, ValueHasher};

/// What is seen of a request without an effect on anything.
fn plain(user: u32, number: u64, status: Option<u16>) -> Observation {
    let op = Op {
        user,
        session: 0,
        kind: Kind::List,
        number,
        sent: number * 10_000,
        status,
        sweep: None,
        what: None,
        id: 0,
    };
    observation(&op, number * 10_000 + 5_000, Dealings::default())
}

/// In milliseconds.
fn span(sent: u64, done: u64) -> Span {
    Span {
        sent: moment(sent * 1_000),
        done: moment(done * 1_000),
    }
}

/// The first user in one of their sessions.
fn actor(session: u32) -> Actor {
    Actor {
        user: UserId(1),
        session,
    }
}

fn id(value: &str) -> ValueHash {
    ValueHasher::new([1; 32]).hash(value)
}

/// A request with that effect alone.
fn only(effect: Effect<ValueHash>) -> Dealings<ValueHash> {
    Dealings {
        effects: vec![effect],
        ..Dealings::default()
    }
}

fn effect(verb: Verb, of: &str, value: &str) -> Effect<ValueHash> {
    Effect {
        verb,
        of: of.into(),
        value: id(value),
        by: 0,
        foretold: true,
        confirmed: true,
        coined: false,
    }
}

/// A story: requests one after another, ten milliseconds apart.
#[derive(Default)]
struct Story {
    checkers: Consistency,
    number: u64,
    found: Vec<(Rule, String)>,
    /// The same, with everything that a finding is made of.
    contradictions: Vec<Contradiction>,
}

impl Story {
    /// A request that is announced, sent and judged.
    fn does(
        &mut self,
        user: u32,
        status: impl Into<Option<u16>>,
        change: impl FnOnce(&mut Observation, &mut Dealings<ValueHash>),
    ) -> &mut Self {
        self.number += 1;
        let mut seen = plain(user, self.number, status.into());
        let mut dealings = Dealings::default();
        change(&mut seen, &mut dealings);
        let before = Dealings {
            shown: Vec::new(),
            ..dealings.clone()
        };
        self.invokes(&seen, before).ends(seen, dealings)
    }

    /// A request that is about to be sent, and to do that.
    fn begins(&mut self, user: u32, dealings: Dealings<ValueHash>) -> &mut Self {
        let seen = plain(user, self.number + 1, None);
        self.invokes(&seen, dealings)
    }

    fn invokes(&mut self, seen: &Observation, dealings: Dealings<ValueHash>) -> &mut Self {
        self.checkers.invoked(&Invocation {
            at: seen.sent,
            user: seen.user,
            session: seen.session,
            probed: seen.probed,
            dealings,
        });
        self
    }

    /// A request that was announced before, perhaps as something else.
    fn ends(&mut self, mut seen: Observation, dealings: Dealings<ValueHash>) -> &mut Self {
        seen.dealings = Some(dealings);
        let found = self.checkers.observe(&seen);
        self.found
            .extend(found.iter().map(|own| (own.rule, own.message.clone())));
        self.contradictions.extend(found);
        self
    }

    /// The end of the request that was announced last.
    fn answers(&mut self, user: u32, status: u16, dealings: Dealings<ValueHash>) -> &mut Self {
        self.number += 1;
        let seen = plain(user, self.number, Some(status));
        self.ends(seen, dealings)
    }

    fn effect(&mut self, user: u32, status: u16, verb: Verb, of: &str, value: &str) -> &mut Self {
        self.does(user, status, |_, dealings| {
            dealings.effects.push(effect(verb, of, value));
        })
    }

    fn lists(&mut self, user: u32, session: u32, values: &[&str]) -> &mut Self {
        self.shows(user, session, None, values, Whole::Yes)
    }

    fn reads_back(&mut self, user: u32, values: &[&str]) -> &mut Self {
        self.shows(user, 0, Some(Attempt::Last), values, Whole::Yes)
    }

    fn shows(
        &mut self,
        user: u32,
        session: u32,
        read_back: Option<Attempt>,
        values: &[&str],
        whole: Whole,
    ) -> &mut Self {
        self.does(user, 200, |seen, dealings| {
            seen.session = session;
            dealings.read_back = read_back;
            dealings.shown.push(Shown {
                of: "note".into(),
                what: What::Listed {
                    values: values.iter().map(|own| id(own)).collect(),
                    whole,
                },
                eventual: false,
                users_only: false,
                at: None,
            });
        })
    }

    /// A read of one thing by its id.
    fn looks_for(&mut self, user: u32, value: &str, present: bool) -> &mut Self {
        self.finds(user, value, present, None)
    }

    fn finds(
        &mut self,
        user: u32,
        value: &str,
        present: bool,
        read_back: Option<Attempt>,
    ) -> &mut Self {
        self.does(user, 200, |_, dealings| {
            dealings.read_back = read_back;
            let value = id(value);
            let what = What::Found { value, present };
            dealings.shown.push(Shown::new("note", what));
        })
    }

    #[track_caller]
    fn tells(&self, rules: &[Rule]) {
        let found: Vec<Rule> = self.found.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(found, rules, "{:#?}", self.found);
    }
}

#[test]
fn what_a_session_saved_is_what_it_lists() {
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .lists(1, 0, &[]);
    story.tells(&[Rule::SessionRollback]);
    assert!(
        story.found[0].1.starts_with("read your writes"),
        "{:?}",
        story.found
    );
    assert!(
        story.found[0].1.contains("POST /x of u000001"),
        "{:?}",
        story.found
    );

    // Another session of the user: late, if it comes at all.
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .lists(1, 1, &[]);
    story.tells(&[]);
    story.lists(1, 1, &["a"]).tells(&[Rule::StaleRead]);

    // Of others it says nothing, nor does a page of several.
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .lists(2, 0, &[])
        .shows(1, 0, None, &[], Whole::No)
        .shows(1, 0, None, &[], Whole::IfOwn)
        .tells(&[]);
}

#[test]
fn what_ends_by_itself_may_be_missing_afterwards() {
    // Requests are ten milliseconds apart.
    let saved_for = |milliseconds: i64| {
        let mut story = Story::default();
        story.does(1, 201, |_, dealings| {
            dealings.effects.push(Effect {
                by: milliseconds,
                ..effect(Verb::Saved, "note", "a")
            });
        });
        story
    };
    saved_for(1_000)
        .lists(1, 0, &[])
        .tells(&[Rule::SessionRollback]);
    saved_for(1_000)
        .reads_back(1, &[])
        .tells(&[Rule::LostWrite]);
    let mut story = saved_for(15);
    story
        .lists(1, 0, &["a"])
        .lists(1, 0, &[])
        .reads_back(1, &[])
        .tells(&[]);
    let coverage = story.checkers.coverage();
    let counts = coverage.kinds.get("note").unwrap();
    assert_eq!((counts.saved, counts.indeterminate), (1, 1), "{counts:?}");
    assert_eq!(counts.not_read_back, 0, "{counts:?}");
    assert!(!story.checkers.is_owed("note", UserId(1)));
    // Another one of its kind lasts as long, for nobody knows otherwise.
    story
        .effect(1, 201, Verb::Saved, "note", "b")
        .lists(1, 0, &["b"])
        .lists(1, 0, &[])
        .tells(&[]);
}

#[test]
fn what_is_lost_is_told_after_the_load() {
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .effect(1, 201, Verb::Saved, "note", "b")
        .reads_back(1, &["b"])
        .tells(&[Rule::LostWrite]);
    let notes = story.checkers.coverage().of("note");
    assert_eq!((notes.lost, notes.read_back), (1, 1));
    assert!(!story.checkers.is_owed("note", UserId(1)));
}

#[test]
fn unknown_outcomes_accuse_nobody() {
    // Saved or not; deleted or not.
    for status in [500, 503, 408, 418] {
        let mut story = Story::default();
        story
            .effect(1, status, Verb::Saved, "note", "a")
            .reads_back(1, &[])
            .effect(1, 201, Verb::Saved, "note", "b")
            .effect(1, status, Verb::Deleted, "note", "b")
            .reads_back(1, &[])
            .reads_back(1, &["b"])
            .tells(&[]);
    }
    // A deletion that finds nothing may be the second try of a balancer.
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .effect(1, 404, Verb::Deleted, "note", "a")
        .reads_back(1, &[])
        .tells(&[]);
    // A deletion that was refused is none.
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .effect(1, 403, Verb::Deleted, "note", "a")
        .reads_back(1, &[])
        .tells(&[Rule::LostWrite]);
    // A success whose checks did not hold is none.
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .does(1, 200, |_, dealings| {
            dealings.effects.push(Effect {
                confirmed: false,
                ..effect(Verb::Deleted, "note", "a")
            });
        })
        .reads_back(1, &[])
        .tells(&[]);
}

#[test]
fn undeclared_changes_make_things_indeterminate() {
    let names = |value: &'static str| {
        move |_: &mut Observation, dealings: &mut Dealings<ValueHash>| {
            dealings.named.push(id(value));
        }
    };
    for user in [1, 2] {
        let mut story = Story::default();
        story
            .effect(1, 201, Verb::Saved, "note", "a")
            .does(user, 204, names("a"))
            .lists(1, 0, &[])
            .reads_back(1, &[])
            .tells(&[]);
        assert_eq!(story.checkers.coverage().of("note").indeterminate, 1);
    }
    // Refused, or about something else.
    for (status, what) in [(403, "a"), (204, "b")] {
        let mut story = Story::default();
        story
            .effect(1, 201, Verb::Saved, "note", "a")
            .does(2, status, names(what))
            .reads_back(1, &[])
            .tells(&[Rule::LostWrite]);
    }
    // Still under way when the list is read: announced, and not yet judged.
    let mut story = Story::default();
    story.effect(1, 201, Verb::Saved, "note", "a");
    story.checkers.invoked(&Invocation {
        at: moment(11_000),
        user: UserId(2),
        session: 0,
        probed: None,
        dealings: Dealings {
            named: vec![id("a")],
            ..Dealings::default()
        },
    });
    story.lists(1, 0, &[]).tells(&[]);
}

#[test]
fn deletions_last() {
    let mut story = Story::default();
    story
        .effect(1, 201, Verb::Saved, "note", "a")
        .effect(1, 201, Verb::Saved, "note", "b")
        .effect(1, 204, Verb::Deleted, "note", "a")
        // Nothing is known yet of how deleted things are listed.
        .lists(1, 0, &["a", "b"])
        .tells(&[]);
    story
        .effect(1, 204, Verb::Deleted, "note", "b")
        .lists(1, 0, &["a"])
        .tells(&[Rule::SessionRollback]);
    story
        .reads_back(1, &["a"])
        .tells(&[Rule::SessionRollback, Rule::LostWrite]);
}

#[test]
fn a_retry_that_is_refused_because_it_is_there_tells_that_it_is() {
    let with_key = |status: u16| {
        move |story: &mut Story| {
            story.does(1, status, |_, dealings| {
                dealings.key = Some(id("key"));
                dealings.effects.push(effect(Verb::Saved, "note", "a"));
            });
        }
    };
    for refusal in [409, 412] {
        let mut story = Story::default();
        with_key(503)(&mut story);
        with_key(refusal)(&mut story);
        story.reads_back(1, &[]).tells(&[Rule::LostWrite]);
        let mut story = Story::default();
        with_key(refusal)(&mut story);
        story.reads_back(1, &[]).tells(&[]);
    }
    // Refused for another reason, and without a key.
    let mut story = Story::default();
    with_key(503)(&mut story);
    with_key(422)(&mut story);
    story.reads_back(1, &[]).tells(&[]);
    let mut story = Story::default();
    story
        .effect(1, 503, Verb::Saved, "note", "a")
        .effect(1, 409, Verb::Saved, "note", "a")
        .reads_back(1, &[])
        .tells(&[]);
}

#[test]
fn one_key_makes_one_thing() {
    let save = |value: &'static str| {
        move |_: &mut Observation, dealings: &mut Dealings<ValueHash>| {
            dealings.key = Some(id("key"));
            dealings.effects.push(effect(Verb::Saved, "note", value));
        }
    };
    let mut story = Story::default();
    story
        .does(1, 201, save("a"))
        .does(1, 200, save("a"))
        .tells(&[]);
    story.does(2, 201, save("b")).tells(&[]);
    assert_eq!(story.checkers.coverage().repeated_keys, 1);
    story.does(1, 201, save("c")).tells(&[Rule::DoubleBooking]);
    assert_eq!(story.checkers.coverage().repeated_keys, 2);
}

/// A long run remembers what is there, and of the rest only the newest.
#[test]
fn what_is_over_is_forgotten() {
    let mut story = Story::default();
    for number in 0..500 {
        let (refused, deleted) = (format!("refused {number}"), format!("deleted {number}"));
        story
            .effect(1, 422, Verb::Saved, "note", &refused)
            .effect(1, 201, Verb::Saved, "note", &deleted)
            .effect(1, 204, Verb::Deleted, "note", &deleted)
            .lists(1, number, &[])
            .does(1, 200, |seen, dealings| {
                seen.session = number;
                dealings.shown.push(Shown {
                    of: "requests".into(),
                    what: What::Requests(1),
                    eventual: false,
                    users_only: false,
                    at: None,
                });
            });
    }
    story.tells(&[]);
    assert!(story.checkers.sets["note"].remembered() <= 65);
    let sessions = story.checkers.sessions.values();
    assert_eq!(sessions.map(BTreeMap::len).sum::<usize>(), 16);
}
