//! PostgreSQL: its arguments, its folder, and the sign that it serves.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, chown};

use super::account::Account;
use super::files::Files;

/// Who may do everything in it. The folder of a stack is for tests; nobody
/// signs in with a password.
pub(super) const USER: &str = "fpt";

/// Makes the folder that is to hold it, for `account` if not for us.
pub(super) fn make_folder(files: &Files, account: Option<&Account>) -> io::Result<()> {
    let folder = files.postgres();
    DirBuilder::new().mode(0o700).create(&folder)?;
    match account {
        Some(account) => chown(&folder, Some(account.user), Some(account.group)),
        None => Ok(()),
    }
}

/// What `initdb` is called with.
pub(super) fn first_arguments(files: &Files) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = [
        "--username",
        USER,
        "--auth=trust",
        "--no-sync",
        "--no-instructions",
        "--locale=C",
        "--encoding=UTF8",
        "--pgdata",
    ]
    .map(OsString::from)
    .into();
    arguments.push(files.postgres().join("data").into());
    arguments
}

/// What the server is called with. It does not wait for the disk: what a
/// process wrote survives the end of the process, and that the whole machine
/// fails is not tested here.
pub(super) fn arguments(files: &Files, port: u16) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["-D".into(), files.postgres().join("data").into()];
    let mut sockets = files.postgres();
    if !Files::fits(&sockets.join(".s.PGSQL.00000")) {
        sockets = "".into();
    }
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", sockets.display()),
        "fsync=off".to_owned(),
        "full_page_writes=off".to_owned(),
        "shared_buffers=32MB".to_owned(),
        "max_connections=300".to_owned(),
    ];
    for setting in settings {
        arguments.extend(["-c".into(), setting.into()]);
    }
    arguments
}

/// Whether the server with this number takes connections, as it writes down
/// itself. A connection alone would be accepted while it still recovers.
pub(super) fn serves(files: &Files, pid: u32) -> bool {
    let path = files.postgres().join("data/postmaster.pid");
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(pid.to_string().as_str()) && lines.nth(6) == Some("ready")
}
