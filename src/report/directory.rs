//! The directory of a run.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use super::journal::Journal;
use super::{RunSummary, markdown, results};

/// Where the evidence of a run is kept. Made before the run, appended to as it
/// goes (see its [`Recorder`](crate::campaign::Recorder)), finished after it.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    pub(super) began: SystemTime,
    pub(super) history: Option<Journal>,
    pub(super) findings: Journal,
    pub(super) timeline: Journal,
    trouble: OnceLock<String>,
}

/// Why evidence could not be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunDirectoryError {
    /// The directory cannot be made.
    #[error(
        "cannot make {}: {source}; is `evidence.directory` of the profile right, and may it be written to?",
        path.display()
    )]
    Create {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is one already: evidence of two runs is never mixed.
    #[error("{} is there already: start the run again", path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}; {}", path.display(), what_to_do(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Earlier in the run something could not be written.
    #[error("{0}")]
    Incomplete(String),
}

/// What the user can do about an error of writing.
fn what_to_do(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space, or set `evidence.directory` to a disk that has some"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "set `evidence.directory` to a directory that may be written to"
        }
        _ => "is the disk in order, and was the directory left alone during the run?",
    }
}

impl RunDirectory {
    /// Makes `<base>/<run_id>`, and points `<base>/latest` to it where links
    /// can be made.
    ///
    /// # Errors
    ///
    /// When it cannot be made, or is there already.
    pub fn create(base: &Path, run_id: &str) -> Result<Self, RunDirectoryError> {
        let path = base.join(run_id);
        fs::create_dir_all(base)
            .and_then(|()| fs::create_dir(&path))
            .map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => RunDirectoryError::Exists { path: path.clone() },
                _ => RunDirectoryError::Create {
                    path: path.clone(),
                    source,
                },
            })?;
        point_latest(base, run_id);
        Ok(Self {
            began: SystemTime::now(),
            history: Some(Journal::new(path.join("history.jsonl"))),
            findings: Journal::new(path.join("findings.jsonl")),
            timeline: Journal::new(path.join("timeline.jsonl")),
            trouble: OnceLock::new(),
            path,
        })
    }

    /// The run began at `began` and not just now: the wall-clock seconds of the
    /// timeline are counted from it.
    #[must_use]
    pub fn with_began(mut self, began: SystemTime) -> Self {
        self.began = began;
        self
    }

    /// Whether every observation is written down, so that it can be judged
    /// again; it is unless this says no.
    #[must_use]
    pub fn with_history(mut self, wanted: bool) -> Self {
        if !wanted {
            self.history = None;
        }
        self
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a whole file, or nothing of it.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or `name` is not the plain name of a file.
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> Result<(), RunDirectoryError> {
        let path = self.path.join(name);
        let written = if Path::new(name).file_name() == Some(name.as_ref()) {
            replace(&path, &self.path.join(format!(".{name}.part")), bytes)
        } else {
            Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not the plain name of a file",
            ))
        };
        written.map_err(|source| RunDirectoryError::Write { path, source })
    }

    /// Writes `results.json` and `summary.md`, and what still waits in memory.
    ///
    /// # Errors
    ///
    /// When something cannot be written, or could not be during the run. All
    /// that can be written is.
    pub fn finish(&self, summary: &RunSummary) -> Result<(), RunDirectoryError> {
        self.flush();
        let results = self.write_file("results.json", &results::json(summary));
        let page = markdown::summary_markdown(summary);
        let page = self.write_file("summary.md", page.as_bytes());
        results?;
        page?;
        match self.trouble.get() {
            Some(trouble) => Err(RunDirectoryError::Incomplete(trouble.clone())),
            None => Ok(()),
        }
    }

    /// Hands everything that waits to the operating system.
    pub(super) fn flush(&self) {
        for journal in [
            Some(&self.findings),
            Some(&self.timeline),
            self.history.as_ref(),
        ]
        .into_iter()
        .flatten()
        {
            self.note(journal, journal.flush());
        }
    }

    /// Remembers the first error.
    pub(super) fn note(&self, journal: &Journal, written: io::Result<()>) {
        if let Err(source) = written {
            self.trouble.get_or_init(|| {
                let error = RunDirectoryError::Write {
                    path: journal.path().to_owned(),
                    source,
                };
                format!("{error}; the evidence of this run is incomplete")
            });
        }
    }

    /// The first error of writing during the run.
    pub(super) fn first_trouble(&self) -> Option<String> {
        self.trouble.get().cloned()
    }
}

/// Writes beside the file first, so that nobody ever reads a half of it.
fn replace(path: &Path, beside: &Path, bytes: &[u8]) -> io::Result<()> {
    let written = File::create(beside)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(beside, path));
    if written.is_err() {
        // Nothing more can be done when not even this works.
        let _ = fs::remove_file(beside);
    }
    written
}

/// A convenience, so failing is no trouble: some file systems have no links.
fn point_latest(base: &Path, run_id: &str) {
    #[cfg(unix)]
    {
        let beside = base.join(format!(".latest-{run_id}"));
        let pointed = std::os::unix::fs::symlink(run_id, &beside)
            .and_then(|()| fs::rename(&beside, base.join("latest")));
        if pointed.is_err() {
            let _ = fs::remove_file(&beside);
        }
    }
    #[cfg(not(unix))]
    let _ = (base, run_id);
}
