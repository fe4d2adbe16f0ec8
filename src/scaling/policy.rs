//! What a scaling policy says of itself.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A policy that changes the number of instances by itself, as its control
/// plane tells it. What is not told is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyState {
    /// The fewest instances.
    pub min: Option<u32>,
    /// The most instances.
    pub max: Option<u32>,
    /// What it looks at, in its own words.
    pub metric: Option<String>,
    /// The value of the metric that it aims at or acts on.
    pub threshold: Option<f64>,
    /// The metric now, as the policy sees it.
    pub current: Option<f64>,
    /// How often it looks.
    pub interval: Option<Duration>,
    /// How long it waits after adding instances.
    pub cooldown_out: Option<Duration>,
    /// How long it waits before it removes instances.
    pub cooldown_in: Option<Duration>,
    /// What it did last, the latest first.
    #[serde(default)]
    pub activities: Vec<PolicyActivity>,
}

/// One thing that a policy did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyActivity {
    /// When, in milliseconds since 1970 by the control plane's clock.
    pub at_ms: u64,
    /// How many instances it asked for; `None` when it does not say.
    pub desired: Option<u32>,
    /// Its own words.
    pub told: String,
}
