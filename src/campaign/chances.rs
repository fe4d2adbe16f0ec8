//! How often something could have been provoked.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::Provocation;

/// Requests under load that could have borne a provocation, whether or not the lot
/// fell on them.
#[derive(Debug, Default)]
pub(crate) struct Chances(Mutex<BTreeMap<Provocation, u64>>);

impl Chances {
    pub(super) fn add(&self, what: Provocation) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(what).or_default() += 1;
    }

    pub(super) fn of(&self, what: Provocation) -> u64 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(&what).copied().unwrap_or_default()
    }
}

/// Whether what is done to `percent` of a hundred of them should have happened by
/// now: that it has not is no accident any more (1 in 20 000), and never was one where
/// it is done to all. Where none could bear it, that is measured by all `transactions`.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(super) fn is_due(percent: f64, chances: u64, transactions: u64) -> bool {
    let of = if chances > 0 { chances } else { transactions };
    percent / 100.0 * of as f64 >= 10.0 || (chances > 0 && percent >= 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_counted_by_what_they_are_for() {
        let chances = Chances::default();
        chances.add(Provocation::DoubleSubmit);
        chances.add(Provocation::DoubleSubmit);
        chances.add(Provocation::SignOutInFlight);
        assert_eq!(chances.of(Provocation::DoubleSubmit), 2);
        assert_eq!(chances.of(Provocation::SignOutInFlight), 1);
        assert_eq!(chances.of(Provocation::SameRequest), 0);
    }

    #[test]
    fn few_that_could_bear_it_are_no_reason_to_wonder() {
        // Twelve writes among many reads: six expected, none may be chance.
        assert!(!is_due(50.0, 12, 5_000));
        assert!(!is_due(50.0, 19, 5_000));
        assert!(is_due(50.0, 20, 5_000));
    }

    /// Groups are a hundred per cent: each request waits for company.
    #[test]
    fn what_is_done_to_all_is_done_to_the_first() {
        assert!(is_due(100.0, 1, 5_000));
        assert!(is_due(100.0, 0, 10));
        assert!(!is_due(100.0, 0, 9));
        assert!(!is_due(99.0, 1, 5_000));
    }

    #[test]
    fn where_none_could_bear_it_all_are_counted() {
        assert!(is_due(5.0, 0, 200));
        assert!(!is_due(5.0, 0, 199));
        assert!(!is_due(0.0, 0, 1_000_000));
    }
}
