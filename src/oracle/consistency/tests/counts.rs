//! Stories of counters that all users raise, and of counted sessions.

use super::followed::{BACK, How};
use super::*;
use crate::oracle::consistency::breach::Fault;
use crate::oracle::consistency::counter::Outside;
use crate::oracle::consistency::session::{Bound, Forgotten};

/// A counter that stood at 17, and was raised by one until each of these
/// moments, in milliseconds.
fn raised_until<const TIMES: usize>(done: [u64; TIMES]) -> Counter<&'static str> {
    let mut counter = Counter::default();
    let first = counter.read(17, span(1, 2), (Manner::default(), true), || "first");
    assert_eq!(first, None);
    for done in done {
        raised(&mut counter, done);
    }
    counter
}

fn raised(counter: &mut Counter<&'static str>, done: u64) {
    counter.raising(1);
    counter.raised(1, span(5, done), Outcome::Ok, true);
}

/// What is raised while a read is under way may be in it or not.
#[test]
fn a_slow_read_may_show_any_count_of_its_time() {
    let sweep = Some(Attempt::Last);
    let lost = |missing| Some(Outside::Below(Fault::Lost, missing));
    for (done, shown, outside) in [
        ([20, 30, 40], 16, lost(1)),
        ([20, 30, 40], 17, None),
        ([20, 30, 40], 18, None),
        ([20, 30, 40], 20, None),
        ([20, 30, 40], 21, Some(Outside::Above(1))),
        // Until it began.
        ([9, 10, 10], 17, lost(1)),
        ([9, 10, 10], 18, None),
        ([9, 9, 9], 19, lost(1)),
        ([9, 9, 9], 20, None),
    ] {
        let mut counter = raised_until(done);
        let (manner, span) = (
            Manner {
                sweep,
                eventual: false,
            },
            span(10, 100),
        );
        let found = counter.read(shown, span, (manner, true), || "slow");
        let found = found.map(|found| found.outside);
        assert_eq!(found, outside, "{shown} after {done:?}");
    }
}

/// The moments of 1 024 raises are kept. A read that took longer may have been
/// answered before any of the others, too.
#[test]
fn a_read_that_is_slower_than_many_raises_tells_nothing() {
    let lost = Some(Outside::Below(Fault::Lost, 1));
    for (raises, sent, shown, outside) in [
        (1_024, 100, 17, None),
        (1_024, 100, 16, lost),
        (1_025, 100, 17, None),
        (1_025, 100, 16, None),
        // When the first one was over.
        (1_025, 101, 18, None),
        (1_025, 101, 17, lost),
    ] {
        let mut counter = raised_until([]);
        for done in 100..100 + raises {
            raised(&mut counter, done);
        }
        let manner = Manner {
            sweep: Some(Attempt::Last),
            eventual: false,
        };
        let found = counter.read(shown, span(sent, 9_000), (manner, false), || "slow");
        let found = found.map(|found| found.outside);
        assert_eq!(found, outside, "{shown} at {sent} after {raises}");
        let is_unsure = raises > 1_024 && sent == 100;
        assert_eq!(counter.reads().ambiguous, u64::from(is_unsure));
    }
}

#[test]
fn a_counter_is_read_back_where_it_was_raised() {
    let is_owed = |story: &Story| {
        let checkers = &story.checkers;
        checkers.is_unread(Followed::Counter, "likes", UserId(1))
    };
    let mut story = Story::default();
    story.count(17, How::default());
    assert!(!is_owed(&story));
    let own = story.followed("likes");
    assert_eq!((own.read_back, own.not_read_back), (0, 0));
    story.raises(200);
    assert!(is_owed(&story));
    assert_eq!(story.followed("likes").not_read_back, 1);
    story.count(18, BACK).tells(&[]);
    assert!(!is_owed(&story));
    let own = story.followed("likes");
    assert_eq!((own.read_back, own.not_read_back), (1, 0));
    // Raised since.
    story.raises(200);
    assert!(is_owed(&story));
}

