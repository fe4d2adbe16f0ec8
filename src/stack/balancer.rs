//! What HAProxy is told and asked while it runs.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::haproxy::{BACKEND, FRONTEND};

/// How long an answer is waited for.
const LIMIT: Duration = Duration::from_secs(2);

/// The balancer's runtime socket.
#[derive(Clone, Debug)]
pub(super) struct Balancer {
    pub(super) socket: PathBuf,
}

/// The balancer's figures at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// Requests that clients sent, since it was started.
    pub(super) requests: u64,
    /// Its servers, by name.
    pub(super) servers: BTreeMap<String, Server>,
}

/// A server as the balancer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Whether it gets requests and answered the last check.
    pub(super) serves: bool,
    /// Whether the balancer has given it up, or was told to.
    pub(super) is_down: bool,
    /// Its own word for it.
    pub(super) status: String,
    /// Requests in flight.
    pub(super) in_flight: u64,
    /// Requests since the balancer was started.
    pub(super) requests: u64,
}

impl Balancer {
    /// Gives a command, and the answer to it.
    pub(super) async fn ask(&self, command: &str) -> io::Result<String> {
        let exchange = async {
            let mut stream = UnixStream::connect(&self.socket).await?;
            stream.write_all(format!("{command}\n").as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            Ok(answer)
        };
        timeout(LIMIT, exchange).await.map_err(io::Error::other)?
    }

    /// Gives a command that is answered by nothing when it is done.
    async fn tell(&self, command: &str) -> io::Result<()> {
        let answer = self.ask(command).await?;
        let answer = answer.trim();
        if answer.is_empty() {
            return Ok(());
        }
        Err(io::Error::other(format!("`{command}`: {answer}")))
    }

    /// Lets server `name` get requests at `port`.
    pub(super) async fn place(&self, name: &str, port: u16) -> io::Result<()> {
        let server = format!("{BACKEND}/{name}");
        // Answers with what has changed, if anything.
        let command = format!("set server {server} addr 127.0.0.1 port {port}");
        let answer = self.ask(&command).await?;
        if !answer.contains("changed") && !answer.contains("no need") {
            return Err(io::Error::other(format!("`{command}`: {}", answer.trim())));
        }
        self.tell(&format!("set server {server} state ready")).await
    }

    /// Gives `name` no new requests, except those of clients who are bound to
    /// it.
    pub(super) async fn drain(&self, name: &str) -> io::Result<()> {
        self.tell(&format!("set server {BACKEND}/{name} state drain"))
            .await
    }

    /// Gives `name` no requests at all.
    pub(super) async fn retire(&self, name: &str) -> io::Result<()> {
        self.tell(&format!("set server {BACKEND}/{name} state maint"))
            .await
    }

    /// The figures now.
    pub(super) async fn figures(&self) -> io::Result<Figures> {
        let text = self.ask("show stat").await?;
        read(&text).ok_or_else(|| io::Error::other("the figures of HAProxy cannot be read"))
    }
}

fn read(text: &str) -> Option<Figures> {
    let text = text.trim_start().strip_prefix("# ")?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader.headers().ok()?.clone();
    let column = |name: &str| header.iter().position(|own| own == name);
    let (proxy, server) = (column("pxname")?, column("svname")?);
    let (status, check) = (column("status")?, column("check_status")?);
    let (in_flight, sessions) = (column("scur")?, column("stot")?);
    let requests = column("req_tot")?;
    let mut figures = Figures::default();
    for row in reader.records() {
        let row = row.ok()?;
        let number = |at: usize| -> u64 { row.get(at).and_then(|n| n.parse().ok()).unwrap_or(0) };
        match (row.get(proxy)?, row.get(server)?) {
            (FRONTEND, "FRONTEND") => figures.requests = number(requests),
            (BACKEND, name) if name != "BACKEND" => {
                // A star stands before the last result while a check is under
                // way.
                let checked = row.get(check)?.trim_start_matches("* ");
                let told = row.get(status)?;
                let server = Server {
                    // `UP 1/2` is what the balancer hopes before the first
                    // check, even with nobody listening.
                    serves: told == "UP" && checked == "L7OK",
                    is_down: told.starts_with("DOWN") || told.starts_with("MAINT"),
                    status: told.to_owned(),
                    in_flight: number(in_flight),
                    requests: number(sessions),
                };
                figures.servers.insert(name.to_owned(), server);
            }
            _ => {}
        }
    }
    Some(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "\
# pxname,svname,scur,stot,status,check_status,req_tot,last_chk,
entry,FRONTEND,3,9,OPEN,,412,,
app,n1,2,200,UP,L7OK,,\"all, well\",
app,n2,0,0,UP 1/2,L7OK,,,
app,n3,1,212,DRAIN,* L7OK,,,
app,n4,0,3,DOWN,L4CON,,,
app,n5,0,0,MAINT,,,,
app,BACKEND,3,412,UP,,,,
";

    #[test]
    fn serving_is_more_than_being_up() {
        let figures = read(STAT).unwrap();
        assert_eq!(
            (figures.requests, figures.servers["n1"].in_flight),
            (412, 2)
        );
        assert_eq!(figures.servers.len(), 5);
        for (name, serves, is_down) in [
            ("n1", true, false),
            ("n2", false, false),
            ("n3", false, false),
            ("n4", false, true),
            ("n5", false, true),
        ] {
            let server = &figures.servers[name];
            assert_eq!((server.serves, server.is_down), (serves, is_down), "{name}");
        }
        assert_eq!(read("Unknown command."), None);
    }
}
