//! The words of the project as types: plain data, no clock, no I/O, no async.
//!
//! Everything above speaks in these types; nothing in here knows who uses it.

mod coverage;
mod exchange;
mod fact;
mod finding;
mod grid;
mod hazard;
mod ids;
mod mask;
mod outcome;
mod place;
mod provocation;
mod rate;
mod spot;
mod time;
mod verdict;

pub use coverage::Coverage;
pub use exchange::{Credential, Exchange, IdentityClaim, Intent, Received, Sent};
pub use fact::{Fact, FactName, Origin, Visibility};
pub use finding::{Finding, Passage, Rule, StepRef, Witness};
pub use grid::Grid;
pub use hazard::{Hazard, HazardKind, HazardWitness, SeenHazard};
pub use ids::{InstanceId, RequestId, RunTag, UserId};
pub use mask::{ValueHash, ValueHasher, mask};
pub use outcome::{ErrorClass, Outcome};
pub use place::Place;
pub use provocation::{Departure, Provocation, Provoked, When};
pub use rate::Rate;
pub use spot::{Spot, UNTOLD, is_plain_name};
pub use time::{Clock, Timestamp};
pub use verdict::{Judgement, Verdict};
