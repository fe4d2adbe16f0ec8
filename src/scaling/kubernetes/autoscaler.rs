//! The autoscaler that owns a workload.

use kube::ResourceExt as _;
use kube::api::{Api, DynamicObject, ListParams, Patch, PatchParams};
use serde_json::{Value, json};

use super::super::ScaleError;
use super::cluster::{Cluster, is_missing, refused};

/// The bounds that an autoscaler had before they were forced, as its own
/// annotation: even a run that was killed can be put right by the next one.
const BOUNDS: &str = "fpt/bounds-before";

/// The versions of its kind that clusters know; older ones know the later ones
/// of these only.
const VERSIONS: [&str; 3] = ["v2", "v2beta2", "v1"];

/// A horizontal pod autoscaler.
///
/// A workload that one owns cannot be scaled past it: within seconds it sets
/// back the number. It is forced through its bounds instead.
#[derive(Debug)]
pub(super) struct Autoscaler {
    api: Api<DynamicObject>,
    pub(super) object: DynamicObject,
}

impl Autoscaler {
    /// The one that owns the workload of this `kind` and `name`, if any.
    pub(super) async fn find(
        cluster: &Cluster,
        target: &str,
        (kind, name): (&str, &str),
    ) -> Result<Option<Self>, ScaleError> {
        for version in VERSIONS {
            let api = cluster.objects(
                ("autoscaling", version, "HorizontalPodAutoscaler"),
                "horizontalpodautoscalers",
            );
            let list = match api.list(&ListParams::default()).await {
                Ok(list) => list,
                Err(error) if is_missing(&error) => continue,
                Err(error) => return Err(refused(target, &error)),
            };
            let owner = list.items.into_iter().find(|object| {
                let owned = &object.data["spec"]["scaleTargetRef"];
                owned["kind"] == kind && owned["name"] == name
            });
            return Ok(owner.map(|object| Self { api, object }));
        }
        Ok(None)
    }

    /// Whether a run has forced its bounds, and not put them back yet.
    pub(super) fn is_forced(&self) -> bool {
        self.object.annotations().contains_key(BOUNDS)
    }

    /// Leaves it no choice but `desired`.
    pub(super) async fn force(&self, target: &str, desired: u32) -> Result<(), ScaleError> {
        let mut patch = json!({"spec": {"minReplicas": desired, "maxReplicas": desired}});
        if !self.is_forced() {
            let spec = &self.object.data["spec"];
            let bounds = json!([spec["minReplicas"], spec["maxReplicas"]]);
            patch["metadata"] = json!({"annotations": {BOUNDS: bounds.to_string()}});
        }
        self.patch(target, patch).await
    }

    /// Gives it back the bounds that it had before.
    pub(super) async fn release(&self, target: &str) -> Result<(), ScaleError> {
        let Some(before) = self.object.annotations().get(BOUNDS) else {
            return Ok(());
        };
        let bounds: Result<(Option<u32>, u32), _> = serde_json::from_str(before);
        let (min, max) = bounds.map_err(|_error| {
            ScaleError::new(
                target,
                format!(
                    "annotation `{BOUNDS}` of autoscaler `{}` is damaged; set its bounds by hand \
                     and remove the annotation",
                    self.object.name_any()
                ),
            )
        })?;
        self.patch(
            target,
            json!({
                "metadata": {"annotations": {BOUNDS: null}},
                "spec": {"minReplicas": min, "maxReplicas": max},
            }),
        )
        .await
    }

    async fn patch(&self, target: &str, patch: Value) -> Result<(), ScaleError> {
        let name = self.object.name_any();
        let (options, patch) = (PatchParams::default(), Patch::Merge(patch));
        let patched = self.api.patch(&name, &options, &patch).await;
        patched.map(|_| ()).map_err(|error| refused(target, &error))
    }
}
