//! Amounts as services write them, in ten-thousandths, to be added up without
//! what binary fractions lose.

/// Larger numbers cannot be told apart to the ten-thousandth once they have
/// gone through a binary fraction.
const MOST: f64 = 1e11;

/// So many of them are one.
const PARTS: i64 = 10_000;

/// `text` as a number of ten-thousandths; `None` when it is no number, or too
/// large.
#[expect(
    clippy::cast_possible_truncation,
    reason = "bounded above, and rounded on purpose"
)]
pub(super) fn amount(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(whole) = text.parse::<i64>() {
        return whole.checked_mul(PARTS);
    }
    let number: f64 = text.parse().ok()?;
    (number.abs() < MOST).then(|| (number * 10_000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_services_write_them() {
        for (text, parts) in [
            ("0", Some(0)),
            ("-17", Some(-170_000)),
            (" 10.5 ", Some(105_000)),
            ("0.30000000000000004", Some(3_000)),
            ("1e3", Some(10_000_000)),
            ("99999999999.9999", Some(999_999_999_999_999)),
            ("922337203685477580", None),
            ("1e12", None),
            ("NaN", None),
            ("inf", None),
            ("12 EUR", None),
            ("", None),
        ] {
            assert_eq!(amount(text), parts, "{text}");
        }
    }
}
