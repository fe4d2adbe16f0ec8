//! Steps about anything but the user: they run once.

mod guarantees;
mod load;
mod people;
mod scaling;
mod verdicts;
