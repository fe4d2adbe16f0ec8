//! Caches and shared state, which look alike: told apart, or not told.

use super::*;

/// One request of a made-up service.
#[derive(Clone, Copy)]
struct Asked {
    user: u32,
    instance: usize,
    sent: u64,
    done: u64,
}

const INSTANCES: [&str; 2] = ["n1", "n2"];

/// `users` users ask again and again, each answer taking `took` ms and the next
/// question coming up to `pause` ms later, for 20 s.
fn traffic(users: u32, instances: u64, took: u64, pause: u64, seed: u64) -> Vec<Asked> {
    let mut draws = Draws(seed);
    let mut all = Vec::new();
    for user in 0..users {
        let mut sent = draws.below(took + pause);
        while sent < 20_000 {
            let done = sent + took;
            let to = usize::try_from(draws.below(instances)).unwrap();
            all.push(Asked {
                user,
                instance: to,
                sent,
                done,
            });
            sent = done + 1 + draws.below(pause);
        }
    }
    all.sort_by_key(|asked| (asked.done, asked.user));
    all
}

/// What the service shows for each request, as `shown` decides.
fn served(all: &[Asked], mut shown: impl FnMut(&Asked) -> u32) -> Vec<Observation> {
    let each = all.iter().zip(1..).map(|(asked, number)| {
        let mut observation = seen(asked.user, number, asked.sent, asked.done);
        observation.instance = Some(instance(INSTANCES[asked.instance]));
        showing(observation, shown(asked))
    });
    each.collect()
}

/// Whoever came last before the answer is shown in it.
fn last_writer(all: &[Asked]) -> Vec<Observation> {
    let mut came: [Vec<(u64, u32)>; 2] = Default::default();
    for asked in all {
        came[asked.instance].push((asked.sent, asked.user));
    }
    for came in &mut came {
        came.sort_unstable();
    }
    served(all, |asked| {
        let came = &came[asked.instance];
        // Their own request, if nobody else's.
        came[came.partition_point(|(sent, _)| *sent < asked.done) - 1].1
    })
}

/// The answer is kept for 2 s for whoever asks at the instance.
fn cached(all: &[Asked]) -> Vec<Observation> {
    let mut kept: [Option<(u64, u32)>; 2] = [None, None];
    let mut by_sent = all.to_vec();
    by_sent.sort_by_key(|asked| asked.sent);
    let mut answers = std::collections::BTreeMap::new();
    for asked in by_sent {
        let cache = &mut kept[asked.instance];
        let fresh = cache.filter(|(made, _)| asked.sent.saturating_sub(*made) < 2_000);
        let (_, owner) = fresh.unwrap_or((asked.sent, asked.user));
        if fresh.is_none() {
            *cache = Some((asked.sent, asked.user));
        }
        answers.insert((asked.user, asked.sent), owner);
    }
    served(all, |asked| answers[&(asked.user, asked.sent)])
}

/// Whoever was answered before at the instance is shown: something is left
/// over from one request to the next.
fn left_over(all: &[Asked]) -> Vec<Observation> {
    let mut before: [Option<u32>; 2] = [None, None];
    served(all, |asked| {
        before[asked.instance]
            .replace(asked.user)
            .unwrap_or(asked.user)
    })
}

#[track_caller]
fn only_incident(observations: Vec<Observation>) -> Incident {
    let mut incidents = judged(observations);
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    incidents.remove(0)
}

#[test]
fn shared_state_is_recognised_by_overlap() {
    for seed in 1..=5 {
        for instances in [1, 2] {
            let incident = only_incident(last_writer(&traffic(8, instances, 20, 600, seed)));
            assert_eq!(patterns(&incident), [Pattern::SharedState], "{incident:#?}");
            let because = &incident.patterns[0].because;
            let all = format!("in {} of {0} findings", incident.findings);
            assert!(because[0].starts_with(&all), "{because:?}");
            assert!(because[0].contains("% by chance"), "{because:?}");
            assert!(incident.against.is_empty(), "{incident:#?}");
            assert!(incident.cause.contains("share something"));
        }
    }
}

