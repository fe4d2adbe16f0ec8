//! The pods of a deployment or a stateful set.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures::future::join_all;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, Preconditions};
use kube::{Error, ResourceExt as _};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::config::{KubernetesConfig, Workload};

use super::super::choice::choose;
use super::super::naming::Naming;
use super::super::{
    Capabilities, Capability, InstanceState, Observed, PolicyState, Receipt, Removal, ScaleError,
    ScaleTarget, Select, Snapshot,
};
use super::autoscaler::Autoscaler;
use super::cluster::{Cluster, is_missing, refused};
use super::{pod, policy};

/// How often it is asked whether a change was seen.
const INTERVAL: Duration = Duration::from_millis(50);

/// How long the cluster's controllers may take to see a change.
const SEEN: Duration = Duration::from_secs(5);

/// What `kubectl rollout restart` writes, too.
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// The pods of one workload.
#[derive(Debug)]
pub(super) struct Pods {
    cluster: Cluster,
    name: String,
    kind: &'static str,
    workload: String,
    workloads: Api<DynamicObject>,
    members: Api<Pod>,
    naming: Naming,
    zones: Mutex<BTreeMap<String, Option<String>>>,
    has_zones: bool,
    has_policy: bool,
}

impl Pods {
    /// The workload that `config` names.
    pub(super) async fn find(
        cluster: Cluster,
        config: &KubernetesConfig,
    ) -> Result<Self, ScaleError> {
        let (kind, plural, words, name) = match &config.workload {
            Some(Workload::Deployment(name)) => ("Deployment", "deployments", "deployment", name),
            Some(Workload::StatefulSet(name)) => {
                ("StatefulSet", "statefulsets", "stateful set", name)
            }
            None => {
                return Err(ScaleError::new(
                    "kubernetes",
                    "no workload is named; set `scaling.kubernetes.deployment`",
                ));
            }
        };
        let mut pods = Self {
            name: format!("{words} `{name}`"),
            kind,
            workload: name.clone(),
            workloads: cluster.objects(("apps", "v1", kind), plural),
            members: cluster.api(),
            naming: Naming::new(
                (config.instance.as_ref(), "{pod}"),
                (config.incarnation.as_ref(), "{uid}"),
            ),
            zones: Mutex::default(),
            has_zones: false,
            has_policy: false,
            cluster,
        };
        let Some((_, observed)) = pods.observed().await? else {
            let reason = format!(
                "there is none in namespace `{}`; is `scaling.kubernetes.namespace` right?",
                pods.cluster.namespace()
            );
            return Err(ScaleError::new(&pods.name, reason));
        };
        pods.has_zones = observed.iter().any(|(own, _)| own.zone.is_some());
        if let Some(autoscaler) = pods.autoscaler().await? {
            // A run that was killed may have left its bounds behind.
            autoscaler.release(&pods.name).await?;
            pods.has_policy = true;
        }
        Ok(pods)
    }

    async fn autoscaler(&self) -> Result<Option<Autoscaler>, ScaleError> {
        Autoscaler::find(&self.cluster, &self.name, (self.kind, &self.workload)).await
    }

    fn refused(&self, error: &Error) -> ScaleError {
        refused(&self.name, error)
    }

    /// How many there are to be, and the pods; `None` when there is no such
    /// workload.
    async fn observed(&self) -> Result<Option<(Option<u32>, Vec<(Observed, Pod)>)>, ScaleError> {
        let scale = match self.workloads.get_scale(&self.workload).await {
            Err(error) if is_missing(&error) => return Ok(None),
            scale => scale.map_err(|error| self.refused(&error))?,
        };
        let replicas = scale.spec.and_then(|own| own.replicas);
        let desired = replicas.and_then(|own| u32::try_from(own).ok());
        // Without a selector, every pod of the namespace would be meant.
        let selector = scale.status.and_then(|own| own.selector);
        let selector = selector.filter(|own| !own.is_empty()).ok_or_else(|| {
            ScaleError::new(&self.name, "its scale does not say which pods are its own")
        })?;
        let own = ListParams::default().labels(&selector);
        let listed = self.members.list(&own).await;
        let listed = listed.map_err(|error| self.refused(&error))?;
        let mut observed = Vec::new();
        for pod in pod::in_order(listed.items) {
            let mut own = pod::observed(&pod, &self.naming);
            own.zone = self.zone(&pod).await;
            observed.push((own, pod));
        }
        Ok(Some((desired, observed)))
    }

    async fn known(&self) -> Result<(Option<u32>, Vec<(Observed, Pod)>), ScaleError> {
        let observed = self.observed().await?;
        observed.ok_or_else(|| ScaleError::new(&self.name, "it is there no more"))
    }

    /// The zone of `pod`; `None` also when machines may not be looked at.
    async fn zone(&self, pod: &Pod) -> Option<String> {
        if let Some(zone) = pod.labels().get(pod::ZONE) {
            return Some(zone.clone());
        }
        let node = pod::node(pod)?;
        let zones = || self.zones.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = zones().get(node) {
            return zone.clone();
        }
        let found = self.cluster.everywhere::<Node>().get_opt(node).await;
        let zone = found
            .ok()
            .flatten()
            .and_then(|node| node.labels().get(pod::ZONE).cloned());
        zones().insert(node.to_owned(), zone.clone());
        zone
    }

