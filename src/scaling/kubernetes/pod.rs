//! A pod as an instance.

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use super::super::naming::Naming;
use super::super::{InstanceState, Observed};

/// The label that names the zone of a machine; newer clusters copy it to pods.
pub(super) const ZONE: &str = "topology.kubernetes.io/zone";

/// `pod` as an instance, in no zone.
pub(super) fn observed(pod: &Pod, naming: &Naming) -> Observed {
    let node = node(pod).unwrap_or_default();
    let ip = pod.status.as_ref().and_then(|own| own.pod_ip.as_deref());
    let identity = naming.identity(&[
        ("ip", ip.unwrap_or_default()),
        ("node", node),
        ("pod", &pod.name_any()),
        ("uid", &pod.uid().unwrap_or_default()),
    ]);
    Observed::new(identity, state(pod))
}

/// The machine on which `pod` runs, once it has one.
pub(super) fn node(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref()
}

/// What the cluster says. A pod that is to go may still get requests until
/// everybody knows.
fn state(pod: &Pod) -> InstanceState {
    let status = pod.status.as_ref();
    let phase = status.and_then(|own| own.phase.as_deref());
    if matches!(phase, Some("Succeeded" | "Failed")) {
        return InstanceState::Gone;
    }
    if pod.metadata.deletion_timestamp.is_some() {
        return InstanceState::Draining;
    }
    let mut conditions = status
        .and_then(|own| own.conditions.as_ref())
        .into_iter()
        .flatten();
    if conditions.any(|own| own.type_ == "Ready" && own.status == "True") {
        InstanceState::Ready
    } else {
        InstanceState::Starting
    }
}

/// Oldest first, and those of a stateful set by their number: from the end they
/// are taken away.
pub(super) fn in_order(mut pods: Vec<Pod>) -> Vec<Pod> {
    let number = |pod: &Pod| -> Option<u32> {
        let stateful = pod
            .metadata
            .owner_references
            .as_ref()
            .is_some_and(|owners| owners.iter().any(|own| own.kind == "StatefulSet"));
        let name = pod.name_any();
        let (_, number) = name.rsplit_once('-').filter(|_| stateful)?;
        number.parse().ok()
    };
    pods.sort_by_cached_key(|pod| {
        let created = pod.creation_timestamp().map(|own| own.0);
        (number(pod), created, pod.name_any())
    });
    pods
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(json: serde_json::Value) -> Pod {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn pods_serve_when_they_are_ready_and_not_to_go() {
        let ready = json!([{"type": "PodScheduled", "status": "True"},
                           {"type": "Ready", "status": "True"}]);
        let unready = json!([{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]);
        for (status, deleted, state) in [
            (
                json!({"phase": "Running", "conditions": ready}),
                false,
                InstanceState::Ready,
            ),
            (
                json!({"phase": "Running", "conditions": ready}),
                true,
                InstanceState::Draining,
            ),
            (
                json!({"phase": "Running", "conditions": unready}),
                false,
                InstanceState::Starting,
            ),
            (json!({"phase": "Pending"}), false, InstanceState::Starting),
            (json!({"phase": "Failed"}), true, InstanceState::Gone),
            (json!({"phase": "Succeeded"}), false, InstanceState::Gone),
            (json!({}), false, InstanceState::Starting),
        ] {
            let mut metadata = json!({"name": "web-1", "uid": "u"});
            if deleted {
                metadata["deletionTimestamp"] = json!("2026-01-02T03:04:05Z");
            }
            let pod = pod(json!({"metadata": metadata, "status": status}));
            let naming = Naming::new((None, "{pod}"), (None, "{uid}"));
            let observed = observed(&pod, &naming);
            assert_eq!(observed.state, state, "{status}");
            assert_eq!(observed.id.to_string(), "web-1/u");
        }
    }

    #[test]
    fn pods_stand_by_number_or_age() {
        let member = |name: &str, owner: &str, second: u32| {
            pod(json!({"metadata": {
                "name": name,
                "creationTimestamp": format!("2026-01-02T03:04:{second:02}Z"),
                "ownerReferences": [
                    {"apiVersion": "apps/v1", "kind": owner, "name": "web", "uid": "o"}
                ]
            }}))
        };
        let names = |pods: Vec<Pod>| -> Vec<String> {
            in_order(pods).iter().map(ResourceExt::name_any).collect()
        };
        let pods = vec![
            member("web-10", "StatefulSet", 1),
            member("web-9", "StatefulSet", 2),
        ];
        assert_eq!(names(pods), ["web-9", "web-10"]);
        let pods = vec![
            member("web-x-2", "ReplicaSet", 9),
            member("web-x-7", "ReplicaSet", 3),
        ];
        assert_eq!(names(pods), ["web-x-7", "web-x-2"]);
    }
}
