//! What the policy of a stack decides: a pure function of what it has seen.

use std::collections::VecDeque;
use std::time::Duration;

use crate::config::{AutoscaleConfig, PolicyDefect};

/// The metric may be off its target by so much before anything happens.
const DEAD_BAND: f64 = 0.1;

/// How long a slow policy only watches.
const SLOWNESS: Duration = Duration::from_secs(20);

/// What a policy has seen and done.
#[derive(Debug)]
pub(super) struct Decision {
    config: AutoscaleConfig,
    /// How many were needed, with the moments, as far back as it matters.
    needed: VecDeque<(Duration, u32)>,
    /// When the number of instances was last changed.
    changed: Option<Duration>,
    /// Since when another number was needed.
    wanted_since: Option<Duration>,
}

impl Decision {
    pub(super) fn new(config: AutoscaleConfig) -> Self {
        Self {
            config,
            needed: VecDeque::new(),
            changed: None,
            wanted_since: None,
        }
    }

    /// How many instances there are to be, if it is not the `present` number.
    /// `total` is the metric over all instances, at the moment `now`.
    pub(super) fn decide(&mut self, now: Duration, present: u32, total: f64) -> Option<u32> {
        let config = self.config;
        let limited = |count: u32| count.clamp(config.min, config.max);
        let wanted = if config.defect == Some(PolicyDefect::Flapping) {
            limited(step(present, total, f64::from(config.target)))
        } else {
            let needed = limited(needed(present, total, f64::from(config.target)));
            self.needed.push_back((now, needed));
            self.calm(now, present, needed)
        };
        if wanted == present {
            self.wanted_since = None;
            return None;
        }
        let since = *self.wanted_since.get_or_insert(now);
        let patience = match config.defect {
            Some(PolicyDefect::Slow) => SLOWNESS,
            _ => Duration::ZERO,
        };
        if now.saturating_sub(since) < patience {
            return None;
        }
        self.wanted_since = None;
        self.changed = Some(now);
        Some(wanted)
    }

    /// What remains of `needed` when cooldowns and the window are minded.
    fn calm(&mut self, now: Duration, present: u32, needed: u32) -> u32 {
        let config = &self.config;
        let begin = now.saturating_sub(config.stabilisation);
        // The window has to have been seen whole before anybody goes.
        while self.needed.get(1).is_some_and(|(at, _)| *at <= begin) {
            self.needed.pop_front();
        }
        let seen_whole = self.needed.front().is_some_and(|(at, _)| *at <= begin);
        let quiet = self.changed.map(|changed| now.saturating_sub(changed));
        let is_over = |cooldown| quiet.is_none_or(|quiet| quiet >= cooldown);
        if needed > present {
            return if is_over(config.cooldown_out) {
                needed
            } else {
                present
            };
        }
        let most = self.needed.iter().map(|(_, count)| *count).max();
        match most {
            Some(most) if seen_whole && most < present && is_over(config.cooldown_in) => most,
            _ => present,
        }
    }
}

/// As many instances as bring the metric to its target; as many as there are
/// where it is near enough.
fn needed(present: u32, total: f64, target: f64) -> u32 {
    let ratio = total / (target * f64::from(present.max(1)));
    if present > 0 && (ratio - 1.0).abs() <= DEAD_BAND {
        return present;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of this kind stays within the bounds of the number"
    )]
    let count = (total / target).ceil() as u32;
    count
}

/// One more above the target, one fewer below: with any load that is no exact
/// multiple of the target it never comes to rest.
fn step(present: u32, total: f64, target: f64) -> u32 {
    let each = total / f64::from(present.max(1));
    if each > target {
        present.saturating_add(1)
    } else if each < target {
        present.saturating_sub(1)
    } else {
        present
    }
}

#[cfg(test)]
mod tests {
    use crate::config::AutoscaleMetric;

    use super::*;

    fn policy(defect: Option<PolicyDefect>) -> Decision {
        Decision::new(AutoscaleConfig {
            min: 1,
            max: 5,
            metric: AutoscaleMetric::Rate,
            target: 20,
            interval: Duration::from_secs(1),
            cooldown_out: Duration::from_secs(3),
            cooldown_in: Duration::from_secs(5),
            stabilisation: Duration::from_secs(5),
            defect,
        })
    }

    /// The number of instances after each second of these loads.
    fn course(mut policy: Decision, loads: &[(u64, f64)]) -> Vec<u32> {
        let mut present = 1;
        let mut course = Vec::new();
        let mut now = 0;
        for (seconds, total) in loads {
            for _ in 0..*seconds {
                now += 1;
                let decided = policy.decide(Duration::from_secs(now), present, *total);
                present = decided.unwrap_or(present);
                course.push(present);
            }
        }
        course
    }

    #[test]
    fn it_goes_out_at_once_and_in_when_nobody_was_needed_for_a_while() {
        let seen = course(policy(None), &[(2, 15.0), (3, 70.0), (9, 15.0)]);
        assert_eq!(seen, [1, 1, 4, 4, 4, 4, 4, 4, 4, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn it_minds_its_bounds_and_its_dead_band() {
        assert_eq!(course(policy(None), &[(4, 900.0)]), [5; 4]);
        assert_eq!(course(policy(None), &[(12, 0.0)]), [1; 12]);
        assert_eq!(course(policy(None), &[(8, 21.5)]), [1; 8]);
        assert_eq!(course(policy(None), &[(2, 23.0)]), [2; 2]);
    }

    #[test]
    fn it_waits_between_two_steps_out() {
        let seen = course(policy(None), &[(1, 35.0), (4, 90.0)]);
        assert_eq!(seen, [2, 2, 2, 5, 5]);
    }

    #[test]
    fn a_flapping_policy_never_comes_to_rest() {
        let seen = course(policy(Some(PolicyDefect::Flapping)), &[(8, 50.0)]);
        assert_eq!(seen, [2, 3, 2, 3, 2, 3, 2, 3]);
    }

    #[test]
    fn a_slow_policy_comes_too_late() {
        let seen = course(policy(Some(PolicyDefect::Slow)), &[(25, 70.0)]);
        assert_eq!(seen.iter().position(|count| *count == 4), Some(20));
    }
}
