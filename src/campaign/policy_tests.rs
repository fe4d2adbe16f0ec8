//! A simulated service under every kind of policy, and what is said of it.

use proptest::prelude::*;

use super::*;
use crate::config::{AutoscaleConfig, PolicyDefect};
use crate::load::Stage;
use crate::model::InstanceId;
use crate::scaling::{Autoscaler, InstanceState, Observed, PolicyState, Removal, Snapshot};

#[path = "policy_share_tests.rs"]
mod share;

/// When the load begins, after the run did.
const BEGIN: u64 = 2_000;

/// How long an instance needs to come up, in milliseconds.
const START_UP: u64 = 400;

/// How often the control plane is asked and requests are counted, in milliseconds.
const TICK: u64 = 100;

fn at(millis: u64) -> Timestamp {
    Timestamp::after(Duration::from_millis(millis))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn rate(tps: u32) -> Rate {
    Rate::per_second(tps).unwrap()
}

fn id(number: u32) -> InstanceId {
    InstanceId {
        name: format!("n{number}"),
        incarnation: "1".to_owned(),
    }
}

/// 8 TPS, 40 TPS, and 8 TPS again.
fn hill(low: u64, high: u64, back: u64) -> Stages {
    Stages::new(vec![
        Stage::hold(8, seconds(low)),
        Stage::hold(40, seconds(high)),
        Stage::hold(8, seconds(back)),
    ])
    .unwrap()
}

fn config(defect: Option<PolicyDefect>) -> AutoscaleConfig {
    AutoscaleConfig {
        target_rps: 10,
        max: 8,
        defect,
        ..AutoscaleConfig::default()
    }
}

/// The service: instances by number, with the moment from which they are ready.
struct Simulated {
    instances: Vec<(u32, u64)>,
    started: u32,
    /// What the lying policy tells of.
    promised: Option<u32>,
}

impl Simulated {
    fn snapshot(&self, now: u64, desired: Option<u32>) -> Snapshot {
        let own = self.instances.iter().map(|&(number, ready)| {
            let state = if ready <= now {
                InstanceState::Ready
            } else {
                InstanceState::Starting
            };
            Observed::new(id(number), state)
        });
        let there = u32::try_from(self.instances.len()).unwrap();
        let promised = there..self.promised.unwrap_or(there);
        let promised = promised.map(|n| Observed::new(id(100 + n), InstanceState::Ready));
        Snapshot {
            desired,
            instances: own.chain(promised).collect(),
        }
    }

    fn scale_to(&mut self, now: u64, desired: u32) {
        while self.instances.len() < desired as usize {
            self.started += 1;
            self.instances.push((self.started, now + START_UP));
        }
        self.instances.truncate(desired as usize);
    }
}

/// What is seen of a service that begins with `instances` while `stages` are
/// applied.
fn run(stages: Stages, config: &AutoscaleConfig, instances: u32) -> PolicyOutcome {
    let mut policy = Autoscaler::new(config.clone());
    let mut service = Simulated {
        instances: (1..=instances).map(|number| (number, 0)).collect(),
        started: instances,
        promised: None,
    };
    let mut history = History::default();
    let mut desired = None;
    let end = BEGIN + u64::try_from(stages.length().as_millis()).unwrap();
    let mut due = 0;
    let mut last_look = (BEGIN, 0);
    let interval = u64::try_from(config.interval.as_millis()).unwrap();
    for now in (0..=end).step_by(usize::try_from(TICK).unwrap()) {
        if now >= BEGIN {
            let until = stages.due_until(Duration::from_millis(now - BEGIN));
            let ready: Vec<u32> = service
                .instances
                .iter()
                .filter(|own| own.1 <= now)
                .map(|own| own.0)
                .collect();
            for number in due..until {
                let turn = usize::try_from(number).unwrap() % ready.len().max(1);
                if let Some(own) = ready.get(turn) {
                    history.answered(&id(*own), at(now - 20), at(now));
                }
            }
            due = until;
        }
        if now % interval == 0 && now >= BEGIN {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let seen = (due - last_look.1) as f64 * 1e3 / (now - last_look.0).max(1) as f64;
            last_look = (now, due);
            let there = u32::try_from(service.instances.len()).unwrap();
            let current = service.promised.unwrap_or(there);
            if let Some(decision) = policy.look(Duration::from_millis(now), seen, current) {
                desired = Some(decision.desired);
                if config.defect == Some(PolicyDefect::Lies) {
                    service.promised = desired;
                } else {
                    service.scale_to(now, decision.desired);
                }
            }
        }
        history.looked(&service.snapshot(now, desired), at(now), at(now));
    }
    PolicyOutcome {
        policy: Some(PolicyState::default()),
        begin: at(BEGIN),
        end: at(end),
        hold: seconds(1),
        stages,
        history,
    }
}

/// What is seen when `count` instances are there at each moment, and `turn` says
/// which of them answers a request.
fn by_hand(count: impl Fn(u64) -> u32, turn: impl Fn(u32, u32) -> u32) -> PolicyOutcome {
    let stages = hill(5, 10, 5);
    let mut service = Simulated {
        instances: Vec::new(),
        started: 0,
        promised: None,
    };
    let mut history = History::default();
    let end = BEGIN + u64::try_from(stages.length().as_millis()).unwrap();
    let mut sent = 0;
    for now in (0..=end).step_by(usize::try_from(TICK).unwrap()) {
        let count = count(now.saturating_sub(BEGIN));
        // Ready at once.
        service.scale_to(now.saturating_sub(START_UP), count);
        history.looked(&service.snapshot(now, None), at(now), at(now));
        for _ in 0..4 {
            let turn = usize::try_from(turn(sent, count)).unwrap();
            history.answered(&id(service.instances[turn].0), at(now), at(now));
            sent += 1;
        }
    }
    PolicyOutcome {
        policy: Some(PolicyState::default()),
        begin: at(BEGIN),
        end: at(end),
        hold: seconds(1),
        stages,
        history,
    }
}

#[test]
fn a_number_that_is_not_held_was_not_reached() {
    let even = |sent: u32, count: u32| sent % count;
    // The traffic rises after 5 s.
    let up = |from: u64, to: u64| move |now: u64| if (from..to).contains(&now) { 4 } else { 1 };
    let in_turns = |now: u64| {
        if now >= 6_000 && now % 1_000 < 200 {
            4
        } else {
            1
        }
    };
    for (seen, verdict, part) in [
        (
            by_hand(up(6_000, 14_000), even),
            Verdict::Pass,
            "4 instances served",
        ),
        (
            by_hand(up(6_000, 6_200), even),
            Verdict::Fail,
            "for 0.20 s only; 1s",
        ),
        (
            by_hand(in_turns, even),
            Verdict::Fail,
            "for 0.20 s only; 1s",
        ),
        (
            by_hand(up(19_500, 30_000), even),
            Verdict::Inconclusive,
            "the load ended 0.50 s later",
        ),
    ] {
        let watched = Watched::seen(&seen).unwrap();
        for (verdict_told, why) in [
            watched.reaches(4, seconds(15), rate(40)),
            watched.serves_from(4),
        ] {
            assert_eq!(verdict_told, verdict, "{why}");
            assert!(why.contains(part), "{part}: {why}");
        }
    }
}

#[test]
fn a_number_that_nobody_could_hold_leaves_it_open() {
    let even = |sent: u32, count: u32| sent % count;
    let of = |times: &'static [(u64, u64)]| {
        let up = move |now: u64| times.iter().any(|own| (own.0..own.1).contains(&now));
        let mut seen = by_hand(move |now| if up(now) { 4 } else { 1 }, even);
        seen.hold = seconds(5);
        seen
    };
    // The load ends after 20 s.
    let seen = of(&[(6_000, 10_000), (17_000, 30_000)]);
    let (verdict, why) = Watched::seen(&seen).unwrap().serves_from(4);
    assert_eq!(verdict, Verdict::Inconclusive, "{why}");
    assert!(why.contains("the load ended 3.00 s later"), "{why}");
    let seen = of(&[(6_000, 10_000), (12_000, 15_000)]);
    let (verdict, why) = Watched::seen(&seen).unwrap().serves_from(4);
    assert_eq!(verdict, Verdict::Fail, "{why}");

    // The traffic falls after 15 s.
    for (times, verdict, part) in [
        (
            &[(11_500, 15_500)][..],
            Verdict::Inconclusive,
            "fell below 40 TPS 10.00 s after",
        ),
        // It went back on its own.
        (&[(11_500, 14_500)], Verdict::Fail, "for 3.00 s only"),
        (&[(9_000, 12_000)], Verdict::Fail, "for 3.00 s only"),
        (&[(8_000, 13_500)], Verdict::Pass, "4 instances served"),
    ] {
        let seen = of(times);
        let watched = Watched::seen(&seen).unwrap();
        let (told, why) = watched.reaches(4, seconds(8), rate(40));
        assert_eq!(told, verdict, "{why}");
        assert!(why.contains(part), "{why}");
    }
}

