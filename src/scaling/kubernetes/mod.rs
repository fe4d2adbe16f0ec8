//! Pods as a scale target: those of a deployment or a stateful set, scaled
//! through its scale, and through the autoscaler that owns it, if one does.

mod autoscaler;
mod cluster;
mod pod;
mod policy;
#[cfg(test)]
mod tests;
mod workload;

use std::sync::Arc;

use crate::config::KubernetesConfig;

use super::{ScaleError, ScaleTarget};
use cluster::Cluster;
use workload::Pods;

/// Connects to the cluster of `config`.
///
/// # Errors
///
/// When the cluster cannot be reached, or has no such workload, or lets this
/// account not see what it has to see.
pub async fn connect(config: &KubernetesConfig) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    let cluster = Cluster::connect(config).await?;
    Ok(Arc::new(Pods::find(cluster, config).await?))
}
