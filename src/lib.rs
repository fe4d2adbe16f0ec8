#![doc = include_str!("../README.md")]
//!
//! # The modules
//!
//! From the words to the program; each uses what stands above it.
//!
//! | module | is about |
//! |---|---|
//! | [`model`] | the words of the project as plain types |
//! | [`config`] | profiles: what is tested, and what nobody may exceed |
//! | [`population`] | who the virtual users are, and their facts |
//! | [`scaling`] | scale targets and events |
//! | [`stack`] | the bundled service as real processes with real stores |
//! | [`metrics`] | what is measured |
//! | [`oracle`] | looking and judging: whose data is this? |
//! | [`load`] | when transactions are due, and who gets to send them |
//! | [`http`] | what a user sends, and what comes back |
//! | [`campaign`] | one scenario under load, from the preflight to the verdicts |
//! | [`gherkin`] | from feature files to plans, from outcomes to events |
//! | [`report`] | evidence and what is shown of it |
//! | [`cli`] | arguments in, exit code out |
//! | [`prelude`] | what authors of steps import, and nothing else |
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests may unwrap"))]

pub mod campaign;
pub mod cli;
pub mod config;
pub mod gherkin;
pub mod http;
pub mod load;
pub mod metrics;
pub mod model;
pub mod oracle;
pub mod population;
pub mod prelude;
pub mod report;
pub mod scaling;
pub mod stack;
#[path = "../step_defs/mod.rs"]
mod step_defs;

pub use cli::{main, test_main};
