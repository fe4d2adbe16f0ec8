//! Scaling pods.

use std::path::PathBuf;

use super::super::reader::Reader;
use super::pattern::Pattern;

/// What an instance can be named after.
const PLACEHOLDERS: &[&str] = &["ip", "node", "pod", "uid"];

/// A workload of a Kubernetes cluster.
#[derive(Clone, Debug, Default)]
pub struct KubernetesConfig {
    /// The file that says where the cluster is; `None` for `KUBECONFIG`, the
    /// usual place, or the service account of the pod in which this runs.
    pub kubeconfig: Option<PathBuf>,
    /// Its context; `None` for the current one.
    pub context: Option<String>,
    /// The namespace; `None` for the one of the context.
    pub namespace: Option<String>,
    /// Whose pods are the instances.
    pub workload: Option<Workload>,
    /// The instance's name as its responses tell it; `None` for the pod's name.
    pub instance: Option<Pattern>,
    /// The instance's incarnation as its responses tell it, empty when they do
    /// not; `None` for the pod's uid.
    pub incarnation: Option<Pattern>,
}

/// Who keeps up the number of pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Workload {
    /// A deployment of this name.
    Deployment(String),
    /// A stateful set of this name.
    StatefulSet(String),
}

impl KubernetesConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            kubeconfig: reader.path("scaling.kubernetes.kubeconfig"),
            context: reader.optional("scaling.kubernetes.context"),
            namespace: reader.optional("scaling.kubernetes.namespace"),
            workload: Workload::read(reader),
            instance: Pattern::read(reader, "scaling.kubernetes.instance", PLACEHOLDERS),
            incarnation: Pattern::read(reader, "scaling.kubernetes.incarnation", PLACEHOLDERS),
        }
    }

    /// Tells what is missing for it to scale the service.
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        if self.workload.is_none() {
            let message = "Missing: whose pods are the instances? Name the deployment here, or \
                           set `scaling.kubernetes.stateful-set`.";
            let origin = reader.origin("scaling.by");
            reader.problem(origin, "scaling.kubernetes.deployment", message.to_owned());
        }
    }
}

impl Workload {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let deployment: Option<String> = reader.optional("scaling.kubernetes.deployment");
        let stateful_set: Option<String> = reader.optional("scaling.kubernetes.stateful-set");
        match (deployment, stateful_set) {
            (None, None) => None,
            (Some(name), None) => Some(Self::Deployment(name)),
            (None, Some(name)) => Some(Self::StatefulSet(name)),
            (Some(_), Some(_)) => {
                let message = "Either a deployment or a stateful set is scaled: remove one of \
                               them.";
                let origin = reader.origin("scaling.kubernetes.stateful-set");
                reader.problem(
                    origin,
                    "scaling.kubernetes.stateful-set",
                    message.to_owned(),
                );
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{problems, profile};
    use super::*;

    #[test]
    fn pods_belong_to_one_workload() {
        let workload = |text: &str| profile(text).scaling.kubernetes.workload;
        assert_eq!(workload(""), None);
        assert_eq!(
            workload("scaling.kubernetes.deployment = 'web'"),
            Some(Workload::Deployment("web".to_owned()))
        );
        assert_eq!(
            workload("scaling.kubernetes.stateful-set = 'web'"),
            Some(Workload::StatefulSet("web".to_owned()))
        );
        let both = "scaling.kubernetes.deployment = 'web'\n\
                    scaling.kubernetes.stateful-set = 'web'";
        assert!(problems(both)[0].contains("remove one of them"));
    }
}
