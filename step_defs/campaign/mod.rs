//! Steps about anything but the user: they run once.

mod guarantees;
mod load;
mod people;
mod policy;
mod privacy;
mod provocation;
mod scale_verdicts;
mod scaling;
mod verdicts;
