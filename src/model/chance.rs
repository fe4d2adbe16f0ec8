//! Bounds and chances of counts: the binomial distribution, exactly.

use statrs::distribution::{Beta, Binomial, ContinuousCDF as _, DiscreteCDF as _};

/// The upper bound of a rate of which `found` were found in `checked`
/// independent checks: one-sided Clopper-Pearson. With none found this is
/// `1 - alpha^(1/n)`, of which the rule of three, `3/n`, is an approximation.
///
/// `None` when nothing was checked.
///
/// ```
/// let bound = fpt::model::upper_bound(0, 2_995, 0.95).unwrap();
/// assert!(bound < 0.001);
/// ```
pub fn upper_bound(found: u64, checked: u64, confidence: f64) -> Option<f64> {
    if checked == 0 {
        return None;
    }
    if found >= checked {
        return Some(1.0);
    }
    if found == 0 {
        return Some(-((1.0 - confidence).ln() / float(checked)).exp_m1());
    }
    let beta = Beta::new(float(found + 1), float(checked - found)).ok()?;
    Some(beta.inverse_cdf(confidence))
}

/// How many checks without a single find put the bound below `rate`.
///
/// `None` when no number does: for a rate of zero.
pub fn checks_needed(rate: f64, confidence: f64) -> Option<u64> {
    if rate.is_nan() || rate <= 0.0 {
        return None;
    }
    if rate >= 1.0 {
        return Some(1);
    }
    let exact = (1.0 - confidence).ln() / (-rate).ln_1p();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "both logarithms are negative, and a number that is too large saturates"
    )]
    let mut needed = (exact.ceil() as u64).max(1);
    // Where the exact number is whole, the bound is the rate and not below it.
    while upper_bound(0, needed, confidence).is_some_and(|bound| bound >= rate) {
        needed += 1;
    }
    Some(needed)
}

/// The probability that of `of` independent events, each with probability
/// `chance`, at least `holds` happen.
pub fn at_least(holds: u64, of: u64, chance: f64) -> f64 {
    if holds == 0 {
        return 1.0;
    }
    if holds > of {
        return 0.0;
    }
    match Binomial::new(chance.clamp(0.0, 1.0), of) {
        Ok(binomial) => binomial.sf(holds - 1),
        Err(_not_a_probability) => 1.0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known values: Hanley and Lippman-Hand, JAMA 1983, and the tables of
    /// Clopper and Pearson.
    #[test]
    fn bounds_have_their_known_values() {
        for (found, checked, expected) in [
            (0, 1, 0.95),
            (0, 10, 0.258_866),
            (0, 100, 0.029_513),
            (0, 299, 0.009_969),
            (0, 2_995, 0.000_999_7),
            (1, 10, 0.394_163),
            (3, 10, 0.606_624),
            (1, 1_000, 0.004_735),
            (3, 1_000, 0.007_735),
            (10, 10, 1.0),
        ] {
            let bound = upper_bound(found, checked, 0.95).unwrap();
            let near = (bound - expected).abs() < 5e-6_f64.max(expected * 1e-3);
            assert!(near, "{found} of {checked}: {bound}, not {expected}");
        }
        assert_eq!(upper_bound(0, 0, 0.95), None);
        let strict = upper_bound(0, 100, 0.99).unwrap();
        assert!((strict - 0.045_007).abs() < 1e-6, "{strict}");
    }

    #[test]
    fn so_many_checks_are_needed() {
        for (rate, confidence, needed) in [
            (0.01, 0.95, 299),
            (0.001, 0.95, 2_995),
            (0.000_1, 0.95, 29_956),
            (0.001, 0.99, 4_603),
            (0.5, 0.75, 3),
            (1.0, 0.95, 1),
        ] {
            assert_eq!(checks_needed(rate, confidence), Some(needed), "{rate}");
            let below = upper_bound(0, needed, confidence).unwrap() < rate;
            assert!(below, "{rate}");
        }
        assert_eq!(checks_needed(0.0, 0.95), None);
    }

    #[test]
    fn chances_have_their_known_values() {
        for (holds, of, chance, expected) in [
            (0, 5, 0.1, 1.0),
            (5, 5, 0.5, 0.031_25),
            (1, 2, 0.5, 0.75),
            (6, 5, 0.5, 0.0),
            (3, 3, 1.0, 1.0),
            (3, 3, 0.0, 0.0),
        ] {
            let found = at_least(holds, of, chance);
            assert!((found - expected).abs() < 1e-9, "{holds} of {of}: {found}");
        }
    }
}
