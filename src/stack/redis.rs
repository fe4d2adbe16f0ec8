//! Redis: its arguments, and the sign that it serves.

use std::ffi::OsString;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::files::Files;

const LIMIT: Duration = Duration::from_secs(1);

/// Without persistence, a restart loses everything that was in it.
pub(super) fn arguments(files: &Files, port: u16, persistent: bool) -> Vec<OsString> {
    let port = port.to_string();
    let append = if persistent { "yes" } else { "no" };
    let mut arguments: Vec<OsString> = [
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "--save",
        "",
        "--appendonly",
        append,
        "--daemonize",
        "no",
        "--dir",
    ]
    .map(OsString::from)
    .into();
    arguments.push(files.redis().into());
    arguments
}

/// Whether it answers. While it still reads what it wrote, it does not.
pub(super) async fn serves(port: u16) -> bool {
    let ping = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(b"PING\r\n").await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await?;
        Ok::<_, io::Error>(&answer == b"+PONG")
    };
    matches!(timeout(LIMIT, ping).await, Ok(Ok(true)))
}
