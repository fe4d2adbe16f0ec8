//! Sessions that are shared, and sessions that are lost.

use super::*;
use crate::oracle::IssuedCredential;

fn signing_in(mut observation: Observation, credential: &str) -> Observation {
    observation.route = "POST /session".to_owned();
    observation.url_hash = Some(hash("/session"));
    observation.signs_in = true;
    observation.issued = vec![IssuedCredential {
        name: "sid".to_owned(),
        hash: hash(credential),
        guessed: false,
    }];
    observation
}

#[test]
fn a_credential_given_to_two_is_one_incident_on_all_routes() {
    let mut carried = showing(seen(3, 5, 900, 910), 2);
    carried.carried = vec![hash("b")];
    let incidents = judged(vec![
        signing_in(seen(5, 6, 0, 10), "c"),
        signing_in(seen(0, 1, 100, 110), "a"),
        signing_in(seen(1, 2, 160, 170), "a"),
        signing_in(seen(2, 3, 300, 310), "b"),
        signing_in(seen(3, 4, 330, 380), "b"),
        carried,
    ]);
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    let incident = &incidents[0];
    assert_eq!(patterns(incident), [Pattern::CredentialCollision]);
    assert_eq!(
        incident.patterns[0].because,
        [
            "2 credentials were given to more than one user",
            "in 2 of 3 findings both users signed in within 70 ms of each other",
        ]
    );
    assert_eq!(incident.places.len(), 2);
    assert_eq!(incident.against.len(), 0);
}

#[test]
fn a_credential_of_no_sign_in_speaks_for_a_kept_answer() {
    let page = |user: u32, number: u64, sent: u64, credential: &str| {
        let mut observation = signing_in(seen(user, number, sent, sent + 10), credential);
        observation.signs_in = false;
        observation.route = "GET /".to_owned();
        observation
    };
    let incidents = judged(vec![
        page(0, 1, 0, "x"),
        page(1, 2, 100, "a"),
        page(2, 3, 5_000, "a"),
    ]);
    assert!(incidents[0].against[0].contains("`Set-Cookie`"));
}

/// Who signed in first was given it rightly; that somebody else was given it
/// with a page is what speaks for a kept answer.
#[test]
fn both_have_to_be_given_it_at_a_sign_in() {
    for (first, second) in [(true, false), (false, true), (true, true)] {
        let given = |user: u32, signs_in: bool, sent: u64, credential: &str| {
            let mut observation = signing_in(seen(user, 1, sent, sent + 10), credential);
            observation.signs_in = signs_in;
            observation
        };
        let incidents = judged(vec![
            given(0, true, 0, "x"),
            given(1, first, 100, "a"),
            given(2, second, 5_000, "a"),
        ]);
        let at_sign_in = first && second;
        let because = &incidents[0].patterns[0].because[1];
        let told = because.contains("both users signed in within 4900 ms");
        assert_eq!(told, at_sign_in, "{because}");
        assert_eq!(incidents[0].against.is_empty(), at_sign_in);
    }
}

/// Twenty sessions are used every half second. After 5 s instances come or go,
/// and from then on sessions are found as `alive` says. Users whose session is
/// lost do not come back.
fn sessions(answered_by: impl Fn(u32, u64) -> usize, alive: impl Fn(u32) -> bool) -> Vec<Incident> {
    let mut all = Vec::new();
    let mut number = 0;
    for user in 0..20_u32 {
        for turn in 0..20_u64 {
            number += 1;
            let sent = turn * 500 + u64::from(user) * 10;
            let mut observation = seen(user, number, sent, sent + 5);
            let after = turn >= 10;
            observation.window = if after { "after" } else { "before" }.to_owned();
            let by = answered_by(user, turn);
            observation.instance = Some(instance(["n1", "n2", "n3"][by]));
            let lost = after && !alive(user);
            if lost {
                observation.status = Some(401);
                observation.anonymous = true;
                observation.own_sightings = 0;
            }
            all.push(observation);
            if lost {
                break;
            }
        }
    }
    judged(all)
}

