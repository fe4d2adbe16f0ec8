//! Tables: what CSV and JSON have in common.

use crate::population::MAX_USERS;

use super::problem::Problems;

/// The accounts of a file before anything is made of them.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// Rows that were not kept because of a problem.
    pub(super) spoilt: usize,
}

/// One account.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: usize,
    /// By column; shorter than the columns when a later row brought new ones.
    pub(super) cells: Vec<Option<String>>,
}

impl Table {
    /// Whether there are as many rows as there may be; then says so, once.
    pub(super) fn is_full(&self, line: usize, problems: &mut Problems) -> bool {
        let full = self.rows.len() >= MAX_USERS as usize;
        if full {
            let message = format!("more than {MAX_USERS} accounts; remove the ones from here on");
            problems.add(line, message);
        }
        full
    }
}

/// Whether a template can say `user.NAME`.
pub(super) fn is_usable_name(name: &str) -> bool {
    name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && name
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_')
}
