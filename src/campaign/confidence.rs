//! Confidence: what can be said when nothing was found, and what it rests on.

use std::time::Duration;

use serde::Serialize;

use crate::model::{Coverage, Endpoint, Rule, checks_needed, upper_bound};

/// How sure a bound is, where nobody asks for another.
const USUAL: f64 = 0.95;

/// What was checked, and below which rate swaps are with that.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Confidence {
    /// How sure the bounds are.
    pub level: f64,
    /// Swaps that were found.
    pub swaps: u64,
    /// Responses that told whose they are.
    pub checked: u64,
    /// Users who asked. Repeats by one user are not independent of each other.
    pub users: u64,
    /// Times a user's own fact was seen.
    pub own_sightings: u64,
    /// The upper bound of the rate of swaps, from 0 to 1: exact (one-sided
    /// Clopper-Pearson), if responses are independent of each other.
    pub bound: Option<f64>,
    /// The same if all that one user saw counts once.
    pub bound_over_users: Option<f64>,
    /// What would halve the bound.
    pub to_halve: Option<More>,
    /// Where it was looked, by route and instance.
    pub endpoints: Vec<Endpoint>,
    /// Checked responses per second of load.
    #[serde(skip)]
    pub rate: f64,
}

/// How much more it takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct More {
    /// Responses.
    pub responses: u64,
    /// Seconds, at the rate of this load.
    pub seconds: Option<f64>,
}

/// Whether a violation of `rule` is a swap: somebody got what was meant for
/// another.
fn is_swap(rule: Rule) -> bool {
    rule.is_privacy() && rule != Rule::AccessGranted
}

impl Confidence {
    /// What `coverage` gives reason for, after a load of `duration`.
    pub(crate) fn of(
        coverage: &Coverage,
        violations: &std::collections::BTreeMap<Rule, u64>,
        endpoints: Vec<Endpoint>,
        duration: Duration,
    ) -> Self {
        let found: u64 = violations
            .iter()
            .filter(|(rule, _)| is_swap(**rule))
            .map(|(_, count)| *count)
            .sum();
        let checked = coverage.telling;
        let seconds = duration.as_secs_f64();
        let mut confidence = Self {
            level: USUAL,
            swaps: found,
            checked,
            users: coverage.users,
            own_sightings: coverage.own_sightings,
            bound: upper_bound(found.min(checked), checked, USUAL),
            bound_over_users: (found == 0)
                .then(|| upper_bound(0, coverage.users.min(checked), USUAL))
                .flatten(),
            to_halve: None,
            endpoints,
            rate: if seconds > 0.0 {
                float(checked) / seconds
            } else {
                0.0
            },
        };
        confidence.to_halve = confidence
            .bound
            .filter(|_| found == 0)
            .and_then(|bound| confidence.more_for(bound / 2.0, USUAL));
        confidence
    }

    /// How much more it takes until the bound is below `rate`, if nothing is
    /// found; `None` when nothing more is needed, or nothing helps.
    pub(crate) fn more_for(&self, rate: f64, level: f64) -> Option<More> {
        let responses = checks_needed(rate, level)?.checked_sub(self.checked)?;
        (responses > 0).then(|| More {
            responses,
            seconds: (self.rate > 0.0).then(|| float(responses) / self.rate),
        })
    }

    /// `below 0.100 % with 95 % confidence`
    pub fn below(&self) -> Option<String> {
        self.below_with(self.level)
    }

    /// `5.815 %`, if all that one user saw counts once.
    pub fn below_over_users(&self) -> Option<String> {
        self.bound_over_users.map(percent)
    }

    /// The same with another confidence.
    pub(crate) fn below_with(&self, level: f64) -> Option<String> {
        let bound = upper_bound(self.swaps.min(self.checked), self.checked, level)?;
        Some(format!(
            "below {} with {} % confidence",
            percent(bound),
            percent_number(level * 100.0)
        ))
    }
}

impl std::fmt::Display for More {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let s = if self.responses == 1 { "" } else { "s" };
        write!(f, "another {} response{s}", self.responses)?;
        let Some(seconds) = self.seconds else {
            return Ok(());
        };
        if seconds < 90.0 {
            write!(f, ", {seconds:.0} s at this rate")
        } else if seconds < 5_400.0 {
            write!(f, ", {:.0} min at this rate", seconds / 60.0)
        } else {
            write!(f, ", {:.1} h at this rate", seconds / 3_600.0)
        }
    }
}

/// A share from 0 to 1 in percent: `0.0998 %`, never a rounded zero.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 0.1 {
        format!("{percent:.3} %")
    } else if percent >= 0.000_1 {
        format!("{percent:.5} %")
    } else {
        format!("{percent:.2e} %")
    }
}

/// `95`, `99.9`
fn percent_number(percent: f64) -> String {
    let text = format!("{percent:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn seen(telling: u64, users: u64, found: u64) -> Confidence {
        let coverage = Coverage {
            responses: telling * 2,
            telling,
            users,
            ..Coverage::default()
        };
        let violations = BTreeMap::from([
            (Rule::ForeignData, found),
            (Rule::AccessGranted, 5),
            (Rule::SessionLost, 7),
        ]);
        Confidence::of(&coverage, &violations, Vec::new(), Duration::from_mins(1))
    }

    #[test]
    fn the_bound_is_exact_and_tells_what_would_halve_it() {
        let clean = seen(2_995, 50, 0);
        assert_eq!(clean.swaps, 0);
        assert!((clean.bound.unwrap() - 0.000_999_76).abs() < 1e-7);
        assert!((clean.bound_over_users.unwrap() - 0.058_15).abs() < 1e-4);
        let more = clean.to_halve.unwrap();
        assert!((2_995..3_005).contains(&more.responses), "{more}");
        assert_eq!(
            more.to_string(),
            format!("another {} responses, 60 s at this rate", more.responses)
        );
        assert_eq!(
            clean.below().unwrap(),
            "below 0.09997 % with 95 % confidence"
        );
        assert_eq!(clean.more_for(0.001, 0.95), None);
        let more = clean.more_for(0.001, 0.99).unwrap();
        assert_eq!(more.responses, 4_603 - 2_995);
    }

    #[test]
    fn nothing_checked_bounds_nothing() {
        let blind = seen(0, 50, 0);
        assert_eq!((blind.bound, blind.bound_over_users), (None, None));
        assert_eq!((blind.to_halve, blind.below()), (None, None));
    }

    #[test]
    fn swaps_that_were_found_raise_the_bound() {
        let swapped = seen(1_000, 50, 3);
        assert_eq!(swapped.swaps, 3);
        assert!((swapped.bound.unwrap() - 0.007_735).abs() < 1e-5);
        assert_eq!((swapped.to_halve, swapped.bound_over_users), (None, None));
    }
}
