//! Degradation: whether responses became slower, by the method of batch means.
//!
//! Response times are correlated: a slow one seldom comes alone. Tests that
//! take them for independent (rank tests, the bootstrap) find a difference in
//! every fourth comparison of a service with itself. Here each window is cut
//! into ten batches of transactions that follow each other, and what is compared are the
//! logarithms of the batches' 90th percentiles: few values, but hardly
//! correlated (A. M. Law, Simulation Modeling and Analysis, chapter 9, "The
//! method of batch means"). Their difference has a t distribution with Welch's
//! degrees of freedom.

use std::time::Duration;

use serde::Serialize;
use statrs::distribution::{ContinuousCDF as _, StudentsT};

use crate::model::Verdict;

/// Batches in each window.
const BATCHES: usize = 10;

/// Response times that each window needs for a verdict.
pub const FEWEST: usize = 500;

/// Response times that each window needs for figures at all.
const FEWEST_FOR_FIGURES: usize = 100;

/// A rise of less than this is none that anybody would notice.
pub const FLOOR: Duration = Duration::from_millis(10);

/// A ratio that is surely below this, in percent above 100, is no degradation
/// even where less is asked for: a finer one takes more than a window can hold.
const SURELY_FINE_PERCENT: f64 = 30.0;

/// One window's response times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Batches {
    /// Response times.
    pub samples: usize,
    /// Their 90th percentile, in milliseconds.
    pub p90_ms: f64,
    #[serde(skip)]
    mean: f64,
    #[serde(skip)]
    variance: f64,
}

impl Batches {
    fn of(times: &[Duration]) -> Option<Self> {
        if times.len() < FEWEST_FOR_FIGURES {
            return None;
        }
        let size = times.len() / BATCHES;
        let logarithms: Vec<f64> = times
            .chunks(size)
            .take(BATCHES)
            .map(|batch| p90(batch).max(1e-6).ln())
            .collect();
        let count = float(logarithms.len());
        let mean = logarithms.iter().sum::<f64>() / count;
        let variance = logarithms
            .iter()
            .map(|own| (own - mean).powi(2))
            .sum::<f64>()
            / (count - 1.0);
        Some(Self {
            samples: times.len(),
            p90_ms: p90(times) * 1e3,
            mean,
            variance,
        })
    }
}

/// The 90th percentile, in seconds.
fn p90(times: &[Duration]) -> f64 {
    let mut sorted: Vec<Duration> = times.to_vec();
    let at = (sorted.len() * 9).div_ceil(10).saturating_sub(1);
    let (_, value, _) = sorted.select_nth_unstable(at);
    value.as_secs_f64()
}

/// Two windows compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Degradation {
    /// The window before.
    pub before: Batches,
    /// The window after.
    pub after: Batches,
    /// The 90th percentile after, by that before.
    pub ratio: f64,
    /// The ratio is above this, with 95 % confidence on both sides.
    pub lower: f64,
    /// The ratio is below this.
    pub upper: f64,
}

impl Degradation {
    /// Compares response times, each in the order in which they were sent.
    /// `None` when there are too few of them for any figure.
    pub fn of(before: &[Duration], after: &[Duration]) -> Option<Self> {
        let (before, after) = (Batches::of(before)?, Batches::of(after)?);
        let difference = after.mean - before.mean;
        let margin = margin(before.variance, after.variance);
        Some(Self {
            before,
            after,
            ratio: difference.exp(),
            lower: (difference - margin).exp(),
            upper: (difference + margin).exp(),
        })
    }

    /// Whether responses degraded by more than `tolerance` percent. With `limit`,
    /// what stays within it has not. What is not asked for in the end is told as
    /// what would answer.
    pub fn judge(&self, tolerance: f64, limit: Option<Duration>) -> (Verdict, String) {
        let mut figures = format!(
            "90 % within {:.1} ms before and {:.1} ms after, times {:.2} ({:.2} to {:.2} with 95 % \
             confidence), {} and {} response times",
            self.before.p90_ms,
            self.after.p90_ms,
            self.ratio,
            self.lower,
            self.upper,
            self.before.samples,
            self.after.samples
        );
        let fewest = self.before.samples.min(self.after.samples);
        if fewest < FEWEST {
            figures.push_str(&format!("; {FEWEST} in each window are needed to say"));
            return (Verdict::Inconclusive, figures);
        }
        let rise = self.after.p90_ms - self.before.p90_ms;
        let floor = FLOOR.as_secs_f64() * 1e3;
        let above_limit = limit.is_none_or(|limit| self.after.p90_ms > limit.as_secs_f64() * 1e3);
        let asked = 1.0 + tolerance / 100.0;
        if self.lower > asked && rise > floor && above_limit {
            return (Verdict::Fail, figures);
        }
        let fine = asked.max(1.0 + SURELY_FINE_PERCENT / 100.0);
        if self.upper < fine {
            return (Verdict::Pass, figures);
        }
        if self.before.p90_ms * (self.upper - 1.0) < floor {
            figures.push_str(&format!("; a rise of less than {floor} ms is none"));
            return (Verdict::Pass, figures);
        }
        if self.lower > asked {
            let why = if rise <= floor {
                format!("the rise is no more than {floor} ms")
            } else {
                "they stay within what the scenario asks of that percentile".to_owned()
            };
            figures.push_str(&format!("; slower than asked for, and yet {why}"));
            return (Verdict::Inconclusive, figures);
        }
        figures.push_str(&match self.enough(fine, asked) {
            Some(enough) => format!("; about {enough} in each window would be enough to say"),
            None => "; too near to what is asked for to say".to_owned(),
        });
        (Verdict::Inconclusive, figures)
    }

