//! Patterns on hand-made findings, at the borders of what is told: one more
//! speaks for it, one fewer does not.

use std::collections::BTreeSet;

use super::super::clue::{Clue, Relation, Where};
use super::super::incident::Recognised;
use super::super::patterns::{self, Case};
use super::super::traffic::{Passed, Traffic};
use super::*;
use crate::model::{ErrorClass, Rule};

/// Finding `number` of `rule`, a second after the one before: a user of its own
/// was shown somebody of their own, and nothing else is known.
pub(super) fn clue(rule: Rule, number: u32) -> Clue {
    let user = UserId(number);
    let sent = u64::from(number) * 1_000;
    Clue {
        number: u64::from(number),
        rule,
        user,
        owner: Some(UserId(number + 1_000)),
        route: "GET /me".to_owned(),
        step: Place::new("a.feature", 3),
        place: Where::of(None),
        fact: None,
        value: None,
        passed: Passed {
            request: RequestId::new(TAG, user, 1),
            user,
            route: 0,
            url: None,
            instance: Some(0),
            sent: at(sent),
            done: at(sent + 10),
        },
        instance: Some(instance("n1")),
        window: "steady".to_owned(),
        active: BTreeSet::new(),
        overlapping: Relation::default(),
        later: Relation::default(),
        previous: false,
        broke_off: Relation::default(),
        after_owner: None,
        continues: false,
        repeats: false,
        answer_to: None,
        other_broke: None,
        credential: None,
        session: None,
        write: None,
        claim: Relation::default(),
        provoked: Vec::new(),
    }
}

/// So many findings of `rule`, each as `change` makes it of its place among them.
pub(super) fn clues(rule: Rule, many: u32, change: impl Fn(u32, &mut Clue)) -> Vec<Clue> {
    let each = (0..many).map(|at| {
        let mut clue = clue(rule, at + 1);
        change(at, &mut clue);
        clue
    });
    each.collect()
}

/// What is recognised in the findings together.
pub(super) fn recognised(clues: &[Clue], traffic: &Traffic) -> Vec<Recognised> {
    let wrong = clues
        .iter()
        .filter(|clue| clue.rule == Rule::WrongResponse)
        .map(|clue| clue.passed.request)
        .collect();
    let clues: Vec<&Clue> = clues.iter().collect();
    patterns::recognise(&Case {
        clues: &clues,
        traffic,
        wrong: &wrong,
    })
}

/// The patterns alone.
pub(super) fn found(clues: &[Clue], traffic: &Traffic) -> Vec<Pattern> {
    let recognised = recognised(clues, traffic).into_iter();
    recognised.map(|own| own.pattern).collect()
}

/// What speaks against what is recognised.
pub(super) fn against(clues: &[Clue], traffic: &Traffic) -> Vec<String> {
    let recognised = recognised(clues, traffic);
    let clues: Vec<&Clue> = clues.iter().collect();
    patterns::against(&clues, traffic, &recognised)
}

/// `traffic` with one more answer.
pub(super) fn remember(traffic: &mut Traffic, seen: &Observation) {
    let passed = traffic.passed(seen);
    traffic.remember(seen, passed, &[]);
}

/// It holds of the owner when `holds`, and of so many of `active` others.
pub(super) fn relation(clue: &mut Clue, holds: bool, others: usize, active: u32) -> Relation {
    clue.active = (0..active).map(|user| UserId(5_000 + user)).collect();
    Relation { holds, others }
}

/// The owner's request was sent meanwhile in `held` of `many` findings, and so
/// was that of `others` of ten who were active.
fn sent_meanwhile(many: u32, held: u32, others: usize) -> Vec<Clue> {
    clues(Rule::ForeignData, many, |at, clue| {
        clue.later = relation(clue, at < held, others, 10);
    })
}

#[test]
fn what_holds_of_nearly_all_findings_and_of_few_others_is_told() {
    for (many, held, others, told) in [
        // Three are enough when chance has one of five.
        (3, 3, 2, true),
        (3, 3, 3, false),
        (2, 2, 0, false),
        // Nine of ten are nearly all, eight are not.
        (10, 9, 4, true),
        (10, 9, 7, false),
        (10, 8, 0, false),
        (20, 18, 0, true),
        (20, 17, 0, false),
        // It holds of everybody, or of more than seemed active.
        (30, 30, 10, false),
        (30, 30, 12, false),
        (30, 0, 0, false),
    ] {
        let expected: &[_] = if told { &[Pattern::SharedState] } else { &[] };
        let clues = sent_meanwhile(many, held, others);
        let case = format!("{held} of {many}, {others} others");
        assert_eq!(found(&clues, &Traffic::new()), expected, "{case}");
    }
    let because = recognised(&sent_meanwhile(10, 9, 4), &Traffic::new()).remove(0);
    assert_eq!(
        because.because,
        [
            "in 9 of 10 findings the owner's own request on the same route was sent while the \
             answer was under way (40 % by chance)",
            "both were answered by the same instance",
        ]
    );
}

