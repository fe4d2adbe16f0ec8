//! What became of a request.

use serde::{Deserialize, Serialize};

/// What is known about the effect of a request on the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Answered and acknowledged.
    Ok,
    /// Certainly without effect: no byte was sent, or the service refused.
    Fail,
    /// Nobody knows: an error after a byte was sent, a timeout, an abandoned
    /// request, any 5xx. It may have happened, and may still happen later.
    Info,
}

impl Outcome {
    /// Statuses that say that nothing was done.
    pub const REFUSALS: [u16; 10] = [400, 401, 403, 404, 405, 409, 412, 415, 422, 429];

    /// The outcome that a complete answer with this status has. Of errors only
    /// the `refusals` say that nothing was done.
    pub fn of_status(status: u16, refusals: &[u16]) -> Self {
        match status {
            ..400 => Self::Ok,
            _ if refusals.contains(&status) => Self::Fail,
            _ => Self::Info,
        }
    }
}

/// Why a request has no complete answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// No connection: refused, unreachable, unknown name.
    Connect,
    /// No TLS: the certificate was not accepted, or the peer speaks none.
    Tls,
    /// The connection broke while the answer was awaited or read.
    Reset,
    /// A connection that had been used before was closed without a byte of an
    /// answer: most likely before the request came, which nobody can prove.
    StaleReuse,
    /// No complete answer in time.
    Timeout,
    /// The answer broke the protocol or could not be decoded.
    Protocol,
    /// The harness went away on purpose.
    Abandoned,
    /// The answer was too large, or led in circles or outside the allowed hosts.
    Refused,
}

impl ErrorClass {
    /// The outcome of a request that ended this way.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Connect | Self::Tls => Outcome::Fail,
            Self::Reset
            | Self::StaleReuse
            | Self::Timeout
            | Self::Protocol
            | Self::Abandoned
            | Self::Refused => Outcome::Info,
        }
    }
}

impl std::fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection",
            Self::Tls => "no TLS connection",
            Self::Reset => "connection reset",
            Self::StaleReuse => "reused connection closed",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol error",
            Self::Abandoned => "abandoned",
            Self::Refused => "refused by the harness",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_errors_are_indeterminate() {
        for (status, outcome) in [
            (200, Outcome::Ok),
            (303, Outcome::Ok),
            (404, Outcome::Fail),
            (408, Outcome::Info),
            (410, Outcome::Info),
            (418, Outcome::Info),
            (429, Outcome::Fail),
            (500, Outcome::Info),
            (503, Outcome::Info),
        ] {
            assert_eq!(
                Outcome::of_status(status, &Outcome::REFUSALS),
                outcome,
                "{status}"
            );
        }
    }
}
