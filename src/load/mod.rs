//! Load: when transactions are due, and who gets to send them.
//!
//! The model is open: due times come from a [`Schedule`] and do not wait for
//! the service. One dispatcher ([`dispatch`]) hands a permit to a waiting user
//! at each due time; the [`Ceiling`] refuses whatever would exceed the limit of
//! the profile. A permit nobody was ready to use is *missed* and counted, never
//! handed out later in a bunch.

mod ceiling;
mod clock;
mod dispatcher;
mod gathering;
mod schedule;
mod stages;

pub use ceiling::Ceiling;
pub use clock::RunClock;
pub use dispatcher::{Dispatched, LoadOver, Permit, Permits, StageCount, dispatch};
pub use schedule::{Due, Schedule};
pub use stages::{Stage, Stages, StagesError};
