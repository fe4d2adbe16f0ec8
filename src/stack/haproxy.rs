//! The configuration of HAProxy.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::files::Files;

/// Where clients come in.
pub(super) const FRONTEND: &str = "entry";

/// The instances.
pub(super) const BACKEND: &str = "app";

/// How often an instance is checked, in milliseconds.
pub(super) const CHECK_MILLIS: u64 = 200;

/// What the configuration depends on.
#[derive(Debug)]
pub(super) struct Balancing<'a> {
    pub(super) files: &'a Files,
    pub(super) port: u16,
    /// How many instances there can be.
    pub(super) slots: u32,
    pub(super) health: &'a str,
    /// Whether a client is kept on its instance.
    pub(super) sticky: bool,
}

impl Balancing<'_> {
    /// The configuration in which the servers of `placed` get requests, each
    /// at its port. All others are declared all the same: a server that is
    /// added later can neither keep clients nor inherit the checks.
    pub(super) fn configuration(&self, placed: &BTreeMap<String, u16>) -> String {
        // Without `noreuseport`, a second process could listen at the port too
        // and get half of the requests.
        let mut text = format!(
            "\
global
    noreuseport
    nbthread 1
    stats socket {socket} mode 600 level admin

defaults
    mode http
    retries 3
    option redispatch 1
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout queue 2s
    timeout check 1s

frontend {FRONTEND}
    bind 127.0.0.1:{port}
    default_backend {BACKEND}

backend {BACKEND}
    balance roundrobin
    option httpchk
    http-check send meth GET uri {health} ver HTTP/1.1 hdr host 127.0.0.1
    http-check expect rstatus ^2
    default-server check inter {CHECK_MILLIS}ms fastinter 100ms downinter {CHECK_MILLIS}ms fall 2 rise 2
",
            socket = self.files.balancer().display(),
            port = self.port,
            health = self.health,
        );
        if self.sticky {
            text.push_str("    cookie route insert indirect nocache\n");
        }
        for slot in 1..=self.slots {
            let name = format!("n{slot}");
            let cookie = if self.sticky {
                format!(" cookie {name}")
            } else {
                String::new()
            };
            let place = match placed.get(&name) {
                Some(port) => format!("127.0.0.1:{port}"),
                // Nobody listens there, and nobody is asked.
                None => "127.0.0.1:1 disabled".to_owned(),
            };
            // Writing to a text does not fail.
            let _ = writeln!(text, "    server {name} {place}{cookie}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_declared() {
        let files = Files {
            folder: "/tmp/a".into(),
        };
        let balancing = Balancing {
            files: &files,
            port: 8080,
            slots: 3,
            health: "/health",
            sticky: true,
        };
        let text = balancing.configuration(&[("n2".to_owned(), 4711)].into());
        for line in [
            "    server n1 127.0.0.1:1 disabled cookie n1",
            "    server n2 127.0.0.1:4711 cookie n2",
            "    server n3 127.0.0.1:1 disabled cookie n3",
            "    bind 127.0.0.1:8080",
        ] {
            assert!(text.lines().any(|own| own == line), "{line}\n{text}");
        }
    }
}
