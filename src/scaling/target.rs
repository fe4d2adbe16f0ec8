//! What can be scaled.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::model::InstanceId;

use super::capability::{Capabilities, Capability};
use super::policy::PolicyState;

/// How instances go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// They finish what they have begun.
    Graceful,
    /// They are cut off.
    Abrupt,
}

/// Where in its life an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceState {
    /// Not yet serving.
    Starting,
    /// Serving.
    Ready,
    /// Finishing what it has begun.
    Draining,
    /// No more.
    Gone,
}

/// An instance as the control plane sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Which.
    pub id: InstanceId,
    /// How it is.
    pub state: InstanceState,
    /// Where it is, if the control plane knows zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

impl Observed {
    /// `id` in `state`, in no zone.
    pub fn new(id: InstanceId, state: InstanceState) -> Self {
        Self {
            id,
            state,
            zone: None,
        }
    }
}

/// All instances at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// How many instances the control plane wants there to be, if it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<u32>,
    /// The instances, those that are gone included if they are still known.
    pub instances: Vec<Observed>,
}

impl Snapshot {
    /// How many instances are in `state`.
    pub fn count(&self, state: InstanceState) -> u32 {
        let count = self
            .instances
            .iter()
            .filter(|own| own.state == state)
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The instances that are ready.
    pub fn ready(&self) -> Vec<InstanceId> {
        self.instances
            .iter()
            .filter(|own| own.state == InstanceState::Ready)
            .map(|own| own.id.clone())
            .collect()
    }
}

/// Whether `snapshot` shows exactly `desired` ready instances and none on its
/// way up or down. Held for some time, that is steady; once is nothing.
pub fn is_steady(snapshot: &Snapshot, desired: u32) -> bool {
    snapshot.count(InstanceState::Ready) == desired
        && snapshot.count(InstanceState::Starting) == 0
        && snapshot.count(InstanceState::Draining) == 0
}

/// Which instances are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Select {
    /// So many, whichever the target takes.
    Count(u32),
    /// Exactly these.
    These(Vec<InstanceId>),
    /// Those of a zone.
    Zone(String),
    /// All of them.
    All,
}

/// What the control plane said when it accepted a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The instances it took for it, when it says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<InstanceId>,
    /// Its own words, such as a deployment id, for the report. Never a secret.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub told: String,
    /// What was restarted, told from what it is now, when it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lives: Option<Lives>,
}

/// Two lives of a part that was restarted, in words of the control plane, such
/// as process ids or times of start. They differ, if it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lives {
    /// Before.
    pub was: String,
    /// Now.
    pub is: String,
}

/// Why the control plane did not do as asked.
#[derive(Debug, thiserror::Error)]
#[error("{target} refused: {reason}")]
pub struct ScaleError {
    /// Which target.
    pub target: String,
    /// Its reason, and what to do about it.
    pub reason: String,
}

impl ScaleError {
    /// `target` did not do as asked, because of `reason`.
    pub fn new(target: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self {
            target: target.into(),
            reason: reason.to_string(),
        }
    }

    /// What went wrong of several things that were all tried.
    ///
    /// # Errors
    ///
    /// All that went wrong, as one, if anything did.
    pub fn together(
        target: impl Into<String>,
        done: impl IntoIterator<Item = Result<(), Self>>,
    ) -> Result<(), Self> {
        let failed = done.into_iter().filter_map(Result::err);
        let reasons: Vec<String> = failed.map(|error| error.reason).collect();
        if reasons.is_empty() {
            return Ok(());
        }
        Err(Self::new(target, reasons.join("; ")))
    }

    /// `target` has not this `capability`.
    pub fn unable(target: impl Into<String>, capability: Capability) -> Self {
        Self::new(target, format!("it cannot {capability}"))
    }
}

/// A service whose instances can be changed: the control plane only, never the
/// source of truth for "it works".
///
/// Every method that changes something returns when the request is accepted,
/// not when it is done; [`observe`](Self::observe) tells when it is. A target
/// without a [`Capability`] leaves the method that needs it as it is.
#[async_trait]
pub trait ScaleTarget: fmt::Debug + Send + Sync {
    /// What messages call it.
    fn name(&self) -> &str;

