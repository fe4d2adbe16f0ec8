//! Measures of a campaign: how many, how fast, how often wrong.
//!
//! What is judged around scale events is computed from [`Marks`], when all
//! events are known: [`Windows`], bursts, [`Recovery`], [`Degradation`].

mod burst;
mod degradation;
mod latency;
mod mark;
mod measures;
mod recovery;
mod sample;
mod stages;
mod trouble;
mod windows;

pub use burst::{PAUSE, longest_burst};
pub use degradation::{Batches, Degradation, FEWEST, FLOOR};
pub use latency::Latency;
pub use mark::{MOST_MARKS, Mark, Marks, Noted, Rules};
pub use measures::{Measures, Second, Slice};
pub use recovery::{Recovery, SUSTAINED};
pub use sample::Sample;
pub use stages::ByStage;
pub use trouble::Trouble;
pub use windows::{Span, Windows};
