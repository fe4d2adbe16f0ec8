//! A small scaling policy: so many requests per second for each instance.

use std::collections::VecDeque;
use std::time::Duration;

use crate::config::{AutoscaleConfig, PolicyDefect};

use super::Removal;

/// Looks whose mean is the rate: one look alone is mostly noise.
const LOOKS: usize = 3;

/// How much more than its part an instance may get before another one is
/// added, and how much less before one is removed.
const TOLERANCE: f64 = 0.1;

/// Looks in a row that the slow policy wants.
const SLOW_LOOKS: u32 = 20;

/// What the policy wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How many instances there are to be.
    pub desired: u32,
    /// How those go that are too many.
    pub removal: Removal,
}

/// Decides how many instances there are to be, from the rate of requests and
/// nothing else. It has no clock: each look says when it is.
///
/// Instances are added as soon as the mean of three looks needs them, but not
/// again within `cooldown-out`; they are removed when fewer were enough in every
/// look of the last `cooldown-in`.
#[derive(Clone, Debug)]
pub struct Autoscaler {
    config: AutoscaleConfig,
    rates: VecDeque<f64>,
    needed: VecDeque<(Duration, u32)>,
    last_out: Option<Duration>,
    /// Since when it has looked without a change.
    since: Option<Duration>,
    high_looks: u32,
}

impl Autoscaler {
    /// A policy that has not looked yet.
    pub fn new(config: AutoscaleConfig) -> Self {
        Self {
            config,
            rates: VecDeque::new(),
            needed: VecDeque::new(),
            last_out: None,
            since: None,
            high_looks: 0,
        }
    }

    /// What it goes by.
    pub fn config(&self) -> &AutoscaleConfig {
        &self.config
    }

    /// Requests per second, as it sees them.
    #[expect(clippy::cast_precision_loss, reason = "there are three looks")]
    pub fn rate(&self) -> f64 {
        self.rates.iter().sum::<f64>() / self.rates.len().max(1) as f64
    }

    /// Looks at moment `at`: since the last look there were `rate` requests per
    /// second, and there are `current` instances. Gives what is to be changed.
    pub fn look(&mut self, at: Duration, rate: f64, current: u32) -> Option<Decision> {
        if self.rates.len() == LOOKS {
            self.rates.pop_front();
        }
        self.rates.push_back(rate);
        let wanted = match self.config.defect {
            Some(PolicyDefect::Idle) => None,
            Some(PolicyDefect::Flapping) => Some(self.extreme(rate, current)),
            _ => self.weigh(at, current),
        };
        let desired = wanted?.clamp(self.config.min, self.config.max);
        let removal = match self.config.defect {
            Some(PolicyDefect::Careless) => Removal::Abrupt,
            _ => Removal::Graceful,
        };
        (desired != current).then_some(Decision { desired, removal })
    }

    /// All or nothing, by the last look alone.
    fn extreme(&self, rate: f64, current: u32) -> u32 {
        if rate > f64::from(self.config.target_rps) * f64::from(current) {
            self.config.max
        } else {
            self.config.min
        }
    }

