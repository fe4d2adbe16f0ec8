//! Coverage of the guarantees: what was acknowledged, and what was read back.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What the checkers of guarantees had to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyCoverage {
    /// Kinds of things, with what became of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<Arc<str>, KindCoverage>,
    /// Reads that could have shown that a user's own write is missing.
    #[serde(default)]
    pub decisive_reads: u64,
    /// Reads that could have, but for a write of unknown outcome.
    #[serde(default)]
    pub ambiguous_reads: u64,
    /// Repeated idempotency keys that were acknowledged again.
    #[serde(default)]
    pub repeated_keys: u64,
}

/// What became of the things of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindCoverage {
    /// Acknowledged as saved.
    pub saved: u64,
    /// Acknowledged as deleted.
    pub deleted: u64,
    /// Refused, so without effect.
    pub refused: u64,
    /// Nobody knows: an error, a timeout, an undeclared change.
    pub indeterminate: u64,
    /// There, when read back after the load.
    pub read_back: u64,
    /// Deleted, and not there when read back after the load.
    pub gone: u64,
    /// Acknowledged, and not read back: the user could not be asked, or the
    /// answer was not decisive.
    pub not_read_back: u64,
    /// Acknowledged, and not there when read back.
    pub lost: u64,
    /// Acknowledged as claimed.
    pub claimed: u64,
    /// Things that several users asked for.
    pub contended: u64,
    /// Acknowledged to two users at once.
    pub doubled: u64,
}

impl ConsistencyCoverage {
    /// What became of things of `kind`.
    pub fn of(&self, kind: &str) -> KindCoverage {
        self.kinds.get(kind).cloned().unwrap_or_default()
    }
}
