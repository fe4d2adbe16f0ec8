//! Why a campaign could not run.

use crate::http::ClientError;
use crate::model::Place;
use crate::population::{AccountsError, SpecError};
use crate::scaling::ScaleError;
use crate::stack::StackError;

use super::self_test::SelfTestFailed;

/// Why a campaign could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// The users cannot be made.
    #[error(transparent)]
    Population(#[from] SpecError),
    /// The accounts file cannot be used.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// There are fewer accounts than users.
    #[error(
        "{place}: {users} users asked for, but {file} has {accounts} accounts; ask for fewer users or add accounts"
    )]
    TooFewAccounts {
        /// The scenario.
        place: Place,
        /// Users asked for.
        users: u32,
        /// The file.
        file: String,
        /// Accounts in it.
        accounts: usize,
    },
    /// The client cannot be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Nobody listens at the target.
    #[error(
        "cannot reach {target}: {reason}; is the service up, and is `target` of profile `{profile}` right?"
    )]
    Unreachable {
        /// Where.
        target: String,
        /// Why.
        reason: String,
        /// The profile.
        profile: String,
    },
    /// The bundled service cannot be started.
    #[error("cannot start the bundled service: {0}")]
    Bundled(#[source] std::io::Error),
    /// The stack cannot be started, or is not there.
    #[error("{0}\n(`--set target=bundled` tests the bundled service without a stack)")]
    Stack(#[from] StackError),
    /// The scale target that the profile names cannot be used.
    #[error(transparent)]
    ScaleTarget(#[from] ScaleError),
    /// The target cannot be scaled.
    #[error("{place}: `{target}` cannot be scaled: the profile has no `scaling.by`")]
    NotScalable {
        /// The step.
        place: Place,
        /// The target.
        target: String,
    },
    /// The scenario relies on a policy that the target does not have.
    #[error("{place}: {target} does not scale by a policy, or does not tell of one")]
    NoPolicy {
        /// The step.
        place: Place,
        /// The target.
        target: String,
    },
    /// The target cannot do what an event needs.
    #[error("{place}: {reason}")]
    Impossible {
        /// The step, or the scenario.
        place: Place,
        /// What it cannot do, and what it can.
        reason: String,
    },
    /// The harness does not catch what it has to catch.
    #[error(transparent)]
    SelfTest(#[from] SelfTestFailed),
    /// A thread could not be started, or broke.
    #[error("the harness broke: {0}")]
    Broken(String),
}

impl CampaignError {
    /// Whether the harness is to blame, not what it was given.
    pub fn is_bug(&self) -> bool {
        matches!(self, Self::SelfTest(_) | Self::Broken(_))
    }
}
