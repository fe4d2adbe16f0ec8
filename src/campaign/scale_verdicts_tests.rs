//! Each question with what passes it, what fails it, and what leaves it open.

use crate::campaign::fixture;
use crate::campaign::scale_measures::simulated::{Op, event, measure, steady};
use crate::campaign::verdicts::sessions;
use crate::model::{KindCoverage, Rule};
use crate::scaling::{EventKind, EventRecord, Removal};

use super::*;

/// The only kind of thing that is saved.
const KIND: &str = "thing";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Instance 2 is killed at 10 s, and 3 has taken its place at 11.5 s.
fn kill() -> EventRecord {
    let kind = EventKind::Kill { count: 1 };
    event(kind, 10_000, 11_500, &[1, 2], &[1, 3])
}

fn nothing() -> EventRecord {
    event(EventKind::NoOp, 10_000, 11_500, &[1, 3], &[1, 3])
}

fn down(at: u64) -> EventRecord {
    let lasting = seconds(1);
    event(
        EventKind::AllDown { lasting },
        at,
        at + 2_000,
        &[1, 3],
        &[4, 5],
    )
}

/// Fifty per second for 24 s, and what `change` does to each.
fn load(change: impl Fn(&mut Op)) -> Vec<Op> {
    let mut ops = steady(20, 24_000, &[1, 2]);
    for op in &mut ops {
        if op.sent >= 10_000 && op.instance == Some(2) {
            op.instance = Some(3);
        }
        change(op);
    }
    ops
}

/// Those sent from `from` on, until `to`, are answered by an error.
fn fails(from: u64, to: u64) -> impl Fn(&mut Op) {
    move |op| {
        if (from..to).contains(&op.sent) {
            op.status = 500;
        }
    }
}

/// The outcome of `ops` around `events`; the writes acknowledged at `lost` are gone.
fn lost(ops: &[Op], lost: &[u64], events: &[EventRecord]) -> Outcome {
    let mut outcome = fixture::outcome();
    outcome.events = events.to_vec();
    let figures = (!events.is_empty()).then(|| measure(ops, lost, events));
    let across = figures.as_ref().map(|own| own.sessions).unwrap_or_default();
    outcome.sessions.stayed = across.stayed;
    outcome.sessions.moved = across.moved;
    outcome.scale_figures = figures;
    let gone = lost.len() as u64;
    outcome.violations.insert(Rule::LostWrite, gone);
    let counts = KindCoverage {
        saved: 300,
        read_back: 300 - gone,
        lost: gone,
        ..KindCoverage::default()
    };
    let kinds = &mut outcome.coverage.consistency.kinds;
    kinds.insert(KIND.into(), counts);
    outcome
}

fn around(events: &[EventRecord], change: impl Fn(&mut Op)) -> Outcome {
    lost(&load(change), &[], events)
}

/// Nothing is wrong around a kill.
fn well() -> Outcome {
    around(&[kill()], |_| {})
}

#[track_caller]
fn check(question: &str, rows: Vec<(Answer, Verdict, &str)>) {
    for ((verdict, why), expected, part) in rows {
        assert_eq!(verdict, expected, "{question}: {why}");
        assert!(why.contains(part), "{question}: `{part}` is not in: {why}");
    }
}

use Verdict::{Fail, Inconclusive, Pass};

#[test]
fn nothing_is_said_of_events_that_did_not_happen() {
    let none = around(&[], |_| {});
    let mut never = kill();
    never.settled = None;
    let never = around(&[never], |_| {});
    let mut long = well();
    long.scale_figures.as_mut().unwrap().not_kept = 7;
    for (outcome, part) in [
        (none, "no scale event happened"),
        (never, "kill 1: the service did not become steady"),
        (long, "7 are in no window"),
    ] {
        for answer in [
            error_rate(&outcome, 5.0),
            exposed(&outcome, 1),
            burst(&outcome, seconds(1)),
            shares(&outcome),
            recovery(&outcome, seconds(5)),
            lost_span(&outcome, seconds(5)),
            degradation(&outcome, 10.0, None),
            percentile(&outcome, 90.0, seconds(1), "GET /me"),
        ] {
            check("unproven", vec![(answer, Inconclusive, part)]);
        }
    }
}

#[test]
fn the_error_rate_during_events() {
    let broken = around(&[kill()], fails(10_100, 10_300));
    // What was in flight was on the one that stays.
    let missed = around(&[kill()], |op| {
        if (9_900..10_000).contains(&op.sent) {
            op.instance = Some(1);
        }
    });
    let idle = around(&[kill()], |op| {
        if (9_900..12_000).contains(&op.sent) {
            op.sent = 0;
        }
    });
    check(
        "error rate",
        vec![
            (error_rate(&well(), 0.0), Pass, "exposed 1, which shows"),
            (error_rate(&broken, 20.0), Pass, "10 of 77 transactions"),
            (error_rate(&broken, 5.0), Fail, "at most 5 % asked for"),
            (error_rate(&missed, 0.0), Inconclusive, "hit no request"),
            (error_rate(&idle, 0.0), Inconclusive, "was under way"),
        ],
    );
}