/// An address that goes on showing one person says the same thing again and
/// again: three findings of one owner are one.
#[test]
fn findings_that_repeat_each_other_count_once() {
    for (owners, continued, told) in [
        (3, 0, true),
        (1, 0, true),
        (3, 3, true),
        (2, 3, false),
        (1, 2, false),
        (1, 3, false),
    ] {
        let clues = clues(Rule::ForeignData, 3, |at, clue| {
            clue.later = relation(clue, true, 2, 10);
            clue.owner = Some(UserId(1_000 + at % owners));
            clue.continues = at < continued;
        });
        let expected: &[_] = if told { &[Pattern::SharedState] } else { &[] };
        let case = format!("{owners} owners, {continued} continued");
        assert_eq!(found(&clues, &Traffic::new()), expected, "{case}");
    }
}

/// Five of ten repeat the others: what held of nine held of four.
#[test]
fn what_repeats_is_left_out_of_what_held_as_well() {
    for (others, told) in [(2, true), (3, false)] {
        let clues = clues(Rule::ForeignData, 10, |at, clue| {
            clue.later = relation(clue, at != 9, others, 10);
            clue.owner = Some(UserId(1_000));
            clue.continues = at % 2 == 0;
        });
        let expected: &[_] = if told { &[Pattern::SharedState] } else { &[] };
        assert_eq!(found(&clues, &Traffic::new()), expected, "{others}");
    }
}

/// Where others often overlap as well, whoever was answered before is taken for
/// what is left over from them.
#[test]
fn overlap_with_the_one_before_is_told_only_when_it_is_rare() {
    for (others, previous, told) in [
        (1, 5, true),
        (2, 5, true),
        (3, 5, false),
        (3, 4, true),
        (2, 0, true),
        (3, 0, true),
    ] {
        let clues = clues(Rule::ForeignData, 5, |at, clue| {
            clue.overlapping = relation(clue, true, others, 10);
            clue.previous = at < previous;
        });
        let expected: &[_] = if told { &[Pattern::SharedState] } else { &[] };
        let case = format!("{others} others, {previous} before");
        assert_eq!(found(&clues, &Traffic::new()), expected, "{case}");
    }
}

#[test]
fn one_instance_of_both_is_told_only_when_it_is_known_of_all() {
    let with = |known: u32| {
        let clues = clues(Rule::ForeignData, 5, |at, clue| {
            clue.overlapping = relation(clue, true, 1, 10);
            clue.passed.instance = (at < known).then_some(0);
        });
        recognised(&clues, &Traffic::new()).remove(0).because
    };
    let overlapped = "in 5 of 5 findings the owner's own request on the same route was under way \
                      at the same time (10 % by chance)";
    assert_eq!(
        with(5),
        [overlapped, "both were answered by the same instance"]
    );
    assert_eq!(with(4), [overlapped]);
}

#[test]
fn what_came_without_overlap_speaks_against_shared_state() {
    let clues = clues(Rule::ForeignData, 10, |at, clue| {
        clue.overlapping = relation(clue, at != 3, 1, 10);
    });
    assert_eq!(found(&clues, &Traffic::new()), [Pattern::SharedState]);
    assert_eq!(
        against(&clues, &Traffic::new()),
        [
            "1 of 10 findings came without a request of the owner on the same route at the same \
             time"
        ]
    );
}

/// `many` findings at an address that shows what its owner was answered there
/// before; of how many what holds of a cache does.
fn kept(many: u32, after: u32, apart: u32, continued: u32, repeated: u32) -> Vec<Clue> {
    clues(Rule::ForeignData, many, |at, clue| {
        let spans = Duration::from_millis(500 + u64::from(at) * 100);
        clue.after_owner = (at < after).then_some(spans);
        // Everybody's requests overlap where the owner's do.
        clue.overlapping = relation(clue, at >= apart, 10, 10);
        clue.continues = at < continued;
        clue.repeats = at < repeated;
    })
}

