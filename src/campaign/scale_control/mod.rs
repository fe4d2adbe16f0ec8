//! Scale control: makes the scale events of a campaign happen, one after
//! another, sees whether they did, and leaves the service as it was found.

mod control;
mod guard;
mod happening;
mod observer;
mod permitted;
mod restoration;
mod triggers;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub(super) use control::{ScaleControl, Scaling};
pub(super) use guard::AbortGuard;
pub(crate) use permitted::foreseen;
pub(super) use permitted::{beyond, refused_by};
pub(super) use triggers::Signs;
