//! Measures of a campaign: how many, how fast, how often wrong.

mod latency;
mod measures;
mod sample;
mod stages;

pub use latency::Latency;
pub use measures::{Measures, Second, Slice};
pub use sample::Sample;
pub use stages::ByStage;
