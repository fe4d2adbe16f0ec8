//! Where everything lies in the folder of a stack.

use std::path::{Path, PathBuf};

/// The longest path of a socket that every system takes.
const LONGEST: usize = 100;

/// The paths in the folder of a stack.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) folder: PathBuf,
}

impl Files {
    pub(super) fn state(&self) -> PathBuf {
        self.folder.join("stack.json")
    }

    pub(super) fn control(&self) -> PathBuf {
        self.folder.join("control.sock")
    }

    pub(super) fn balancer(&self) -> PathBuf {
        self.folder.join("balancer.sock")
    }

    pub(super) fn haproxy(&self) -> PathBuf {
        self.folder.join("haproxy.cfg")
    }

    pub(super) fn redis(&self) -> PathBuf {
        self.folder.join("redis")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.logs().join(format!("{name}.log"))
    }

    /// Whether a socket can have this path.
    pub(super) fn fits(socket: &Path) -> bool {
        socket.as_os_str().len() <= LONGEST
    }
}
