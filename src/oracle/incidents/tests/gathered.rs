//! What is gathered around a finding: who else was there, and what came before.

use super::*;
use crate::model::{ErrorClass, Provocation, Rule};

#[track_caller]
fn only(all: Vec<Observation>) -> Incident {
    let mut incidents = judged(all);
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    incidents.remove(0)
}

fn by(mut observation: Observation, name: Option<&str>) -> Observation {
    observation.instance = name.map(instance);
    observation
}

/// Ten times a user is shown somebody whose own request, from `begins` to `ends`
/// ms around it, goes to an instance of its own. Others ask long before.
fn beside(begins: u64, ends: u64, owner_at: Option<&str>, viewer_at: Option<&str>) -> Incident {
    let rounds = (1..=10_u64).flat_map(|round| {
        let base = round * 20_000;
        let viewer = u32::try_from(round).unwrap();
        let owner = viewer + 100;
        let own = seen(owner, 1, base + begins, base + ends);
        let shown = showing(seen(viewer, 1, base + 1_000, base + 1_100), owner);
        let calm = |user: u32| seen(user, round, base - 10_000, base - 9_990);
        [
            by(own, owner_at),
            by(shown, viewer_at),
            calm(301),
            calm(302),
        ]
    });
    only(rounds.collect())
}

/// A request at another instance shares nothing with this one; where the
/// instance is not known, it may. Whether it is judged before or afterwards does
/// not matter, and the very moment counts.
#[test]
fn requests_overlap_at_one_instance() {
    for (owner_at, viewer_at, shares) in [
        (Some("n1"), Some("n1"), true),
        (Some("n2"), Some("n1"), false),
        (None, Some("n1"), true),
        (Some("n2"), None, true),
    ] {
        for (begins, ends, overlaps) in [
            (1_010, 1_050, true),
            (1_010, 1_500, true),
            (500, 1_000, true),
            (500, 999, false),
            (1_100, 1_200, true),
            (1_101, 1_200, false),
        ] {
            let incident = beside(begins, ends, owner_at, viewer_at);
            let count = if shares && overlaps { 10 } else { 0 };
            let told =
                format!("in {count} of 10 findings the owner had a request on the same route");
            let case = format!("{owner_at:?} {viewer_at:?} {begins} {incident:#?}");
            // Nobody else was active: whose it was is not known by that.
            assert_eq!(patterns(&incident), [], "{case}");
            assert!(incident.against[0].starts_with(&told), "{case}");
        }
    }
}

/// An owner who was never answered at the address has nothing to be kept there.
#[test]
fn an_answer_of_the_owner_s_comes_before() {
    let answered = "in 10 of 10 findings the owner had been answered at the same address before";
    let told = |incident: Incident| incident.against.contains(&answered.to_owned());
    assert!(told(beside(500, 600, Some("n1"), Some("n1"))));
    assert!(told(beside(500, 600, Some("n2"), Some("n1"))));
    assert!(told(beside(500, 1_050, Some("n1"), Some("n1"))));
    assert!(!told(beside(1_200, 1_300, Some("n1"), Some("n1"))));
    let never = (0..10_u64).map(|round| {
        let viewer = u32::try_from(round).unwrap();
        showing(
            seen(viewer, round + 1, round * 1_000, round * 1_000 + 5),
            100 + viewer,
        )
    });
    let never = only(never.collect());
    assert_eq!(never.against.len(), 1, "{never:#?}");
}

/// The owner is answered, and then `viewers` in turn are shown the owner, who is
/// answered elsewhere meanwhile.
fn kept(viewers: u32, change: fn(&mut Vec<Observation>)) -> Incident {
    let mut all = vec![seen(50, 1, 0, 10)];
    for round in 0..12_u32 {
        let sent = 1_000 + u64::from(round) * 100;
        let viewer = round % viewers;
        all.push(showing(
            seen(viewer, 100 + u64::from(round), sent, sent + 5),
            50,
        ));
        let elsewhere = seen(50, 200 + u64::from(round), sent + 40, sent + 45);
        all.push(by(elsewhere, Some("n2")));
    }
    change(&mut all);
    only(all)
}

#[test]
fn a_cache_serves_more_than_one_other_user() {
    let several = kept(3, |_| {});
    assert_eq!(
        patterns(&several),
        [Pattern::Cache, Pattern::OneInstance],
        "{several:#?}"
    );
    assert_eq!(
        several.patterns[0].because,
        [
            // By what was kept, whatever the owner was answered elsewhere.
            "12 of 12 findings were answers to the same address within 2.1 s of the owner's own \
             answer",
            "12 of 12 findings came without any request of the owner under way: no overlap is \
             needed",
            "in 12 of 12 findings the answer before at that address had shown the same person, in \
             11 to somebody else",
        ]
    );
    let alone = kept(1, |_| {});
    assert_eq!(patterns(&alone), [Pattern::OneInstance], "{alone:#?}");
}

