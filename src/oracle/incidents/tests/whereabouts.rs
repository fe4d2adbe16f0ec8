//! Where and when findings were, on hand-made ones: compared with where and when
//! all answers and writes were.

use super::super::clue::{Clue, SharedCredential};
use super::super::traffic::Traffic;
use super::cases::{against, clues, found, recognised, remember};
use super::*;
use crate::model::{Passage, Rule};

/// So many answers of `by` in `window`.
fn answers(traffic: &mut Traffic, route: &str, by: &str, window: &str, many: u64) {
    for number in 0..many {
        let mut observation = observed(1, by, number, number);
        observation.route = route.to_owned();
        observation.window = window.to_owned();
        remember(traffic, &observation);
    }
}

/// Three findings of one in five answers are not by chance, of one in four they
/// may be.
#[test]
fn one_instance_is_told_when_others_answered_more() {
    for (many, here, elsewhere, told) in [
        (3, 1, 4, true),
        (3, 1, 3, false),
        (2, 1, 99, false),
        (9, 60, 40, false),
        (10, 60, 40, true),
        (10, 10, 0, false),
        (10, 0, 0, false),
    ] {
        let mut traffic = Traffic::new();
        answers(&mut traffic, "GET /me", "n1", "steady", here);
        answers(&mut traffic, "GET /me", "n2", "steady", elsewhere);
        let clues = clues(Rule::ForeignData, many, |_, _| {});
        let expected: &[_] = if told { &[Pattern::OneInstance] } else { &[] };
        let case = format!("{many} of {here} and {elsewhere}");
        assert_eq!(found(&clues, &traffic), expected, "{case}");
    }
}

#[test]
fn one_instance_is_that_of_all_findings() {
    let mut traffic = Traffic::new();
    answers(&mut traffic, "GET /me", "n1", "steady", 10);
    answers(&mut traffic, "GET /me", "n2", "steady", 90);
    let with = |rule: Rule, change: fn(&mut Clue)| {
        let clues = clues(rule, 5, |at, clue| {
            if at == 3 {
                change(clue);
            }
        });
        found(&clues, &traffic)
    };
    assert_eq!(with(Rule::ForeignData, |_| {}), [Pattern::OneInstance]);
    assert_eq!(
        with(Rule::ForeignData, |own| own.instance = Some(instance("n2"))),
        []
    );
    assert_eq!(with(Rule::ForeignData, |own| own.instance = None), []);
    // Where a lost session is noticed says nothing of where it was lost.
    assert_eq!(with(Rule::SessionLost, |_| {}), []);
}

/// Findings of several routes are compared with the answers of all of them, and
/// not with those of other routes.
#[test]
fn answers_are_those_of_the_routes_of_the_findings() {
    for (elsewhere, told) in [(12, true), (9, false)] {
        let mut traffic = Traffic::new();
        answers(&mut traffic, "GET /a", "n1", "steady", 2);
        answers(&mut traffic, "GET /b", "n1", "steady", 1);
        answers(&mut traffic, "GET /b", "n2", "steady", elsewhere);
        answers(&mut traffic, "GET /c", "n2", "steady", 100);
        let clues = clues(Rule::ForeignData, 3, |at, clue| {
            clue.route = ["GET /a", "GET /b"][at as usize % 2].to_owned();
        });
        let all = recognised(&clues, &traffic);
        assert_eq!(!all.is_empty(), told, "{all:?}");
        if told {
            assert_eq!(
                all[0].because,
                [
                    "all 3 findings came from instance n1, which gave 20 % of 15 answers on that \
                     route"
                ]
            );
        }
    }
}

