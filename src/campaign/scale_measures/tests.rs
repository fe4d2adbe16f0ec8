//! Simulated runs of which the truth is known.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::metrics::{Degradation, Trouble};
use crate::model::{ErrorClass, Rate, Rule, Verdict};
use crate::scaling::{self, EventKind, EventRecord, Removal};

use super::exposure::is_abrupt;
use super::simulated::{Op, at, event, governed, measure, steady, trace};
use super::{ScaleFigures, fair};

/// 400 per second on three instances; at 4 s the second one is killed, with all
/// that is in flight on it. The others take over, and a new one comes.
fn killed() -> (Vec<Op>, EventRecord, u64) {
    let mut ops: Vec<Op> = (0..4_000)
        .map(|number| {
            let sent = number * 5 / 2;
            let mut op = steady(1, 1, &[1 + number % 3]).remove(0);
            op.sent = sent;
            op.user = u32::try_from(number % 40).unwrap();
            op.writes = number % 2 == 0;
            op
        })
        .collect();
    let mut hit = 0;
    for op in &mut ops {
        if op.instance != Some(2) || op.sent + op.took < 4_000 {
            continue;
        }
        if op.sent <= 4_000 {
            op.took = 4_000 - op.sent;
            op.error = Some(ErrorClass::Reset);
            op.instance = None;
            hit += 1;
        } else {
            op.instance = Some(if op.sent < 4_400 { 1 } else { 4 });
        }
    }
    let event = event(
        EventKind::Kill { count: 1 },
        4_000,
        5_400,
        &[1, 2, 3],
        &[1, 3, 4],
    );
    (ops, event, hit)
}

#[test]
fn the_victims_of_a_kill_are_counted() {
    let (ops, event, hit) = killed();
    let outcome = measure(&ops, &[], &[event]);
    let own = &outcome.events[0];
    let exposure = own.exposure.unwrap();
    assert!(hit >= 2, "{hit}");
    assert!(exposure.victims_known);
    assert_eq!((exposure.in_flight, exposure.lost), (hit, hit));
    assert!(exposure.lost_writes > 0);
    // 400 per second, for 20 ms, a third of it.
    assert!(
        (exposure.expected.unwrap() - 2.67).abs() < 0.1,
        "{exposure:?}"
    );
    assert_eq!(exposure.repeat(), None);
    assert_eq!(
        own.failed_in_flight + u64::from(own.recovery.failed > own.failed_in_flight),
        hit
    );
    let [before, during, after] = own.windows.map(|number| &outcome.windows[number]);
    assert_eq!((before.errors, during.errors, after.errors), (0, hit, 0));
    assert_eq!(during.met(Trouble::Reset), hit);
    assert!(
        (before.tps.unwrap() - 400.0).abs() < 1.0,
        "{:?}",
        before.tps
    );
    assert_eq!(outcome.during().errors, hit);
    assert!(own.hints.iter().any(|hint| hint.contains("idempotency")));
}

#[test]
fn a_new_instance_reaches_its_share() {
    let (ops, event, _) = killed();
    let outcome = measure(&ops, &[], &[event]);
    let own = &outcome.events[0];
    // It is given requests from 4.4 s on.
    let since = own.times.fair_share.unwrap().as_millis();
    assert!((400..450).contains(&since), "{since}");
    assert_eq!(fair(&own.shares).unwrap().0, Verdict::Pass);
    assert_eq!(own.shares.len(), 3);
}

#[test]
fn one_request_in_flight_shows_hardly_anything() {
    let mut ops = steady(20, 8_000, &[1, 2]);
    for op in &mut ops {
        op.writes = false;
        op.instance = Some(if op.sent > 4_000 { 1 } else { 2 });
    }
    let kind = EventKind::ScaleIn {
        to: 1,
        removal: Removal::Abrupt,
    };
    // One was sent at 3.980 s and done at 4.000 s, one was sent just then.
    let outcome = measure(&ops, &[], &[event(kind, 3_990, 5_000, &[1, 2], &[1])]);
    let own = &outcome.events[0];
    let exposure = own.exposure.unwrap();
    assert_eq!(
        (exposure.in_flight, exposure.writes, exposure.lost),
        (1, 0, 0)
    );
    assert!((exposure.below.unwrap() - 0.95).abs() < 1e-9);
    assert_eq!(exposure.repeat(), Some(59));
    assert!(own.hints.iter().any(|hint| hint.contains("only reads")));
}

