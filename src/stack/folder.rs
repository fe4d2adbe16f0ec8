//! The folder of a stack: taken, cleaned after who left it behind, removed.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};

use super::error::StackError;
use super::files::Files;
use super::process::Process;
use super::trace::Trace;

/// How folders of stacks begin that were started for a run.
const OF_RUNS: &str = "fpt-stack-";

/// Others may pass through, because PostgreSQL may be somebody else, but not
/// look around.
const MODE: u32 = 0o711;

/// How long what is left of a stack may take to end.
const END: Duration = Duration::from_secs(5);

/// How often it is looked whether it has.
const INTERVAL: Duration = Duration::from_millis(10);

/// What is written down of a stack, so that whoever comes later can tell
/// whether it is up and what is left of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// The process that keeps it.
    pub(super) keeper: Option<Trace>,
    /// Where requests go; empty until it is up.
    pub(super) url: String,
    /// Its processes, by name.
    pub(super) processes: BTreeMap<String, Trace>,
}

impl State {
    pub(super) fn read(files: &Files) -> Option<Self> {
        serde_json::from_slice(&fs::read(files.state()).ok()?).ok()
    }

    /// The process that keeps the stack, if it still does.
    pub(super) fn keeper(&self) -> Option<Trace> {
        self.keeper.filter(|keeper| keeper.is_alive())
    }
}

/// A folder that is ours until it is removed.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) files: Files,
    state: Mutex<State>,
}

impl Folder {
    /// Takes a folder that the user names. What a stack left there that is no
    /// more is cleaned away.
    pub(super) async fn claim(folder: &Path) -> Result<Self, StackError> {
        let folder = std::path::absolute(folder).map_err(StackError::at("use", folder))?;
        let files = Files { folder };
        let folder = &files.folder;
        if let Some(state) = State::read(&files) {
            if let Some(keeper) = state.keeper() {
                return Err(StackError::Occupied {
                    folder: folder.clone(),
                    keeper: keeper.pid,
                });
            }
            clean(&files, &state)
                .await
                .map_err(StackError::at("clean", folder))?;
        }
        let is_empty = |folder: &Path| {
            fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
        };
        if !is_empty(folder) {
            return Err(StackError::NotOurs {
                folder: folder.clone(),
            });
        }
        Self::begin(files)
    }

    /// Takes a folder of its own for a run, where folders come and go. What
    /// runs left there that were killed is cleaned away.
    pub(super) async fn temporary() -> Result<Self, StackError> {
        let place = env::temp_dir();
        sweep(&place).await;
        let name = format!(
            "{OF_RUNS}{}-{:08x}",
            std::process::id(),
            rand::random::<u32>()
        );
        Self::begin(Files {
            folder: place.join(name),
        })
    }

    fn begin(files: Files) -> Result<Self, StackError> {
        let folder = &files.folder;
        if !Files::fits(&files.balancer()) {
            return Err(StackError::TooLong {
                folder: folder.clone(),
            });
        }
        let folders = [folder.clone(), files.logs(), files.redis()];
        for own in folders {
            DirBuilder::new()
                .recursive(true)
                .mode(MODE)
                .create(&own)
                .and_then(|()| fs::set_permissions(&own, Permissions::from_mode(MODE)))
                .map_err(StackError::at("create", &own))?;
        }
        let state = State {
            keeper: Trace::of(std::process::id()),
            ..State::default()
        };
        // Of two who come at the same moment, one gets it.
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(files.state())
            .map_err(StackError::at("create", &files.state()))?;
        let text = serde_json::to_vec_pretty(&state).map_err(io::Error::from);
        text.and_then(|text| file.write_all(&text))
            .map_err(StackError::at("write", &files.state()))?;
        Ok(Self {
            files,
            state: Mutex::new(state),
        })
    }

    /// Writes down a process, before anything else is done with it.
    pub(super) fn note(&self, process: &Process) {
        if let Some(trace) = process.trace() {
            self.change(|state| {
                state.processes.insert(process.name.clone(), trace);
            });
        }
    }

