//! Asking an instance itself whether it can serve.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer is waited for.
const LIMIT: Duration = Duration::from_secs(1);

/// More is not read of an answer.
const LARGEST: u64 = 16 * 1024;

/// What an instance answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Health {
    pub(super) status: u16,
    /// Who it says it is, if it says so.
    pub(super) incarnation: Option<String>,
}

/// Asks `path` of whoever listens at `port`.
pub(super) async fn ask(port: u16, path: &str, header: &str) -> io::Result<Health> {
    let answer = timeout(LIMIT, get(port, path)).await;
    let text = answer.map_err(io::Error::other)??;
    read(&text, header).ok_or_else(|| io::Error::other("it does not speak HTTP"))
}

async fn get(port: u16, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LARGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn read(text: &str, header: &str) -> Option<Health> {
    let mut lines = text.lines();
    let mut first = lines.next()?.split_whitespace();
    if !first.next()?.starts_with("HTTP/") {
        return None;
    }
    let status = first.next()?.parse().ok()?;
    let incarnation = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case(header))
        .map(|(_, value)| value.trim().to_owned());
    Some(Health {
        status,
        incarnation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_tell_who_gave_them() {
        let text = "HTTP/1.1 200 OK\r\nX-Incarnation: abc\r\n\r\nx-incarnation: no";
        let health = read(text, "x-incarnation").unwrap();
        assert_eq!(health.status, 200);
        assert_eq!(health.incarnation.as_deref(), Some("abc"));
        let health = read("HTTP/1.0 503 No\r\n\r\nx-incarnation: no", "x-incarnation").unwrap();
        assert_eq!((health.status, health.incarnation), (503, None));
        assert_eq!(read("SSH-2.0", "x"), None);
    }
}