/// Balanced over two instances before and three after.
fn balanced(user: u32, turn: u64) -> usize {
    let many = if turn >= 10 { 3 } else { 2 };
    usize::try_from((u64::from(user) + turn) % many).unwrap()
}

#[test]
fn sessions_of_a_gone_instance_are_local() {
    // Each user stays at one of three; the second and the third go away.
    let home = |user: u32, turn: u64| {
        let home = usize::try_from(user % 3).unwrap();
        if turn >= 10 { 0 } else { home }
    };
    let incidents = sessions(home, |user| user % 3 == 0);
    assert_eq!(incidents.len(), 1);
    assert_eq!(
        patterns(&incidents[0])[0],
        Pattern::LocalSessions,
        "{incidents:#?}"
    );
    assert!(incidents[0].patterns[0].because[1].starts_with("13 of 20 sessions were lost"));
}

#[test]
fn a_modulo_share_of_sessions_is_rehashed() {
    let incidents = sessions(balanced, |user| user % 3 == 0);
    assert_eq!(
        patterns(&incidents[0])[0],
        Pattern::RehashedSessions,
        "{incidents:#?}"
    );
    let because = &incidents[0].patterns[0].because[0];
    assert!(because.contains("from 2 to 3"), "{because}");
    assert!(because.contains("would lose 67 %"), "{because}");
}

#[test]
fn another_share_of_sessions_is_not_rehashed() {
    for alive in [1, 2] {
        let incidents = sessions(balanced, move |user| user % 20 >= alive);
        for incident in incidents {
            let found = patterns(&incident);
            assert!(!found.contains(&Pattern::RehashedSessions), "{incident:#?}");
            assert!(!found.contains(&Pattern::LocalSessions), "{incident:#?}");
        }
    }
}

#[test]
fn all_sessions_at_once_are_an_emptied_store() {
    let incidents = sessions(balanced, |_| false);
    assert_eq!(
        patterns(&incidents[0])[0],
        Pattern::EmptiedSessionStore,
        "{incidents:#?}"
    );
    // Also when everybody stayed at one instance until then.
    let home = |user: u32, turn: u64| {
        let home = usize::try_from(user % 3).unwrap();
        if turn >= 10 { 0 } else { home }
    };
    let incidents = sessions(home, |_| false);
    let found = patterns(&incidents[0]);
    assert!(!found.contains(&Pattern::LocalSessions), "{incidents:#?}");
}

/// The run ends with the first losses: what becomes of the others is not known,
/// so that nothing is claimed of all of them.
#[test]
fn a_run_that_ends_in_the_middle_tells_nothing_of_the_others() {
    let mut all = Vec::new();
    for user in 0..20_u32 {
        for turn in 0..10_u64 {
            let number = u64::from(user) * 100 + turn + 1;
            let sent = turn * 500 + u64::from(user) * 10;
            let mut observation = seen(user, number, sent, sent + 5);
            observation.window = "before".to_owned();
            observation.instance = Some(instance(["n1", "n2"][balanced(user, turn) % 2]));
            all.push(observation);
        }
    }
    for user in 0..9_u32 {
        let mut lost = seen(user, u64::from(user) * 100 + 50, 5_000, 5_010);
        lost.window = "during".to_owned();
        lost.status = Some(401);
        lost.anonymous = true;
        lost.own_sightings = 0;
        all.push(lost);
    }
    let incidents = judged(all);
    let claimed = patterns(&incidents[0]);
    let of_sessions = [
        Pattern::LocalSessions,
        Pattern::RehashedSessions,
        Pattern::EmptiedSessionStore,
    ];
    assert!(
        !claimed.iter().any(|own| of_sessions.contains(own)),
        "{incidents:#?}"
    );
}
