//! What goes on after a request was accepted.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

use super::super::ScaleError;

/// An engine that is asked to stop a container answers when it has stopped.
/// Here is who waits for that, and which containers are on their way out.
#[derive(Clone, Debug, Default)]
pub(super) struct UnderWay(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    leaving: BTreeSet<String>,
    trouble: Option<ScaleError>,
    jobs: JoinSet<()>,
}

impl UnderWay {
    /// Sees `job` through while nobody waits for it.
    pub(super) fn begin(&self, job: impl Future<Output = Result<(), ScaleError>> + Send + 'static) {
        let own = self.clone();
        self.lock().jobs.spawn(async move {
            if let Err(error) = job.await {
                own.lock().trouble.get_or_insert(error);
            }
        });
    }

    /// The container `id` is on its way out.
    pub(super) fn leaves(&self, id: &str) {
        self.lock().leaving.insert(id.to_owned());
    }

    /// The container `id` is not on its way out any more.
    pub(super) fn left(&self, id: &str) {
        self.lock().leaving.remove(id);
    }

    /// Whether the container `id` is on its way out.
    pub(super) fn is_leaving(&self, id: &str) -> bool {
        self.lock().leaving.contains(id)
    }

    /// What went wrong since this was asked last.
    pub(super) fn trouble(&self) -> Result<(), ScaleError> {
        self.lock().trouble.take().map_or(Ok(()), Err)
    }

    /// Waits until nothing is under way.
    pub(super) async fn done(&self) {
        let mut jobs = std::mem::take(&mut self.lock().jobs);
        while jobs.join_next().await.is_some() {}
        self.lock().leaving.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
