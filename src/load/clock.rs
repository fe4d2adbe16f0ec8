//! The clock of a run.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::model::{Clock, Grid, LONGEST_SPAN, Timestamp};

/// Counts from the beginning of the run on the timer of tokio, so that a test
/// with paused time needs no other clock.
#[derive(Clone, Copy, Debug)]
pub struct RunClock {
    origin: Instant,
    began: SystemTime,
}

impl RunClock {
    /// A run that begins now.
    #[expect(
        clippy::new_without_default,
        reason = "a default that reads the clock would surprise"
    )]
    pub fn new() -> Self {
        Self {
            origin: Instant::now(),
            began: SystemTime::now(),
        }
    }

    /// The moment as tokio's timer wants it. One that no timer knows is as far as
    /// the longest time that can be written.
    pub fn instant(&self, moment: Timestamp) -> Instant {
        let known = self.origin.checked_add(moment.elapsed());
        known.unwrap_or_else(|| self.origin + LONGEST_SPAN)
    }

    /// When the run began, by the wall clock.
    pub fn began(&self) -> SystemTime {
        self.began
    }

    /// The grid of wall-clock seconds, so that "per second" means the same
    /// here and in the service's own logs.
    pub fn grid(&self) -> Grid {
        let since_epoch = self.began.duration_since(UNIX_EPOCH).unwrap_or_default();
        Grid::with_phase(Duration::from_nanos(u64::from(since_epoch.subsec_nanos())))
    }
}

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        // Whole microseconds, as moments are written down: what is judged again
        // from a recording has to see the very same moments.
        let micros = u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX);
        Timestamp::after(Duration::from_micros(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_that_no_timer_knows_are_far_away() {
        let clock = RunClock::new();
        let hour = Duration::from_hours(1);
        for (moment, away) in [
            (Timestamp::after(hour), hour),
            (Timestamp::after(Duration::MAX), LONGEST_SPAN),
            (Timestamp::after(Duration::MAX) + hour, LONGEST_SPAN),
        ] {
            assert_eq!(clock.instant(moment), clock.origin + away);
        }
    }
}
