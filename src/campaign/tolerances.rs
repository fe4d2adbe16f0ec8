//! Tolerances: what steps allow of what otherwise fails a campaign.

use std::collections::BTreeMap;
use std::time::Duration;

/// What the steps of a scenario tolerate.
#[derive(Clone, Debug, Default)]
pub(super) struct Tolerances {
    /// Errors, in percent.
    pub(super) errors: Option<f64>,
    /// Lost sessions, in percent of those of which it is known what became of them.
    pub(super) sessions: Option<f64>,
    /// Lost writes of each kind.
    pub(super) lost: BTreeMap<String, u64>,
    /// Lost writes that were acknowledged so long before an outage.
    pub(super) lost_span: Option<Duration>,
    /// What a step asks of the 90th percentile over all.
    pub(super) slowest: Option<Duration>,
}

impl Tolerances {
    /// Errors up to `percent` are tolerated: the most that any step allows.
    pub(super) fn tolerate_errors(&mut self, percent: f64) {
        let most = self.errors.map_or(percent, |own| own.max(percent));
        self.errors = Some(most);
    }
}