#[test]
fn a_cache_shows_the_owner_again_and_to_several_without_overlap() {
    for (clues, told) in [
        (kept(3, 3, 3, 3, 3), true),
        (kept(2, 2, 2, 2, 2), false),
        // The owner had been answered there before.
        (kept(10, 9, 9, 10, 10), true),
        (kept(10, 8, 8, 10, 10), false),
        // At least three, and one of five, need no overlap.
        (kept(15, 15, 3, 15, 15), true),
        (kept(16, 16, 3, 16, 16), false),
        (kept(20, 20, 4, 20, 20), true),
        (kept(10, 10, 2, 10, 10), false),
        // Half of them go on with whom the address showed.
        (kept(10, 10, 10, 5, 10), true),
        (kept(10, 10, 10, 4, 10), false),
        // To more than one.
        (kept(10, 10, 10, 10, 2), true),
        (kept(10, 10, 10, 10, 1), false),
    ] {
        let expected: &[_] = if told { &[Pattern::Cache] } else { &[] };
        assert_eq!(found(&clues, &Traffic::new()), expected, "{clues:#?}");
    }
    let clues = kept(10, 9, 8, 7, 6);
    assert_eq!(
        recognised(&clues, &Traffic::new())[0].because,
        [
            "9 of 10 findings were answers to the same address within 1.3 s of the owner's own \
             answer",
            "8 of 10 findings came without any request of the owner under way: no overlap is \
             needed",
            "in 7 of 10 findings the answer before at that address had shown the same person, in \
             6 to somebody else",
        ]
    );
    assert_eq!(
        against(&clues, &Traffic::new()),
        [
            "in 1 of 10 findings no answer of the owner's own at that address was seen before",
            "in 3 of 10 findings the answer before at that address had shown somebody else",
        ]
    );
    assert_eq!(against(&kept(10, 10, 10, 10, 10), &Traffic::new()), [""; 0]);
}

/// What overlaps has not been kept, whether or not the owner was there before.
#[test]
fn only_what_was_answered_before_and_apart_needs_no_overlap() {
    let mut clues = kept(30, 27, 3, 30, 30);
    assert_eq!(found(&clues, &Traffic::new()), []);
    for clue in clues.iter_mut().rev().take(6) {
        clue.overlapping.holds = false;
    }
    // Three of the six had no answer before.
    assert_eq!(found(&clues, &Traffic::new()), [Pattern::Cache]);
    clues[0].overlapping.holds = true;
    assert_eq!(found(&clues, &Traffic::new()), []);
}

/// Where the owner asks while the answer is under way, beyond chance, it is not
/// the address alone.
#[test]
fn what_comes_together_with_the_owner_was_not_kept() {
    let mut clues = kept(20, 20, 20, 10, 10);
    for clue in &mut clues {
        clue.later = Relation {
            holds: true,
            others: 1,
        };
    }
    assert_eq!(found(&clues, &Traffic::new()), [Pattern::SharedState]);
}

#[test]
fn what_mixes_data_up_is_not_told_of_what_was_lost() {
    for rule in Rule::ALL {
        let clues = clues(rule, 10, |_, clue| {
            clue.later = relation(clue, true, 1, 10);
        });
        let told = found(&clues, &Traffic::new()).contains(&Pattern::SharedState);
        assert_eq!(told, rule.is_privacy(), "{rule}");
    }
}

/// Answers to `broken` requests that had been broken off, to `chained` that were
/// given another's themselves, and to others.
fn echoes(many: u32, broken: u32, chained: u32) -> Vec<Clue> {
    clues(Rule::WrongResponse, many, |at, clue| {
        clue.other_broke = (at < broken).then_some(ErrorClass::Abandoned);
        let other = if at < broken + chained { 1 } else { 2 };
        clue.answer_to = Some(RequestId::new(TAG, UserId((at + 1) % many + 1), other));
    })
}

#[test]
fn a_connection_out_of_step_has_begun_with_a_broken_request() {
    for (many, broken, chained, told) in [
        (10, 1, 8, true),
        (10, 1, 7, false),
        (10, 9, 0, true),
        (10, 8, 0, false),
        (10, 0, 10, false),
        (1, 1, 0, true),
    ] {
        let clues = echoes(many, broken, chained);
        let expected: &[_] = if told {
            &[Pattern::DesynchronisedConnection]
        } else {
            &[]
        };
        let case = format!("{broken} and {chained} of {many}");
        assert_eq!(found(&clues, &Traffic::new()), expected, "{case}");
    }
    assert_eq!(
        recognised(&echoes(10, 2, 7), &Traffic::new())[0].because,
        [
            "2 of 10 findings gave the answer to a request that its user had broken off",
            "7 of 10 findings gave the answer to a request that was itself given another's: off \
             by one",
        ]
    );
    assert_eq!(
        recognised(&echoes(1, 1, 0), &Traffic::new())[0].because,
        ["1 of 1 finding gave the answer to a request that its user had broken off"]
    );
}