#[test]
fn a_scale_event_is_told_when_more_answers_came_before() {
    for (windows, [before, during, after], told) in [
        (["during"; 3], [4, 1, 0], Some("during")),
        (["during"; 3], [3, 1, 0], None),
        (["during"; 3], [2, 1, 2], Some("during")),
        (
            ["during", "after", "during"],
            [8, 1, 1],
            Some("during or after"),
        ),
        (["during", "after", "during"], [6, 1, 1], None),
        (["after"; 3], [8, 1, 1], Some("during or after")),
        (["after"; 3], [6, 1, 1], None),
        (["before", "during", "during"], [90, 5, 5], None),
        (["steady"; 3], [90, 5, 5], None),
    ] {
        let mut traffic = Traffic::new();
        for (window, many) in [("before", before), ("during", during), ("after", after)] {
            answers(&mut traffic, "GET /me", "n1", window, many);
        }
        let clues = clues(Rule::ForeignData, 3, |at, clue| {
            clue.window = windows[at as usize].to_owned();
        });
        let because: Vec<String> = recognised(&clues, &traffic)
            .into_iter()
            .flat_map(|own| own.because)
            .collect();
        let expected: Vec<String> = told
            .map(|when| {
                format!(
                    "all 3 findings came {when} a scale event, and 20 % of {} answers on that \
                     route did",
                    before + during + after
                )
            })
            .into_iter()
            .collect();
        assert_eq!(because, expected, "{windows:?}");
    }
}

/// A write of `user` on `route`, of a thing of `verb`.
pub(super) fn dealt(user: u32, route: &str, verb: Verb, sent: u64, done: u64) -> Observation {
    let mut observation = observed(user, "n1", sent, done);
    observation.route = route.to_owned();
    observation.dealings = Some(super::writing(verb, "x"));
    observation
}

/// `user` saves something, and is told so.
pub(super) fn written(
    traffic: &mut Traffic,
    user: u32,
    by: &str,
    window: &str,
    sent: u64,
    done: u64,
) {
    let mut observation = dealt(user, "POST /things", Verb::Saved, sent, done);
    observation.instance = Some(instance(by));
    observation.window = window.to_owned();
    remember(traffic, &observation);
}

/// The finding is about the write that its user sent at `sent`.
pub(super) fn about(clue: &mut Clue, sent: u64) {
    clue.write = Some(Passage {
        request: RequestId::new(TAG, clue.user, sent + 1),
        route: "POST /things".to_owned(),
        place: Place::new("a.feature", 3),
        sent: at(sent),
        done: Some(at(sent)),
        instance: Some(instance("n1")),
    });
}

/// Where and when `many` writes were acknowledged that were lost, and further
/// ones that were not.
fn lost(
    many: u32,
    of: impl Fn(u32) -> (&'static str, &'static str),
    others: &[(&str, &str)],
) -> Vec<String> {
    let mut traffic = Traffic::new();
    let clues = clues(Rule::LostWrite, many, |at, clue| {
        about(clue, u64::from(at) * 10_000);
    });
    for (clue, number) in clues.iter().zip(0..) {
        let (by, window) = of(number);
        let sent = u64::from(number) * 10_000;
        written(&mut traffic, clue.user.0, by, window, sent, sent);
    }
    for ((by, window), number) in others.iter().zip(100..) {
        written(
            &mut traffic,
            1,
            by,
            window,
            number * 10_000,
            number * 10_000,
        );
    }
    let each = recognised(&clues, &traffic).into_iter();
    each.flat_map(|own| own.because).collect()
}

/// The same of what was lost, and of where it had been acknowledged.
#[test]
fn one_instance_of_lost_writes_is_told_when_others_wrote_more() {
    let told = |many: u32, others: usize| {
        !lost(many, |_| ("n1", "steady"), &vec![("n2", "steady"); others]).is_empty()
    };
    assert!(told(3, 11));
    assert!(!told(3, 10));
    assert!(!told(2, 1_000));
    assert!(!told(3, 0));
    assert_eq!(
        lost(3, |_| ("n1", "steady"), &[("n2", "steady"); 12]),
        ["all 3 lost writes had been acknowledged by instance n1, as were 20 % of all 15 writes"]
    );
    let two = |number: u32| (["n1", "n3"][usize::from(number == 4)], "steady");
    assert_eq!(lost(5, two, &[("n2", "steady"); 90]), [""; 0]);
}

