//! Accounts files: people who exist already, one per row.
//!
//! A CSV file with a header row, or a JSON array of objects. The names of the
//! columns are the names of the facts; columns named like `password` hold
//! secrets; the column `group` says who belongs together. What is wrong with
//! a file is told all at once, by line, and never with a value of the file.

mod csv_rows;
mod enroll;
mod format;
mod head;
mod json_rows;
mod lines;
mod personal;
mod problem;
mod read;
mod table;
#[cfg(test)]
mod tests;

pub use format::AccountsFormat;
pub use problem::{AccountsError, Problem};
pub use read::MAX_ACCOUNTS_BYTES;
