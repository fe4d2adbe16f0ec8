//! Functional performance testing.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests may unwrap"))]

pub mod model;
