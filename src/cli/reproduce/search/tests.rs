use proptest::prelude::*;

use super::*;

/// A service that shows its defect from so many users and TPS on, so long
/// after the load began, and only with what it needs.
struct Service {
    users: u32,
    tps: u32,
    after: u64,
    needs: BTreeSet<Extra>,
}

impl Service {
    fn shows(&self, trial: &Trial) -> bool {
        trial.users >= self.users
            && trial.tps >= self.tps
            && trial.seconds.is_none_or(|seconds| seconds > self.after)
            && self.needs.is_disjoint(&trial.without)
    }

    fn run(&self, trial: &Trial) -> Came {
        let after = Duration::from_secs(self.after);
        let whole = Duration::from_secs(trial.seconds.unwrap_or(10));
        let found = self.shows(trial).then_some(after);
        Came {
            found,
            took: found.unwrap_or(whole) + Duration::from_secs(1),
            late: false,
        }
    }
}

fn recorded() -> Trial {
    Trial {
        users: 50,
        tps: 50,
        seconds: Some(60),
        without: BTreeSet::new(),
    }
}

fn search(extras: &[Extra], minutes: u64) -> Search {
    let limits = Limits {
        budget: Duration::from_secs(minutes * 60),
        attempts: 100,
    };
    Search::new(recorded(), 2, extras.to_vec(), limits)
}

fn led(mut search: Search, mut run: impl FnMut(&Trial) -> Came) -> Search {
    while let Some(trial) = search.next() {
        let came = run(&trial);
        search.tell(came);
    }
    search
}

const EXTRAS: [Extra; 4] = [
    Extra::ScaleEvents,
    Extra::Abandonment,
    Extra::Provocations,
    Extra::LaterSteps,
];

#[test]
fn two_users_are_tried_first() {
    let service = Service {
        users: 2,
        tps: 1,
        after: 1,
        needs: BTreeSet::new(),
    };
    let mut tried = Vec::new();
    let done = led(search(&EXTRAS, 10), |trial| {
        tried.push(trial.clone());
        service.run(trial)
    });
    assert_eq!(tried[1].users, 2);
    let least = done.least().unwrap();
    assert_eq!((least.shown, least.of), (5, 5));
    assert_eq!((least.trial.users, least.trial.tps), (2, 1));
    assert_eq!(least.trial.without, EXTRAS.into());
    assert!(least.trial.seconds.unwrap() <= 4, "{least:?}");
    assert_eq!(done.tried() as usize, tried.len());
}

#[test]
fn what_never_shows_is_given_up() {
    let never = |trial: &Trial| Came {
        found: None,
        took: Duration::from_secs(trial.seconds.unwrap()),
        late: false,
    };
    let done = led(search(&[], 10), never);
    assert_eq!((done.least(), done.tried()), (None, FIRST_TRIES));
}

#[test]
fn what_is_needed_stays() {
    let service = Service {
        users: 2,
        tps: 10,
        after: 2,
        needs: [Extra::ScaleEvents].into(),
    };
    let done = led(search(&EXTRAS, 10), |trial| service.run(trial));
    let without = done.least().unwrap().trial.without;
    let others = [Extra::Abandonment, Extra::Provocations, Extra::LaterSteps];
    assert_eq!(without, others.into());
}

/// Both are done on purpose, and each is left out by itself.
#[test]
fn provocations_stay_when_it_needs_them() {
    let provoking = [Extra::Abandonment, Extra::Provocations];
    for needed in provoking {
        let service = Service {
            users: 4,
            tps: 10,
            after: 2,
            needs: [needed].into(),
        };
        let mut tried = BTreeSet::new();
        let done = led(search(&provoking, 10), |trial| {
            tried.extend(trial.without.iter().copied());
            service.run(trial)
        });
        assert_eq!(tried, provoking.into());
        let least = done.least().unwrap();
        let others: BTreeSet<Extra> = provoking.into_iter().filter(|own| *own != needed).collect();
        assert_eq!(least.trial.without, others);
        assert_eq!((least.shown, least.of), (5, 5));
    }
}

