//! Figures as people read them.

use std::time::Duration;

/// `2 990`: digits in groups of three.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `1 finding`, `2 findings`.
pub(super) fn of(number: u64, one: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {one}{s}", count(number))
}

/// `12.3 ms`, or `1.23 s` from one second on.
pub(super) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}

/// The same, or a dash when nothing was measured.
pub(super) fn time_or_dash(duration: Option<Duration>) -> String {
    duration.map_or_else(|| "-".to_owned(), time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_readable() {
        let counts: Vec<String> = [0, 999, 1_000, 41_200, 1_234_567].map(count).into();
        assert_eq!(counts, ["0", "999", "1 000", "41 200", "1 234 567"]);
        assert_eq!(of(1, "user"), "1 user");
        assert_eq!(of(2_000, "user"), "2 000 users");
        assert_eq!(time(Duration::from_micros(12_340)), "12.3 ms");
        assert_eq!(time(Duration::from_millis(1_234)), "1.23 s");
    }
}
