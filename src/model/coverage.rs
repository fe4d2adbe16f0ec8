//! Coverage: what was actually checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ConsistencyCoverage, Provocation};

/// Counts of what the oracle looked at, so that silence can be told from
/// blindness.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Transactions judged, answered or not.
    pub exchanges: u64,
    /// Responses whose content was looked through.
    pub responses: u64,
    /// Responses that told whose they are: they showed a fact of the user's
    /// own, a declared identity, or the id of their request. Only these count
    /// where a bound is told.
    #[serde(default)]
    pub telling: u64,
    /// Facts that the oracle knows and that can accuse.
    pub facts: u64,
    /// Values that steps keep as own facts and that were issued to several
    /// users, so that they accuse nobody.
    #[serde(default)]
    pub contested: u64,
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
    /// Bodies that could not be read as what they said they were, and were looked
    /// through as text.
    pub unreadable_bodies: u64,
    /// Layers of encoding that were left alone because a bound was reached.
    #[serde(default)]
    pub skipped_layers: u64,
    /// Responses of whose text a part was not looked at.
    #[serde(default)]
    pub partly_unseen: u64,
    /// What the checkers of guarantees had to go on.
    #[serde(default)]
    pub consistency: ConsistencyCoverage,
    /// Different session credentials of one name that were given out.
    #[serde(default)]
    pub credentials: u64,
    /// Transactions that something was done to on purpose, by what it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub provoked: BTreeMap<Provocation, u64>,
}

/// What was seen of one route at one instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Method and path as the step wrote them.
    pub route: String,
    /// Who answered, where the service tells.
    pub instance: Option<String>,
    /// Responses.
    pub responses: u64,
    /// Those that told whose they are.
    pub telling: u64,
    /// Users who asked.
    pub users: u64,
    /// Pairs of users with requests under way at the same time, there.
    pub pairs: u64,
}
