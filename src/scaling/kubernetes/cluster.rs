//! The cluster, reached as `kubectl` reaches it.

use std::fmt;
use std::time::Duration;

use k8s_openapi::NamespaceResourceScope;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::{Client, Config, Error, Resource};

use crate::config::KubernetesConfig;

use super::super::ScaleError;

/// How long the cluster may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A namespace of a cluster.
#[derive(Clone)]
pub(super) struct Cluster {
    client: Client,
    namespace: String,
}

impl Cluster {
    /// The cluster that `config` names, else the current one.
    pub(super) async fn connect(config: &KubernetesConfig) -> Result<Self, ScaleError> {
        let refuse = |reason: &dyn fmt::Display| {
            ScaleError::new(
                "Kubernetes",
                format!(
                    "{reason}; are `scaling.kubernetes.kubeconfig` and \
                     `scaling.kubernetes.context` right?"
                ),
            )
        };
        let options = KubeConfigOptions {
            context: config.context.clone(),
            ..KubeConfigOptions::default()
        };
        let found = match (&config.kubeconfig, &config.context) {
            (Some(file), _) => {
                let file = Kubeconfig::read_from(file).map_err(|error| refuse(&error))?;
                Config::from_custom_kubeconfig(file, &options)
                    .await
                    .map_err(|error| refuse(&error))
            }
            (None, Some(_)) => Config::from_kubeconfig(&options)
                .await
                .map_err(|error| refuse(&error)),
            (None, None) => Config::infer().await.map_err(|error| refuse(&error)),
        };
        let mut found = found?;
        found.read_timeout = Some(PATIENCE);
        let namespace = config.namespace.clone();
        let namespace = namespace.unwrap_or_else(|| found.default_namespace.clone());
        let client = Client::try_from(found).map_err(|error| refuse(&error))?;
        Ok(Self::new(client, namespace))
    }

    /// The `namespace` of the cluster that `client` reaches.
    pub(super) fn new(client: Client, namespace: String) -> Self {
        Self { client, namespace }
    }

    /// The namespace.
    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Objects of the namespace.
    pub(super) fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Objects of the namespace that have the same shape in several versions.
    pub(super) fn objects(
        &self,
        (group, version, kind): (&str, &str, &str),
        plural: &str,
    ) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk(group, version, kind);
        let resource = ApiResource::from_gvk_with_plural(&kind, plural);
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }

    /// Objects of the whole cluster.
    pub(super) fn everywhere<K: Resource>(&self) -> Api<K>
    where
        K::DynamicType: Default,
    {
        Api::all(self.client.clone())
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

/// The cluster did not do as `target` asked.
pub(super) fn refused(target: &str, error: &Error) -> ScaleError {
    let reason = match error {
        Error::Api(status) if status.is_forbidden() => format!(
            "{}; fixtures/scaling/kubernetes/role.yaml holds the permissions that it takes",
            status.message
        ),
        Error::Api(status) => status.message.clone(),
        error => error.to_string(),
    };
    ScaleError::new(target, reason)
}

/// Whether there is no such object, or no such kind of object.
pub(super) fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.is_not_found())
}
