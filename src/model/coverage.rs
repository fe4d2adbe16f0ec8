//! Coverage: what was actually checked.

use serde::{Deserialize, Serialize};

/// Counts of what the oracle looked at, so that silence can be told from
/// blindness.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Transactions judged, answered or not.
    pub exchanges: u64,
    /// Responses whose content was looked through.
    pub responses: u64,
    /// Facts that the oracle knows and that can accuse.
    pub facts: u64,
    /// Times a user's own fact was seen in a response to that user.
    pub own_sightings: u64,
    /// Users who sent at least one request.
    pub users: u64,
    /// Pairs of different users that had requests in flight at the same time.
    pub overlapping_pairs: u64,
    /// Declared identity fields that were read.
    pub identities: u64,
    /// Responses that echoed a request id of this run.
    pub echoes: u64,
    /// Probes of things that had to be denied.
    pub probes: u64,
    /// Bodies cut at the profile's limit, so not looked through to their end.
    pub cut_bodies: u64,
    /// Bodies that could not be read as what they said they were.
    pub unreadable_bodies: u64,
    /// Different session credentials of one name that were given out.
    #[serde(default)]
    pub credentials: u64,
}

impl Coverage {
    /// The upper bound of the rate of swapped responses, with 95 % confidence,
    /// when none was seen in [`responses`](Self::responses) checks: the rule
    /// of three, `3 / n` (Hanley and Lippman-Hand, JAMA 1983).
    ///
    /// `None` when nothing was checked.
    pub fn zero_bound(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        (self.responses > 0).then(|| (3.0 / self.responses as f64).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_follows_the_rule_of_three() {
        let mut coverage = Coverage::default();
        assert_eq!(coverage.zero_bound(), None);
        coverage.responses = 3000;
        assert_eq!(coverage.zero_bound(), Some(0.001));
        coverage.responses = 1;
        assert_eq!(coverage.zero_bound(), Some(1.0));
    }
}
