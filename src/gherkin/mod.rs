//! Gherkin: from feature files to plans, and from outcomes to Cucumber events.
//!
//! Cucumber's own parser reads the files and its own writers show the result;
//! what stands between them is ours. [`read`] finds and selects scenarios,
//! [`compile`] binds every step once to its function and refuses, before the
//! first request, whatever could not run; [`Runner`] runs the plans and tells
//! each scenario once, with counts.

mod binding;
mod catalogue;
mod compile;
mod counts;
mod events;
mod expectations;
mod foretold;
mod journeys;
mod problem;
mod runner;
mod scalable;
mod shorten;
mod source;
mod tags;
mod words;

pub use catalogue::{Catalogue, StepDefinition, Subject};
pub use compile::{Compiled, Line, LineKind, compile};
pub use counts::Counts;
pub use problem::{FeatureErrors, Problem};
pub use runner::{RunResult, Runner};
pub use source::{Selection, read};