#[test]
fn an_owner_who_broke_a_request_off_speaks_for_a_connection() {
    for (others, told) in [(1, true), (9, false)] {
        let clues = clues(Rule::ForeignData, 10, |_, clue| {
            clue.broke_off = relation(clue, true, others, 10);
        });
        let expected: &[_] = if told {
            &[Pattern::DesynchronisedConnection]
        } else {
            &[]
        };
        assert_eq!(found(&clues, &Traffic::new()), expected, "{others}");
    }
}

/// `many` findings show strangers: each value for so many users.
fn strangers(many: u32, users: u32, values: u32) -> Vec<Clue> {
    clues(Rule::UnknownIdentity, many, |at, clue| {
        clue.owner = None;
        clue.user = UserId(at % users);
        clue.value = Some(hash(&format!("stranger {}", at % values)));
    })
}

#[test]
fn a_built_in_default_is_one_strangers_value_for_several_users() {
    let told = |clues: &[Clue]| found(clues, &Traffic::new()) == [Pattern::BuiltInDefault];
    assert!(told(&strangers(3, 2, 1)));
    assert!(!told(&strangers(2, 2, 1)));
    assert!(!told(&strangers(5, 1, 1)));
    assert!(!told(&strangers(5, 5, 2)));
    // One of them is somebody, or is not known.
    let mut somebody = strangers(5, 5, 1);
    somebody[2].owner = Some(UserId(9));
    assert!(!told(&somebody));
    let mut unknown = strangers(5, 5, 1);
    for clue in &mut unknown {
        clue.value = None;
    }
    assert!(!told(&unknown));
    assert_eq!(
        recognised(&strangers(4, 2, 1), &Traffic::new())[0].because,
        [
            "4 of 4 findings showed one and the same value, to 2 users, and it is no user's of this \
             run"
        ]
    );
    // Of another rule it is a value like any other.
    let mut shown = strangers(5, 5, 1);
    for clue in &mut shown {
        clue.rule = Rule::ForeignData;
    }
    assert!(!told(&shown));
}

fn claims(many: u32, held: u32, others: usize) -> Vec<Clue> {
    clues(Rule::DoubleBooking, many, |at, clue| {
        clue.claim = relation(clue, at < held, others, 10);
    })
}

#[test]
fn claims_that_came_after_the_other_speak_against_check_then_act() {
    assert_eq!(
        found(&claims(10, 10, 1), &Traffic::new()),
        [Pattern::CheckThenAct]
    );
    assert_eq!(found(&claims(10, 10, 9), &Traffic::new()), []);
    assert_eq!(found(&claims(10, 8, 1), &Traffic::new()), []);
    assert_eq!(against(&claims(10, 10, 1), &Traffic::new()), [""; 0]);
    assert_eq!(
        against(&claims(10, 9, 1), &Traffic::new()),
        ["in 1 of 10 findings the other claim had been acknowledged before this one was sent"]
    );
}

#[test]
fn why_nothing_was_recognised_is_told() {
    let told = |many: u32, rule: Rule, overlapping: u32, after: u32| {
        let clues = clues(rule, many, |at, clue| {
            clue.overlapping = relation(clue, at < overlapping, 10, 10);
            clue.after_owner = (at < after).then_some(Duration::from_secs(1));
        });
        assert_eq!(found(&clues, &Traffic::new()), []);
        against(&clues, &Traffic::new())
    };
    assert_eq!(
        told(1, Rule::ForeignData, 0, 0),
        [
            "1 finding: too few to tell a pattern from chance",
            "in 0 of 1 finding the owner had a request on the same route under way at the same \
             time",
        ]
    );
    assert_eq!(
        told(2, Rule::SessionLost, 2, 2),
        ["2 findings: too few to tell a pattern from chance"]
    );
    assert_eq!(
        told(3, Rule::WrongResponse, 1, 1),
        [
            "in 1 of 3 findings the owner had a request on the same route under way at the same \
             time",
            "in 1 of 3 findings the owner had been answered at the same address before",
        ]
    );
    assert_eq!(told(3, Rule::DoubleBooking, 1, 1), [""; 0]);
}
