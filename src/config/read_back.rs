//! How users read back what they saved.

use std::time::Duration;

use super::duration::Span;
use super::element::Count;
use super::reader::Reader;

/// How users read back, after the load, what was acknowledged as saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadBackConfig {
    /// How long the service has to become quiet, before the first time and
    /// between two.
    pub settle: Duration,
    /// Answers in all of which something has to be missing to be lost.
    pub attempts: u32,
    /// How long all of it may take.
    pub limit: Duration,
}

impl ReadBackConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            settle: reader.value("read-back.settle", Duration::from_secs(1)),
            attempts: reader.value("read-back.attempts", Count(3)).0,
            limit: reader.value("read-back.limit", Span::seconds(60)).0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{problems, profile};
    use super::*;

    #[test]
    fn reading_back_takes_its_time() {
        let read_back = profile("").read_back;
        assert_eq!(
            (read_back.settle, read_back.attempts, read_back.limit),
            (Duration::from_secs(1), 3, Duration::from_mins(1))
        );
        let text = "[profiles.a.read-back]\nsettle = '0s'\nattempts = 1\nlimit = '5s'";
        let read_back = super::super::fixture::load(text, None, &[], &[])
            .unwrap()
            .read_back;
        assert_eq!((read_back.settle, read_back.attempts), (Duration::ZERO, 1));
        assert_eq!(problems("read-back.attempts = 0").len(), 1);
    }
}
