//! Denial times: whether the time that a denial takes tells that there is
//! something to be denied.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::at_least;

/// Pairs after which the times of a path are compared. Few looks, so that
/// looking again and again makes no chance likely.
const LOOKS: [usize; 4] = [20, 40, 80, 160];

/// Of a difference that is none, so many looks in one take it for one.
const LEVEL: f64 = 1e-4;

/// What less than this differs can hardly be measured from outside.
const LEAST: Duration = Duration::from_millis(5);

/// And at least so much of the quicker one, in percent.
const LEAST_SHARE: u32 = 25;

/// By the path of a request as steps write it: how long it took to deny what
/// exists and what does not, each pair one right after the other.
#[derive(Debug, Default)]
pub(crate) struct DenialTimes {
    paths: Mutex<BTreeMap<String, Vec<(Duration, Duration)>>>,
}

impl DenialTimes {
    /// Whether pairs of `path` are still of use.
    pub(crate) fn wants(&self, path: &str) -> bool {
        let paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let known = paths.get(path).map_or(0, Vec::len);
        known < LOOKS[LOOKS.len() - 1]
    }

    /// Denying what exists took `denied`, and what does not `absent`. Gives the
    /// difference in words when it is one, once for a path.
    pub(crate) fn add(&self, path: &str, denied: Duration, absent: Duration) -> Option<String> {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs = paths.entry(path.to_owned()).or_default();
        pairs.push((denied, absent));
        if !LOOKS.contains(&pairs.len()) {
            return None;
        }
        let told = difference(pairs)?;
        // Enough is known.
        pairs.resize(LOOKS[LOOKS.len() - 1], (denied, absent));
        Some(told)
    }
}

/// The sign test on pairs (Arbuthnot): under equal times each of the two is the
/// slower one in half of the pairs. Pairs, because the service may get slower as
/// a whole; signs, because a few slow answers must not decide.
fn difference(pairs: &[(Duration, Duration)]) -> Option<String> {
    let slower = pairs.iter().filter(|(one, other)| one > other).count();
    let faster = pairs.iter().filter(|(one, other)| one < other).count();
    let most = slower.max(faster) as u64;
    let chance = 2.0 * at_least(most, (slower + faster) as u64, 0.5);
    let denied = median(pairs.iter().map(|(denied, _)| *denied));
    let absent = median(pairs.iter().map(|(_, absent)| *absent));
    let apart = denied.abs_diff(absent);
    let needed = LEAST.max(denied.min(absent) * LEAST_SHARE / 100);
    (chance < LEVEL && apart >= needed).then(|| {
        format!(
            "time: {:.1} ms in place of {:.1} ms (medians of {} pairs)",
            denied.as_secs_f64() * 1e3,
            absent.as_secs_f64() * 1e3,
            pairs.len()
        )
    })
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    fn milliseconds(time: f64) -> Duration {
        Duration::from_secs_f64(time / 1e3)
    }

    /// Pairs of noisy times, with `extra` for what exists. The noise is heavy,
    /// and drifts: the service gets slower.
    fn told(seed: u64, extra: f64, pairs: u32) -> Vec<String> {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let times = DenialTimes::default();
        let mut noise = |at: u32| {
            let rare = if rng.random_range(0..20) == 0 {
                80.0
            } else {
                0.0
            };
            10.0 + f64::from(at) / 5.0 + rare + rng.random_range(0.0..8.0)
        };
        (0..pairs)
            .filter_map(|at| {
                let (denied, absent) = (noise(at) + extra, noise(at));
                times.add("/a", milliseconds(denied), milliseconds(absent))
            })
            .collect()
    }

    #[test]
    fn equal_times_tell_nothing() {
        let alarms = (0..500).filter(|seed| !told(*seed, 0.0, 160).is_empty());
        assert_eq!(alarms.count(), 0);
    }

    #[test]
    fn what_takes_longer_is_told_once() {
        for seed in 0..50 {
            let told = told(seed, 25.0, 160);
            assert_eq!(told.len(), 1, "{seed}: {told:?}");
            assert!(told[0].starts_with("time: "), "{told:?}");
        }
    }

    #[test]
    fn a_difference_that_hardly_shows_is_none() {
        for seed in 0..50 {
            assert!(told(seed, 1.0, 160).is_empty(), "{seed}");
        }
    }

    #[test]
    fn paths_are_looked_at_for_some_time() {
        let times = DenialTimes::default();
        for _ in 0..160 {
            assert!(times.wants("/a"));
            times.add("/a", milliseconds(1.0), milliseconds(1.0));
        }
        assert!(!times.wants("/a"));
        assert!(times.wants("/b"));
    }
}
