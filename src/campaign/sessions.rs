//! Sessions that are lost, as it is noticed.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::{Finding, Rule};
use crate::oracle::Observation;

/// Counts the sessions that are lost.
#[derive(Debug, Default)]
pub(crate) struct LostSessions {
    all: AtomicU64,
    during_events: AtomicU64,
}

impl LostSessions {
    /// Takes in one judged exchange.
    pub(crate) fn observe(&self, seen: &Observation, findings: &[Finding]) {
        if findings.iter().all(|own| own.rule != Rule::SessionLost) {
            return;
        }
        self.all.fetch_add(1, Ordering::Relaxed);
        if matches!(seen.window.as_str(), "during" | "after") {
            self.during_events.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All of them.
    pub(crate) fn count(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }

    /// Those that were lost during scale events or after them.
    pub(crate) fn during_events(&self) -> u64 {
        self.during_events.load(Ordering::Relaxed)
    }
}
