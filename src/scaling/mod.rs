//! Scale events: changing how many instances serve, and proving that it
//! happened.
//!
//! A [`ScaleTarget`] is the control plane only; it is never the source of truth
//! for "it works". The [`Timeline`] holds what it said next to what responses
//! showed, and an event that was not proven by both is no event.

mod autoscaled;
mod autoscaler;
mod capability;
#[cfg(any(feature = "docker", feature = "kubernetes"))]
mod choice;
mod command;
mod conformance;
pub mod contract;
#[cfg(feature = "docker")]
pub mod docker;
mod embedded;
mod event;
mod gone;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
#[cfg(any(feature = "docker", feature = "kubernetes"))]
mod naming;
mod policy;
mod presence;
mod proof;
mod record;
mod sample;
mod secrets;
mod target;
mod timeline;
mod webhook;
mod words;

pub use autoscaled::{Autoscaled, RequestCount};
pub use autoscaler::{Autoscaler, Decision};
pub use capability::{Capabilities, Capability};
pub use command::Command;
pub use conformance::{Checked, Conformance, Passed};
pub use contract::Contract;
use contract::shorten;
pub use embedded::Embedded;
pub use event::{EventKind, ScaleEvent, Trigger};
pub use gone::Undead;
pub use policy::{PolicyActivity, PolicyState};
pub use presence::{History, Presence, Roll};
pub use record::{EventRecord, Hold};
pub use sample::Sample;
pub use target::{
    InstanceState, Lives, Observed, Receipt, Removal, ScaleError, ScaleTarget, Select, Snapshot,
    is_steady,
};
pub use timeline::{STEADY_WINDOW, Seen, Timeline};
pub use webhook::Webhook;
