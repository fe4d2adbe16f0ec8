//! Latencies in an HDR histogram.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;
use serde::ser::SerializeStruct;

/// Longer durations than a day count as a day.
const LONGEST: u64 = 24 * 3600 * 1_000_000;

/// Durations, kept to three significant digits (HDR histogram, Gil Tene).
#[derive(Clone, Debug)]
pub struct Latency {
    micros: Histogram<u64>,
}

impl Default for Latency {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "three digits are always allowed")]
        let micros = Histogram::new(3).expect("three significant digits are valid");
        Self { micros }
    }
}

impl Latency {
    /// Notes one duration.
    pub fn record(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        // The histogram grows as needed, which only absurd values prevent.
        let _ = self.micros.record(micros.min(LONGEST));
    }

    /// How many were noted.
    pub fn count(&self) -> u64 {
        self.micros.len()
    }

    /// The duration that `percent` percent stay within; `None` without any.
    pub fn percentile(&self, percent: f64) -> Option<Duration> {
        (!self.micros.is_empty())
            .then(|| Duration::from_micros(self.micros.value_at_percentile(percent)))
    }

    /// The longest.
    pub fn longest(&self) -> Option<Duration> {
        (!self.micros.is_empty()).then(|| Duration::from_micros(self.micros.max()))
    }

    /// The mean.
    pub fn mean(&self) -> Option<Duration> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a mean of microseconds is positive and far below 2^64"
        )]
        (!self.micros.is_empty()).then(|| Duration::from_micros(self.micros.mean() as u64))
    }
}

/// Count and percentiles, in milliseconds.
impl Serialize for Latency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = |duration: Option<Duration>| duration.map(|d| d.as_secs_f64() * 1e3);
        let mut out = serializer.serialize_struct("Latency", 7)?;
        out.serialize_field("count", &self.count())?;
        out.serialize_field("mean_ms", &millis(self.mean()))?;
        out.serialize_field("p50_ms", &millis(self.percentile(50.0)))?;
        out.serialize_field("p90_ms", &millis(self.percentile(90.0)))?;
        out.serialize_field("p95_ms", &millis(self.percentile(95.0)))?;
        out.serialize_field("p99_ms", &millis(self.percentile(99.0)))?;
        out.serialize_field("max_ms", &millis(self.longest()))?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_nothing_are_nothing() {
        let mut latency = Latency::default();
        assert_eq!(latency.percentile(90.0), None);
        for millis in 1..=100 {
            latency.record(Duration::from_millis(millis));
        }
        let p90 = latency.percentile(90.0).unwrap();
        assert!(
            p90.abs_diff(Duration::from_millis(90)) < Duration::from_micros(100),
            "{p90:?}"
        );
        assert_eq!(latency.count(), 100);
    }
}
