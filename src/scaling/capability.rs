//! What a scale target can do.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that not every target can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Change the number of instances.
    SetDesired,
    /// Remove instances in the middle of what they are doing.
    RemoveAbruptly,
    /// Lose chosen instances at once.
    Kill,
    /// Replace all instances, one after another.
    Replace,
    /// Tell instances apart by zone.
    Zones,
    /// Have no instance at all for a while.
    StopAll,
    /// Stop instances without ending them, and let them go on.
    Hang,
    /// Restart what is behind the instances.
    RestartPart,
    /// Tell of a policy that changes the number of instances by itself.
    Policy,
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SetDesired => "change the number of instances",
            Self::RemoveAbruptly => "remove instances abruptly",
            Self::Kill => "kill instances",
            Self::Replace => "replace instances one after another",
            Self::Zones => "tell zones apart",
            Self::StopAll => "stop all instances",
            Self::Hang => "let instances hang",
            Self::RestartPart => "restart a part",
            Self::Policy => "scale by a policy",
        })
    }
}

/// All that a target can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// What it can do.
    pub can: BTreeSet<Capability>,
    /// The parts that [`Capability::RestartPart`] is about, by name.
    #[serde(default)]
    pub parts: Vec<String>,
}

impl Capabilities {
    /// `can`, and no parts.
    pub fn of(can: impl IntoIterator<Item = Capability>) -> Self {
        Self {
            can: can.into_iter().collect(),
            parts: Vec::new(),
        }
    }

    /// Whether `capability` is among them.
    pub fn has(&self, capability: Capability) -> bool {
        self.can.contains(&capability)
    }
}