#[test]
fn a_scale_event_of_lost_writes_is_told_when_more_came_before() {
    let then = |windows: [&'static str; 3], others: &[(&str, &str)]| {
        lost(3, |number| ("n1", windows[number as usize]), others)
    };
    let by = |window: &'static str, many: usize| vec![("n1", window); many];
    let told = |when: &str| {
        [format!(
            "all 3 lost writes were acknowledged {when} a scale event, as were 20 % of all 15 \
             writes"
        )]
    };
    assert_eq!(then(["during"; 3], &by("before", 12)), told("during"));
    assert_eq!(then(["during"; 3], &by("after", 12)), told("during"));
    assert_eq!(then(["during"; 3], &by("during", 12)), [""; 0]);
    let mixed = ["during", "after", "during"];
    assert_eq!(then(mixed, &by("before", 12)), told("during or after"));
    assert_eq!(then(mixed, &by("after", 12)), [""; 0]);
    assert_eq!(then(mixed, &by("during", 12)), [""; 0]);
    assert_eq!(
        then(["after"; 3], &by("before", 12)),
        told("during or after")
    );
    assert_eq!(
        then(["before", "during", "during"], &by("before", 100)),
        [""; 0]
    );
}

/// `many` reads do not show a write, `apart` of them at another instance than
/// the write's; so are `elsewhere` of all `reads` after a write.
fn stale(rule: Rule, many: u32, apart: u32, elsewhere: u32, reads: u32) -> (Vec<Clue>, Traffic) {
    let mut traffic = Traffic::new();
    for user in 0..reads {
        let sent = u64::from(user) * 100;
        written(&mut traffic, user, "n1", "steady", sent, sent);
        let by = if user < elsewhere { "n2" } else { "n1" };
        remember(&mut traffic, &observed(user, by, sent + 50, sent + 50));
    }
    let clues = clues(rule, many, |number, clue| {
        about(clue, u64::from(number));
        // Answered by either, so that no instance is the only one.
        let (written, read) = if number % 2 == 0 {
            ("n1", "n2")
        } else {
            ("n2", "n1")
        };
        clue.instance = Some(instance(read));
        if let Some(write) = &mut clue.write {
            write.instance = Some(instance(if number < apart { written } else { read }));
        }
    });
    (clues, traffic)
}

#[test]
fn a_replica_is_told_when_reads_at_another_instance_are_rarer() {
    for (many, apart, elsewhere, reads, told) in [
        (3, 3, 1, 5, true),
        (3, 3, 1, 4, false),
        (2, 2, 0, 50, false),
        (10, 9, 20, 50, true),
        (10, 9, 25, 50, false),
        (10, 8, 1, 50, false),
        (50, 50, 90, 100, true),
        (60, 60, 91, 100, false),
        (30, 30, 0, 0, false),
    ] {
        for rule in [Rule::StaleRead, Rule::SessionRollback] {
            let (clues, traffic) = stale(rule, many, apart, elsewhere, reads);
            let expected: &[_] = if told { &[Pattern::Replica] } else { &[] };
            let case = format!("{apart} of {many}, {elsewhere} of {reads}");
            assert_eq!(found(&clues, &traffic), expected, "{case}");
        }
        let (clues, traffic) = stale(Rule::PhantomWrite, many, apart, elsewhere, reads);
        assert_eq!(found(&clues, &traffic), []);
    }
    let (clues, traffic) = stale(Rule::StaleRead, 10, 9, 20, 50);
    assert_eq!(
        recognised(&clues, &traffic)[0].because,
        [
            "in 9 of 10 findings another instance answered than the one that acknowledged the \
             write; of all 50 answers to users on that route after a write, 40 % came from another \
             one"
        ]
    );
    assert_eq!(
        against(&clues, &traffic),
        ["in 1 of 10 findings the same instance answered that had acknowledged the write"]
    );
    let (clues, traffic) = stale(Rule::StaleRead, 10, 10, 20, 50);
    assert_eq!(against(&clues, &traffic), [""; 0]);
}

/// Where no instance is named, none is another one.
#[test]
fn a_read_without_an_instance_speaks_for_no_replica() {
    let (clues, traffic) = stale(Rule::StaleRead, 10, 10, 5, 50);
    assert_eq!(found(&clues, &traffic), [Pattern::Replica]);
    let unnamed: [fn(&mut Clue); 3] = [
        |clue| clue.instance = None,
        |clue| clue.write.iter_mut().for_each(|own| own.instance = None),
        |clue| clue.write = None,
    ];
    for change in unnamed {
        let mut clues = clues.clone();
        clues.iter_mut().take(2).for_each(change);
        assert_eq!(found(&clues, &traffic), []);
    }
}

