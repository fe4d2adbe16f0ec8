//! The aligned one-second windows in which rates are counted.

use std::time::Duration;

use super::Timestamp;

/// The aligned one-second windows of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    /// How far into a second the run began.
    phase: Duration,
}

impl Grid {
    /// A grid on which the run begins `phase` into a second.
    pub fn with_phase(phase: Duration) -> Self {
        let nanos = phase.subsec_nanos();
        Self {
            phase: Duration::from_nanos(u64::from(nanos)),
        }
    }

    /// The number of the window that holds `moment`, from 0.
    pub fn second(self, moment: Timestamp) -> u64 {
        (moment.elapsed() + self.phase).as_secs()
    }

    /// The moment at which window `second` begins; the run's begin for the first.
    pub fn begin(self, second: u64) -> Timestamp {
        Timestamp::after(Duration::from_secs(second).saturating_sub(self.phase))
    }
}