#[test]
fn who_is_asked_hardly_anything_does_not_serve() {
    let up = |now: u64| if now >= 6_000 { 4 } else { 1 };
    // One request in a hundred goes to each of the new ones.
    let hardly = |sent: u32, count: u32| if sent % 100 < count { sent % 100 } else { 0 };
    let seen = by_hand(up, hardly);
    let (verdict, why) = Watched::seen(&seen).unwrap().serves_from(4);
    assert_eq!(verdict, Verdict::Fail, "{why}");
    assert!(
        why.contains("but not each with its share: answers, and percent"),
        "{why}"
    );
    // For two seconds that says nothing yet.
    let brief = |now: u64| if (6_000..7_500).contains(&now) { 4 } else { 1 };
    let seen = by_hand(brief, |sent, count| sent % count);
    let (verdict, why) = Watched::seen(&seen).unwrap().serves_from(4);
    assert_eq!(verdict, Verdict::Inconclusive, "{why}");
    assert!(why.contains("20 of each are needed"), "{why}");
}

/// All that can be asked of a policy that is to go from one instance to four.
fn questions(seen: &PolicyOutcome) -> [(&'static str, Answer); 6] {
    let watched = Watched::seen(seen).unwrap();
    [
        ("reaches", watched.reaches(4, seconds(8), rate(40))),
        ("serves", watched.serves_from(4)),
        ("back", watched.comes_back(1, seconds(15), rate(8))),
        ("changes", watched.changes(2)),
        ("more", watched.never_more(5)),
        ("fewer", watched.never_fewer(1)),
    ]
}

fn failed(seen: &PolicyOutcome) -> Vec<(&'static str, String)> {
    let wrong = |(name, (verdict, why)): (&'static str, Answer)| match verdict {
        Verdict::Fail => Some((name, why)),
        _ => None,
    };
    questions(seen).into_iter().filter_map(wrong).collect()
}

#[test]
fn the_honest_policy_passes_and_tells_how_long_each_part_took() {
    let seen = run(hill(5, 20, 25), &config(None), 1);
    for (name, (verdict, why)) in questions(&seen) {
        assert_eq!(verdict, Verdict::Pass, "{name}: {why}");
    }
    let (_, why) = Watched::seen(&seen)
        .unwrap()
        .reaches(4, seconds(8), rate(40));
    for part in ["decided after 1.00 s", "ready after 3.", "fair share after"] {
        assert!(why.contains(part), "{part}: {why}");
    }
}

#[test]
fn every_planted_defect_fails_what_it_should_with_its_reason() {
    for (defect, expected) in [
        (
            PolicyDefect::Idle,
            &[
                ("reaches", "the policy did nothing within 8s"),
                ("serves", "at most 1 instance served at once"),
            ][..],
        ),
        (
            PolicyDefect::Slow,
            &[
                (
                    "reaches",
                    "1 instance all the time, at least 4 asked for; it took 2",
                ),
                ("serves", ""),
            ],
        ),
        (
            PolicyDefect::Flapping,
            &[
                ("changes", "times (1, 8, 1, 8"),
                ("more", "at most 8 instances"),
            ],
        ),
        (
            PolicyDefect::Overshooting,
            &[("more", "never more than 5 asked for")],
        ),
        (
            PolicyDefect::Lies,
            &[
                (
                    "reaches",
                    "called 4 instances ready, but only 1 of them answered",
                ),
                ("serves", "called ready, but never answered: n101"),
            ],
        ),
    ] {
        let seen = run(hill(5, 20, 25), &config(Some(defect)), 1);
        let found = failed(&seen);
        for (name, part) in expected {
            let why = found.iter().find(|(own, _)| own == name);
            let slow = defect == PolicyDefect::Slow && *name == "serves";
            assert!(
                slow || why.is_some_and(|(_, why)| why.contains(part)),
                "{defect}, {name}: {found:?}"
            );
        }
    }
}

#[test]
fn a_careless_policy_is_right_about_the_number() {
    let seen = run(hill(5, 20, 25), &config(Some(PolicyDefect::Careless)), 1);
    assert_eq!(failed(&seen), [], "what it loses shows in the error rate");
    let mut policy = Autoscaler::new(config(Some(PolicyDefect::Careless)));
    let decision = policy.look(Duration::ZERO, 40.0, 1).unwrap();
    assert_eq!(decision.removal, Removal::Abrupt);
}

#[test]
fn nothing_is_said_of_what_did_not_happen() {
    let honest = run(hill(5, 20, 25), &config(None), 1);
    let watched = Watched::seen(&honest).unwrap();
    let ready_before = run(hill(2, 20, 25), &config(None), 4);
    let before = Watched::seen(&ready_before).unwrap();
    let short = run(hill(5, 2, 2), &config(None), 1);
    let short = Watched::seen(&short).unwrap();
    for (answer, part) in [
        (
            watched.reaches(4, seconds(8), rate(60)),
            "never reaches 60 TPS",
        ),
        (before.reaches(4, seconds(8), rate(40)), "begin with fewer"),
        (
            short.reaches(4, seconds(8), rate(40)),
            "before 8s were over",
        ),
        (
            watched.comes_back(1, seconds(5), rate(5)),
            "never falls to 5 TPS",
        ),
        (
            watched.comes_back(4, seconds(5), rate(8)),
            "nothing to come back from",
        ),
        (
            short.comes_back(1, seconds(15), rate(8)),
            "before 15s were over",
        ),
    ] {
        assert_eq!(answer.0, Verdict::Inconclusive, "{part}: {}", answer.1);
        assert!(answer.1.contains(part), "{part}: {}", answer.1);
    }
    let mut idle = run(hill(5, 20, 5), &config(Some(PolicyDefect::Idle)), 1);
    let (verdict, why) = Watched::seen(&idle).unwrap().changes(2);
    assert_eq!(verdict, Verdict::Inconclusive, "{why}");
    assert_eq!(Watched::seen(&idle).unwrap().changes(0).0, Verdict::Pass);
    idle.history.silence = seconds(6);
    assert!(
        Watched::seen(&idle)
            .err()
            .unwrap()
            .contains("did not tell for 6.00 s")
    );
    idle.policy = None;
    assert!(Watched::seen(&idle).err().unwrap().contains("no policy"));
    idle.policy = Some(PolicyState::default());
    idle.history = History::default();
    assert!(Watched::seen(&idle).err().unwrap().contains("did not tell"));
}

#[test]
fn without_names_of_instances_nobody_is_proven_to_serve() {
    let mut seen = run(hill(5, 20, 25), &config(None), 1);
    for own in seen.history.instances.values_mut() {
        own.first_answer = None;
    }
    let watched = Watched::seen(&seen).unwrap();
    for (verdict, why) in [
        watched.reaches(4, seconds(8), rate(40)),
        watched.serves_from(2),
    ] {
        assert_eq!(verdict, Verdict::Inconclusive);
        assert!(why.contains("instance.header"), "{why}");
    }
}

#[test]
fn an_instance_that_was_called_gone_has_to_be_gone() {
    let mut seen = run(hill(5, 20, 25), &config(None), 1);
    let (there, gone): (Vec<_>, Vec<_>) = seen
        .history
        .instances
        .iter()
        .partition(|(_, own)| own.left.is_none());
    let gone = gone[0].0.clone();
    let there = Snapshot {
        desired: None,
        instances: there
            .into_iter()
            .map(|(id, _)| Observed::new(id.clone(), InstanceState::Ready))
            .collect(),
    };
    seen.history.answered(&gone, seen.end, seen.end);
    // It counts when it is called gone once more.
    let later = seen.end + seconds(2);
    seen.history.looked(&there, later, later);
    let (verdict, why) = Watched::seen(&seen)
        .unwrap()
        .comes_back(1, seconds(15), rate(8));
    assert_eq!(verdict, Verdict::Fail);
    assert!(why.contains("was called gone at"), "{why}");
}

#[test]
fn a_policy_that_goes_too_far_down_or_stays_up_fails() {
    let careful = AutoscaleConfig {
        cooldown_in: seconds(30),
        ..config(None)
    };
    let seen = run(hill(5, 20, 20), &careful, 1);
    let watched = Watched::seen(&seen).unwrap();
    let (verdict, why) = watched.comes_back(1, seconds(15), rate(8));
    assert_eq!(verdict, Verdict::Fail);
    assert!(why.contains("still 4 instances 20.00 s after"), "{why}");
    let seen = run(hill(5, 20, 25), &config(None), 1);
    let watched = Watched::seen(&seen).unwrap();
    let (verdict, why) = watched.comes_back(2, seconds(15), rate(8));
    assert_eq!(verdict, Verdict::Fail);
    assert!(why.contains("only 1 instance ready"), "{why}");
    let (verdict, why) = watched.comes_back(1, seconds(1), rate(8));
    assert_eq!(verdict, Verdict::Fail);
    assert!(why.contains("1s asked for"), "{why}");
    assert_eq!(watched.never_fewer(2).0, Verdict::Fail);
}

#[test]
fn changes_in_one_direction_are_one_change() {
    for (counts, expected) in [
        (&[1, 2, 4, 4, 1][..], 2),
        (&[1], 0),
        (&[3, 3, 3], 0),
        (&[1, 2, 1, 2, 1], 4),
        (&[4, 3, 2, 1], 1),
    ] {
        assert_eq!(runs(counts), expected, "{counts:?}");
    }
    assert_eq!(path(&[1, 1, 2, 4, 4, 1]), "1, 2, 4, 1");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The honest policy passes whatever the hill is like, and one that does
    /// nothing or lies never passes.
    #[test]
    fn who_is_honest_passes_and_who_is_not_does_not(
        low in 5_u64..15,
        ramp in 1_u64..10,
        high in 15_u64..30,
        high_tps in 25_u32..79,
        target in 8_u32..14,
    ) {
        let stages = Stages::new(vec![
            Stage::hold(6, seconds(low)),
            Stage::ramp(6, high_tps, seconds(ramp)),
            Stage::hold(high_tps, seconds(high)),
            Stage::hold(6, seconds(20)),
        ]).unwrap();
        let config = |defect| AutoscaleConfig { target_rps: target, max: 12, ..config(defect) };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let needed = (f64::from(high_tps) / f64::from(target) / 1.1).ceil() as u32;
        let honest = run(stages.clone(), &config(None), 1);
        let watched = Watched::seen(&honest).unwrap();
        for (verdict, why) in [
            watched.reaches(needed, seconds(10), rate(high_tps)),
            watched.serves_from(needed),
            watched.comes_back(1, seconds(12), rate(6)),
            watched.changes(2),
            watched.never_more(needed + 1),
            watched.never_fewer(1),
        ] {
            prop_assert_eq!(verdict, Verdict::Pass, "{}", why);
        }
        for defect in [PolicyDefect::Idle, PolicyDefect::Lies] {
            let seen = run(stages.clone(), &config(Some(defect)), 1);
            let watched = Watched::seen(&seen).unwrap();
            let (verdict, why) = watched.reaches(needed, seconds(10), rate(high_tps));
            prop_assert_eq!(verdict, Verdict::Fail, "{}", why);
            prop_assert_eq!(watched.serves_from(needed).0, Verdict::Fail);
        }
        let seen = run(stages, &config(Some(PolicyDefect::Flapping)), 1);
        prop_assert_eq!(Watched::seen(&seen).unwrap().changes(2).0, Verdict::Fail);
    }
}