/// `granted` and `denied` probes of things of their own.
fn probes(traffic: &mut Traffic, route: &str, granted: u64, denied: u64) {
    for number in 0..granted + denied {
        let mut observation = observed(1, "n1", number, number);
        observation.route = route.to_owned();
        observation.url_hash = Some(hash(&format!("{route}/{number}")));
        observation.denial_expected = true;
        if number >= granted {
            observation.status = Some(403);
            observation.denied = true;
        }
        remember(traffic, &observation);
    }
}

#[test]
fn a_check_is_missing_where_all_probes_of_all_routes_succeeded() {
    for (many, a, b, told) in [
        (3, (3, 0), (0, 0), true),
        (2, (2, 0), (0, 0), false),
        (3, (3, 1), (0, 0), false),
        (6, (3, 0), (3, 0), true),
        (6, (3, 0), (3, 1), false),
        (6, (3, 1), (3, 0), false),
    ] {
        let mut traffic = Traffic::new();
        probes(&mut traffic, "GET /a", a.0, a.1);
        probes(&mut traffic, "GET /b", b.0, b.1);
        probes(&mut traffic, "GET /c", 5, 5);
        let clues = clues(Rule::AccessGranted, many, |at, clue| {
            clue.route = if at < 3 { "GET /a" } else { "GET /b" }.to_owned();
            clue.instance = None;
        });
        let all = recognised(&clues, &traffic);
        assert_eq!(!all.is_empty(), told, "{many} of {a:?} and {b:?}");
        if told {
            let because = format!("every probe succeeded: {many} of {many}");
            assert_eq!(all[0].because, [because]);
        }
    }
}

/// A credential that somebody else has, too; `apart` where it was just given.
fn credential(name: &str, apart: Option<u64>, at_sign_in: bool) -> SharedCredential {
    SharedCredential {
        name: "sid".to_owned(),
        hash: hash(name),
        apart: apart.map(Duration::from_millis),
        at_sign_in,
    }
}

#[test]
fn a_shared_credential_is_told_with_how_it_was_given() {
    type Case<'a> = (Vec<Option<SharedCredential>>, &'a [&'a str], &'a [&'a str]);
    let elsewhere = "in 1 of 2 findings the credential was not given at a sign-in: an answer with \
                     `Set-Cookie` may have been kept and given to others";
    let cases: [Case<'_>; 5] = [
        (
            vec![Some(credential("a", Some(70), true))],
            &[
                "1 credential was given to more than one user",
                "in 1 of 1 finding both users signed in within 70 ms of each other",
            ],
            &[],
        ),
        (
            vec![
                Some(credential("a", Some(70), true)),
                Some(credential("b", Some(90), false)),
            ],
            &[
                "2 credentials were given to more than one user",
                "in 2 of 2 findings both users got it within 90 ms of each other",
            ],
            &[elsewhere],
        ),
        (
            vec![
                Some(credential("a", None, true)),
                Some(credential("a", Some(20), true)),
            ],
            &[
                "1 credential was given to more than one user",
                "in 1 of 2 findings both users signed in within 20 ms of each other",
            ],
            &[],
        ),
        (
            vec![Some(credential("a", None, false)), None],
            &["1 credential was given to more than one user"],
            &[],
        ),
        (vec![None, None], &[], &[]),
    ];
    for (credentials, because, speaks_against) in cases {
        let many = u32::try_from(credentials.len()).unwrap();
        let clues = clues(Rule::SessionSwap, many, |at, clue| {
            clue.credential = credentials[at as usize].clone();
        });
        let traffic = Traffic::new();
        let told: Vec<String> = recognised(&clues, &traffic)
            .into_iter()
            .flat_map(|own| own.because)
            .collect();
        assert_eq!(told, because);
        if !because.is_empty() {
            assert_eq!(found(&clues, &traffic), [Pattern::CredentialCollision]);
            assert_eq!(against(&clues, &traffic), speaks_against);
        }
    }
}
