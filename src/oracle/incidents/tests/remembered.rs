//! What is remembered of the traffic, and what is not counted.

use super::super::traffic::Traffic;
use super::cases::remember;
use super::*;
use crate::model::ErrorClass;

/// Probes of one address: when each was sent and done, and whether it was
/// granted, with which a service may be done with the thing.
fn probes(of: &[(u64, u64, bool)]) -> u64 {
    let mut traffic = Traffic::new();
    for (sent, done, granted) in of {
        let mut observation = seen(1, sent + 1, *sent, *done);
        observation.denial_expected = true;
        observation.denied = !granted;
        observation.status = Some(if *granted { 204 } else { 404 });
        remember(&mut traffic, &observation);
    }
    traffic.route("GET /me").unwrap().probes
}

#[test]
fn a_denial_of_what_a_probe_has_spent_is_not_counted() {
    for (of, counted) in [
        (&[(0, 10, true)][..], 1),
        (&[(0, 10, false)], 1),
        (&[(0, 10, true), (20, 30, true)], 2),
        (&[(0, 10, false), (20, 30, false)], 2),
        // Granted once, it may be gone.
        (&[(0, 10, true), (20, 30, false)], 1),
        // The denial came second, though it is judged first.
        (&[(0, 10, false), (5, 15, true)], 1),
        (&[(0, 10, false), (10, 15, true)], 1),
        (&[(0, 10, false), (11, 15, true)], 2),
        // It was not counted, so that it takes nothing away.
        (&[(0, 10, true), (20, 30, false), (25, 35, true)], 2),
        // Each denial belongs to one grant.
        (&[(0, 10, false), (5, 15, true), (8, 18, true)], 2),
    ] {
        assert_eq!(probes(of), counted, "{of:?}");
    }
}

/// What is told as a denial in a good answer, or redirects, has spent nothing.
#[test]
fn only_success_spends_what_a_probe_asked_for() {
    for (status, denied, counted) in [
        (204, false, 1),
        (299, false, 1),
        (300, false, 2),
        (302, false, 2),
        (200, true, 2),
        (404, true, 2),
    ] {
        let mut traffic = Traffic::new();
        for (sent, status, denied) in [(0, status, denied), (100, 404, true)] {
            let mut observation = seen(1, sent + 1, sent, sent + 10);
            observation.denial_expected = true;
            (observation.status, observation.denied) = (Some(status), denied);
            remember(&mut traffic, &observation);
        }
        let probes = traffic.route("GET /me").unwrap().probes;
        assert_eq!(probes, counted, "{status} {denied}");
    }
}

/// An answer that broke off, or that never came, is none to compare with.
#[test]
fn only_whole_answers_are_counted() {
    for (status, error, counted) in [
        (Some(200), None, true),
        (Some(200), Some(ErrorClass::Abandoned), false),
        (None, Some(ErrorClass::Timeout), false),
        (None, None, false),
    ] {
        let mut traffic = Traffic::new();
        let mut observation = seen(1, 1, 0, 10);
        (observation.status, observation.error) = (status, error);
        remember(&mut traffic, &observation);
        assert_eq!(traffic.route("GET /me").is_some(), counted, "{status:?}");
        assert_eq!(traffic.trail(UserId(1)).is_some(), counted);
    }
}

/// Whoever is known to the service has a session, and goes on with it.
#[test]
fn a_session_goes_on_with_answers_to_who_is_signed_in() {
    for (signed_in, signs_in, anonymous, status, goes_on) in [
        (true, false, false, 200, true),
        (false, true, false, 200, true),
        (true, false, false, 399, true),
        (false, false, false, 200, false),
        (true, false, true, 200, false),
        (true, false, false, 400, false),
        (true, false, true, 401, false),
    ] {
        let mut traffic = Traffic::new();
        let mut observation = seen(1, 1, 0, 10);
        observation.signed_in = signed_in;
        observation.signs_in = signs_in;
        observation.anonymous = anonymous;
        observation.status = Some(status);
        remember(&mut traffic, &observation);
        assert_eq!(traffic.trail(UserId(1)).is_some(), goes_on, "{status}");
    }
}

/// When it began, how often and when it was last answered, and by whom: four
/// instances are enough to know that there was more than one.
#[test]
fn a_session_is_followed_until_the_next_one() {
    let mut traffic = Traffic::new();
    for (by, turn) in ["n1", "n2", "n1", "n3", "n4", "n5"].into_iter().zip(1..) {
        let mut observation = observed(1, by, turn * 100, turn * 100 + 10);
        observation.session = 3;
        remember(&mut traffic, &observation);
    }
    let trail = traffic.trail(UserId(1)).unwrap();
    assert_eq!((trail.session, trail.answers), (3, 6));
    assert_eq!((trail.began, trail.last), (at(110), at(610)));
    let names: Vec<&str> = trail
        .instances
        .iter()
        .map(|own| own.name.as_str())
        .collect();
    assert_eq!(names, ["n1", "n2", "n3", "n4"]);
    // An answer that is judged late is not the last one.
    let mut late = observed(1, "n1", 50, 60);
    late.session = 3;
    remember(&mut traffic, &late);
    assert_eq!(traffic.trail(UserId(1)).unwrap().last, at(610));
    remember(&mut traffic, &observed(1, "n1", 900, 910));
    let trail = traffic.trail(UserId(1)).unwrap();
    assert_eq!((trail.session, trail.answers), (0, 1));
    assert_eq!(trail.began, at(910));
}

/// Long runs of many routes and instances do not grow: what is beyond the limit
/// is not counted, and what was there before goes on.
#[test]
fn a_thousand_routes_and_instances_are_counted() {
    let mut traffic = Traffic::new();
    for number in 0..1_002_u64 {
        let mut observation = observed(1, &format!("n{number}"), number, number);
        observation.route = format!("GET /{number}");
        remember(&mut traffic, &observation);
    }
    assert!(traffic.route("GET /999").is_some());
    assert!(traffic.route("GET /1000").is_none());
    let mut again = observed(1, "n7", 2_000, 2_000);
    again.route = "GET /999".to_owned();
    for by in ["n7", "n999", "n1000"] {
        again.instance = Some(instance(by));
        remember(&mut traffic, &again);
    }
    let counted = &traffic.route("GET /999").unwrap().instances;
    let counted: Vec<_> = counted
        .iter()
        .map(|(own, many)| (own.name.as_str(), *many))
        .collect();
    assert_eq!(counted, [("n7", 1), ("n999", 2)]);
    assert_eq!(traffic.last_answer.len(), 1_000);
    assert_eq!(traffic.last_answer[&instance("n7")], at(2_000));
}

/// All routes beyond the limit are taken for one.
#[test]
fn a_thousand_routes_are_told_apart() {
    let mut traffic = Traffic::new();
    let mut number = |path: &str| {
        let mut observation = seen(1, 1, 0, 10);
        observation.route = format!("GET /{path}");
        traffic.passed(&observation).route
    };
    let all: std::collections::BTreeSet<u32> =
        (0..1_000).map(|path| number(&path.to_string())).collect();
    assert_eq!(all.len(), 1_000);
    assert_eq!(number("7"), 7);
    assert_eq!(number("beyond"), number("further"));
    assert!(!all.contains(&number("beyond")));
}
