//! The measures of each stage of the load.

use super::{Sample, Slice};

/// The measures of each stage of the load, in order. A transaction belongs to
/// the stage in which it was due.
#[derive(Clone, Debug, Default)]
pub struct ByStage {
    slices: Vec<Slice>,
}

impl ByStage {
    /// Notes one transaction of stage `number`, from 0.
    pub fn record(&mut self, number: usize, sample: &Sample<'_>) {
        if self.slices.len() <= number {
            self.slices.resize_with(number + 1, Slice::default);
        }
        self.slices[number].record(sample);
    }

    /// The measures of stage `number`, from 0; of nothing when there are none.
    pub fn of(&self, number: usize) -> Slice {
        self.slices.get(number).cloned().unwrap_or_default()
    }
}
