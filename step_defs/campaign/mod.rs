//! Steps about anything but the user: they run once.

mod load;
mod people;
mod provocation;
mod scaling;
mod verdicts;