#[test]
fn what_is_exposed() {
    let calm = around(&[nothing()], |_| {});
    check(
        "exposed",
        vec![
            (exposed(&well(), 1), Pass, "1 requests were in flight"),
            (exposed(&well(), 59), Inconclusive, "repeat the event"),
            (exposed(&calm, 1), Inconclusive, "no event lost anything"),
        ],
    );
}

#[test]
fn bursts_of_errors() {
    let broken = around(&[kill()], fails(10_000, 12_000));
    let mut unmeasured = well();
    unmeasured.measures = crate::metrics::Measures::new(crate::model::Grid::default());
    check(
        "burst",
        vec![
            (burst(&well(), seconds(1)), Pass, "no transaction failed"),
            (burst(&broken, seconds(2)), Pass, "lasted 1.98 s"),
            (burst(&broken, seconds(1)), Fail, "at most 1s asked for"),
            (
                burst(&unmeasured, seconds(1)),
                Inconclusive,
                "nothing was measured",
            ),
        ],
    );
}

#[test]
fn shares_behind_each_event() {
    let idle = around(&[kill()], |op| {
        if op.sent > 11_500 && op.instance == Some(3) {
            op.instance = Some(1);
        }
    });
    // The load ends a moment behind the second one.
    let short = lost(&load(|_| {}), &[], &[kill(), down(21_800)]);
    let unfair = {
        let ops = load(|op| {
            if op.sent > 11_500 {
                op.instance = Some(1);
            }
        });
        lost(&ops, &[], &[kill(), down(21_800)])
    };
    check(
        "shares",
        vec![
            (shares(&well()), Pass, "after kill 1: answers, and percent"),
            (shares(&idle), Fail, "n3/1 0 (0 %)"),
            (
                shares(&short),
                Inconclusive,
                "after all down for 1s: too few answers came from known instances",
            ),
            (shares(&unfair), Fail, "after kill 1"),
        ],
    );
}

#[test]
fn recovery_from_each_event() {
    let broken = around(&[down(10_000)], fails(10_000, 13_000));
    let never = around(&[down(10_000)], fails(10_000, 24_000));
    let short = around(&[down(18_000)], fails(18_000, 20_000));
    let calm = around(&[nothing()], |_| {});
    check(
        "recovery",
        vec![
            (recovery(&broken, seconds(4)), Pass, "150 transactions"),
            (recovery(&broken, seconds(2)), Fail, "after 3.02 s"),
            (
                recovery(&never, seconds(4)),
                Fail,
                "no sustained success in 13.98 s",
            ),
            (
                recovery(&short, seconds(4)),
                Inconclusive,
                "it takes 5 s of load after the recovery",
            ),
            (recovery(&calm, seconds(1)), Pass, "0 transactions failed"),
        ],
    );
}

#[test]
fn how_long_before_an_outage_what_is_lost_was_acknowledged() {
    let ops = load(|_| {});
    let one = lost(&ops, &[9_700, 9_860], &[kill()]);
    let two = lost(&ops, &[9_700], &[kill(), down(18_000)]);
    let late = lost(&ops, &[9_700, 16_000], &[kill()]);
    let unread = |counts: KindCoverage, gone: &[u64]| {
        let mut outcome = lost(&ops, gone, &[kill()]);
        let kinds = &mut outcome.coverage.consistency.kinds;
        kinds.insert(KIND.into(), counts);
        outcome
    };
    let few = KindCoverage {
        saved: 200,
        read_back: 5,
        not_read_back: 195,
        ..KindCoverage::default()
    };
    let none = KindCoverage {
        saved: 200,
        not_read_back: 200,
        ..KindCoverage::default()
    };
    let few_and_lost = KindCoverage {
        lost: 1,
        ..few.clone()
    };
    let reads = lost(&load(|op| op.writes = false), &[], &[kill()]);
    check(
        "lost data",
        vec![
            (lost_span(&well(), seconds(1)), Pass, "1s tolerated"),
            (lost_span(&one, seconds(1)), Pass, "0.30 s of data"),
            (lost_span(&one, millis(200)), Fail, "at most 200ms"),
            (
                lost_span(&late, seconds(1)),
                Fail,
                "and 1 more that no event explains",
            ),
            (
                lost_span(&two, seconds(1)),
                Inconclusive,
                "between 0.30 s of data, if the first event after them lost them, and 8.30 s",
            ),
            (lost_span(&two, seconds(9)), Pass, "at most 9s"),
            (lost_span(&two, millis(100)), Fail, "at most 100ms"),
            (
                lost_span(&unread(few, &[]), seconds(1)),
                Inconclusive,
                "97.5 % of what was acknowledged of kind \"thing\"",
            ),
            (
                lost_span(&unread(few_and_lost.clone(), &[9_700]), seconds(1)),
                Inconclusive,
                "97.0 % of what",
            ),
            (
                lost_span(&unread(few_and_lost, &[9_700]), millis(100)),
                Fail,
                "at most 100ms",
            ),
            (
                lost_span(&unread(none, &[]), seconds(1)),
                Inconclusive,
                "nothing was read back",
            ),
            (
                lost_span(&reads, seconds(1)),
                Inconclusive,
                "nothing was acknowledged as saved",
            ),
        ],
    );
}

