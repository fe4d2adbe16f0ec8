//! The abort guard: stops the load when too much of it fails.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::config::ScalingConfig;
use crate::model::{Rate, Timestamp};

/// Fewer transactions say nothing about a share, except where there cannot be
/// more in a window.
const FEWEST: u64 = 20;

/// Fewer than these never do.
const LEAST: u64 = 3;

/// How finely time is counted.
const SLICE: Duration = Duration::from_millis(100);

/// Watches the share of errors over the time just past.
#[derive(Debug)]
pub(crate) struct AbortGuard {
    above: f64,
    window: Duration,
    fewest: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Number of the slice, transactions, errors.
    slices: VecDeque<(u128, u64, u64)>,
    first: Option<Timestamp>,
    tripped: Option<String>,
}

impl AbortGuard {
    /// The guard that the profile asks for, if any, of so many users at `rate`.
    pub(crate) fn of(config: &ScalingConfig, rate: Rate, users: u32) -> Option<Self> {
        let window = config.abort_window;
        // Where nothing is answered, each user waits for one request.
        let half = (u128::from(rate.tps()) * window.as_millis()).div_ceil(2_000);
        let half = u64::try_from(half).unwrap_or(u64::MAX);
        let fewest = FEWEST.min(half).min(u64::from(users));
        Some(Self {
            above: config.abort_above?,
            window,
            fewest: fewest.max(LEAST),
            inner: Mutex::default(),
        })
    }

    /// What was sent at this moment or earlier and has had nothing of an answer
    /// at `now` has waited too long.
    pub(crate) fn patience(&self, now: Timestamp) -> Timestamp {
        Timestamp::after(now.elapsed().saturating_sub(self.window))
    }

    /// A transaction ended at `done`, while so many others were `waiting` too
    /// long. Whether the load is to be stopped because of it.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub(crate) fn note(&self, done: Timestamp, failed: bool, waiting: u64) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let slice = done.elapsed().as_millis() / SLICE.as_millis();
        let first = *inner.first.get_or_insert(done);
        match inner.slices.back_mut() {
            // Ends are told a little out of order.
            Some((last, transactions, errors)) if *last >= slice => {
                *transactions += 1;
                *errors += u64::from(failed);
            }
            _ => inner.slices.push_back((slice, 1, u64::from(failed))),
        }
        let kept = self.window.as_millis() / SLICE.as_millis();
        while inner
            .slices
            .front()
            .is_some_and(|(old, ..)| old + kept < slice)
        {
            inner.slices.pop_front();
        }
        let sum = |of: fn(&(u128, u64, u64)) -> u64| inner.slices.iter().map(of).sum::<u64>();
        let (transactions, errors) = (sum(|own| own.1) + waiting, sum(|own| own.2) + waiting);
        let share = errors as f64 * 100.0 / transactions.max(1) as f64;
        let told = inner.tripped.is_some() || done.since(first) < self.window;
        if told || transactions < self.fewest || share <= self.above {
            return false;
        }
        inner.tripped = Some(format!(
            "{errors} of {transactions} transactions ({share:.0} %) failed or waited in the {} before \
             {done}, above the {} % of `scaling.abort-above`: the load and the events that were left were \
             stopped",
            humantime::format_duration(self.window),
            self.above
        ));
        true
    }

    /// Why the load was stopped, if it was.
    pub(crate) fn tripped(&self) -> Option<String> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.tripped.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> AbortGuard {
        AbortGuard {
            above: 50.0,
            window: Duration::from_secs(2),
            fewest: FEWEST,
            inner: Mutex::default(),
        }
    }

    /// The moment in milliseconds at which it trips, over transactions every
    /// 20 ms until 10 s.
    fn trips(failed: impl Fn(u64) -> bool) -> Option<u64> {
        let guard = guard();
        (0..10_000).step_by(20).find(|millis| {
            let done = Timestamp::after(Duration::from_millis(*millis));
            guard.note(done, failed(*millis), 0)
        })
    }

    #[test]
    fn a_short_burst_of_errors_is_borne() {
        assert_eq!(trips(|millis| (4_000..4_900).contains(&millis)), None);
        assert_eq!(trips(|millis| millis % 60 == 0), None);
    }

    #[test]
    fn an_outage_is_not() {
        let at = trips(|millis| millis >= 4_000).unwrap();
        assert!((4_900..5_300).contains(&at), "{at}");
        // From the beginning: a whole window has to be seen.
        assert_eq!(trips(|_| true), Some(2_000));
    }

    #[test]
    fn few_transactions_say_nothing_and_it_trips_once() {
        let guard = guard();
        for second in 0..10 {
            let done = Timestamp::after(Duration::from_secs(second));
            assert!(!guard.note(done, true, 0));
        }
        let late = Timestamp::after(Duration::from_secs(11));
        let tripped = (0..100).filter(|_| guard.note(late, true, 0)).count();
        assert_eq!(tripped, 1);
        let why = guard.tripped().unwrap();
        assert!(why.contains("`scaling.abort-above`"), "{why}");
    }

    /// Users that wait up to 10 s for each answer, 5 transactions a second.
    #[test]
    fn an_outage_of_few_who_wait_long_is_seen() {
        let config = |users| {
            let profile = crate::config::load(crate::config::Sources {
                flags: &[
                    ("scaling.abort-above".to_owned(), "50".to_owned()),
                    ("scaling.abort-window".to_owned(), "5s".to_owned()),
                ],
                ..crate::config::Sources::default()
            });
            let rate = Rate::per_second(5).unwrap();
            AbortGuard::of(&profile.unwrap().scaling, rate, users).unwrap()
        };
        assert_eq!(
            (config(40).fewest, config(8).fewest, config(1).fewest),
            (13, 8, 3)
        );
        let at = |seconds| Timestamp::after(Duration::from_secs(seconds));
        let trips = |waiting: u64| {
            let guard = config(8);
            let _ = guard.note(at(0), false, 0);
            // Nothing ends for ten seconds; then the first of eight.
            guard.note(at(10), true, waiting)
        };
        assert!(trips(7));
        // One of them was slow, and the others are about to be answered.
        assert!(!trips(1));
        assert_eq!(config(8).patience(at(10)), at(5));
        assert_eq!(config(8).patience(at(1)), at(0));
    }
}
