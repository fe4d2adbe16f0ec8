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
    pub(super) hazards: Journal,
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
            hazards: Journal::new(path.join("hazards.jsonl")),
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
        for journal in [&self.findings, &self.hazards, &self.timeline]
            .into_iter()
            .chain(&self.history)
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

#[cfg(test)]
mod tests {
    use super::super::fixture::{began, findings, outcome, seen, summary, swapped, tell};
    use super::*;
    use crate::campaign::{Recorder as _, RunEvent};
    use crate::metrics::Second;
    use crate::model::Timestamp;
    use std::time::Duration;

    fn made(base: &Path) -> RunDirectory {
        RunDirectory::create(base, "run-1")
            .unwrap()
            .with_began(began())
    }

    fn text(directory: &RunDirectory, name: &str) -> String {
        fs::read_to_string(directory.path().join(name)).unwrap()
    }

    #[test]
    fn a_run_leaves_its_evidence() {
        let base = tempfile::tempdir().unwrap();
        let directory = made(base.path());
        let observations = [seen(3, 1), swapped(17, 3, 2), seen(3, 4)];
        tell(&directory, &observations);

        // A killed run has its findings and what they rest on.
        let found = findings(&observations);
        let line = serde_json::to_string(&found[0]).unwrap() + "\n";
        assert_eq!(text(&directory, "findings.jsonl"), line);
        assert_eq!(text(&directory, "history.jsonl").lines().count(), 3);

        let outcome = outcome(found);
        directory.record(&RunEvent::Second {
            begin: Timestamp::after(Duration::from_millis(600)),
            second: Second {
                sent: 50,
                done: 49,
                errors: 1,
            },
        });
        directory.record(&RunEvent::CampaignFinished(&outcome));
        assert_eq!(text(&directory, "history.jsonl").lines().count(), 4);
        insta::assert_snapshot!(text(&directory, "timeline.jsonl"), @r#"
        {"type":"campaign-started","scenario":"Booking","place":{"file":"features/booking.feature","line":12},"number":1,"of":1,"load":"50 users, 50 TPS, for 20s","notes":[]}
        {"type":"second","begin_ms":600,"epoch":1795318213,"sent":50,"done":49,"errors":1}
        {"type":"campaign-finished","scenario":"Booking","place":{"file":"features/booking.feature","line":12},"verdict":"FAIL"}
        "#);
        let before = text(&directory, "history.jsonl");
        assert!(before.starts_with(r#"{"campaign":{"scenario":"Booking","place":"#));

        directory.write_file("junit.xml", b"<testsuites/>").unwrap();
        directory.finish(&summary(vec![outcome])).unwrap();
        assert_eq!(directory.trouble(), None);
        let results: serde_json::Value =
            serde_json::from_str(&text(&directory, "results.json")).unwrap();
        assert_eq!(results["schema_version"], 1);
        assert_eq!(results["began"], "2026-11-22T03:30:12.400Z");
        assert_eq!(results["target"]["kind"], "bundled");
        assert_eq!(results["outcomes"][0]["violations"]["foreign-data"], 1);
        assert!(results["settings"].as_array().unwrap().iter().any(|own| {
            own["key"] == "population.seed" && own["value"] == "1" && own["origin"] != ""
        }));
        let mut names: Vec<_> = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "findings.jsonl",
                "hazards.jsonl",
                "history.jsonl",
                "junit.xml",
                "results.json",
                "summary.md",
                "timeline.jsonl"
            ]
        );
    }

    #[test]
    fn history_can_be_left_out() {
        let base = tempfile::tempdir().unwrap();
        let directory = made(base.path()).with_history(false);
        tell(&directory, &[swapped(17, 3, 2)]);
        assert!(!directory.path().join("history.jsonl").exists());
        assert_eq!(text(&directory, "findings.jsonl").lines().count(), 1);
    }

    #[test]
    fn runs_are_never_mixed_and_the_latest_is_known() {
        let base = tempfile::tempdir().unwrap();
        made(base.path());
        let error = RunDirectory::create(base.path(), "run-1").unwrap_err();
        assert!(matches!(error, RunDirectoryError::Exists { .. }), "{error}");
        RunDirectory::create(base.path(), "run-2").unwrap();
        #[cfg(unix)]
        assert_eq!(
            fs::read_link(base.path().join("latest")).unwrap(),
            Path::new("run-2")
        );
    }

    #[test]
    fn files_have_plain_names_and_come_whole() {
        let base = tempfile::tempdir().unwrap();
        let directory = made(base.path());
        for name in ["../out.txt", "a/b", "", "..", "/tmp/x"] {
            assert!(directory.write_file(name, b"x").is_err(), "{name}");
        }
        // A directory is in the way: nothing is left beside it.
        fs::create_dir(directory.path().join("junit.xml")).unwrap();
        let error = directory.write_file("junit.xml", b"x").unwrap_err();
        assert!(error.to_string().contains("junit.xml"), "{error}");
        assert!(!directory.path().join(".junit.xml.part").exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_and_stops_nothing() {
        for full in ["findings.jsonl", "history.jsonl", "timeline.jsonl"] {
            let base = tempfile::tempdir().unwrap();
            let directory = made(base.path());
            std::os::unix::fs::symlink("/dev/full", directory.path().join(full)).unwrap();
            assert_eq!(directory.trouble(), None);
            tell(
                &directory,
                &[seen(3, 1), swapped(17, 3, 2), swapped(18, 3, 4)],
            );
            directory.record(&RunEvent::CampaignFinished(&outcome(Vec::new())));
            let trouble = directory.trouble().unwrap();
            assert!(trouble.contains(full), "{trouble}");
            assert!(trouble.contains("No space left"), "{trouble}");
            assert!(trouble.contains("free some space"), "{trouble}");

            // What still can be written is, and the caller hears of the rest.
            let error = directory.finish(&summary(Vec::new())).unwrap_err();
            assert_eq!(error.to_string(), trouble);
            assert!(directory.path().join("results.json").exists());
        }
    }

    #[test]
    fn a_lost_disk_is_told_and_stops_nothing() {
        let base = tempfile::tempdir().unwrap();
        let directory = made(base.path());
        fs::remove_dir_all(directory.path()).unwrap();
        tell(&directory, &[swapped(17, 3, 2)]);
        assert!(directory.trouble().unwrap().contains("timeline.jsonl"));
        assert!(directory.finish(&summary(Vec::new())).is_err());
    }
}
