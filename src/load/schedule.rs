//! Due times: pure arithmetic, no clock.

use std::collections::VecDeque;
use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::config::Arrivals;
use crate::model::{Grid, Rate, Timestamp};

use super::Stages;

/// What is endless ends later than anybody waits.
const ENDLESS: Duration = Duration::from_hours(10 * 366 * 24);

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
    /// The stage it belongs to, from 0.
    pub stage: usize,
}

/// The due times of one phase of load, in order.
///
/// Every full second of the grid holds exactly as many due times as the governed
/// rate makes in it; the first and the last, cut by the beginning and the end,
/// hold their share, and so do the two parts of a second in which a stage ends.
/// Where in the second they lie is decided by the [`Arrivals`].
#[derive(Debug)]
pub struct Schedule {
    stages: Stages,
    arrivals: Arrivals,
    grid: Grid,
    begin: Timestamp,
    end: Option<Timestamp>,
    rng: ChaCha8Rng,
    /// Up to here due times were made.
    reached: Timestamp,
    issued: u64,
    /// Due times of the second that holds `reached`.
    in_second: u64,
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
        let stages = Stages::constant(rate, length.unwrap_or(ENDLESS));
        Self {
            end: length.map(|length| begin + length),
            ..Self::staged(stages, arrivals, grid, begin, seed)
        }
    }

    /// These stages from `begin` on.
    pub fn staged(
        stages: Stages,
        arrivals: Arrivals,
        grid: Grid,
        begin: Timestamp,
        seed: u64,
    ) -> Self {
        Self {
            arrivals,
            grid,
            begin,
            end: Some(begin + stages.length()),
            rng: ChaCha8Rng::seed_from_u64(seed),
            reached: begin,
            issued: 0,
            in_second: 0,
            ready: VecDeque::new(),
            stages,
        }
    }

    /// How many transactions the whole schedule holds; `None` for an endless one.
    pub fn total(&self) -> Option<u64> {
        let end = self.end?;
        Some(self.stages.due_until(end.since(self.begin)))
    }

    /// Fills `ready` with the due times of the next second that has any, or of
    /// the next part of it when a stage ends in it.
    fn fill(&mut self) {
        let most = u64::from(self.stages.peak().tps());
        while self.ready.is_empty() {
            let from = self.reached;
            if self.end.is_some_and(|end| from >= end) {
                return;
            }
            let second = self.grid.second(from);
            let next = self.grid.begin(second + 1);
            let passed = from.since(self.begin);
            let border = self
                .stages
                .border_after(passed)
                .map(|after| self.begin + after);
            let to = [self.end, border]
                .into_iter()
                .flatten()
                .fold(next, Timestamp::min);
            // The share is taken of the whole time so far, so that rounding in
            // the first and last second never adds up.
            let owed = self
                .stages
                .due_until(to.since(self.begin))
                .saturating_sub(self.issued);
            let count = owed.min(most.saturating_sub(self.in_second));
            let width = Timestamp::after(next.elapsed().saturating_sub(GUARD))
                .min(to)
                .since(from);
            self.reached = to;
            let stage = self.stages.index_at(passed);
            if !width.is_zero() {
                self.issued += count;
                self.in_second += count;
                for offset in self.offsets(count, width, to.since(from)) {
                    let at = from + offset;
                    self.ready.push_back(Due { at, second, stage });
                }
            }
            if to == next {
                self.in_second = 0;
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

/// A generator that draws the same numbers on every machine.
pub(super) fn seeded(seed: u64) -> impl Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::super::Stage;
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

    fn staged(all: &[(u32, u32, u64)], phase: u64, arrivals: Arrivals, seed: u64) -> Schedule {
        let stage = |&(from, to, millis)| Stage::ramp(from, to, Duration::from_millis(millis));
        let stages = Stages::new(all.iter().map(stage).collect()).unwrap();
        let grid = Grid::with_phase(Duration::from_millis(phase));
        Schedule::staged(stages, arrivals, grid, grid.begin(1), seed)
    }

    #[test]
    fn every_second_of_a_ramp_holds_its_own_rate() {
        let all = [
            (10, 10, 2_000),
            (10, 50, 4_000),
            (50, 50, 1_000),
            (5, 5, 2_000),
        ];
        let plan = staged(&all, 300, Arrivals::Random, 1);
        let mut per_second = BTreeMap::<u64, u32>::new();
        let mut per_stage = BTreeMap::<usize, u32>::new();
        for due in plan {
            *per_second.entry(due.second).or_default() += 1;
            *per_stage.entry(due.stage).or_default() += 1;
        }
        let counts: Vec<u32> = per_second.into_values().collect();
        assert_eq!(counts, [10, 10, 15, 25, 35, 45, 50, 5, 5]);
        let counts: Vec<u32> = per_stage.into_values().collect();
        assert_eq!(counts, [20, 120, 50, 10]);
    }

    #[test]
    fn a_step_within_a_second_is_where_it_is() {
        let plan = staged(
            &[(0, 0, 500), (100, 100, 200), (0, 0, 2_000), (1, 1, 1_000)],
            0,
            Arrivals::Random,
            1,
        );
        let begin = plan.begin;
        let due: Vec<u128> = plan.map(|due| due.at.since(begin).as_millis()).collect();
        assert_eq!(due.len(), 21);
        assert!(
            due[..20].iter().all(|millis| (500..700).contains(millis)),
            "{due:?}"
        );
        assert!(due[20] >= 2_700, "{due:?}");
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

        #[test]
        fn stages_are_exact_second_by_second(
            all in prop::collection::vec((0_u32..300, 0_u32..300, 1_u64..5), 1..6),
            arrivals in prop_oneof![
                Just(Arrivals::Random),
                Just(Arrivals::Even),
                (1_u32..60).prop_map(|k| Arrivals::Bursts(NonZeroU32::new(k).unwrap())),
            ],
            phase in 0_u64..1000,
            seed: u64,
        ) {
            let all: Vec<_> = all.into_iter().map(|(from, to, s)| (from, to, s * 1000)).collect();
            prop_assume!(all.iter().any(|(from, to, _)| *from > 0 || *to > 0));
            let plan = staged(&all, phase, arrivals, seed);
            let (stages, grid, begin) = (plan.stages.clone(), plan.grid, plan.begin);
            let total = plan.total().unwrap();
            let due: Vec<_> = plan.collect();
            let again: Vec<_> = staged(&all, phase, arrivals, seed).collect();
            prop_assert_eq!(&due, &again);
            prop_assert_eq!(due.len() as u64, total);
            prop_assert!(due.windows(2).all(|pair| pair[0].at <= pair[1].at));
            let mut per_second = BTreeMap::<u64, u64>::new();
            for due in &due {
                prop_assert_eq!(grid.second(due.at), due.second);
                prop_assert_eq!(stages.index_at(due.at.since(begin)), due.stage);
                *per_second.entry(due.second).or_default() += 1;
            }
            // The load begins with a second of the grid.
            for second in 0..stages.length().as_secs() {
                let governed = stages.due_until(Duration::from_secs(second + 1))
                    - stages.due_until(Duration::from_secs(second));
                let own = per_second.get(&(second + 1)).copied().unwrap_or(0);
                prop_assert_eq!(own, governed, "second {}", second);
            }
        }

        #[test]
        fn no_second_exceeds_the_highest_rate(
            all in prop::collection::vec((0_u32..300, 0_u32..300, 1_u64..4_000), 1..8),
            phase in 0_u64..1000,
            begin in 0_u64..2_000,
            seed: u64,
        ) {
            prop_assume!(all.iter().any(|(from, to, _)| *from > 0 || *to > 0));
            let plan = staged(&all, phase, Arrivals::Random, seed);
            let begin = Timestamp::after(Duration::from_millis(begin));
            let plan = Schedule::staged(plan.stages, plan.arrivals, plan.grid, begin, seed);
            let (grid, most) = (plan.grid, plan.stages.peak().tps());
            let mut per_second = BTreeMap::<u64, u32>::new();
            for due in plan {
                prop_assert_eq!(grid.second(due.at), due.second);
                *per_second.entry(due.second).or_default() += 1;
            }
            prop_assert!(per_second.values().all(|&count| count <= most), "{per_second:?}");
        }
    }
}
