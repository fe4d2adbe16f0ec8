//! Due times: pure arithmetic, no clock.

use std::collections::VecDeque;
use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::config::Arrivals;
use crate::model::{Grid, Rate, Timestamp};

const SECOND: Duration = Duration::from_secs(1);

/// Nothing is due in the last moments of a second: a permit that is released
/// a little late would otherwise count in the next one and exceed its limit.
const GUARD: Duration = Duration::from_millis(25);

/// A moment at which transactions are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// The window of the grid it counts in.
    pub second: u64,
}

/// The due times of one phase of load, in order.
///
/// Every full second of the grid holds exactly `rate` due times; the first and
/// the last, cut by the beginning and the end, hold their share. Where in the
/// second they lie is decided by the [`Arrivals`].
#[derive(Debug)]
pub struct Schedule {
    rate: Rate,
    arrivals: Arrivals,
    grid: Grid,
    begin: Timestamp,
    end: Option<Timestamp>,
    rng: ChaCha8Rng,
    second: u64,
    issued: u64,
    ready: VecDeque<Due>,
}

impl Schedule {
    /// `rate` from `begin` on, for `length` (for ever when `None`).
    pub fn new(
        rate: Rate,
        arrivals: Arrivals,
        grid: Grid,
        begin: Timestamp,
        length: Option<Duration>,
        seed: u64,
    ) -> Self {
        Self {
            rate,
            arrivals,
            grid,
            begin,
            end: length.map(|length| begin + length),
            rng: ChaCha8Rng::seed_from_u64(seed),
            second: grid.second(begin),
            issued: 0,
            ready: VecDeque::new(),
        }
    }

    /// How many transactions the whole schedule holds; `None` for an endless one.
    pub fn total(&self) -> Option<u64> {
        let end = self.end?;
        Some(share(self.rate, end.since(self.begin)))
    }

    /// Fills `ready` with the due times of the next second that has any.
    fn fill(&mut self) {
        while self.ready.is_empty() {
            let second = self.second;
            let from = self.grid.begin(second).max(self.begin);
            if self.end.is_some_and(|end| from >= end) {
                return;
            }
            let next = self.grid.begin(second + 1);
            let to = self.end.map_or(next, |end| end.min(next));
            // The share is taken of the whole time so far, so that rounding in
            // the first and last second never adds up.
            let owed = share(self.rate, to.since(self.begin)).saturating_sub(self.issued);
            let count = owed.min(u64::from(self.rate.tps()));
            let width = Timestamp::after(next.elapsed().saturating_sub(GUARD))
                .min(to)
                .since(from);
            self.second += 1;
            if width.is_zero() {
                continue;
            }
            self.issued += count;
            for offset in self.offsets(count, width, to.since(from)) {
                self.ready.push_back(Due {
                    at: from + offset,
                    second,
                });
            }
        }
    }

    /// `count` ordered offsets inside `width`.
    fn offsets(&mut self, count: u64, width: Duration, whole: Duration) -> Vec<Duration> {
        let mut random = |count: u64| -> Vec<Duration> {
            let mut offsets: Vec<_> = (0..count)
                .map(|_| width.mul_f64(self.rng.random_range(0.0..1.0)))
                .collect();
            offsets.sort_unstable();
            offsets
        };
        match self.arrivals {
            Arrivals::Random => random(count),
            Arrivals::Even => (0..u32::try_from(count).unwrap_or(u32::MAX))
                .map(|i| whole / u32::try_from(count).unwrap_or(u32::MAX).max(1) * i)
                .collect(),
            Arrivals::Bursts(size) => {
                let size = u64::from(size.get());
                random(count.div_ceil(size))
                    .into_iter()
                    .flat_map(|offset| (0..size).map(move |_| offset))
                    .take(usize::try_from(count).unwrap_or(usize::MAX))
                    .collect()
            }
        }
    }
}

impl Iterator for Schedule {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        if self.ready.is_empty() {
            self.fill();
        }
        self.ready.pop_front()
    }
}

/// How many transactions `rate` makes in `span`, rounded to the nearest.
fn share(rate: Rate, span: Duration) -> u64 {
    let nanos = span.as_nanos() * u128::from(rate.tps()) + SECOND.as_nanos() / 2;
    u64::try_from(nanos / SECOND.as_nanos()).unwrap_or(u64::MAX)
}

/// A generator that draws the same numbers on every machine.
pub(super) fn seeded(seed: u64) -> impl Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;

    fn schedule(tps: u32, arrivals: Arrivals, phase: u64, seconds: u64, seed: u64) -> Schedule {
        let grid = Grid::with_phase(Duration::from_millis(phase));
        let begin = Timestamp::after(Duration::from_millis(130));
        let rate = Rate::per_second(tps).unwrap();
        let length = Some(Duration::from_secs(seconds));
        Schedule::new(rate, arrivals, grid, begin, length, seed)
    }

    #[test]
    fn the_same_seed_gives_the_same_moments() {
        let once: Vec<_> = schedule(50, Arrivals::Random, 0, 5, 7).collect();
        let twice: Vec<_> = schedule(50, Arrivals::Random, 0, 5, 7).collect();
        let other: Vec<_> = schedule(50, Arrivals::Random, 0, 5, 8).collect();
        assert_eq!(once, twice);
        assert_ne!(once, other);
    }

    #[test]
    fn even_arrivals_keep_their_distance() {
        let due: Vec<_> = schedule(50, Arrivals::Even, 0, 10, 0).collect();
        let gaps: Vec<_> = due
            .windows(2)
            .map(|pair| pair[1].at.since(pair[0].at))
            .collect();
        let steady = gaps.iter().filter(|gap| gap.as_millis() == 20).count();
        assert!(steady * 10 > gaps.len() * 8, "{steady} of {}", gaps.len());
    }

    #[test]
    fn bursts_fall_on_one_instant() {
        let arrivals = Arrivals::Bursts(NonZeroU32::new(5).unwrap());
        let due: Vec<_> = schedule(50, arrivals, 870, 4, 3).collect();
        let mut at = BTreeMap::<_, u32>::new();
        for due in &due {
            *at.entry(due.at).or_default() += 1;
        }
        assert!(at.values().filter(|&&count| count == 5).count() >= 38);
        assert!(at.values().all(|&count| count <= 10));
    }

    proptest! {
        #[test]
        fn counts_are_exact_and_moments_ordered(
            tps in 1_u32..2000,
            arrivals in prop_oneof![
                Just(Arrivals::Random),
                Just(Arrivals::Even),
                (1_u32..60).prop_map(|k| Arrivals::Bursts(NonZeroU32::new(k).unwrap())),
            ],
            phase in 0_u64..1000,
            seconds in 1_u64..20,
            seed: u64,
        ) {
            let plan = schedule(tps, arrivals, phase, seconds, seed);
            let grid = plan.grid;
            let total = plan.total().unwrap();
            prop_assert_eq!(total, u64::from(tps) * seconds);
            let due: Vec<_> = plan.collect();
            prop_assert_eq!(due.len() as u64, total);
            prop_assert!(due.windows(2).all(|pair| pair[0].at <= pair[1].at));
            let mut per_second = BTreeMap::<u64, u32>::new();
            for due in &due {
                prop_assert_eq!(grid.second(due.at), due.second);
                *per_second.entry(due.second).or_default() += 1;
            }
            prop_assert!(per_second.values().all(|&count| count <= tps));
        }
    }
}
