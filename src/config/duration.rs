//! Durations, written as people do: `30s`, `2m`, `1h 30m`.

use std::time::Duration;

use crate::model::LONGEST_SPAN;

use super::element::{Element, unexpected};

/// May be zero.
impl Element for Duration {
    const EXPECTED: &'static str = "a duration with its unit, such as \"30s\" or \"2m\"";

    fn parse(text: &str) -> Result<Self, String> {
        match humantime::parse_duration(text) {
            Ok(duration) if duration <= LONGEST_SPAN => Ok(duration),
            Ok(_) => Err(format!("{} A year is the most.", unexpected::<Self>(text))),
            Err(_) => Err(unexpected::<Self>(text)),
        }
    }

    fn show(&self) -> String {
        humantime::format_duration(*self).to_string()
    }
}

/// A duration that cannot be zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span(pub(super) Duration);

impl Span {
    pub(super) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl Element for Span {
    const EXPECTED: &'static str = "a duration above zero, such as \"30s\" or \"2m\"";

    fn parse(text: &str) -> Result<Self, String> {
        match Duration::parse(text) {
            Ok(duration) if duration.is_zero() => Err(unexpected::<Self>(text)),
            other => other.map(Self),
        }
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        for (text, expected) in [
            ("60s", Some(60_000)),
            ("2m", Some(120_000)),
            ("1h 30m", Some(5_400_000)),
            ("3ms", Some(3)),
            ("0s", Some(0)),
            ("30", None),
            ("-1s", None),
            ("fast", None),
            ("", None),
            ("500years", None),
            ("99999999999999999999s", None),
        ] {
            let expected = expected.map(Duration::from_millis);
            assert_eq!(Duration::parse(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn spans_are_above_zero() {
        assert_eq!(Span::parse("1s"), Ok(Span::seconds(1)));
        assert_eq!(
            Span::parse("0s").unwrap_err(),
            "Found `0s`, expected a duration above zero, such as \"30s\" or \"2m\"."
        );
        assert_eq!(Span::seconds(90).show(), "1m 30s");
    }
}
