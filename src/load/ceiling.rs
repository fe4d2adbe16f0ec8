//! The limit that nothing exceeds.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::model::{Clock, Grid, Rate, Timestamp};

/// Seconds' worth of transactions that may lie together.
const TWO: NonZeroU32 = NonZeroU32::new(2).unwrap();

type Limiter = RateLimiter<NotKeyed, InMemoryState, RunTime, NoOpMiddleware<Duration>>;

/// The ceiling of a run: at most `rate` transactions in every aligned second,
/// whatever the schedule asks for, in all campaigns together.
///
/// `governor` holds the long-run rate and the burst; the count per window holds
/// the aligned second, which a token bucket with a burst alone does not.
#[derive(Clone, Debug)]
pub struct Ceiling {
    rate: Rate,
    grid: Grid,
    clock: Arc<dyn Clock>,
    limiter: Arc<Limiter>,
    window: Arc<Mutex<Window>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    second: u64,
    used: u32,
}

/// The clock of the run, as governor reads it.
#[derive(Clone, Debug)]
struct RunTime(Arc<dyn Clock>);

impl GovernorClock for RunTime {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.now().elapsed()
    }
}

impl Ceiling {
    /// A ceiling of `rate`. Arrivals inside a second are free (random moments
    /// are the point), so the end of one second and the beginning of the next
    /// can hold two seconds' worth together: that is the burst.
    pub fn new(rate: Rate, grid: Grid, clock: Arc<dyn Clock>) -> Self {
        let burst = rate.non_zero().saturating_mul(TWO);
        let quota = Quota::per_second(rate.non_zero()).allow_burst(burst);
        let limiter = RateLimiter::direct_with_clock(quota, RunTime(Arc::clone(&clock)));
        Self {
            rate,
            grid,
            clock,
            limiter: Arc::new(limiter),
            window: Arc::default(),
        }
    }

    /// The highest rate.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// This moment, if a transaction that was admitted at `admitted` may still be
    /// sent: room that was taken in one second is none in the next.
    pub(super) fn still_holds(&self, admitted: Timestamp) -> Option<Timestamp> {
        let now = self.clock.now();
        (self.grid.second(admitted) == self.grid.second(now)).then_some(now)
    }

    /// Takes room for `count` transactions, all or none, and gives the moment in
    /// whose second they count.
    pub fn admit(&self, count: NonZeroU32) -> Option<Timestamp> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let second = self.grid.second(now);
        if window.second != second {
            *window = Window { second, used: 0 };
        }
        let used = window.used.saturating_add(count.get());
        if used > self.rate.tps() || !matches!(self.limiter.check_n(count), Ok(Ok(()))) {
            return None;
        }
        window.used = used;
        Some(now)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Default)]
    struct ManualClock(AtomicU64);

    impl Clock for ManualClock {
        fn now(&self) -> Timestamp {
            Timestamp::after(Duration::from_millis(self.0.load(Ordering::Relaxed)))
        }
    }

    proptest! {
        #[test]
        fn no_aligned_second_holds_more(
            tps in 1_u32..100,
            phase in 0_u64..1000,
            calls in prop::collection::vec((0_u64..40, 1_u32..4), 1..600),
        ) {
            let clock = Arc::new(ManualClock::default());
            let grid = Grid::with_phase(Duration::from_millis(phase));
            let ceiling = Ceiling::new(Rate::per_second(tps).unwrap(), grid, Arc::clone(&clock) as Arc<dyn Clock>);
            let mut seen = std::collections::BTreeMap::<u64, u32>::new();
            for (step, count) in calls {
                clock.0.fetch_add(step, Ordering::Relaxed);
                if let Some(at) = ceiling.admit(NonZeroU32::new(count).unwrap()) {
                    *seen.entry(grid.second(at)).or_default() += count;
                }
            }
            prop_assert!(seen.values().all(|&used| used <= tps), "{seen:?}");
        }
    }

    #[test]
    fn more_in_a_second_than_the_rate_is_refused() {
        let clock = Arc::new(ManualClock::default());
        let rate = Rate::per_second(5).unwrap();
        let ceiling = Ceiling::new(rate, Grid::with_phase(Duration::ZERO), clock);
        assert_eq!(ceiling.admit(NonZeroU32::new(6).unwrap()), None);
        assert!(ceiling.admit(NonZeroU32::new(5).unwrap()).is_some());
        assert_eq!(ceiling.admit(NonZeroU32::MIN), None);
    }

    #[test]
    fn room_in_one_second_is_none_in_the_next() {
        let clock = Arc::new(ManualClock::default());
        let rate = Rate::per_second(5).unwrap();
        let grid = Grid::with_phase(Duration::ZERO);
        let ceiling = Ceiling::new(rate, grid, Arc::clone(&clock) as Arc<dyn Clock>);
        clock.0.store(1_998, Ordering::Relaxed);
        let admitted = ceiling.admit(NonZeroU32::MIN).unwrap();
        clock.0.store(1_999, Ordering::Relaxed);
        assert_eq!(ceiling.still_holds(admitted), Some(clock.now()));
        clock.0.store(2_000, Ordering::Relaxed);
        assert_eq!(ceiling.still_holds(admitted), None);
    }
}
