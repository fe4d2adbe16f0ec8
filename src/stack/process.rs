//! A child that is ended with us, and never confused with another process.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};
use tokio::sync::watch;

use super::account::Account;
use super::trace::Trace;

/// How much of the end of a log is told.
const TAIL: u64 = 1500;

/// What is to be started.
#[derive(Debug)]
pub(super) struct Launch<'a> {
    /// What it is called.
    pub(super) name: &'a str,
    /// `setpriv`, which asks the system to end the child with us.
    pub(super) setpriv: &'a Path,
    pub(super) program: &'a Path,
    pub(super) arguments: Vec<OsString>,
    /// Where all goes that it prints.
    pub(super) log: &'a Path,
    /// Who runs it, if not we.
    pub(super) account: Option<&'a Account>,
    /// What the system tells it when we are gone, such as `KILL`.
    pub(super) last_word: &'static str,
}

/// A child. Nothing happens to it when this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) name: String,
    pub(super) log: PathBuf,
    pid: Pid,
    trace: Option<Trace>,
    child: Arc<Mutex<Option<Child>>>,
    ended: watch::Receiver<Option<ExitStatus>>,
}

impl Process {
    /// Starts `launch`, in a process group of its own, so that a Ctrl-C in our
    /// terminal is ours alone. It is ended by the system when the thread ends
    /// that calls this.
    pub(super) fn start(launch: &Launch<'_>) -> io::Result<Self> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(launch.log)?;
        let child = command(launch)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        let pid = Pid::from_child(&child);
        let trace = Trace::of(child.id());
        let child = Arc::new(Mutex::new(Some(child)));
        let (tell, ended) = watch::channel(None);
        let held = Arc::clone(&child);
        std::thread::Builder::new()
            .name(format!("wait-{}", launch.name))
            .spawn(move || {
                let status = wait(pid, &held);
                tell.send_replace(Some(status));
            })?;
        Ok(Self {
            name: launch.name.to_owned(),
            log: launch.log.to_owned(),
            pid,
            trace,
            child,
            ended,
        })
    }

    /// How it can be recognized by others.
    pub(super) fn trace(&self) -> Option<Trace> {
        self.trace
    }

    /// Sends it a signal, and its children too if it may have some.
    pub(super) fn signal(&self, signal: Signal, group: bool) {
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // While it is not taken away, its number cannot be another's.
        if child.is_some() {
            // An error means that it has ended by itself.
            let _ = if group {
                kill_process_group(self.pid, signal)
            } else {
                kill_process(self.pid, signal)
            };
        }
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.borrow().is_some()
    }

    /// Whether it has ended and says that all went well.
    pub(super) fn is_well(&self) -> bool {
        self.ended.borrow().is_some_and(|status| status.success())
    }

    /// Waits until it has ended.
    pub(super) async fn ended(&self) {
        // An error means that nobody waits for it any more: ended as well.
        let _ = self.ended.clone().wait_for(Option::is_some).await;
    }

    /// How it ended, and the last it said.
    pub(super) fn last_words(&self) -> String {
        let status = *self.ended.borrow();
        let status = status.map_or_else(|| "it still runs".to_owned(), |own| own.to_string());
        match tail(&self.log) {
            Ok(tail) if !tail.trim().is_empty() => {
                format!(
                    "{status}; {} ends with:\n{}",
                    self.log.display(),
                    tail.trim()
                )
            }
            _ => status,
        }
    }
}

fn command(launch: &Launch<'_>) -> Command {
    let mut command = Command::new(launch.setpriv);
    if let Some(account) = launch.account {
        command
            .arg(format!("--reuid={}", account.user))
            .arg(format!("--regid={}", account.group))
            .arg("--clear-groups");
    }
    command
        .arg("--pdeathsig")
        .arg(launch.last_word)
        .arg("--")
        .arg(launch.program)
        .args(&launch.arguments);
    command
}

/// Waits for the end without taking the child away, so that its number stays
/// its own until nobody can send it a signal any more.
fn wait(pid: Pid, child: &Mutex<Option<Child>>) -> ExitStatus {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while waitid(WaitId::Pid(pid), options).is_err_and(|error| error == Errno::INTR) {}
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = child.take().map(|mut child| child.wait());
    ended.and_then(Result::ok).unwrap_or_default()
}

fn tail(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
