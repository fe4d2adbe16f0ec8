//! Scale events: changing how many instances serve, and proving that it
//! happened.
//!
//! A [`ScaleTarget`] is the control plane only; it is never the source of truth
//! for "it works". The [`Timeline`] holds what it said next to what responses
//! showed, and an event that was not proven by both is no event.

mod embedded;
mod event;
mod target;
mod timeline;

pub use embedded::Embedded;
pub use event::{EventKind, ScaleEvent};
pub use target::{InstanceState, Observed, Removal, ScaleError, ScaleTarget, Snapshot, is_steady};
pub use timeline::{EventRecord, STEADY_WINDOW, Timeline};
