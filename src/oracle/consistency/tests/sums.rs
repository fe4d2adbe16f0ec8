//! Stories of sums, of counts that are too high, and of values that nobody wrote.

use super::*;

fn shows(story: &mut Story, user: u32, back: Option<Attempt>, shown: Shown<ValueHash>) {
    story.does(user, 200, |seen, dealings| {
        seen.url_hash = Some(id("GET /accounts"));
        dealings.read_back = back;
        dealings.shown.push(shown);
    });
}

fn sum(sum: i64, total: Option<i64>) -> Shown<ValueHash> {
    let whole = Whole::Yes;
    Shown::new("JSON $..balance", What::Sum { sum, total, whole })
}

fn adds_up(story: &mut Story, value: i64) {
    shows(story, 1, None, sum(value, None));
}

fn adds_up_back(story: &mut Story, value: i64) {
    shows(story, 1, Some(Attempt::Last), sum(value, None));
}

#[test]
fn a_sum_that_stays_the_same_accuses_nobody() {
    let mut story = Story::default();
    adds_up(&mut story, 500);
    adds_up(&mut story, 500);
    // Another user's own, another address, a page of it.
    shows(&mut story, 2, None, sum(700, None));
    story.does(1, 200, |seen, dealings| {
        seen.url_hash = Some(id("GET /accounts?of=savings"));
        dealings.shown.push(sum(90, None));
    });
    let what = What::Sum {
        sum: 10,
        total: None,
        whole: Whole::No,
    };
    shows(&mut story, 1, None, Shown::new("JSON $..balance", what));
    adds_up_back(&mut story, 500);
    story.tells(&[]);
    let coverage = story.checkers.coverage();
    assert_eq!((coverage.decisive_reads, coverage.ambiguous_reads), (2, 1));
    let own = &coverage.followed["JSON $..balance"];
    assert_eq!((own.read_back, own.not_read_back, own.lost), (1, 2, 0));
}

#[test]
fn a_read_between_two_steps_is_stale() {
    let mut story = Story::default();
    adds_up(&mut story, 1_000_000);
    adds_up(&mut story, 1_000_000);
    adds_up(&mut story, 895_000);
    story.tells(&[]);
    adds_up(&mut story, 1_000_000);
    story.tells(&[Rule::StaleRead]);
    assert!(
        story.found[0].1.contains("adds up to 10.5 less than"),
        "{:?}",
        story.found
    );
    // The first one was it.
    let mut story = Story::default();
    adds_up(&mut story, 900_000);
    adds_up(&mut story, 1_000_000);
    story.tells(&[]);
    adds_up(&mut story, 1_000_000);
    adds_up_back(&mut story, 1_000_000);
    story.tells(&[Rule::StaleRead]);
}

#[test]
fn what_vanishes_or_appears_for_good_is_told_after_the_load() {
    for (value, rule) in [(900_000, Rule::LostWrite), (1_100_000, Rule::DoubleBooking)] {
        let mut story = Story::default();
        adds_up(&mut story, 1_000_000);
        adds_up(&mut story, 1_000_000);
        adds_up(&mut story, value);
        adds_up(&mut story, value);
        story.tells(&[]);
        adds_up_back(&mut story, value);
        story.tells(&[rule]);
        // By what a step says, in the very first read.
        let mut story = Story::default();
        let shown = sum(value, Some(1_000_000));
        shows(&mut story, 1, Some(Attempt::Last), shown);
        story.tells(&[rule]);
    }
    // Promised in the end.
    let eventual = |value| Shown {
        eventual: true,
        ..sum(value, Some(1_000_000))
    };
    let mut story = Story::default();
    shows(&mut story, 1, None, eventual(900_000));
    shows(&mut story, 1, None, eventual(1_000_000));
    shows(&mut story, 1, Some(Attempt::Last), eventual(1_000_000));
    story.tells(&[]);
    shows(&mut story, 1, Some(Attempt::Last), eventual(900_000));
    story.tells(&[Rule::LostWrite]);
}

/// Sums are remembered of sixteen addresses, such as of single accounts.
#[test]
fn many_addresses_are_told_apart() {
    for count in [16, 17] {
        let mut story = Story::default();
        for (value, back) in [(500, None), (400, Some(Attempt::Last))] {
            for address in 0..count {
                story.does(1, 200, |seen, dealings| {
                    seen.url_hash = Some(id(&format!("GET /accounts/{address}")));
                    dealings.read_back = back;
                    dealings.shown.push(sum(value, None));
                });
            }
        }
        let lost = story.found.iter();
        let lost = lost.filter(|(rule, _)| *rule == Rule::LostWrite).count();
        assert_eq!(lost == count, count == 16, "{lost} of {count}");
        let own = &story.checkers.coverage().followed["JSON $..balance"];
        let remembered = own.read_back + own.not_read_back + own.lost;
        assert_eq!(remembered, 16, "{own:?}");
    }
}

