//! Incidents: findings of one kind as one, with the pattern that is read from
//! the evidence and the likely cause in words.
//!
//! A pattern is told only when counts speak for it that chance does not
//! explain. What is not recognised is told as such. Everything follows from the
//! observations and their findings, so that judging again gives the same
//! incidents.

mod clue;
mod gathering;
mod generations;
mod grouping;
mod incident;
mod patterns;
mod provoked;
#[cfg(test)]
mod tests;
mod traffic;
mod words;
mod writes;

pub use clue::place_of;
pub(super) use gathering::Gathering;
pub use incident::{Incident, IncidentPlace, Pattern, Recognised};
pub use provoked::Met;
#[cfg(test)]
pub(super) use tests::observed;