    /// Sets the number, past the autoscaler if there is one.
    async fn set_replicas(&self, desired: u32) -> Result<String, ScaleError> {
        // None at all is what an autoscaler cannot want; it then waits.
        if desired > 0
            && let Some(autoscaler) = self.autoscaler().await?
        {
            autoscaler.force(&self.name, desired).await?;
        }
        let patch = Patch::Merge(json!({"spec": {"replicas": desired}}));
        self.workloads
            .patch_scale(&self.workload, &PatchParams::default(), &patch)
            .await
            .map_err(|error| self.refused(&error))?;
        self.seen().await
    }

    /// Waits until the cluster's controllers have seen the last change; only
    /// then does what they say belong to it.
    async fn seen(&self) -> Result<String, ScaleError> {
        let mut latest = 0;
        let seen = timeout(SEEN, async {
            loop {
                let workload = self.workloads.get(&self.workload).await?;
                latest = workload.metadata.generation.unwrap_or_default();
                let observed = &workload.data["status"]["observedGeneration"];
                if observed.as_i64().unwrap_or_default() >= latest {
                    return Ok(());
                }
                sleep(INTERVAL).await;
            }
        });
        match seen.await {
            Ok(seen) => {
                seen.map_err(|error| self.refused(&error))?;
                Ok(format!("generation {latest}"))
            }
            Err(_elapsed) => Ok(format!(
                "generation {latest}, not seen by its controller yet"
            )),
        }
    }

    /// Deletes pods without waiting for them to finish.
    async fn delete(&self, pods: &[&Pod]) -> Result<(), ScaleError> {
        let deleted = join_all(pods.iter().map(async |pod| {
            let options = DeleteParams {
                // A pod of a stateful set has the name of the one before.
                preconditions: Some(Preconditions {
                    uid: pod.uid(),
                    resource_version: None,
                }),
                ..DeleteParams::default().grace_period(0)
            };
            match self.members.delete(&pod.name_any(), &options).await {
                Err(Error::Api(status)) if status.is_not_found() || status.is_conflict() => Ok(()),
                deleted => deleted.map(|_| ()),
            }
        }));
        let deleted: Result<(), Error> = deleted.await.into_iter().collect();
        deleted.map_err(|error| self.refused(&error))
    }
}

#[async_trait]
impl ScaleTarget for Pods {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = vec![
            Capability::SetDesired,
            Capability::RemoveAbruptly,
            Capability::Kill,
            Capability::Replace,
            Capability::StopAll,
        ];
        if self.has_zones {
            can.push(Capability::Zones);
        }
        if self.has_policy {
            can.push(Capability::Policy);
        }
        Capabilities::of(can)
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        let (desired, observed) = self.known().await?;
        Ok(Snapshot {
            desired,
            instances: observed.into_iter().map(|(own, _)| own).collect(),
        })
    }

    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<Receipt, ScaleError> {
        let mut instances = Vec::new();
        if removal == Removal::Abrupt {
            let (_, observed) = self.known().await?;
            let alive = observed.iter().filter(|(own, _)| {
                matches!(own.state, InstanceState::Ready | InstanceState::Starting)
            });
            // Those that are dead already are the first that the controller
            // takes away; of a stateful set it is the last ones.
            let leave: Vec<_> = alive.skip(desired as usize).collect();
            self.delete(&leave.iter().map(|(_, pod)| pod).collect::<Vec<_>>())
                .await?;
            instances = leave.iter().map(|(own, _)| own.id.clone()).collect();
        }
        let told = self.set_replicas(desired).await?;
        Ok(Receipt {
            instances,
            told,
            ..Receipt::default()
        })
    }

    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let (_, observed) = self.known().await?;
        let chosen = choose(&self.name, select, &observed)?;
        self.delete(&chosen.iter().map(|(_, pod)| pod).collect::<Vec<_>>())
            .await?;
        Ok(Receipt {
            instances: chosen.iter().map(|(own, _)| own.id.clone()).collect(),
            ..Receipt::default()
        })
    }

    async fn replace(&self) -> Result<Receipt, ScaleError> {
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let patch = Patch::Merge(json!({
            "spec": {"template": {"metadata": {"annotations": {RESTARTED: now}}}}
        }));
        self.workloads
            .patch(&self.workload, &PatchParams::default(), &patch)
            .await
            .map_err(|error| self.refused(&error))?;
        let told = self.seen().await?;
        Ok(Receipt {
            told,
            ..Receipt::default()
        })
    }

    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        let told = self.set_replicas(0).await?;
        let (_, observed) = self.known().await?;
        self.delete(&observed.iter().map(|(_, pod)| pod).collect::<Vec<_>>())
            .await?;
        Ok(Receipt {
            instances: observed.into_iter().map(|(own, _)| own.id).collect(),
            told,
            ..Receipt::default()
        })
    }

    async fn policy(&self) -> Result<Option<PolicyState>, ScaleError> {
        let autoscaler = self.autoscaler().await?;
        Ok(autoscaler.map(|own| policy::read(&own.object.data)))
    }

    /// The number first, then the autoscaler's bounds: it has to find the
    /// number within them.
    async fn restore(&self, base: &Snapshot) -> Result<(), ScaleError> {
        let autoscaler = self.autoscaler().await;
        let desired = base.desired.unwrap_or(base.count(InstanceState::Ready));
        let patch = Patch::Merge(json!({"spec": {"replicas": desired}}));
        let scaled = self
            .workloads
            .patch_scale(&self.workload, &PatchParams::default(), &patch)
            .await;
        let released = match autoscaler {
            Ok(Some(autoscaler)) => autoscaler.release(&self.name).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        let scaled = scaled.map(|_| ()).map_err(|error| self.refused(&error));
        ScaleError::together(&self.name, [scaled, released])
    }
}
