//! Stories of lists that users add to.

use super::*;
use crate::oracle::consistency::breach::Fault;
use crate::oracle::consistency::list::Flaw;
use crate::oracle::consistency::span::Guarantee;

/// A list of the first user; an addition is told by what it added. Moments are
/// in milliseconds.
#[derive(Default)]
struct Log(AppendList<&'static str, &'static str>);

type Found = Option<(Fault, Flaw<&'static str>)>;

const EVENTUALLY: Manner = Manner {
    sweep: None,
    eventual: true,
};

/// The beginning is not what this session has read before.
const CHANGED: Found = Some((Fault::Rollback(Guarantee::MonotonicReads), Flaw::Beginning));

impl Log {
    /// With `a` at 10 to 15 ms and `b` at 20 to 25 ms.
    fn with_two() -> Self {
        let mut log = Self::default();
        log.adds("a", 10, 15).adds("b", 20, 25);
        log
    }

    fn adds(&mut self, value: &'static str, sent: u64, done: u64) -> &mut Self {
        self.0.appending();
        self.ends(value, (sent, done), Outcome::Ok, true)
    }

    fn ends(
        &mut self,
        value: &'static str,
        (sent, done): (u64, u64),
        outcome: Outcome,
        announced: bool,
    ) -> &mut Self {
        let span = (actor(0), span(sent, done));
        self.0.appended(id(value), span, outcome, announced, value);
        self
    }

    fn shows(&mut self, values: &[&str], sent: u64) -> Found {
        self.shows_to(0, values, (sent, sent + 5), Manner::default())
    }

    fn shows_to(
        &mut self,
        session: u32,
        values: &[&str],
        (sent, done): (u64, u64),
        manner: Manner,
    ) -> Found {
        let values: Vec<ValueHash> = values.iter().map(|own| id(own)).collect();
        let (actor, span) = (actor(session), span(sent, done));
        let broken = self.0.read(&values, actor, span, manner, || "read");
        broken.map(|broken| (broken.fault, broken.flaw))
    }
}

#[test]
fn what_a_session_has_read_stays_at_the_beginning() {
    let old = ["z", "a", "b"];
    // Older elements that the run did not add.
    for (later, found) in [
        (&["z", "a", "b"][..], None),
        (&["z", "a", "b", "c"], None),
        (&["y", "a", "b"], CHANGED),
        (&["a", "b"], CHANGED),
        (&["z", "y", "a", "b"], CHANGED),
    ] {
        let mut log = Log::with_two();
        assert_eq!(log.shows(&old, 40), None);
        assert_eq!(log.shows(later, 50), found, "{later:?}");
        // What is promised in the end only, and another session.
        let mut log = Log::with_two();
        assert_eq!(log.shows_to(0, &old, (40, 45), EVENTUALLY), None);
        assert_eq!(log.shows_to(0, later, (50, 55), EVENTUALLY), None);
        let mut log = Log::with_two();
        assert_eq!(log.shows(&old, 40), None);
        let elsewhere = log.shows_to(1, later, (50, 55), Manner::default());
        assert_eq!(elsewhere, None, "{later:?}");
    }
}

#[test]
fn the_newest_may_stand_first() {
    let mut log = Log::with_two();
    assert_eq!(log.shows(&["b", "a", "z"], 40), None);
    log.adds("c", 50, 55);
    assert_eq!(log.shows(&["c", "b", "a", "z"], 60), None);
    log.adds("d", 70, 75);
    let wrong = log.shows(&["d", "c", "b", "a", "y"], 80);
    assert_eq!(wrong, CHANGED);
    // Once.
    assert_eq!(log.shows(&["d", "c", "b", "a", "x"], 90), None);
    // At the wrong end of a list whose newest stands first, and of another.
    let order = |value| {
        let fault = Fault::Rollback(Guarantee::MonotonicWrites);
        Some((fault, Flaw::Order(value, moment(55_000))))
    };
    for (first, then) in [(["b", "a"], ["b", "a", "c"]), (["a", "b"], ["c", "a", "b"])] {
        let mut log = Log::with_two();
        assert_eq!(log.shows(&first, 40), None);
        log.adds("c", 50, 55);
        assert_eq!(log.shows(&then, 60), order("c"), "{then:?}");
    }
}

/// Which of several elements that look the same is which, nobody knows.
#[test]
fn an_element_that_may_have_been_added_again_is_in_no_order() {
    let mut log = Log::with_two();
    assert_eq!(log.shows(&["a", "b"], 30), None);
    log.ends("a", (40, 45), Outcome::Info, false);
    log.ends("x", (46, 48), Outcome::Info, false);
    // Where what comes again is put behind all others.
    assert_eq!(
        log.shows_to(1, &["b", "a"], (50, 55), Manner::default()),
        None
    );
}

#[test]
fn elements_that_are_added_again_are_in_no_order() {
    for (added, shown) in [
        (&["a", "b", "a"][..], &["a", "b", "a"][..]),
        (&["a", "a", "b"], &["b", "a", "a"]),
        (&["a", "b", "c", "a"], &["a", "c", "b", "a"]),
        // A service that keeps each once, where it came first or last.
        (&["a", "b", "a"], &["a", "b"]),
        (&["a", "b", "a"], &["b", "a"]),
    ] {
        let mut log = Log::default();
        for (at, value) in (10..).step_by(10).zip(added.iter().copied()) {
            log.adds(value, at, at + 5);
        }
        assert_eq!(log.shows(shown, 100), None, "{added:?}");
        log.adds("z", 110, 115);
        let newest_last = [shown, &["z"]].concat();
        let newest_first = [&["z"][..], shown].concat();
        let is_first = matches!(shown.first(), Some(&"b")) || shown.get(1) == Some(&"c");
        let shown = if is_first { newest_first } else { newest_last };
        assert_eq!(log.shows(&shown, 120), None, "{shown:?}");
    }
    // Those beside them are in theirs.
    let mut log = Log::with_two();
    log.adds("a", 30, 35).adds("c", 40, 45);
    assert_eq!(log.shows(&["a", "b", "a", "c"], 50), None);
    log.adds("d", 60, 65);
    let fault = Fault::Rollback(Guarantee::MonotonicWrites);
    let wrong = Some((fault, Flaw::Order("d", moment(65_000))));
    assert_eq!(log.shows(&["a", "b", "a", "d", "c"], 70), wrong);
}

/// An element that is under way, or of unknown outcome, may come anywhere
/// between those that were added at the same time.
#[test]
fn what_is_under_way_may_still_come_between() {
    // Under way in the first read, and somewhere else in the next one.
    let mut log = Log::with_two();
    log.0.appending();
    assert_eq!(log.shows(&["a", "c", "b"], 40), None);
    log.ends("c", (30, 50), Outcome::Ok, true);
    assert_eq!(log.shows(&["a", "b", "c"], 60), None);
    // Two, of which one has come to its end; and one that nobody knew of.
    let mut log = Log::with_two();
    log.0.appending();
    log.0.appending();
    log.ends("d", (30, 35), Outcome::Fail, true);
    log.ends("e", (30, 35), Outcome::Fail, false);
    assert_eq!(log.shows(&["a", "c", "b"], 40), None);
    assert_eq!(log.shows(&["a", "b", "c"], 50), None);
    // All of them.
    log.ends("c", (30, 55), Outcome::Ok, true);
    assert_eq!(log.shows(&["a", "b", "c"], 60), None);
    assert_eq!(log.shows(&["z", "a", "b", "c"], 70), CHANGED);
    // Of unknown outcome: before the first read, and after it.
    let mut log = Log::with_two();
    log.ends("c", (30, 35), Outcome::Info, false);
    assert_eq!(log.shows(&["a", "b"], 40), None);
    assert_eq!(log.shows(&["a", "c", "b"], 50), None);
    assert_eq!(log.shows(&["a", "b"], 60), None);
    let mut log = Log::with_two();
    assert_eq!(log.shows(&["a", "b"], 40), None);
    log.ends("c", (50, 55), Outcome::Info, false);
    assert_eq!(log.shows(&["a", "c", "b"], 60), None);
}

/// The first of two reads had to be over before the other one began.
#[test]
fn reads_of_the_same_time_tell_nothing_of_each_other() {
    for (sent, found) in [(50, None), (60, None), (61, CHANGED)] {
        let mut log = Log::with_two();
        let first = log.shows_to(0, &["z", "a", "b"], (40, 60), Manner::default());
        assert_eq!(first, None);
        let second = log.shows_to(0, &["y", "a", "b"], (sent, 70), Manner::default());
        assert_eq!(second, found, "sent at {sent} ms");
    }
}

/// What a session has read is remembered of the newest sixteen.
#[test]
fn many_sessions_are_told_apart() {
    for (sessions, found) in [(16, CHANGED), (17, None)] {
        let mut log = Log::with_two();
        for session in 0..sessions {
            let span = (100, 105);
            let first = log.shows_to(session, &["z", "a", "b"], span, Manner::default());
            assert_eq!(first, None);
        }
        let again = log.shows_to(0, &["y", "a", "b"], (200, 205), Manner::default());
        assert_eq!(again, found, "{sessions} sessions");
    }
}

#[test]
fn reads_of_lists_are_counted() {
    for (known, unknown, decisive, ambiguous) in
        [(0, 0, 0, 0), (0, 1, 0, 1), (1, 0, 1, 0), (1, 1, 1, 0)]
    {
        let mut log = Log::default();
        for _ in 0..known {
            log.adds("a", 10, 15);
        }
        for _ in 0..unknown {
            log.ends("b", (20, 25), Outcome::Info, true);
        }
        assert_eq!(log.shows(&["a"], 40), None);
        let reads = log.0.reads();
        let counted = (reads.decisive, reads.ambiguous);
        assert_eq!(counted, (decisive, ambiguous), "{known} {unknown}");
        let counts = log.0.coverage();
        let counted = (counts.acknowledged, counts.indeterminate);
        assert_eq!(counted, (known, unknown));
        assert_eq!(log.0.is_owed(), known == 1);
        assert_eq!(counts.not_read_back, known);
    }
}

fn shows(story: &mut Story, values: &[&str], whole: Whole, own: u32) {
    story.does(1, 200, |seen, dealings| {
        seen.own_sightings = own;
        let values = values.iter().map(|own| id(own)).collect();
        let what = What::Sequence { values, whole };
        dealings.shown.push(Shown::new("log", what));
    });
}

#[test]
fn a_list_that_may_go_on_misses_nothing() {
    let added = || {
        let mut story = Story::default();
        story
            .effect(1, 201, Verb::Appended, "log", "a")
            .effect(1, 201, Verb::Appended, "log", "b");
        story
    };
    let mut story = added();
    shows(&mut story, &["b"], Whole::No, 1);
    shows(&mut story, &[], Whole::IfOwn, 0);
    story.tells(&[]);
    for (whole, own) in [(Whole::Yes, 0), (Whole::Followed, 0), (Whole::IfOwn, 1)] {
        let mut story = added();
        shows(&mut story, &["b"], whole, own);
        story.tells(&[Rule::SessionRollback]);
    }
}

#[test]
fn a_list_is_read_back_once() {
    let is_owed = |story: &Story| story.checkers.is_unread(Followed::List, "log", UserId(1));
    let mut story = Story::default();
    assert!(!is_owed(&story));
    story.effect(1, 201, Verb::Appended, "log", "a");
    assert!(is_owed(&story));
    story.does(1, 200, |_, dealings| {
        dealings.read_back = Some(Attempt::More);
        let (values, whole) = (vec![id("a")], Whole::Yes);
        let what = What::Sequence { values, whole };
        dealings.shown.push(Shown::new("log", what));
    });
    assert!(!is_owed(&story));
    // Added to since.
    story.effect(1, 201, Verb::Appended, "log", "b");
    assert!(is_owed(&story));
}

fn adds(story: &mut Story, status: u16, value: &str) {
    story.does(1, status, |_, dealings| {
        dealings.effects.push(Effect {
            coined: true,
            ..effect(Verb::Appended, "log", value)
        });
    });
}

/// Two elements that a first read shows once, and what later reads tell.
fn later(change: impl FnOnce(&mut Story), reads: &[&[&str]], whole: Whole) -> Vec<String> {
    let mut story = Story::default();
    adds(&mut story, 201, "a");
    shows(&mut story, &["a"], whole, 1);
    adds(&mut story, 201, "b");
    change(&mut story);
    for read in reads {
        shows(&mut story, read, whole, 1);
    }
    let rules = story.found.iter().map(|(rule, _)| *rule);
    assert!(rules.clone().all(|rule| rule == Rule::DoubleBooking));
    story
        .found
        .into_iter()
        .map(|(_, message)| message)
        .collect()
}

#[test]
fn what_was_added_once_and_stands_twice_is_a_doubled_write() {
    let twice: &[&str] = &["a", "b", "b"];
    let told = later(|_| {}, &[twice, twice], Whole::Yes);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("stands twice in \"log\""), "{told:?}");
    assert_eq!(later(|_| {}, &[&["a", "b"]], Whole::Yes), [""; 0]);
    // Pages are read twice, and not while something moves from one to the next.
    assert_eq!(later(|_| {}, &[twice], Whole::Followed), [""; 0]);
    assert_eq!(later(|_| {}, &[twice, twice], Whole::Followed).len(), 1);
    let under_way = |story: &mut Story| {
        story.begins(1, only(effect(Verb::Appended, "log", "c")));
    };
    assert_eq!(later(under_way, &[twice, twice], Whole::Followed), [""; 0]);
    assert_eq!(later(under_way, &[twice], Whole::Yes).len(), 1);
}