#[test]
fn responses_after_the_events() {
    let at_double_rate = |took| {
        let mut ops = steady(10, 14_000, &[1, 2]);
        for op in ops.iter_mut().filter(|op| op.sent > 7_000) {
            op.took = took;
        }
        let scale_in = EventKind::ScaleIn {
            to: 1,
            removal: Removal::Graceful,
        };
        let event = event(scale_in, 6_000, 7_000, &[1, 2], &[1]);
        lost(&ops, &[], &[event])
    };
    let slower = at_double_rate(60);
    let mut busier = at_double_rate(60);
    let figures = busier.scale_figures.as_mut().unwrap();
    figures.windows.last_mut().unwrap().governed_tps *= 1.5;
    let brief = around(&[down(500)], |_| {});
    check(
        "degradation",
        vec![
            (degradation(&at_double_rate(20), 10.0, None), Pass, ""),
            (degradation(&slower, 10.0, None), Fail, ""),
            // Slower, and still as fast as was asked for.
            (
                degradation(&slower, 10.0, Some(millis(100))),
                Inconclusive,
                "",
            ),
            (
                degradation(&busier, 10.0, None),
                Inconclusive,
                "the load rose as well",
            ),
            (
                degradation(&brief, 10.0, None),
                Inconclusive,
                "response times before the scale events",
            ),
        ],
    );
}

#[test]
fn a_percentile_of_one_path() {
    let slow = around(&[kill()], |op| {
        if op.sent >= 10_000 && !op.writes {
            op.took = 400;
        }
    });
    let of = |outcome: &Outcome, path: &str| percentile(outcome, 90.0, millis(200), path);
    check(
        "percentile",
        vec![
            (of(&well(), "GET /me"), Pass, "response times of GET /me"),
            (of(&slow, "/me"), Fail, "at most 200ms"),
            (of(&slow, "/things"), Inconclusive, "20 are needed to say"),
            (of(&well(), "/nowhere"), Inconclusive, "of 0 response times"),
        ],
    );
}

#[test]
fn sessions_across_events() {
    let taken = |users: u32| {
        around(&[kill()], move |op| {
            if op.user < users && op.sent >= 10_000 {
                (op.status, op.rules) = (401, vec![Rule::SessionLost]);
            }
        })
    };
    let broken = |users: u32| {
        around(&[kill()], move |op| {
            if op.user < users && op.sent >= 10_000 {
                op.status = 503;
            }
        })
    };
    // So many are not asked for again.
    let silent = |users: u32| {
        around(&[kill()], move |op| {
            if op.user < users && op.sent >= 10_000 {
                (op.tells, op.writes) = (false, false);
            }
        })
    };
    let none = around(&[], |_| {});
    let mut unasked = around(&[], |_| {});
    unasked.sessions.established = 0;
    let mut gone = taken(2);
    gone.violations.insert(Rule::SessionLost, 2);
    check(
        "sessions",
        vec![
            (lost_sessions(&well(), 0.0), Pass, "0 of 40 sessions"),
            (lost_sessions(&taken(2), 5.0), Pass, "(5.00 %)"),
            (lost_sessions(&taken(2), 4.0), Fail, "2 of 40 sessions"),
            (
                lost_sessions(&broken(40), 5.0),
                Inconclusive,
                "both before and after kill 1",
            ),
            (
                lost_sessions(&broken(4), 5.0),
                Inconclusive,
                "after kill 1, 4 of 40 users were answered by errors alone (10.0 %)",
            ),
            (
                lost_sessions(&none, 0.0),
                Pass,
                "0 of 50 sessions were lost",
            ),
            (
                lost_sessions(&unasked, 0.0),
                Inconclusive,
                "ever established",
            ),
            (sessions(&well()), Pass, "40 sessions seen before and after"),
            (sessions(&broken(2)), Pass, "38 sessions seen"),
            (sessions(&broken(4)), Inconclusive, "4 of 40 users"),
            (sessions(&broken(40)), Inconclusive, "both before and after"),
            (sessions(&silent(20)), Pass, "20 sessions seen"),
            (
                sessions(&silent(21)),
                Inconclusive,
                "21 of 40 sessions from",
            ),
            (sessions(&gone), Fail, "2 sessions lost"),
        ],
    );
}