    /// How many response times would bring one of the bounds to the side of the
    /// ratio on which it would answer, if the ratio stays what it is.
    fn enough(&self, fine: f64, asked: f64) -> Option<u64> {
        let (ratio, margin) = (self.ratio.ln(), (self.upper / self.ratio).ln());
        let room = if self.ratio < fine {
            fine.ln() - ratio
        } else {
            ratio - asked.ln()
        };
        if room < 0.02 {
            return None;
        }
        let fewest = float(self.before.samples.min(self.after.samples));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number of samples, of which the first digits matter"
        )]
        let enough = (fewest * (margin / room).powi(2)).ceil() as u64;
        Some(enough.div_ceil(100) * 100)
    }
}

/// Half the width of the 95 % interval of the difference of two means.
fn margin(one: f64, other: f64) -> f64 {
    let batches = float(BATCHES);
    let (one, other) = (one / batches, other / batches);
    let variance = one + other;
    if variance <= 0.0 {
        return 0.0;
    }
    let freedom = variance.powi(2) * (batches - 1.0) / (one.powi(2) + other.powi(2));
    let t = StudentsT::new(0.0, 1.0, freedom).map_or(2.262, |t| t.inverse_cdf(0.975));
    t * variance.sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Log-normal response times around `median` milliseconds, each correlated with the one
    /// before: an autoregressive process of first order.
    fn times(random: &mut ChaCha8Rng, count: usize, median: f64) -> Vec<Duration> {
        const CARRIED: f64 = 0.5;
        let mut state = 0.0_f64;
        (0..count)
            .map(|_| {
                // Twelve uniform numbers add up to nearly a normal one.
                let normal = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
                state = CARRIED * state + (1.0 - CARRIED * CARRIED).sqrt() * normal;
                Duration::from_secs_f64(median / 1e3 * (0.4 * state).exp())
            })
            .collect()
    }

    fn verdicts(count: usize, slower: f64, tolerance: f64) -> [usize; 3] {
        let mut found = [0; 3];
        for seed in 0..200 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let before = times(&mut random, count, 80.0);
            let after = times(&mut random, count, 80.0 * slower);
            let compared = Degradation::of(&before, &after).unwrap();
            found[match compared.judge(tolerance, None).0 {
                Verdict::Pass => 0,
                Verdict::Inconclusive => 1,
                Verdict::Fail => 2,
            }] += 1;
        }
        found
    }

    #[test]
    fn false_alarms_are_rare() {
        for (count, tolerance) in [(500, 10.0), (2_000, 10.0), (500, 0.0), (2_000, 0.0)] {
            let [_, _, failed] = verdicts(count, 1.0, tolerance);
            assert!(
                failed <= 10,
                "{failed} of 200 with {count} at {tolerance} %"
            );
        }
        let [passed, ..] = verdicts(2_000, 1.0, 10.0);
        assert!(passed >= 190, "{passed} of 200 passed");
    }

    #[test]
    fn what_is_half_as_slow_again_is_found() {
        for (count, least) in [(500, 180), (2_000, 199)] {
            let [passed, _, failed] = verdicts(count, 1.5, 10.0);
            assert!(failed >= least, "{failed} of 200 with {count}");
            assert_eq!(passed, 0, "{count}");
        }
    }

    #[test]
    fn a_rise_that_nobody_notices_is_none() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let before = times(&mut random, 600, 2.0);
        let after = times(&mut random, 600, 3.0);
        let (verdict, reason) = Degradation::of(&before, &after).unwrap().judge(10.0, None);
        assert_eq!(verdict, Verdict::Pass, "{reason}");
    }

    #[test]
    fn what_stays_within_the_limit_does_not_fail() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let before = times(&mut random, 600, 80.0);
        let after = times(&mut random, 600, 160.0);
        let compared = Degradation::of(&before, &after).unwrap();
        assert_eq!(compared.judge(10.0, None).0, Verdict::Fail);
        let within = Some(Duration::from_secs(1));
        assert_eq!(compared.judge(10.0, within).0, Verdict::Inconclusive);
        let beyond = Some(Duration::from_millis(100));
        assert_eq!(compared.judge(10.0, beyond).0, Verdict::Fail);
    }

    #[test]
    fn too_few_say_nothing() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let few = times(&mut random, 400, 80.0);
        let slow = times(&mut random, 400, 400.0);
        let (verdict, reason) = Degradation::of(&few, &slow).unwrap().judge(10.0, None);
        assert_eq!(verdict, Verdict::Inconclusive);
        assert!(reason.contains("500 in each window are needed"), "{reason}");
        assert_eq!(Degradation::of(&few[..99], &slow), None);
    }

    #[test]
    fn what_would_be_enough_is_told() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let before = times(&mut random, 500, 80.0);
        let after = times(&mut random, 500, 80.0 * 1.18);
        let (verdict, reason) = Degradation::of(&before, &after).unwrap().judge(10.0, None);
        assert_eq!(verdict, Verdict::Inconclusive, "{reason}");
        assert!(reason.contains("would be enough"), "{reason}");
    }
}
