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
    /// Values, counters and lists, by name, with what became of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub followed: BTreeMap<Arc<str>, FollowedCoverage>,
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
    /// Refused, and looked for after the load: not there, as it should be.
    #[serde(default)]
    pub stayed_away: u64,
    /// Refused, and there all the same.
    #[serde(default)]
    pub phantoms: u64,
}

/// What became of the values, the counter or the lists of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowedCoverage {
    /// Acknowledged writes, raises and additions.
    pub acknowledged: u64,
    /// Those of unknown outcome.
    pub indeterminate: u64,
    /// Values, counters and lists that showed what was acknowledged, when read
    /// back after the load.
    pub read_back: u64,
    /// Those that were not read back: no step reads them, the user could not be
    /// asked, or the answer was not decisive.
    pub not_read_back: u64,
    /// Those that did not show it.
    pub lost: u64,
    /// Values that were written so often with an unknown outcome that nothing
    /// can be said of them any more.
    #[serde(default)]
    pub blind: u64,
}

impl FollowedCoverage {
    /// Counts one: it is still to be read back, it is lost, or neither.
    pub fn count(&mut self, owed: bool, lost: bool) {
        match (owed, lost) {
            (true, _) => self.not_read_back += 1,
            (false, true) => self.lost += 1,
            (false, false) => self.read_back += 1,
        }
    }

    /// Adds what became of others of that name.
    pub fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.indeterminate += other.indeterminate;
        self.read_back += other.read_back;
        self.not_read_back += other.not_read_back;
        self.lost += other.lost;
        self.blind += other.blind;
    }
}

impl ConsistencyCoverage {
    /// What became of things of `kind`.
    pub fn of(&self, kind: &str) -> KindCoverage {
        self.kinds.get(kind).cloned().unwrap_or_default()
    }
}
