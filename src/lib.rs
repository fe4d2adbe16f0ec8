//! Functional performance testing.
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
#[path = "../step_defs/mod.rs"]
mod step_defs;

pub use cli::{main, test_main};
