//! Recognizing a process again, long after it was started.

use std::fmt;
use std::fs;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

/// A process, told from a later one with the same number by its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trace {
    /// Its number.
    pub(super) pid: u32,
    /// When it was started, in the kernel's ticks since the system was.
    started: u64,
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}, started at tick {}", self.pid, self.started)
    }
}

impl Trace {
    /// The process with this number, if there is one that still runs.
    pub(super) fn of(pid: u32) -> Option<Self> {
        let started = started(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
        Some(Self { pid, started })
    }

    /// Whether this very process still runs.
    pub(super) fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Sends it a signal if it still runs.
    pub(super) fn signal(self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // Gone in this instant: as good as told.
            let _ = kill_process(pid, signal);
        }
    }

    /// Ends it and its group, which it leads, if it still runs.
    pub(super) fn end_group(self) {
        if let Some(pid) = self.pid() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    fn pid(self) -> Option<Pid> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        pid.filter(|_| self.is_alive())
    }

    /// How much of the memory it holds, in bytes.
    pub(super) fn memory(self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        let line = status.lines().find_map(|own| own.strip_prefix("VmRSS:"))?;
        let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes * 1024)
    }
}

/// The start in a line of `/proc/PID/stat`; `None` for a process that has
/// ended and only waits to be noticed.
fn started(stat: &str) -> Option<u64> {
    // The name stands in brackets and may hold anything, brackets included.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    // The 22nd field; the state is the third.
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_start() {
        let own = Trace::of(std::process::id()).unwrap();
        assert!(own.is_alive());
        assert!(own.memory().unwrap() > 100_000);
        let earlier = Trace {
            started: own.started - 1,
            ..own
        };
        assert!(!earlier.is_alive());
    }

    #[test]
    fn names_with_brackets_do_not_confuse() {
        let rest = (4..=52).map(|n| n.to_string()).collect::<Vec<_>>();
        let line = format!("7 (a) b (c)) S {}", rest.join(" "));
        assert_eq!(started(&line), Some(22));
        assert_eq!(started(&line.replace(" S ", " Z ")), None);
    }
}