    /// Strikes a process out that has ended.
    pub(super) fn forget(&self, process: &Process) {
        self.change(|state| {
            let noted = state.processes.get(&process.name);
            if noted.copied() == process.trace() {
                state.processes.remove(&process.name);
            }
        });
    }

    /// Writes down that the stack is up.
    pub(super) fn up(&self, url: &str) {
        self.change(|state| url.clone_into(&mut state.url));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        // Not being able to write it down stops nothing: it is for those who
        // clean after a crash, and the system ends our children anyway.
        let _ = write(&self.files, &state);
    }

    /// Removes the folder with all that is in it.
    pub(super) fn remove(&self) {
        // What cannot be removed now is cleaned by the next who comes.
        let _ = remove(&self.files);
    }

    /// Leaves logs and data for whoever wants to look at them.
    pub(super) fn keep(&self) {
        self.change(|state| {
            state.keeper = None;
            state.url.clear();
            state.processes.clear();
        });
    }
}

/// Whole or not at all.
fn write(files: &Files, state: &State) -> io::Result<()> {
    let beside = files.folder.join("stack.json.new");
    fs::write(&beside, serde_json::to_vec_pretty(state)?)?;
    fs::rename(beside, files.state())
}

/// Ends what is left of a stack and removes its folder.
async fn clean(files: &Files, state: &State) -> io::Result<()> {
    for (name, trace) in &state.processes {
        if name == "postgres" {
            // So told, it ends its own children and gives back its memory.
            trace.signal(Signal::QUIT);
        } else {
            trace.end_group();
        }
    }
    let end = async {
        while state.processes.values().any(|own| own.is_alive()) {
            sleep(INTERVAL).await;
        }
    };
    // What does not end cannot be waited for.
    let _ = timeout(END, end).await;
    remove(files)
}

/// Removes the folder; what says whose it is goes last, so that whoever comes
/// later can go on where this failed.
fn remove(files: &Files) -> io::Result<()> {
    for entry in fs::read_dir(&files.folder)? {
        let path = entry?.path();
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else if path != files.state() {
            fs::remove_file(path)?;
        }
    }
    fs::remove_dir_all(&files.folder)
}

/// Cleans away what runs left in `place` that were killed.
async fn sweep(place: &Path) {
    let Ok(entries) = fs::read_dir(place) else {
        return;
    };
    let own = rustix::process::geteuid().as_raw();
    for entry in entries.flatten() {
        let of_a_run = entry.file_name().to_string_lossy().starts_with(OF_RUNS);
        let is_ours = || entry.metadata().is_ok_and(|about| about.uid() == own);
        if !of_a_run || !is_ours() {
            continue;
        }
        let files = Files {
            folder: entry.path(),
        };
        if let Some(state) = State::read(&files)
            && state.keeper().is_none()
        {
            // The next who comes tries again.
            let _ = clean(&files, &state).await;
        }
    }
}

/// The folder that `fpt stack` uses when none is named.
pub(super) fn usual() -> PathBuf {
    PathBuf::from("target/fpt-stack")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_with_other_things_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("own.txt"), "mine").unwrap();
        let error = Folder::claim(folder.path()).await.unwrap_err();
        assert!(matches!(error, StackError::NotOurs { .. }), "{error}");
        assert!(folder.path().join("own.txt").exists());
    }

    #[tokio::test]
    async fn who_is_alive_keeps_its_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("stack");
        let taken = Folder::claim(&folder).await.unwrap();
        let error = Folder::claim(&folder).await.unwrap_err().to_string();
        assert!(error.contains("fpt stack down --data"), "{error}");
        taken.keep();
        Folder::claim(&folder).await.unwrap();
    }

    #[tokio::test]
    async fn what_the_dead_left_is_swept() {
        let place = tempfile::tempdir().unwrap();
        let left = place.path().join(format!("{OF_RUNS}1-x"));
        let files = Files {
            folder: left.clone(),
        };
        Folder::begin(files.clone()).unwrap();
        sweep(place.path()).await;
        assert!(left.exists());
        write(&files, &State::default()).unwrap();
        sweep(place.path()).await;
        assert!(!left.exists());
    }
}