#[test]
fn what_may_have_been_sent_twice_may_stand_twice() {
    let twice: &[&str] = &["a", "b", "b"];
    let changes: [&dyn Fn(&mut Story); 5] = [
        // Again, also without an answer.
        &|story| {
            story.effect(1, 201, Verb::Appended, "log", "b");
        },
        &|story| {
            story.effect(1, 503, Verb::Appended, "log", "b");
        },
        &|story| {
            story.begins(1, only(effect(Verb::Appended, "log", "b")));
        },
        // By somebody else, and as something else.
        &|story| {
            story.effect(2, 201, Verb::Saved, "note", "b");
        },
        &|story| {
            story.does(2, 200, |_, dealings| dealings.named.push(id("b")));
        },
    ];
    for (at, change) in changes.into_iter().enumerate() {
        assert_eq!(later(change, &[twice], Whole::Yes), [""; 0], "{at}");
    }
    let mut story = Story::default();
    adds(&mut story, 201, "a");
    shows(&mut story, &["a"], Whole::Yes, 1);
    // Of unknown outcome, sent twice on purpose, and drawn by nobody.
    adds(&mut story, 503, "b");
    story.does(1, 201, |seen, dealings| {
        seen.provocations = vec![crate::model::Provocation::DoubleSubmit];
        dealings.effects.push(Effect {
            coined: true,
            ..effect(Verb::Appended, "log", "c")
        });
    });
    story.effect(1, 201, Verb::Appended, "log", "d");
    let all = ["a", "b", "b", "c", "c", "d", "d"];
    shows(&mut story, &all, Whole::Yes, 1);
    story.tells(&[]);
}

/// A page that shows the latest above all others, or each in two tables.
#[test]
fn a_place_that_never_showed_all_once_tells_nothing() {
    let mut story = Story::default();
    adds(&mut story, 201, "a");
    shows(&mut story, &["a", "a"], Whole::Yes, 1);
    adds(&mut story, 201, "b");
    shows(&mut story, &["b", "a", "b"], Whole::Yes, 1);
    story.tells(&[]);
}