/// An answer that shows nobody neither ends what an address shows nor begins it.
#[test]
fn answers_that_show_nobody_change_nothing() {
    let between = kept(3, |all| {
        for round in 0..12 {
            let sent = 1_000 + round * 100 + 60;
            let mut nobody = seen(90, 300 + round, sent, sent + 5);
            nobody.own_sightings = 0;
            all.push(nobody);
        }
    });
    assert_eq!(patterns(&between)[0], Pattern::Cache, "{between:#?}");
    let never = kept(3, |all| {
        for own in all.iter_mut().filter(|own| own.user == UserId(50)) {
            own.own_sightings = 0;
        }
    });
    assert!(!patterns(&never).contains(&Pattern::Cache), "{never:#?}");
}

/// Users are shown somebody who broke a request off before, among others who did
/// not.
fn after_break(gap: u64, error: ErrorClass) -> Incident {
    let mut all = Vec::new();
    for round in 0..10_u64 {
        let base = round * 20_000 + 10_000;
        let owner = u32::try_from(round).unwrap();
        let mut broken = seen(owner, round * 10 + 1, base - 10, base);
        broken.status = None;
        broken.own_sightings = 0;
        broken.error = Some(error);
        broken.outcome = Outcome::Info;
        all.push(broken);
        let done = base + gap;
        for other in 0..5 {
            let user = 50 + u32::try_from(other).unwrap();
            all.push(seen(user, round * 10 + 2 + other, done - 20, done - 15));
        }
        all.push(showing(seen(90, round * 10 + 9, done - 5, done), owner));
    }
    only(all)
}

#[test]
fn a_request_that_was_broken_off_spoils_what_comes_soon_after() {
    for (gap, soon) in [(100, true), (5_000, true), (5_001, false)] {
        let incident = after_break(gap, ErrorClass::Abandoned);
        let expected: &[_] = if soon {
            &[Pattern::DesynchronisedConnection]
        } else {
            &[]
        };
        assert_eq!(patterns(&incident), expected, "{gap}: {incident:#?}");
    }
    for (error, breaks) in [
        (ErrorClass::Timeout, true),
        (ErrorClass::Reset, true),
        (ErrorClass::StaleReuse, true),
        (ErrorClass::Refused, false),
    ] {
        let incident = after_break(100, error);
        assert_eq!(!patterns(&incident).is_empty(), breaks, "{error:?}");
    }
}

/// A user saves a thing; another session of theirs misses it, at a moment of its
/// own, and shows it in the end, when all are asked at once.
fn late_reads(number: u64) -> [Observation; 3] {
    let user = u32::try_from(number).unwrap();
    let list = |at: u64, ids: &[u64], sent: u64| {
        let mut observation = on_route(seen(user, at, sent, sent + 5), "/things");
        observation.session = 1;
        observation.dealings = Some(listing(ids, None));
        observation
    };
    let sent = number * 1_000;
    let mut save = seen(user, 1, sent, sent + 5);
    save.route = "POST /things".to_owned();
    save.status = Some(201);
    save.dealings = Some(writing(Verb::Saved, &format!("{number}")));
    let mut missing = list(2, &[], sent + 200);
    missing.provocations.push(Provocation::SameRequest);
    [save, missing, list(3, &[number], 900_000 + number)]
}

/// It is known only later that a read came late; the finding is of the moment of
/// that read.
#[test]
fn a_finding_on_an_earlier_response_is_of_its_time() {
    let all = (0..10).flat_map(late_reads);
    let calm = (100..130_u64).map(|number| {
        let user = u32::try_from(number).unwrap();
        on_route(seen(user, 1, number * 1_000, number * 1_000 + 5), "/things")
    });
    let incident = only(all.chain(calm).collect());
    assert_eq!((incident.rule, incident.findings), (Rule::StaleRead, 10));
    assert_eq!((incident.first, incident.last), (at(205), at(9_205)));
    // Ten occasions, not one.
    let provoked = incident.provocations[0];
    assert_eq!(provoked.what, Provocation::SameRequest);
    assert_eq!((provoked.answers, provoked.provoked_answers), (50, 10));
    assert!(provoked.needed, "{incident:#?}");
}
