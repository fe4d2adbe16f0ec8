//! The program as its users meet it: every test runs the real `fpt`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as expected, and tells what it measured"
)]

mod bad_input;
mod benign_twins;
mod continuity;
mod credentials;
mod exports;
mod followed;
mod gherkin_files;
mod graphql;
mod hazards;
mod hostile_services;
mod incidents;
mod learning;
mod pages;
mod planted_defects;
mod policy;
mod probes;
mod promises;
mod runs;
mod scale_targets;
mod scaling;
mod sending;
mod streams;
mod submitted_twice;
mod support;
mod untold;