#[test]
fn an_outage_is_timed_until_success_lasts() {
    // Nothing works from 4 s to 5.5 s, and once more for a moment at 7 s.
    let mut ops = steady(20, 20_000, &[1, 2, 3]);
    for op in &mut ops {
        let out = (4_000..5_500).contains(&op.sent) || op.sent == 7_000;
        if out {
            op.status = 503;
            op.instance = None;
            op.took = 1;
        }
    }
    let kind = EventKind::AllDown {
        lasting: Duration::from_millis(1_500),
    };
    let down = event(kind, 4_000, 6_500, &[1, 2, 3], &[1, 2, 3]);
    let outcome = measure(&ops, &[], &[down]);
    let own = &outcome.events[0];
    assert_eq!(own.recovery.outage, at(4_000));
    assert_eq!(
        own.recovery.time_to_first(),
        Some(Duration::from_millis(1_520))
    );
    // Sent at 7.02 s, answered 20 ms later.
    assert_eq!(own.recovery.time(), Some(Duration::from_millis(3_040)));
    assert_eq!(own.recovery.failed, 76);
    let during = &outcome.windows[1];
    assert_eq!(during.met(Trouble::Unavailable), 75);
    assert_eq!(during.shed, 75);
    assert_eq!(during.longest_burst, Some(Duration::from_millis(1_480)));
    // 5.481 s to 7.001 s is a pause.
    assert_eq!(outcome.longest_burst(), Some(Duration::from_millis(1_480)));
}

#[test]
fn success_has_to_be_seen_for_as_long() {
    let mut ops = steady(20, 8_000, &[1]);
    for op in &mut ops {
        if (4_000..5_000).contains(&op.sent) {
            op.error = Some(ErrorClass::Connect);
        }
    }
    let kind = EventKind::AllDown {
        lasting: Duration::from_secs(1),
    };
    let outcome = measure(&ops, &[], &[event(kind, 4_000, 6_000, &[1], &[1])]);
    let recovery = outcome.events[0].recovery;
    // The load ended three seconds later.
    assert_eq!(recovery.time(), None);
    assert_eq!(recovery.time_to_first(), Some(Duration::from_millis(1_020)));
}

#[test]
fn lost_writes_go_to_the_event_that_lost_them() {
    let ops = steady(20, 20_000, &[1, 2]);
    let kill = |requested, settled| {
        let kind = EventKind::Kill { count: 1 };
        event(kind, requested, settled, &[1, 2], &[1, 2])
    };
    let events = [kill(6_000, 7_000), kill(10_000, 11_000)];
    // The last 300 ms before the second one, and one that nobody explains.
    let outcome = measure(&ops, &[9_720, 9_800, 9_960, 15_000], &events);
    let [first, second] = [&outcome.events[0].losses, &outcome.events[1].losses];
    assert_eq!((first.lost, first.span), (0, None));
    assert_eq!(second.lost, 3);
    assert_eq!(second.span, Some(Duration::from_millis(280)));
    // Every 80 ms one is saved: five seconds before, and one of the event.
    assert!((74..=76).contains(&first.exposed), "{first:?}");
    assert_eq!(first.exposed, second.exposed);
    assert_eq!(outcome.windows[2].rules[&Rule::LostWrite], 3);
    assert_eq!(outcome.windows[4].rules[&Rule::LostWrite], 1);
}

#[test]
fn each_session_crosses_an_event_once() {
    let mut ops = steady(20, 12_000, &[1]);
    for op in &mut ops {
        let behind = op.sent > 5_000;
        op.instance = Some(match op.user {
            0..10 if behind => 3,
            0..20 => 2,
            _ => 1,
        });
        // Lost at the next request, and signed in again by the one after it.
        if (10..15).contains(&op.user) && op.sent >= 4_000 {
            let first = op.sent < 4_800;
            op.session = u32::from(!first);
            if first {
                op.status = 401;
                op.rules = vec![Rule::SessionLost];
            }
        }
        // Not seen before.
        if op.user == 39 && !behind {
            op.status = 404;
        }
    }
    let kind = EventKind::Kill { count: 1 };
    let outcome = measure(&ops, &[], &[event(kind, 4_000, 5_000, &[1, 2], &[1, 3])]);
    let sessions = outcome.events[0].sessions;
    assert_eq!((sessions.lost, sessions.moved), (5, 10));
    assert_eq!(sessions.stayed, 24);
    assert!(
        outcome.events[0]
            .hints
            .iter()
            .any(|hint| hint.contains("a store that all"))
    );
}