    /// What it can do. Events that need more are errors before the run.
    fn capabilities(&self) -> Capabilities;

    /// What is odd about what it said of itself, for people to read.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// The instances now.
    ///
    /// # Errors
    ///
    /// When the control plane cannot be asked.
    async fn observe(&self) -> Result<Snapshot, ScaleError>;

    /// Asks for `desired` instances. Those that go, go as `removal` says.
    ///
    /// # Errors
    ///
    /// When the control plane refuses, or cannot.
    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<Receipt, ScaleError> {
        let _ = (desired, removal);
        Err(ScaleError::unable(self.name(), Capability::SetDesired))
    }

    /// Loses the selected instances at once. Does not change the desired
    /// number: who keeps it up may replace them.
    ///
    /// # Errors
    ///
    /// When the control plane refuses, or cannot, or nothing is selected.
    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let _ = select;
        Err(ScaleError::unable(self.name(), Capability::Kill))
    }

    /// Replaces all instances, one after another, as the target does it in a
    /// deployment.
    ///
    /// # Errors
    ///
    /// When the control plane refuses, or cannot.
    async fn replace(&self) -> Result<Receipt, ScaleError> {
        Err(ScaleError::unable(self.name(), Capability::Replace))
    }

    /// Stops the selected instances where they are, without ending them.
    ///
    /// # Errors
    ///
    /// When the control plane refuses, or cannot, or nothing is selected.
    async fn hang(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let _ = select;
        Err(ScaleError::unable(self.name(), Capability::Hang))
    }

    /// Lets instances that hang go on.
    ///
    /// # Errors
    ///
    /// When the control plane refuses, or cannot.
    async fn resume(&self) -> Result<Receipt, ScaleError> {
        Err(ScaleError::unable(self.name(), Capability::Hang))
    }

    /// Ends all instances at once; they stay away until
    /// [`start_all`](Self::start_all).
    ///
    /// # Errors
    ///
    /// When the control plane refuses, or cannot.
    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        Err(ScaleError::unable(self.name(), Capability::StopAll))
    }

    /// Starts `desired` instances after [`stop_all`](Self::stop_all).
    ///
    /// # Errors
    ///
    /// When the control plane refuses, or cannot.
    async fn start_all(&self, desired: u32) -> Result<Receipt, ScaleError> {
        self.set_desired(desired, Removal::Graceful).await
    }

    /// Restarts a part behind the instances, such as a session store. Unlike
    /// other changes it has to be done when this returns, because nothing else
    /// shows it: the receipt holds the two [`Lives`].
    ///
    /// # Errors
    ///
    /// When the control plane refuses, or cannot, or there is no such part.
    async fn restart(&self, part: &str) -> Result<Receipt, ScaleError> {
        let _ = part;
        Err(ScaleError::unable(self.name(), Capability::RestartPart))
    }

    /// The policy that changes the number of instances by itself; `None` when
    /// there is none.
    ///
    /// # Errors
    ///
    /// When the control plane cannot be asked.
    async fn policy(&self) -> Result<Option<PolicyState>, ScaleError> {
        Ok(None)
    }

    /// Brings the service back to what it was in `base`: as many instances,
    /// none of them hanging. Always called at the end, also after Ctrl-C, and
    /// again where it failed: what cannot be done must not keep what can.
    ///
    /// # Errors
    ///
    /// When the control plane refuses.
    async fn restore(&self, base: &Snapshot) -> Result<(), ScaleError> {
        let capabilities = self.capabilities();
        let mut done = Vec::new();
        if capabilities.has(Capability::Hang) {
            done.push(self.resume().await);
        }
        if capabilities.has(Capability::SetDesired) {
            let desired = base.desired.unwrap_or(base.count(InstanceState::Ready));
            done.push(self.set_desired(desired, Removal::Graceful).await);
        }
        let done = done.into_iter().map(|asked| asked.map(|_| ()));
        ScaleError::together(self.name(), done)
    }
}
