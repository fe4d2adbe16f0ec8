//! Steps about anything but the user: they run once.

mod load;
mod people;
mod scaling;
mod verdicts;
