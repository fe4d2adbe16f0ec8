//! Scaling by a program of one's own.

use super::super::reader::Reader;

/// A program that scales the service.
#[derive(Clone, Debug, Default)]
pub struct CommandConfig {
    /// The program and its arguments; no shell is involved.
    pub run: Vec<String>,
}

impl CommandConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            run: reader.list("scaling.command.run", Vec::new()),
        }
    }
}
