//! Fuzzing what a hostile or broken service controls: everything that reads
//! what came over the wire, and what reads the history of a run.
//!
//! `cargo test --test fuzz` gives each target one second of chance;
//! `BOLERO_RANDOM_TEST_TIME_MS` says otherwise, and `BOLERO_RANDOM_SEED` repeats
//! what was told of a failure. Chance writes no bodies but scripts: which seed of
//! the corpus is taken, and how it is cut, repeated, nested and spoilt. The targets
//! take bytes, so that an engine which is guided by coverage can write them too.
//!
//! What holds for every input: nothing panics, what is told is bounded by a
//! multiple of what came, and what stands in a body in plain is seen.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as expected"
)]

mod bodies;
mod corpus;
mod documents;
mod forms;
mod history;
mod packed;
mod selectors;
