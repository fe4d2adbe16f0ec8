//! What is said of outcomes that were made up.

use super::*;
use crate::campaign::fixture::{outcome, place};
use crate::campaign::outcome::StepOutcome;
use crate::campaign::tally::{Iterations, Tally};

/// What is said of a journey of which so many iterations and sign-ins failed, when
/// an error rate of ten percent is tolerated.
fn told(completed: u64, failed: u64, sessions_failed: u64, users_gave_up: u64) -> Verdict {
    let mut outcome = outcome();
    outcome.iterations = Iterations {
        completed,
        failed,
        sessions_failed,
        users_gave_up,
        ..Iterations::default()
    };
    outcome.steps = vec![StepOutcome {
        text: "Given the user signs in".to_owned(),
        place: place(3),
        tally: Tally {
            passed: completed,
            failed: failed + sessions_failed,
            ..Tally::default()
        },
    }];
    journey(&outcome, Some(10.0)).0
}

#[test]
fn sessions_that_cannot_begin_are_tolerated_as_iterations_are() {
    for (counts, verdict) in [
        ((95, 5, 0, 0), Verdict::Pass),
        ((95, 3, 2, 0), Verdict::Pass),
        ((90, 6, 5, 0), Verdict::Fail),
        ((80, 0, 20, 0), Verdict::Fail),
        // Nobody ever got in.
        ((0, 0, 3, 0), Verdict::Fail),
        // A user who stays away for good is no error among others.
        ((95, 2, 3, 1), Verdict::Fail),
    ] {
        let (completed, failed, sessions, gave_up) = counts;
        let found = told(completed, failed, sessions, gave_up);
        assert_eq!(found, verdict, "{counts:?}");
    }
}