/// What became of sessions at a kill from 4 s to 5 s, when `change` is done to
/// what is sent behind it.
fn sessions_behind(change: impl Fn(&mut Op)) -> super::Survival {
    let mut ops = steady(20, 12_000, &[1, 2]);
    for op in ops.iter_mut().filter(|op| op.sent >= 4_000) {
        change(op);
    }
    let kind = EventKind::Kill { count: 1 };
    let events = [event(kind, 4_000, 5_000, &[1, 2], &[1, 3])];
    let figures = measure(&ops, &[], &events);
    assert_eq!(figures.sessions, figures.events[0].sessions);
    figures.sessions
}

#[test]
fn an_error_is_no_sign_of_a_session() {
    for (status, error) in [
        (500, None),
        (503, None),
        (403, None),
        (429, None),
        (200, Some(ErrorClass::Reset)),
    ] {
        let sessions = sessions_behind(|op| {
            op.status = status;
            op.error = error;
        });
        assert_eq!((sessions.crossed(), sessions.unknown), (0, 40), "{status}");
    }
    // For some time, and then they are all there again.
    let sessions = sessions_behind(|op| {
        if op.sent < 9_000 {
            op.status = 503;
        }
    });
    assert_eq!((sessions.crossed(), sessions.unknown), (40, 0));
}

#[test]
fn what_anybody_is_shown_is_no_sign_of_a_session() {
    let public = |op: &mut Op| {
        op.tells = false;
        op.writes = false;
    };
    let sessions = sessions_behind(public);
    assert_eq!((sessions.crossed(), sessions.unasked), (0, 40));
    // What is saved is saved for somebody, who is known.
    let sessions = sessions_behind(|op| {
        public(op);
        op.writes = op.user < 30;
    });
    assert_eq!((sessions.crossed(), sessions.unasked), (30, 10));
}

#[test]
fn where_no_answer_shows_whose_it_is_its_status_has_to_do() {
    let mut ops = steady(20, 12_000, &[1, 2]);
    for op in &mut ops {
        (op.tells, op.writes) = (false, false);
        if op.user < 10 && op.sent >= 4_000 {
            op.status = 500;
        }
    }
    let kind = EventKind::Kill { count: 1 };
    let figures = measure(&ops, &[], &[event(kind, 4_000, 5_000, &[1, 2], &[1, 3])]);
    let sessions = figures.sessions;
    assert_eq!((sessions.crossed(), sessions.unknown), (30, 10));
}

#[test]
fn a_session_that_the_user_ended_is_not_missed() {
    let sessions = sessions_behind(|op| op.session = 1);
    assert_eq!(sessions, super::Survival::default());
}

#[test]
fn who_is_seen_behind_a_later_event_survived_the_one_before() {
    let mut ops = steady(20, 12_000, &[1]);
    for op in &mut ops {
        if (4_000..8_000).contains(&op.sent) {
            op.status = 503;
        }
    }
    let kill = |from, to| event(EventKind::Kill { count: 1 }, from, to, &[1, 2], &[1, 2]);
    let figures = measure(&ops, &[], &[kill(4_000, 5_000), kill(6_000, 7_000)]);
    for own in &figures.events {
        let own = own.sessions;
        assert_eq!((own.stayed, own.unknown, own.unasked), (40, 0, 0));
    }
}

