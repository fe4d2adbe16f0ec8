//! Moments of a run, and who tells them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The longest time that anybody may write, in whatever way: a year. Longer is a slip
/// of the pen, and would overflow the clock one day.
pub const LONGEST_SPAN: Duration = Duration::from_hours(366 * 24);

/// A moment, as the time since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(Duration);

impl Timestamp {
    /// The moment `elapsed` after the run began.
    pub const fn after(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// The time since the run began.
    pub const fn elapsed(self) -> Duration {
        self.0
    }

    /// The time from `earlier` to this moment, zero when it was later.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.0.as_secs_f64())
    }
}

/// Written as whole microseconds, exact and small.
impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(self.0.as_micros()).unwrap_or(u64::MAX))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(|micros| Self(Duration::from_micros(micros)))
    }
}

/// Tells the moment. Behind a trait so that nothing in tests has to wait.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present moment of the run.
    fn now(&self) -> Timestamp;
}
