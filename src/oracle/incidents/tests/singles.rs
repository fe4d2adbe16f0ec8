//! Connections, defaults, missing checks, instances and windows.

use super::*;
use crate::model::{ErrorClass, FactName};
use crate::oracle::{Echo, IdentityReading, Relation};

/// The response is the answer to `other`.
fn answering(mut observation: Observation, other: RequestId) -> Observation {
    observation.echo = Some(Echo::Another(other));
    observation
}

fn abandoned(mut observation: Observation) -> Observation {
    observation.status = None;
    observation.own_sightings = 0;
    observation.error = Some(ErrorClass::Abandoned);
    observation.outcome = Outcome::Info;
    observation.instance = None;
    observation
}

/// One request is broken off, and from then on everybody gets the answer to
/// the request before, on whatever route.
fn off_by_one(broken: bool) -> Vec<Observation> {
    let mut all = vec![seen(9, 1, 0, 10)];
    if broken {
        all[0] = abandoned(all[0].clone());
    }
    for number in 2..12 {
        let user = u32::try_from(number).unwrap();
        let before = all.last().unwrap().request;
        let sent = number * 100;
        let route = if number % 2 == 0 { "/a" } else { "/b" };
        let observation = on_route(seen(user, number, sent, sent + 10), route);
        all.push(answering(observation, before));
    }
    all
}

#[test]
fn a_connection_out_of_step_is_one_incident() {
    let incidents = judged(off_by_one(true));
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    assert_eq!(patterns(&incidents[0]), [Pattern::DesynchronisedConnection]);
    assert_eq!(
        incidents[0].patterns[0].because,
        [
            "1 of 10 findings gave the answer to a request that its user had broken off",
            "9 of 10 findings gave the answer to a request that was itself given another's: off \
             by one",
        ]
    );
    assert_eq!(incidents[0].places.len(), 2);
}

/// Nobody broke anything off: something else mixes answers up.
#[test]
fn mixed_up_answers_alone_are_no_broken_connection() {
    for incident in judged(off_by_one(false)) {
        assert_eq!(patterns(&incident), [], "{incident:#?}");
    }
}

#[test]
fn foreign_data_after_broken_requests_is_a_connection() {
    let mut all = Vec::new();
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    // Ten users go on with their own; one after another breaks off a request,
    // and somebody else is shown their data.
    for round in 0..10_u32 {
        let sent = u64::from(round) * 10_000;
        for user in 0..10 {
            let begun = sent + u64::from(user) * 20;
            all.push(seen(user, next(), begun, begun + 10));
        }
        all.push(abandoned(seen(round, next(), sent + 1_000, sent + 1_010)));
        let victim = (round + 1) % 10;
        all.push(showing(
            seen(victim, next(), sent + 1_100, sent + 1_110),
            round,
        ));
    }
    let incidents = judged(all);
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    assert_eq!(
        patterns(&incidents[0]),
        [Pattern::DesynchronisedConnection],
        "{incidents:#?}"
    );
}

fn identified(mut observation: Observation, stranger: &str) -> Observation {
    observation.own_sightings = 0;
    observation.identities.push(IdentityReading {
        fact: FactName::from("member_id"),
        spot: Spot::Json("$['memberId']".to_owned()),
        relation: Relation::Stranger,
        hash: hash(stranger),
        preview: "M…O (15)".to_owned(),
    });
    observation
}

#[test]
fn one_stranger_is_a_default_and_many_are_not() {
    let strangers = |name: fn(u32) -> String| {
        let each = (0..6).map(|user| {
            let sent = u64::from(user) * 100;
            let observation = seen(user, u64::from(user) + 1, sent, sent + 10);
            identified(observation, &name(user))
        });
        judged(each.collect())
    };
    let same = strangers(|_| "demo".to_owned());
    assert_eq!(patterns(&same[0]), [Pattern::BuiltInDefault]);
    assert_eq!((same[0].users, same[0].owners), (6, 0));
    let different = strangers(|user| format!("stranger {user}"));
    assert_eq!(patterns(&different[0]), []);
}