/// What a starved machine did not show is tried once more, and then believed.
#[test]
fn what_a_late_harness_does_not_show_is_tried_once_more() {
    let service = Service {
        users: 4,
        tps: 10,
        after: 1,
        needs: BTreeSet::new(),
    };
    let mut tried: Vec<Trial> = Vec::new();
    let done = led(search(&[], 60), |trial| {
        let first = tried.last() != Some(trial);
        tried.push(trial.clone());
        if first {
            let came = service.run(trial);
            return Came {
                found: None,
                late: true,
                ..came
            };
        }
        service.run(trial)
    });
    let least = done.least().unwrap();
    assert_eq!((least.trial.users, least.trial.tps), (4, 10));
    // Each was tried twice: two were too few, and stayed so.
    let two = tried.iter().filter(|trial| trial.users == 2).count();
    assert_eq!(two, 2);
}

/// When the time for finding the least is over, it is repeated so often and no more.
#[test]
fn repetitions_have_an_end() {
    let service = Service {
        users: 13,
        tps: 17,
        after: 3,
        needs: BTreeSet::new(),
    };
    for seconds in (60..400).step_by(20) {
        let limits = Limits {
            budget: Duration::from_secs(seconds),
            attempts: 100,
        };
        let search = Search::new(recorded(), 2, EXTRAS.to_vec(), limits);
        let least = led(search, |trial| service.run(trial)).least().unwrap();
        assert!(least.of <= REPETITIONS, "{least:?}");
    }
}

/// Found once and never again: the one before is the least.
#[test]
fn luck_is_not_taken_for_the_least() {
    let service = Service {
        users: 20,
        tps: 1,
        after: 1,
        needs: BTreeSet::new(),
    };
    let mut lucky = 0;
    let done = led(search(&[], 30), |trial| {
        let mut came = service.run(trial);
        if trial.users == 2 && lucky == 0 {
            lucky += 1;
            came.found = Some(Duration::from_secs(1));
        }
        came
    });
    let least = done.least().unwrap();
    assert!(least.trial.users >= 20, "{least:?}");
    assert!(least.shown > 0, "{least:?}");
}

#[test]
fn the_budget_is_kept_and_a_part_of_it_is_for_repeating() {
    let service = Service {
        users: 13,
        tps: 17,
        after: 3,
        needs: BTreeSet::new(),
    };
    for minutes in [1, 2, 5] {
        let mut spent = Duration::ZERO;
        let done = led(search(&EXTRAS, minutes), |trial| {
            let came = service.run(trial);
            spent += came.took;
            came
        });
        // The last trial may have begun just before the end.
        let most = Duration::from_secs(minutes * 60 + 61);
        assert!(spent <= most, "{spent:?}");
        assert!(done.least().unwrap().of > 0, "{minutes} min");
    }
    let limits = Limits {
        budget: Duration::from_hours(1),
        attempts: 4,
    };
    let few = Search::new(recorded(), 2, Vec::new(), limits);
    assert_eq!(led(few, |trial| service.run(trial)).tried(), 4);
}

#[test]
fn iterations_have_no_time_to_shorten() {
    let mut first = recorded();
    first.seconds = None;
    let limits = Limits {
        budget: Duration::from_mins(5),
        attempts: 50,
    };
    let service = Service {
        users: 3,
        tps: 1,
        after: 1,
        needs: BTreeSet::new(),
    };
    let search = Search::new(first, 2, Vec::new(), limits);
    let least = led(search, |trial| service.run(trial)).least().unwrap();
    assert_eq!((least.trial.seconds, least.trial.users), (None, 3));
}

proptest! {
    /// Whatever the service needs is found nearly exactly, and what is told
    /// shows it.
    #[test]
    fn the_least_is_found(users in 2_u32..=50, tps in 1_u32..=50, after in 0_u64..4) {
        let service = Service { users, tps, after, needs: BTreeSet::new() };
        let done = led(search(&EXTRAS, 120), |trial| service.run(trial));
        let least = done.least().unwrap();
        prop_assert!(service.shows(&least.trial), "{least:?}");
        prop_assert_eq!((least.shown, least.of), (REPETITIONS, REPETITIONS));
        prop_assert!(least.trial.users <= users + users / 6 + 1, "{:?}", least);
        prop_assert!(least.trial.tps <= tps + tps / 6 + 1, "{:?}", least);
    }
}