/// Every user has a request under way nearly all the time: that the owner has
/// one says nothing, that it was sent meanwhile still does.
#[test]
fn shared_state_is_recognised_under_high_load() {
    for seed in 1..=5 {
        let incident = only_incident(last_writer(&traffic(20, 2, 250, 150, seed)));
        assert_eq!(patterns(&incident), [Pattern::SharedState], "{incident:#?}");
        assert!(incident.patterns[0].because[0].contains("was sent while"));
    }
}

#[test]
fn caches_are_recognised_by_answers_without_overlap() {
    for seed in 1..=5 {
        for instances in [1, 2] {
            let incident = only_incident(cached(&traffic(8, instances, 5, 600, seed)));
            assert_eq!(patterns(&incident), [Pattern::Cache], "{incident:#?}");
            let because = &incident.patterns[0].because;
            assert!(
                because[0].contains("to the same address within "),
                "{because:?}"
            );
            assert!(because[1].contains("no overlap is needed"), "{because:?}");
        }
    }
}

/// A cache of slow answers: everybody's requests overlap with everybody's.
#[test]
fn a_cache_is_not_taken_for_shared_state() {
    for seed in 1..=4 {
        for (took, pause) in [(250, 150), (400, 50), (100, 100), (20, 300)] {
            for incident in judged(cached(&traffic(20, 2, took, pause, seed))) {
                let found = patterns(&incident);
                assert!(!found.contains(&Pattern::SharedState), "{incident:#?}");
            }
        }
    }
}

#[test]
fn shared_state_is_not_taken_for_a_cache() {
    for seed in 1..=4 {
        for (took, pause) in [(250, 150), (400, 50), (100, 100), (20, 300), (5, 200)] {
            for incident in judged(last_writer(&traffic(20, 2, took, pause, seed))) {
                let found = patterns(&incident);
                assert!(!found.contains(&Pattern::Cache), "{incident:#?}");
            }
        }
    }
}

/// What is left over from the request before needs no overlap and repeats
/// nothing: neither of the two.
#[test]
fn what_is_left_over_is_neither() {
    for seed in 1..=4 {
        for (took, pause) in [(5, 600), (20, 300), (250, 150)] {
            for incident in judged(left_over(&traffic(12, 2, took, pause, seed))) {
                assert_eq!(patterns(&incident), [], "{incident:#?}");
                assert_eq!(incident.cause, "no pattern was recognised");
                assert!(!incident.against.is_empty(), "{incident:#?}");
            }
        }
    }
}

/// With two users the owner is the only other one there is.
#[test]
fn two_users_are_too_few_to_say_who_overlaps() {
    let incident = only_incident(last_writer(&traffic(2, 1, 60, 100, 3)));
    assert!(incident.findings > 20);
    assert_eq!(patterns(&incident), [], "{incident:#?}");
}

#[test]
fn two_findings_are_too_few() {
    let calm = (0..40).map(|n| {
        seen(
            n % 6,
            u64::from(n) + 10,
            u64::from(n) * 100,
            u64::from(n) * 100 + 5,
        )
    });
    let swaps = [
        showing(seen(1, 1, 5_000, 5_100), 2),
        seen(2, 2, 5_050, 5_150),
        showing(seen(3, 3, 6_000, 6_100), 4),
        seen(4, 4, 6_050, 6_150),
    ];
    let incident = only_incident(calm.chain(swaps).collect());
    assert_eq!(patterns(&incident), []);
    assert_eq!(
        incident.against,
        [
            "2 findings: too few to tell a pattern from chance",
            "in 2 of 2 findings the owner had a request on the same route under way at the same \
             time",
            "in 2 of 2 findings the owner had been answered at the same address before",
        ]
    );
}

#[test]
fn one_address_is_raced_for_on_routes_of_two_names() {
    let mut observations = last_writer(&traffic(20, 1, 30, 200, 7));
    for observation in observations.iter_mut().step_by(2) {
        observation.route = "GET /sign-in (redirected)".to_owned();
    }
    let incidents = judged(observations);
    assert_eq!(incidents.len(), 2, "{incidents:?}");
    for incident in incidents {
        assert_eq!(patterns(&incident), [Pattern::SharedState], "{incident:?}");
    }
}
