//! The measures of a campaign, over all, by route, by window and by second.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::Grid;

use super::{Latency, Sample};

/// The measures of one slice of a campaign.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Slice {
    /// Transactions.
    pub transactions: u64,
    /// Those that the service failed: no answer, or a 5xx.
    pub errors: u64,
    /// Errors by class.
    pub error_classes: BTreeMap<String, u64>,
    /// Bytes of bodies.
    pub bytes: u64,
    /// From due time to the complete response: what a user waits.
    pub response_time: Latency,
    /// From sending to the complete response.
    pub service_time: Latency,
    /// From sending to the head of the response.
    pub latency: Latency,
}

impl Slice {
    pub(super) fn record(&mut self, sample: &Sample<'_>) {
        self.transactions += 1;
        self.bytes += sample.bytes;
        if let Some(class) = sample.error_class() {
            self.errors += 1;
            *self.error_classes.entry(class).or_default() += 1;
        }
        self.response_time.record(sample.done.since(sample.due));
        self.service_time.record(sample.done.since(sample.sent));
        if let Some(first_byte) = sample.first_byte {
            self.latency.record(first_byte.since(sample.sent));
        }
    }

    /// Errors per transaction, from 0 to 1; `None` without transactions.
    pub fn error_rate(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        (self.transactions > 0).then(|| self.errors as f64 / self.transactions as f64)
    }
}

/// One second of the timeline, by the wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Second {
    /// Transactions sent in it.
    pub sent: u64,
    /// Transactions that ended in it.
    pub done: u64,
    /// Those of them that the service failed.
    pub errors: u64,
}

/// All measures of a campaign.
#[derive(Clone, Debug, Serialize)]
pub struct Measures {
    /// Over everything.
    pub total: Slice,
    /// By method and path.
    pub routes: BTreeMap<String, Slice>,
    /// By scale window.
    pub windows: BTreeMap<String, Slice>,
    /// From due time to sending: how late the harness itself was.
    pub lateness: Latency,
    #[serde(skip)]
    seconds: BTreeMap<u64, Second>,
    #[serde(skip)]
    grid: Grid,
    /// The most transactions sent in one aligned second.
    pub busiest_second: u64,
}

impl Measures {
    /// Measures whose seconds are those of `grid`.
    pub fn new(grid: Grid) -> Self {
        Self {
            total: Slice::default(),
            routes: BTreeMap::new(),
            windows: BTreeMap::new(),
            lateness: Latency::default(),
            seconds: BTreeMap::new(),
            grid,
            busiest_second: 0,
        }
    }

    /// Notes one transaction.
    pub fn record(&mut self, sample: &Sample<'_>) {
        self.total.record(sample);
        slice(&mut self.routes, sample.route).record(sample);
        slice(&mut self.windows, sample.window).record(sample);
        self.lateness.record(sample.sent.since(sample.due));
        let sent = self
            .seconds
            .entry(self.grid.second(sample.sent))
            .or_default();
        sent.sent += 1;
        self.busiest_second = self.busiest_second.max(sent.sent);
        let done = self
            .seconds
            .entry(self.grid.second(sample.done))
            .or_default();
        done.done += 1;
        done.errors += u64::from(sample.error_class().is_some());
    }

    /// Takes out the seconds before `second`, which no transaction can change
    /// any more.
    pub fn take_seconds_before(&mut self, second: u64) -> BTreeMap<u64, Second> {
        let rest = self.seconds.split_off(&second);
        std::mem::replace(&mut self.seconds, rest)
    }
}

/// The slice called `name`, without making a new name for every transaction.
fn slice<'a>(slices: &'a mut BTreeMap<String, Slice>, name: &str) -> &'a mut Slice {
    if !slices.contains_key(name) {
        slices.insert(name.to_owned(), Slice::default());
    }
    slices.entry(name.to_owned()).or_default()
}
