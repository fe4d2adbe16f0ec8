//! Talking to a stack that another process keeps: one line of JSON asks, one
//! line answers, through a socket in its folder.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

use crate::scaling::{
    Capabilities, PolicyState, Receipt, Removal, ScaleError, ScaleTarget, Select, Snapshot,
};

use super::status::StackStatus;
use super::target::StackTarget;

/// Longer lines are nobody's who knows the protocol.
const LONGEST: u64 = 1024 * 1024;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ask {
    Status,
    Capabilities,
    Observe,
    SetDesired { desired: u32, removal: Removal },
    Kill { select: Select },
    Replace,
    Hang { select: Select },
    Resume,
    StopAll,
    Restart { part: String },
    Policy,
    Restore { base: Snapshot },
    Down { keep: bool },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    Status(StackStatus),
    Capabilities(Capabilities),
    Snapshot(Snapshot),
    Receipt(Receipt),
    Policy(Option<PolicyState>),
    Done,
    Refused(String),
}

/// Answers at `socket` for as long as the runtime lives.
pub(super) fn serve(
    socket: &Path,
    stack: Arc<StackTarget>,
    target: Arc<dyn ScaleTarget>,
    ask_to_end: watch::Sender<Option<bool>>,
) -> io::Result<()> {
    let listener = UnixListener::bind(socket)?;
    fs::set_permissions(socket, Permissions::from_mode(0o600))?;
    let ask_to_end = Arc::new(ask_to_end);
    tokio::spawn(async move {
        // Out of file descriptors, most likely: nobody could be answered.
        while let Ok((stream, _)) = listener.accept().await {
            let (stack, target) = (Arc::clone(&stack), Arc::clone(&target));
            let ask_to_end = Arc::clone(&ask_to_end);
            tokio::spawn(async move {
                // Who went away does not need an answer.
                let _ = attend(stream, &stack, target.as_ref(), &ask_to_end).await;
            });
        }
    });
    Ok(())
}

async fn attend(
    stream: UnixStream,
    stack: &StackTarget,
    target: &dyn ScaleTarget,
    ask_to_end: &watch::Sender<Option<bool>>,
) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read.take(LONGEST))
        .read_line(&mut line)
        .await?;
    let asked: Result<Ask, _> = serde_json::from_str(&line);
    let mut end = None;
    let answer = match asked {
        Ok(Ask::Down { keep }) => {
            end = Some(keep);
            Answer::Done
        }
        Ok(ask) => answer(stack, target, ask).await,
        Err(error) => Answer::Refused(format!("not understood: {error}")),
    };
    let mut text = serde_json::to_vec(&answer)?;
    text.push(b'\n');
    write.write_all(&text).await?;
    if end.is_some() {
        ask_to_end.send_replace(end);
    }
    Ok(())
}

async fn answer(stack: &StackTarget, target: &dyn ScaleTarget, ask: Ask) -> Answer {
    let receipt = |done: Result<Receipt, ScaleError>| match done {
        Ok(receipt) => Answer::Receipt(receipt),
        Err(error) => Answer::Refused(error.reason),
    };
    match ask {
        Ask::Status => Answer::Status(stack.status().await),
        Ask::Capabilities => Answer::Capabilities(target.capabilities()),
        Ask::Observe => match target.observe().await {
            Ok(snapshot) => Answer::Snapshot(snapshot),
            Err(error) => Answer::Refused(error.reason),
        },
        Ask::SetDesired { desired, removal } => receipt(target.set_desired(desired, removal).await),
        Ask::Kill { select } => receipt(target.kill(&select).await),
        Ask::Replace => receipt(target.replace().await),
        Ask::Hang { select } => receipt(target.hang(&select).await),
        Ask::Resume => receipt(target.resume().await),
        Ask::StopAll => receipt(target.stop_all().await),
        Ask::Restart { part } => receipt(target.restart(&part).await),
        Ask::Policy => match target.policy().await {
            Ok(policy) => Answer::Policy(policy),
            Err(error) => Answer::Refused(error.reason),
        },
        Ask::Restore { base } => match target.restore(&base).await {
            Ok(()) => Answer::Done,
            Err(error) => Answer::Refused(error.reason),
        },
        Ask::Down { .. } => Answer::Done,
    }
}

/// Asks whoever answers at `socket`.
pub(super) async fn ask(socket: &Path, ask: &Ask) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(socket).await?;
    let mut text = serde_json::to_vec(ask)?;
    text.push(b'\n');
    stream.write_all(&text).await?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST))
        .read_line(&mut line)
        .await?;
    serde_json::from_str(&line).map_err(io::Error::from)
}
