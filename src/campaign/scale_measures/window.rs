//! One window around scale events, in figures.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::metrics::{Latency, Mark, Marks, Trouble, longest_burst};
use crate::model::{Rule, Timestamp};

use super::optional_millis;

/// What was measured in one window.
#[derive(Clone, Debug, Serialize)]
pub struct Window {
    /// What it is called, such as `during event 1`.
    pub name: String,
    /// When it begins.
    pub begin: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Transactions that belong to it.
    pub transactions: u64,
    /// Transactions sent in it per second; `None` for a window of no length.
    pub tps: Option<f64>,
    /// The rate that was asked for.
    pub governed_tps: f64,
    /// Transactions that the service failed.
    pub errors: u64,
    /// What transactions met.
    pub troubles: BTreeMap<Trouble, u64>,
    /// Transactions that the service turned away, with 429 or 503.
    pub shed: u64,
    /// The longest burst of errors; `None` without errors.
    #[serde(rename = "longest_burst_ms", serialize_with = "optional_millis")]
    pub longest_burst: Option<Duration>,
    /// From due time to the complete response.
    pub response_time: Latency,
    /// Answers by instance, by name and incarnation.
    pub instances: BTreeMap<String, u64>,
    /// What was found wrong in it; a lost write counts where it was acknowledged.
    pub rules: BTreeMap<Rule, u64>,
    /// From sending to the complete response.
    #[serde(skip)]
    pub service_time: Latency,
}

impl Window {
    /// The window called `name`, from `begin` to `end`, without a transaction.
    pub(super) fn new(name: String, begin: Timestamp, end: Timestamp, governed_tps: f64) -> Self {
        Self {
            name,
            begin,
            end,
            transactions: 0,
            tps: None,
            governed_tps,
            errors: 0,
            troubles: BTreeMap::new(),
            shed: 0,
            longest_burst: None,
            response_time: Latency::default(),
            instances: BTreeMap::new(),
            rules: BTreeMap::new(),
            service_time: Latency::default(),
        }
    }

    /// Takes in the transactions that belong to it.
    pub(super) fn fill(&mut self, own: &[&Mark], marks: &Marks) {
        for mark in own {
            self.transactions += 1;
            if let Some(trouble) = mark.trouble {
                *self.troubles.entry(trouble).or_default() += 1;
                self.errors += u64::from(trouble.is_error());
                self.shed += u64::from(trouble.is_shed());
            }
            self.response_time.record(mark.response_time());
            self.service_time.record(mark.service_time());
            if let Some(instance) = marks.instance(mark) {
                *self.instances.entry(instance.to_string()).or_default() += 1;
            }
            for rule in mark.rules.iter() {
                *self.rules.entry(rule).or_default() += 1;
            }
        }
        self.longest_burst = longest_burst(
            own.iter()
                .filter(|mark| mark.failed())
                .map(|mark| mark.done()),
        );
    }

    /// Notes how many transactions of all `sorted` ones were sent in it. Those
    /// that belong to it are others: some were sent before it.
    pub(super) fn pace(&mut self, sorted: &[Mark]) {
        let length = self.end.since(self.begin).as_secs_f64();
        if length <= 0.0 {
            return;
        }
        let from = sorted.partition_point(|mark| mark.sent() < self.begin);
        let to = sorted.partition_point(|mark| mark.sent() < self.end);
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let sent = to.saturating_sub(from) as f64;
        self.tps = Some(sent / length);
    }

    /// Errors per transaction, from 0 to 1; `None` without transactions.
    pub fn error_rate(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        (self.transactions > 0).then(|| self.errors as f64 / self.transactions as f64)
    }

    /// How often `trouble` was met.
    pub fn met(&self, trouble: Trouble) -> u64 {
        self.troubles.get(&trouble).copied().unwrap_or(0)
    }
}
