//! Free ports.

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

/// How often a port that was given out already may come again.
const ATTEMPTS: usize = 50;

/// Gives out ports of 127.0.0.1 that are free, each of them once. Somebody
/// else may still take one before it is used: who uses it has to see whether
/// it got it, and ask for another one if not.
#[derive(Debug, Default)]
pub(super) struct Ports {
    given: Mutex<BTreeSet<u16>>,
}

impl Ports {
    pub(super) fn free(&self) -> io::Result<u16> {
        for _ in 0..ATTEMPTS {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
            if given.insert(port) {
                return Ok(port);
            }
        }
        Err(io::Error::other("no free port on 127.0.0.1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice() {
        let ports = Ports::default();
        let given: BTreeSet<u16> = (0..50).map(|_| ports.free().unwrap()).collect();
        assert_eq!(given.len(), 50);
    }
}
