//! Why a stack does not start, or cannot be reached.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a stack does not start, or cannot be reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StackError {
    /// Programs are not installed.
    #[error(
        "the stack needs {}, which {} not installed here; install with `{install}`",
        programs.join(", "),
        if programs.len() == 1 { "is" } else { "are" }
    )]
    Missing {
        /// Their names.
        programs: Vec<String>,
        /// What installs them on Debian and Ubuntu.
        install: String,
    },
    /// Another stack is up in the folder.
    #[error(
        "a stack is up in {folder} (process {keeper}); `fpt stack down --data {folder}` ends it, or choose another folder with --data",
        folder = folder.display()
    )]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// The process that keeps it.
        keeper: u32,
    },
    /// The folder holds something else.
    #[error(
        "{} is not empty and holds no stack; choose another folder with --data",
        folder.display()
    )]
    NotOurs {
        /// The folder.
        folder: PathBuf,
    },
    /// No stack is up in the folder.
    #[error(
        "no stack is up in {folder}; `fpt stack up --data {folder}` starts one",
        folder = folder.display()
    )]
    NotUp {
        /// The folder.
        folder: PathBuf,
    },
    /// A socket cannot have so long a path.
    #[error(
        "{} is too long a path for sockets; choose a shorter folder with --data",
        folder.display()
    )]
    TooLong {
        /// The folder.
        folder: PathBuf,
    },
    /// The system refused something.
    #[error("{what}: {source}")]
    System {
        /// What was tried, with the path or program.
        what: String,
        /// Its answer.
        source: io::Error,
    },
    /// A part or an instance did not start.
    #[error("{part} did not start: {reason}")]
    Part {
        /// Which.
        part: String,
        /// Why, with the end of its log.
        reason: String,
    },
    /// What is to be planted does not exist.
    #[error("{0}")]
    Settings(String),
}

impl StackError {
    pub(super) fn system<T: fmt::Display>(what: T) -> impl FnOnce(io::Error) -> Self + use<T> {
        let what = what.to_string();
        move |source| Self::System { what, source }
    }

    pub(super) fn at(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        Self::system(format!("cannot {doing} {}", path.display()))
    }

    pub(super) fn part(part: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self::Part {
            part: part.to_string(),
            reason: reason.to_string(),
        }
    }
}
