//! Scale events: changing how many instances serve, and proving that it
//! happened.
//!
//! A [`ScaleTarget`] is the control plane only; it is never the source of truth
//! for "it works". The [`Timeline`] holds what it said next to what responses
//! showed, and an event that was not proven by both is no event.

mod capability;
#[cfg(any(feature = "docker", feature = "kubernetes"))]
mod choice;
#[cfg(feature = "docker")]
pub mod docker;
mod embedded;
mod event;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
#[cfg(any(feature = "docker", feature = "kubernetes"))]
mod naming;
mod policy;
mod target;
mod timeline;

pub use capability::{Capabilities, Capability};
pub use embedded::Embedded;
pub use event::{EventKind, ScaleEvent, Trigger};
pub use policy::{PolicyActivity, PolicyState};
pub use target::{
    InstanceState, Observed, Receipt, Removal, ScaleError, ScaleTarget, Select, Snapshot, is_steady,
};
pub use timeline::{EventRecord, STEADY_WINDOW, Timeline};