#[test]
fn reads_of_counters_are_counted() {
    let decisive = |story: &Story| story.checkers.coverage().decisive_reads;
    // It takes a first read, and a raise.
    let mut story = Story::default();
    story.count(17, How::default()).count(17, How::default());
    assert_eq!(decisive(&story), 0);
    story.raises(200).raises(503).count(18, How::default());
    assert_eq!(decisive(&story), 1);
    story.count(16, How::default()).tells(&[]);
    assert_eq!(decisive(&story), 2);
    // As high as can be.
    story.count(19, How::default()).tells(&[]);
    assert_eq!(decisive(&story), 3);
    let own = story.followed("likes");
    assert_eq!((own.acknowledged, own.indeterminate), (1, 1));
    let mut story = Story::default();
    story.raises(200).count(17, How::default());
    assert_eq!(decisive(&story), 0);
}

/// A counted session of the first user. Moments are in milliseconds.
#[derive(Default)]
struct Session(SessionEcho<&'static str>);

type Found = Option<Forgotten<&'static str>>;

impl Session {
    /// A read at every hundredth, which counts one more each time, so often.
    fn exact(times: i64) -> Self {
        let mut session = Self::default();
        for count in 1..=times {
            let at = u64::try_from(count).unwrap() * 100;
            assert_eq!(session.counts(count, at), None);
        }
        session
    }

    fn counts(&mut self, shown: i64, sent: u64) -> Found {
        let span = span(sent, sent + 10);
        let found = self.0.sent(span, 0);
        found.or(self.0.read(shown, span, || "read"))
    }

    fn asks(&mut self, sent: u64, done: u64) -> Found {
        self.0.sent(span(sent, done), 0)
    }
}

fn too_much(most: i64, since: u64, shown: i64) -> Forgotten<&'static str> {
    Forgotten {
        shown,
        bound: Bound::Most(most),
        since: moment(since * 1_000),
        read: Some("read"),
    }
}

/// Whatever was under way together with the read has to be known.
#[test]
fn a_count_is_too_much_when_a_later_request_is_known() {
    let mut session = Session::exact(10);
    assert_eq!(session.counts(500, 1_100), None);
    assert_eq!(session.asks(1_105, 1_120), None);
    assert_eq!(session.asks(1_110, 1_120), None);
    // Two of those may have been counted, and the read itself.
    let told = Some(too_much(10 + 3 * 9, 1_010, 500));
    assert_eq!(session.asks(1_111, 1_120), told);
}

#[test]
fn it_takes_a_session_that_counts_one_by_one() {
    for (exact, jumps, told) in [
        (7, 0, false),
        (8, 0, true),
        (8, 1, false),
        (9, 1, true),
        (17, 2, false),
        (18, 2, true),
    ] {
        let mut session = Session::exact(exact + 1);
        let (mut count, mut at) = (exact + 1, 10_000);
        for _ in 0..jumps {
            // Such as one that a balancer has sent five times.
            count += 5;
            at += 100;
            assert_eq!(session.counts(count, at), None);
        }
        assert_eq!(session.counts(count + 500, at + 100), None);
        let found = session.asks(at + 200, at + 210);
        assert_eq!(found.is_some(), told, "{exact} and {jumps}");
    }
}

/// What seemed too much, until another request was known that was under way.
#[test]
fn a_count_that_another_request_explains_is_one_by_one() {
    let mut session = Session::exact(1);
    let mut count = 1;
    for number in 2..=9 {
        let at = number * 100;
        let with_another = number % 2 == 1;
        count += 1 + i64::from(with_another);
        assert_eq!(session.counts(count, at), None);
        if with_another {
            assert_eq!(session.asks(at - 10, at + 20), None);
        }
    }
    assert_eq!(session.counts(count + 500, 1_000), None);
    let told = Some(too_much(count + 2 * 9, 910, count + 500));
    assert_eq!(session.asks(1_100, 1_110), told);
}

