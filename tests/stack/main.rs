//! The real stack: processes behind HAProxy, under a trickle of requests that
//! show who answers.
//!
//! Where a program is missing, a test says so and passes; with the variable
//! `FPT_NEED_STACK` it fails.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as expected, and tells why it was skipped"
)]

mod command;
mod defects;
mod operations;
mod policy;
mod support;
