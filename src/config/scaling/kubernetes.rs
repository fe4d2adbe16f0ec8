//! Scaling pods.

use super::super::reader::Reader;

/// A workload of a Kubernetes cluster.
#[derive(Clone, Debug, Default)]
pub struct KubernetesConfig {
    /// The deployment.
    pub deployment: Option<String>,
}

impl KubernetesConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            deployment: reader.optional("scaling.kubernetes.deployment"),
        }
    }
}
