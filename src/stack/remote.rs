//! A stack that another process keeps, as `fpt stack up` does.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{sleep, timeout};

use crate::scaling::{
    Capabilities, Capability, PolicyState, Receipt, Removal, ScaleError, ScaleTarget, Select,
    Snapshot, is_steady,
};

use super::control::{self, Answer, Ask};
use super::error::StackError;
use super::files::Files;
use super::fleet::INTERVAL;
use super::folder::State;
use super::status::StackStatus;
use super::target::NAME;
use super::trace::Trace;

/// How long a stack may take to end that was told to.
const END: Duration = Duration::from_secs(20);

/// How long it may take to have as many instances as a campaign begins with.
const ARRIVAL: Duration = Duration::from_mins(1);

/// A stack that another process keeps. It stays up when this is dropped.
#[derive(Debug)]
pub struct RemoteStack {
    files: Files,
    url: String,
    keeper: Trace,
    capabilities: Capabilities,
}

impl RemoteStack {
    /// The stack that is up in `folder`.
    ///
    /// # Errors
    ///
    /// When none is.
    pub async fn find(folder: &Path) -> Result<Self, StackError> {
        let folder = std::path::absolute(folder).map_err(StackError::at("use", folder))?;
        let files = Files { folder };
        let not_up = || StackError::NotUp {
            folder: files.folder.clone(),
        };
        let state = State::read(&files).ok_or_else(not_up)?;
        let keeper = state.keeper().ok_or_else(not_up)?;
        // One that is on its way up has no address yet.
        if state.url.is_empty() {
            return Err(not_up());
        }
        let mut stack = Self {
            files,
            url: state.url,
            keeper,
            capabilities: Capabilities::default(),
        };
        if let Answer::Capabilities(own) = stack.ask(&Ask::Capabilities).await? {
            stack.capabilities = own;
        }
        Ok(stack)
    }

    /// Where requests go.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.files.folder
    }

    /// The process that keeps it.
    pub fn keeper(&self) -> u32 {
        self.keeper.pid
    }

    /// Brings it to `instances`, unless a policy of its own decides that, and
    /// waits until they serve.
    ///
    /// # Errors
    ///
    /// When it refuses, or they do not come.
    pub async fn bring_to(&self, instances: u32) -> Result<(), ScaleError> {
        if self.capabilities.has(Capability::Policy) {
            return Ok(());
        }
        self.set_desired(instances, Removal::Graceful).await?;
        let arrival = async {
            let there = |now: Snapshot| is_steady(&now, instances);
            while !self.observe().await.is_ok_and(there) {
                sleep(INTERVAL).await;
            }
            Ok(())
        };
        let late = || {
            let reason =
                format!("it did not come to {instances} instances; see `fpt stack status`");
            Err(ScaleError::new(NAME, reason))
        };
        timeout(ARRIVAL, arrival).await.unwrap_or_else(|_| late())
    }

    /// What is there.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn status(&self) -> Result<StackStatus, StackError> {
        match self.ask(&Ask::Status).await? {
            Answer::Status(status) => Ok(status),
            other => Err(unexpected(&other)),
        }
    }

    /// Ends it; its folder stays if `keep`.
    ///
    /// # Errors
    ///
    /// When it does not answer, or does not end.
    pub async fn down(self, keep: bool) -> Result<(), StackError> {
        self.ask(&Ask::Down { keep }).await?;
        let end = async {
            while self.keeper.is_alive() {
                sleep(INTERVAL).await;
            }
        };
        timeout(END, end).await.map_err(|_elapsed| {
            StackError::part(
                NAME,
                format_args!("process {} was told to end and has not", self.keeper.pid),
            )
        })
    }

    async fn ask(&self, ask: &Ask) -> Result<Answer, StackError> {
        let socket = self.files.control();
        let answer = control::ask(&socket, ask).await;
        answer.map_err(StackError::at("ask the stack at", &socket))
    }

    async fn receipt(&self, ask: Ask) -> Result<Receipt, ScaleError> {
        match self.answer(&ask).await? {
            Answer::Receipt(receipt) => Ok(receipt),
            other => Err(ScaleError::new(NAME, unexpected(&other))),
        }
    }

    async fn answer(&self, ask: &Ask) -> Result<Answer, ScaleError> {
        match self.ask(ask).await {
            Ok(Answer::Refused(reason)) => Err(ScaleError::new(NAME, reason)),
            Ok(answer) => Ok(answer),
            Err(error) => Err(ScaleError::new(NAME, error)),
        }
    }
}

fn unexpected(answer: &Answer) -> StackError {
    let text = match answer {
        Answer::Refused(reason) => reason.clone(),
        _ => "an answer to another question; is it another version of fpt?".to_owned(),
    };
    StackError::part(NAME, text)
}

#[async_trait]
impl ScaleTarget for RemoteStack {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        match self.answer(&Ask::Observe).await? {
            Answer::Snapshot(snapshot) => Ok(snapshot),
            other => Err(ScaleError::new(NAME, unexpected(&other))),
        }
    }

    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<Receipt, ScaleError> {
        self.receipt(Ask::SetDesired { desired, removal }).await
    }

    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let select = select.clone();
        self.receipt(Ask::Kill { select }).await
    }

    async fn replace(&self) -> Result<Receipt, ScaleError> {
        self.receipt(Ask::Replace).await
    }

    async fn hang(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let select = select.clone();
        self.receipt(Ask::Hang { select }).await
    }

    async fn resume(&self) -> Result<Receipt, ScaleError> {
        self.receipt(Ask::Resume).await
    }

    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        self.receipt(Ask::StopAll).await
    }

    async fn restart(&self, part: &str) -> Result<Receipt, ScaleError> {
        let part = part.to_owned();
        self.receipt(Ask::Restart { part }).await
    }

    async fn policy(&self) -> Result<Option<PolicyState>, ScaleError> {
        match self.answer(&Ask::Policy).await? {
            Answer::Policy(policy) => Ok(policy),
            other => Err(ScaleError::new(NAME, unexpected(&other))),
        }
    }

    async fn restore(&self, base: &Snapshot) -> Result<(), ScaleError> {
        let base = base.clone();
        self.answer(&Ask::Restore { base }).await.map(|_| ())
    }
}
