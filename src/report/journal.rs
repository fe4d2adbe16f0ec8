//! Files that grow as the run goes, a line of JSON at a time.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// Whether a line may wait in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Until the next [`Journal::flush`].
    Later,
    /// A killed run has to have it.
    Now,
}

/// A file of lines. After its first error it takes nothing more: lines after a
/// hole would be worse than their absence.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Closed,
    Open(BufWriter<File>),
    Broken,
}

impl Journal {
    /// A file that is made with its first line.
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            state: Mutex::new(State::Closed),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line. Gives the error once; afterwards lines are dropped.
    pub(super) fn append(&self, line: &impl Serialize, urgency: Urgency) -> io::Result<()> {
        self.with(true, |file| {
            serde_json::to_writer(&mut *file, line)?;
            file.write_all(b"\n")?;
            match urgency {
                Urgency::Now => file.flush(),
                Urgency::Later => Ok(()),
            }
        })
    }

    /// Makes the file, so that it is there even without a line.
    pub(super) fn touch(&self) -> io::Result<()> {
        self.with(true, |_| Ok(()))
    }

    /// Hands waiting lines to the operating system.
    pub(super) fn flush(&self) -> io::Result<()> {
        self.with(false, io::Write::flush)
    }

    fn with(
        &self,
        open: bool,
        work: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut state = self.lock();
        let done = match &mut *state {
            State::Broken => return Ok(()),
            State::Closed if !open => return Ok(()),
            State::Closed => OpenOptions::new()
                .append(true)
                .create(true)
                .open(&self.path)
                .and_then(|file| {
                    let mut writer = BufWriter::new(file);
                    let done = work(&mut writer);
                    *state = State::Open(writer);
                    done
                }),
            State::Open(writer) => work(writer),
        };
        if done.is_err()
            && let State::Open(writer) = std::mem::replace(&mut *state, State::Broken)
        {
            // Not dropped as it is: that would try to write once more.
            drop(writer.into_parts());
        }
        done
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wait_unless_they_are_urgent() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path().join("lines"));
        journal.append(&1, Urgency::Later).unwrap();
        assert_eq!(std::fs::read_to_string(journal.path()).unwrap(), "");
        journal.append(&"a\nb", Urgency::Now).unwrap();
        let text = std::fs::read_to_string(journal.path()).unwrap();
        assert_eq!(text, "1\n\"a\\nb\"\n");
    }

    #[test]
    fn an_error_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path().join("missing/lines"));
        assert!(journal.append(&1, Urgency::Now).is_err());
        journal.append(&2, Urgency::Now).unwrap();
        journal.flush().unwrap();
    }
}
