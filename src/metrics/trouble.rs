//! Troubles: what a transaction met, in the words that scaling is judged in.

use std::fmt;

use serde::Serialize;

use crate::model::ErrorClass;

/// What went wrong with a transaction, by who has to look at what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// No connection: nobody listens, or nobody can be reached.
    Refused,
    /// The connection broke while the answer was awaited or read.
    Reset,
    /// A connection that had been used before was closed without a byte of an
    /// answer: it was most likely closed before the request came.
    StaleReuse,
    /// No complete answer in time.
    Timeout,
    /// A 5xx other than 503.
    ServerError,
    /// 503: somebody answered for a service that is not there, or is full.
    Unavailable,
    /// 429: the service wants fewer requests. An answer, and no error.
    Throttled,
    /// Anything else: no TLS, a broken protocol, too large an answer.
    Other,
}

impl Trouble {
    /// The trouble of a transaction that ended like this, if it met any. A
    /// request that was abandoned on purpose met none.
    pub fn of(error: Option<ErrorClass>, status: Option<u16>) -> Option<Self> {
        match (error, status) {
            (Some(ErrorClass::Connect), _) => Some(Self::Refused),
            (Some(ErrorClass::Reset), _) => Some(Self::Reset),
            (Some(ErrorClass::StaleReuse), _) => Some(Self::StaleReuse),
            (Some(ErrorClass::Timeout), _) => Some(Self::Timeout),
            (Some(ErrorClass::Tls | ErrorClass::Protocol | ErrorClass::Refused), _) => {
                Some(Self::Other)
            }
            (None, Some(429)) => Some(Self::Throttled),
            (None, Some(503)) => Some(Self::Unavailable),
            (None, Some(500..)) => Some(Self::ServerError),
            (Some(ErrorClass::Abandoned) | None, _) => None,
        }
    }

    /// Whether the transaction failed. What is throttled was answered.
    pub const fn is_error(self) -> bool {
        !matches!(self, Self::Throttled)
    }

    /// Whether the service turned the request away to protect itself.
    pub const fn is_shed(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "no connection",
            Self::Reset => "connection reset",
            Self::StaleReuse => "reused connection closed",
            Self::Timeout => "timeout",
            Self::ServerError => "status 5xx",
            Self::Unavailable => "status 503",
            Self::Throttled => "status 429",
            Self::Other => "other",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_has_its_trouble() {
        for (error, status, trouble) in [
            (None, Some(200), None),
            (None, Some(404), None),
            (None, None, None),
            (None, Some(429), Some(Trouble::Throttled)),
            (None, Some(502), Some(Trouble::ServerError)),
            (None, Some(503), Some(Trouble::Unavailable)),
            (Some(ErrorClass::Abandoned), None, None),
            (Some(ErrorClass::Reset), Some(200), Some(Trouble::Reset)),
            (
                Some(ErrorClass::StaleReuse),
                None,
                Some(Trouble::StaleReuse),
            ),
            (Some(ErrorClass::Tls), None, Some(Trouble::Other)),
        ] {
            assert_eq!(Trouble::of(error, status), trouble, "{error:?} {status:?}");
        }
        assert!(!Trouble::Throttled.is_error());
        assert!(Trouble::Throttled.is_shed());
        assert!(!Trouble::Reset.is_shed());
    }
}
