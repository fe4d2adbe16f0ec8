//! Facts: values that tell whose data something is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a fact, such as `email`; what templates and steps call it.
pub type FactName = Arc<str>;

/// Who may see a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Only its owner.
    Private,
    /// Everyone in the owner's group, such as a household or a tenant.
    Group,
    /// Everyone; it accuses nobody.
    Public,
}

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Made from the seed.
    Generated,
    /// Read from an accounts file.
    Account,
    /// Given to the user by the service, or declared by a step, during the run.
    Learned,
    /// A session credential that the service issued to the user.
    Session,
}

/// A value that belongs to one virtual user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What the value is.
    pub name: FactName,
    /// The value itself. It never reaches disk, log or console.
    pub value: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Where it comes from.
    pub origin: Origin,
    /// Not unique enough to accuse anyone (a birthday, a first name): it only
    /// serves positive assertions.
    pub weak: bool,
}

impl Fact {
    /// Whether a sighting of this fact can accuse a service.
    pub fn accuses(&self) -> bool {
        !self.weak && self.visibility != Visibility::Public
    }
}