#[test]
fn a_check_is_missing_only_when_every_probe_succeeds() {
    let probes = |granted: u32| {
        let each = (0..10).map(|user| {
            let sent = u64::from(user) * 100;
            let mut observation = seen(user, u64::from(user) + 1, sent, sent + 10);
            observation.url_hash = Some(hash(&format!("/things/{user}")));
            observation.own_sightings = 0;
            observation.denial_expected = true;
            observation.probed = Some(UserId(user + 1));
            if user >= granted {
                observation.status = Some(403);
                observation.denied = true;
            }
            observation
        });
        judged(each.collect())
    };
    let all = probes(10);
    assert_eq!(patterns(&all[0]), [Pattern::MissingAuthorization]);
    // Two at the same time: what the first one deletes is denied to the second,
    // which is judged first.
    for (late, found) in [(15, &[Pattern::MissingAuthorization][..]), (1_000, &[])] {
        let each = (0..10).flat_map(|user| {
            let sent = u64::from(user) * 10_000 + late;
            let probe = |number: u32, sent, status| {
                let mut observation = seen(user, u64::from(user * 2 + number), sent, sent + 10);
                observation.url_hash = Some(hash(&format!("/things/{user}")));
                observation.own_sightings = 0;
                observation.denial_expected = true;
                observation.probed = Some(UserId(user + 1));
                observation.status = Some(status);
                observation.denied = status == 404;
                observation
            };
            let first = u64::from(user) * 10_000 + 10;
            [probe(1, first, 404), probe(2, sent, 204)]
        });
        assert_eq!(patterns(&judged(each.collect())[0]), found, "{late}");
    }
    assert_eq!(
        all[0].patterns[0].because,
        ["every probe succeeded: 10 of 10"]
    );
    // A cancelled appointment is gone: that its second probe is denied says
    // nothing about a check.
    assert_eq!(patterns(&probes(9)[0]), []);
    assert_eq!(patterns(&probes(2)[0]), []);
}

/// Findings with nothing else in common than where they are.
fn scattered(mut place: impl FnMut(u32, Observation, bool) -> Observation) -> Vec<Observation> {
    let mut draws = Draws(5);
    let each = (0..400_u32).map(|number| {
        let user = u32::try_from(draws.below(20)).unwrap();
        let sent = u64::from(number) * 50;
        let observation = seen(user, u64::from(number) + 1, sent, sent + 5);
        let bad = number % 40 == 7;
        let observation = place(number, observation, bad);
        if bad {
            let owner = (user + 1 + u32::try_from(draws.below(18)).unwrap()) % 20;
            showing(observation, owner)
        } else {
            observation
        }
    });
    each.collect()
}

#[test]
fn one_instance_is_told_when_there_are_several() {
    let with = |instances: u32| {
        judged(scattered(|number, mut observation, bad| {
            let name = if bad {
                "n0".to_owned()
            } else {
                format!("n{}", number % instances)
            };
            observation.instance = Some(instance(&name));
            observation
        }))
    };
    let three = with(3);
    assert_eq!(patterns(&three[0]), [Pattern::OneInstance], "{three:#?}");
    assert!(three[0].patterns[0].because[0].starts_with("all 10 findings came from instance n0"));
    assert_eq!(patterns(&with(1)[0]), []);
}

#[test]
fn a_scale_event_is_told_when_there_was_time_without_one() {
    let with = |during: fn(u32, bool) -> &'static str| {
        judged(scattered(|number, mut observation, bad| {
            observation.window = during(number, bad).to_owned();
            observation
        }))
    };
    let rare = with(|number, bad| match (bad, number) {
        (true, _) | (false, 100..200) => "during",
        (false, 0..100) => "before",
        (false, _) => "after",
    });
    assert_eq!(patterns(&rare[0]), [Pattern::ScaleEvent], "{rare:#?}");
    assert_eq!(rare[0].windows["during"], 10);
    assert_eq!(patterns(&with(|_, _| "during")[0]), []);
    let mostly = with(|number, bad| {
        if bad || number > 50 {
            "during"
        } else {
            "before"
        }
    });
    assert_eq!(patterns(&mostly[0]), []);
}