/// Sixty-four requests are remembered, and nothing is said about more.
#[test]
fn a_long_session_is_judged_by_its_end() {
    let mut session = Session::exact(80);
    assert_eq!(session.counts(500, 8_100), None);
    let told = Some(too_much(80 + 9, 8_010, 500));
    assert_eq!(session.asks(8_200, 8_210), told);
    // Seventy at once, each counted nine times.
    let mut session = Session::exact(10);
    for _ in 0..70 {
        assert_eq!(session.asks(1_050, 1_060), None);
    }
    assert_eq!(session.counts(10 + 71 * 9, 1_100), None);
    assert_eq!(session.asks(1_200, 1_210), None);
}

fn too_few(least: i64, since: u64, shown: i64) -> Forgotten<&'static str> {
    Forgotten {
        shown,
        bound: Bound::Least(least),
        since: moment(since * 1_000),
        read: None,
    }
}

#[test]
fn a_session_counts_what_it_was_asked_since_the_count_before() {
    // The next read has to begin when the one before was over.
    for (sent, found) in [(110, None), (111, Some(too_few(2, 110, 1)))] {
        let mut session = Session::exact(1);
        assert_eq!(session.counts(1, sent), found, "sent at {sent} ms");
    }
    // So has a request between them.
    for (sent, found) in [(110, None), (111, Some(too_few(3, 110, 2)))] {
        let mut session = Session::exact(1);
        session.0.asked(span(sent, 120));
        assert_eq!(session.counts(2, 200), found, "sent at {sent} ms");
    }
    // All of these.
    let mut session = Session::exact(1);
    for at in [120, 130, 140] {
        session.0.asked(span(at, at + 5));
    }
    assert_eq!(session.counts(4, 200), Some(too_few(5, 110, 4)));
    // The highest count that was over, whatever was judged last.
    let mut session = Session::default();
    assert_eq!(session.counts(5, 100), None);
    assert_eq!(session.counts(4, 99), None);
    assert_eq!(session.counts(5, 200), Some(too_few(6, 110, 5)));
}

#[test]
fn a_forgotten_session_is_told_once() {
    let mut story = Story::default();
    for count in [1, 2, 3, 1, 2, 1, 2, 1] {
        story.counts(count);
    }
    story.tells(&[Rule::SessionRollback]);
}

#[test]
fn reads_of_a_session_are_counted_through_all_of_its_sign_ins() {
    let mut story = Story::default();
    for count in [1, 2, 3] {
        story.counts(count);
    }
    assert_eq!(story.checkers.coverage().decisive_reads, 2);
    story.does(1, 200, |seen, _| seen.signs_in = true);
    story.counts(1).counts(2).tells(&[]);
    assert_eq!(story.checkers.coverage().decisive_reads, 3);
}

/// An answer that shows one of two counts was counted in the other one, too.
#[test]
fn each_place_counts_for_itself() {
    let shows = |story: &mut Story, place: &str, count: i64| {
        let shown = Shown::new(place, What::Requests(count));
        story.does(1, 200, |_, dealings| dealings.shown.push(shown));
    };
    let (requests, visits) = ("JSON $.requests", "JSON $.visits");
    for (count, rules) in [(4, &[][..]), (3, &[Rule::SessionRollback])] {
        let mut story = Story::default();
        shows(&mut story, requests, 1);
        shows(&mut story, requests, 2);
        shows(&mut story, visits, 1);
        shows(&mut story, requests, count);
        story.tells(rules);
    }
    // Something else at the same place is no count.
    for (count, rules) in [(4, &[][..]), (3, &[Rule::SessionRollback])] {
        let mut story = Story::default();
        shows(&mut story, requests, 1);
        shows(&mut story, requests, 2);
        story.reads(requests, What::Count(17), How::default());
        shows(&mut story, requests, count);
        story.tells(rules);
    }
}
