//! Whether instances are said to have had their share where few answers came.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;

/// `instances` serve for `length` seconds and give five answers a second, each
/// one that `choose` names.
fn few_answers(instances: u32, length: u64, choose: impl FnMut() -> u32) -> Answer {
    let mut history = History::default();
    let all = (0..instances).map(|number| Observed::new(id(number), InstanceState::Ready));
    let snapshot = Snapshot {
        desired: None,
        instances: all.collect(),
    };
    for number in 0..instances {
        history.answered(&id(number), at(BEGIN), at(BEGIN));
    }
    let end = BEGIN + length * 1_000;
    let moments = (BEGIN..=end).step_by(200);
    for (now, own) in moments.clone().zip(std::iter::repeat_with(choose)) {
        history.answered(&id(own), at(now), at(now));
    }
    for now in moments {
        history.looked(&snapshot, at(now), at(now));
    }
    let stages = Stages::constant(rate(5), seconds(length));
    let seen = PolicyOutcome {
        policy: Some(PolicyState::default()),
        begin: at(BEGIN),
        end: at(end),
        hold: seconds(1),
        stages,
        history,
    };
    Watched::seen(&seen).unwrap().serves_from(instances)
}

#[test]
fn few_answers_that_are_dealt_out_at_random_are_fair() {
    for (instances, length) in [(10, 60), (4, 17), (4, 60), (2, 30)] {
        let verdicts: Vec<Verdict> = (0..100)
            .map(|seed| {
                let mut chance = ChaCha8Rng::seed_from_u64(seed);
                few_answers(instances, length, || chance.random_range(0..instances)).0
            })
            .collect();
        let passed = verdicts.iter().filter(|own| **own == Verdict::Pass).count();
        assert!(!verdicts.contains(&Verdict::Fail), "{instances} {length}");
        assert!(length < 60 || passed > 90, "{instances} {length}: {passed}");
    }
    // One of them is asked nothing.
    let mut sent = 0;
    let (verdict, why) = few_answers(10, 60, || {
        sent += 1;
        sent % 9
    });
    assert_eq!(verdict, Verdict::Fail, "{why}");
    assert!(why.contains("n9/1 0 (0 %)"), "{why}");
}

#[test]
fn who_has_just_come_may_be_given_its_share_little_by_little() {
    let mut sent = 0;
    let (verdict, why) = few_answers(2, 60, || {
        sent += 1;
        // The one asks for half of it only in the end.
        u32::from(sent > 200 && sent % 2 == 0)
    });
    assert_eq!(verdict, Verdict::Pass, "{why}");
}