fn counted(story: &mut Story, count: i64) {
    let shown = Shown::new("JSON $.requests", What::Requests(count));
    story.does(1, 200, |_, dealings| dealings.shown.push(shown));
}

/// A session that counts one by one, so many times.
fn session(times: i64) -> Story {
    let mut story = Story::default();
    for count in 1..=times {
        counted(&mut story, count);
    }
    story
}

fn asks(story: &mut Story, status: u16) {
    story.does(1, status, |_, _| {});
}

#[test]
fn a_count_that_nobody_can_have_asked_for_is_another_sessions() {
    let mut story = session(10);
    counted(&mut story, 500);
    story.tells(&[]);
    // All requests that were under way are known now.
    asks(&mut story, 200);
    story.tells(&[Rule::SessionRollback]);
    assert!(
        story.found[0]
            .1
            .contains("counts 500 requests in the session of u000001"),
        "{:?}",
        story.found
    );
    // Once.
    counted(&mut story, 9_000);
    asks(&mut story, 200);
    story.tells(&[Rule::SessionRollback]);
}

#[test]
fn repeats_of_balancers_and_other_requests_may_be_counted() {
    // Sent up to nine times, and counted each time.
    let mut story = session(10);
    counted(&mut story, 19);
    asks(&mut story, 200);
    story.tells(&[]);
    let mut story = session(10);
    counted(&mut story, 20);
    asks(&mut story, 200);
    story.tells(&[Rule::SessionRollback]);
    // Requests of unknown outcome, whenever they were, and redirects.
    let mut story = Story::default();
    for _ in 0..10 {
        asks(&mut story, 503);
    }
    for count in 1..=10 {
        counted(&mut story, count);
    }
    counted(&mut story, 100);
    asks(&mut story, 200);
    story.tells(&[]);
    let mut story = session(10);
    for hop in 0..4 {
        story.does(1, 302, |seen, _| seen.hop = hop);
    }
    counted(&mut story, 55);
    asks(&mut story, 200);
    story.tells(&[]);
    // A number that does not go up one by one, or not long enough.
    let mut story = Story::default();
    for count in 1..20 {
        counted(&mut story, count * 100);
    }
    story.tells(&[]);
    let mut story = session(8);
    counted(&mut story, 500);
    asks(&mut story, 200);
    story.tells(&[]);
    // Signed in anew.
    let mut story = session(10);
    story.does(1, 200, |seen, _| seen.signs_in = true);
    counted(&mut story, 500);
    asks(&mut story, 200);
    story.tells(&[]);
}

/// Requests that were under way together are judged one after another.
#[test]
fn many_requests_at_once_are_counted() {
    let mut story = session(10);
    let (sent, done) = (moment(200_000), moment(240_000));
    for count in (11..=50).rev() {
        story.does(1, 200, |seen, dealings| {
            (seen.sent, seen.done) = (sent, done);
            let shown = Shown::new("JSON $.requests", What::Requests(count));
            dealings.shown.push(shown);
        });
    }
    story.does(1, 200, |seen, _| {
        (seen.sent, seen.done) = (moment(300_000), moment(310_000));
    });
    story.tells(&[]);
}

fn value(story: &mut Story, value: &str, at: &str) {
    let shown = Shown {
        at: Some(at.into()),
        ..Shown::new("name", What::Value(id(value)))
    };
    story.does(1, 200, |_, dealings| dealings.shown.push(shown));
}

#[test]
fn a_value_that_nobody_wrote_is_wrong_where_values_are_shown_as_they_are() {
    let mut story = Story::default();
    story.effect(1, 200, Verb::Wrote, "name", "one");
    value(&mut story, "one", "$.name");
    value(&mut story, "garbage", "$.name");
    story.tells(&[Rule::SessionRollback]);
    assert!(
        story.found[0]
            .1
            .contains("shows a value that was not written"),
        "{:?}",
        story.found
    );
}

#[test]
fn a_service_that_writes_values_its_own_way_is_not_accused() {
    // One value is shortened, the one before was not.
    let mut story = Story::default();
    story.effect(1, 200, Verb::Wrote, "name", "one");
    value(&mut story, "one", "$.name");
    story.effect(1, 200, Verb::Wrote, "name", "a long one");
    value(&mut story, "a lo…", "$.name");
    value(&mut story, "a lo…", "$.name");
    story.tells(&[]);
    // One that came late, or may have, is written otherwise.
    let mut story = Story::default();
    story.effect(1, 503, Verb::Wrote, "name", "a long one");
    story.effect(1, 200, Verb::Wrote, "name", "one");
    value(&mut story, "one", "$.name");
    value(&mut story, "a lo…", "$.name");
    story.tells(&[]);
    // At another place it is always written so.
    let mut story = Story::default();
    story.effect(1, 200, Verb::Wrote, "name", "one");
    value(&mut story, "one", "$.name");
    value(&mut story, "Dear one", "$.greeting");
    story.tells(&[]);
    assert_eq!(story.checkers.coverage().ambiguous_reads, 1);
}