#[test]
fn the_widest_span_of_losses_is_told() {
    let ops = steady(50, 70_000, &[1, 2]);
    let around = |kind: EventKind, at| event(kind, at, at + 1_000, &[1, 2], &[1, 2]);
    let nothing = || around(EventKind::NoOp, 20_000);
    let down = || {
        let lasting = Duration::from_secs(1);
        around(EventKind::AllDown { lasting }, 60_000)
    };
    let kill = || around(EventKind::Kill { count: 1 }, 20_000);
    let seconds = |own: Option<Duration>| own.map(|own| own.as_secs());
    for (events, spans) in [
        // A control loses nothing.
        ([nothing(), down()], [(None, None), (Some(50), Some(50))]),
        // Nobody knows which one lost them.
        ([kill(), down()], [(Some(10), Some(50)), (None, None)]),
    ] {
        let outcome = measure(&ops, &[10_000, 12_000], &events);
        let told = outcome.events.iter().map(|own| own.losses);
        let told: Vec<_> = told
            .map(|own| (seconds(own.span), seconds(own.widest)))
            .collect();
        assert_eq!(told, spans);
    }
    // What is lost behind the last one, none of them lost.
    let outcome = measure(&ops, &[65_000], &[kill(), nothing()]);
    assert!(outcome.events.iter().all(|own| own.losses.lost == 0));
}

#[test]
fn only_new_instances_fail() {
    let mut ops = steady(20, 10_000, &[1, 2, 3]);
    for op in &mut ops {
        if op.instance == Some(3) {
            if op.sent < 4_500 {
                op.instance = Some(1);
            } else {
                op.status = 500;
            }
        }
    }
    let kind = EventKind::ScaleOut { to: 3 };
    let outcome = measure(&ops, &[], &[event(kind, 4_000, 5_000, &[1, 2], &[1, 2, 3])]);
    let own = &outcome.events[0];
    assert_eq!(own.exposure, None);
    assert!(
        own.hints
            .iter()
            .any(|hint| hint.contains("only new instances fail"))
    );
}

#[test]
fn the_control_shows_no_degradation() {
    let ops = steady(5, 10_000, &[1, 2]);
    let outcome = measure(
        &ops,
        &[],
        &[event(EventKind::NoOp, 4_000, 5_000, &[1, 2], &[1, 2])],
    );
    let own = &outcome.events[0];
    let (verdict, reason) = own.degradation.unwrap().judge(0.0, None);
    assert_eq!(verdict, Verdict::Pass, "{reason}");
    let [before, after] = outcome.outer();
    assert_eq!(Degradation::of(&before, &after), own.degradation);
    assert!(own.hints.is_empty(), "{:?}", own.hints);
}

#[test]
fn only_what_is_lost_at_once_is_abrupt() {
    let lasting = Duration::from_secs(1);
    let abrupt: BTreeSet<String> = [
        EventKind::ScaleOut { to: 1 },
        EventKind::Kill { count: 1 },
        EventKind::RollingReplace,
        EventKind::AllDown { lasting },
        EventKind::Hang { count: 1, lasting },
        EventKind::NoOp,
    ]
    .iter()
    .filter(|kind| is_abrupt(kind))
    .map(ToString::to_string)
    .collect();
    assert_eq!(abrupt.len(), 3, "{abrupt:?}");
}

#[test]
fn a_policy_decides_before_its_instances_are_ready() {
    let ops = steady(20, 10_000, &[1, 2]);
    let mut policy = event(
        EventKind::PolicyOut { to: 3 },
        4_000,
        6_000,
        &[1, 2],
        &[1, 2, 3],
    );
    policy.accepted = Some(at(4_000));
    let samples: Vec<scaling::Sample> = [
        (3_900, 2, 2, 0),
        (4_500, 2, 2, 0),
        (4_800, 3, 2, 1),
        (5_500, 3, 3, 0),
    ]
    .map(|(millis, desired, ready, starting)| scaling::Sample {
        at: at(millis),
        desired: Some(desired),
        ready,
        starting,
        draining: 0,
    })
    .to_vec();
    let rate = Rate::per_second(50).unwrap();
    let figures = ScaleFigures::of(
        trace(&ops, &[]),
        &[policy],
        &samples,
        &governed(rate, 10_000),
    )
    .unwrap();
    let times = figures.events[0].times;
    assert_eq!(times.accepted, None);
    assert_eq!(times.decided, Some(Duration::from_millis(800)));
    assert_eq!(times.ready, Some(Duration::from_millis(1_500)));
}
