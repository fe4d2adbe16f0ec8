//! Steps about the user: they run for every virtual user.

mod authentication;
mod effects;
mod facts;
mod keeping;
mod pace;
mod responses;
mod sending;
mod sessions;
mod sharing;
mod signing_in;
mod values;
