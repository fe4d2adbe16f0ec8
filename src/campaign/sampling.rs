//! Asks the control plane, over and over, how many instances there are.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::load::RunClock;
use crate::model::Clock as _;
use crate::scaling::{Roll, ScaleTarget};

/// How often it is asked.
const INTERVAL: Duration = Duration::from_millis(200);

/// Calls the roll of `target`'s instances until it is aborted.
pub(super) fn start(
    target: Arc<dyn ScaleTarget>,
    roll: Arc<Roll>,
    clock: RunClock,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let asked = clock.now();
            match target.observe().await {
                Ok(snapshot) => roll.looked(&snapshot, asked, clock.now()),
                Err(_) => roll.failed(),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    })
}