    fn weigh(&mut self, at: Duration, current: u32) -> Option<u32> {
        let since = *self.since.get_or_insert(at);
        let share = match self.config.defect {
            Some(PolicyDefect::Overshooting) => 2.0,
            _ => 1.0,
        } * self.rate()
            / f64::from(self.config.target_rps);
        let bounded = |need: f64| whole(need).clamp(self.config.min, self.config.max);
        let (out, enough) = (
            bounded(share / (1.0 + TOLERANCE)),
            bounded(share / (1.0 - TOLERANCE)),
        );
        let window = self.config.cooldown_in;
        self.needed.push_back((at, enough));
        self.needed
            .retain(|(looked, _)| at.saturating_sub(*looked) <= window);
        self.high_looks = if out > current {
            self.high_looks + 1
        } else {
            0
        };
        if out > current {
            let rested = self
                .last_out
                .is_none_or(|last| at.saturating_sub(last) >= self.config.cooldown_out);
            let believed =
                self.config.defect != Some(PolicyDefect::Slow) || self.high_looks >= SLOW_LOOKS;
            if !rested || !believed {
                return None;
            }
            self.last_out = Some(at);
            self.since = Some(at);
            return Some(out);
        }
        let most = self.needed.iter().map(|(_, need)| *need).max()?;
        if most < current && at.saturating_sub(since) >= window {
            self.since = Some(at);
            return Some(most);
        }
        None
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and a number of instances is small"
)]
fn whole(need: f64) -> u32 {
    need.ceil() as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn config(defect: Option<PolicyDefect>) -> AutoscaleConfig {
        AutoscaleConfig {
            target_rps: 10,
            max: 6,
            defect,
            ..AutoscaleConfig::default()
        }
    }

    /// What becomes of one instance while these rates are seen, a second each.
    fn scaled(config: AutoscaleConfig, rates: impl IntoIterator<Item = f64>) -> Vec<u32> {
        let mut policy = Autoscaler::new(config);
        let mut current = 1;
        let looks = rates.into_iter().enumerate();
        looks
            .map(|(second, rate)| {
                let at = Duration::from_secs(second as u64);
                if let Some(decision) = policy.look(at, rate, current) {
                    current = decision.desired;
                }
                current
            })
            .collect()
    }

    fn step(low: f64, high: f64) -> Vec<f64> {
        [vec![low; 5], vec![high; 30], vec![low; 30]].concat()
    }

    fn changes(counts: &[u32]) -> usize {
        counts.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    #[test]
    fn the_honest_policy_goes_out_and_comes_back() {
        let counts = scaled(config(None), step(8.0, 40.0));
        assert_eq!(counts[4], 1, "{counts:?}");
        assert_eq!(counts[12], 4, "{counts:?}");
        assert_eq!(counts[34], 4, "{counts:?}");
        assert_eq!(counts.last(), Some(&1), "{counts:?}");
        assert!(changes(&counts) <= 5, "{counts:?}");
    }

    #[test]
    fn every_defect_does_its_own_wrong() {
        let of = |defect| scaled(config(Some(defect)), step(8.0, 40.0));
        assert_eq!(changes(&of(PolicyDefect::Idle)), 0);
        let slow = of(PolicyDefect::Slow);
        assert_eq!((slow[20], slow[30]), (1, 4), "{slow:?}");
        assert!(changes(&of(PolicyDefect::Flapping)) > 20);
        assert_eq!(of(PolicyDefect::Overshooting).iter().max(), Some(&6));
        assert_eq!(of(PolicyDefect::Lies), of(PolicyDefect::Careless));
        let mut careless = Autoscaler::new(config(Some(PolicyDefect::Careless)));
        let decision = careless.look(Duration::ZERO, 40.0, 1).unwrap();
        assert_eq!(decision.removal, Removal::Abrupt);
    }

    proptest! {
        #[test]
        fn it_stays_within_its_bounds_and_settles(
            rates in prop::collection::vec(0.0_f64..200.0, 1..60),
            last in 0.0_f64..200.0,
            min in 1_u32..4,
            more in 0_u32..6,
        ) {
            let config = AutoscaleConfig { min, max: min + more, ..config(None) };
            let counts = scaled(config.clone(), rates.into_iter().chain([last; 30]));
            let within = |count: &u32| (min..=min + more).contains(count);
            // It begins with one instance, and knows of no change before its first look.
            prop_assert!(counts.iter().skip(12).all(within), "{counts:?}");
            let tail = &counts[counts.len() - 10..];
            prop_assert_eq!(changes(tail), 0, "{:?}", counts);
            let end = f64::from(*tail.last().unwrap());
            let enough = end * f64::from(config.target_rps) * (1.0 + TOLERANCE) >= last - 1e-9;
            prop_assert!(enough || *tail.last().unwrap() == config.max);
        }
    }
}
