//! How much may stay unknown where an answer still rests on what is known.

/// In percent.
const MOST_UNKNOWN: f64 = 5.0;

/// The share of what is `unknown`, in percent, when it is too large beside what
/// is `known` for a pass.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(super) fn too_much(unknown: u64, known: u64) -> Option<f64> {
    let share = unknown as f64 * 100.0 / (unknown + known).max(1) as f64;
    (share > MOST_UNKNOWN).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_twenty_may_stay_unknown() {
        for (unknown, known, open) in [
            (0, 0, false),
            (0, 7, false),
            (1, 19, false),
            (1, 18, true),
            (195, 5, true),
            (3, 0, true),
        ] {
            assert_eq!(
                too_much(unknown, known).is_some(),
                open,
                "{unknown} {known}"
            );
        }
    }
}
