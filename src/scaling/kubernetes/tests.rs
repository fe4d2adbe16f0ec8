//! Against a cluster that answers as it is told. The objects are those of a
//! real one, cut down to what is read.

use std::collections::VecDeque;

use http::{Request, Response};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tower_test::mock;

use super::*;
use crate::config::Workload;
use crate::model::InstanceId;
use crate::scaling::{Capability, InstanceState, Removal, Select, Snapshot};

const APPS: &str = "/apis/apps/v1/namespaces/shop/deployments/web";
const PODS: &str = "/api/v1/namespaces/shop/pods";
const AUTOSCALERS: &str = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers";

/// What is asked, and what is answered.
struct Exchange {
    asked: String,
    body: Value,
    status: u16,
    answer: Value,
}

fn get(path: impl Into<String>, answer: Value) -> Exchange {
    Exchange {
        asked: format!("GET {}", path.into()),
        body: Value::Null,
        status: 200,
        answer,
    }
}

fn patch(path: impl Into<String>, body: Value, answer: Value) -> Exchange {
    Exchange {
        asked: format!("PATCH {}", path.into()),
        body,
        status: 200,
        answer,
    }
}

fn delete(name: &str, uid: &str) -> Exchange {
    Exchange {
        asked: format!("DELETE {PODS}/{name}"),
        body: json!({"gracePeriodSeconds": 0, "preconditions": {"uid": uid}}),
        status: 200,
        answer: json!({"kind": "Status", "apiVersion": "v1", "status": "Success"}),
    }
}

fn refuse(path: &str, status: u16, reason: &str) -> Exchange {
    Exchange {
        asked: format!("GET {path}"),
        body: Value::Null,
        status,
        answer: json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                       "code": status, "reason": reason, "message": format!("it is {reason}")}),
    }
}

/// A cluster that expects `exchanges` in this order, and nothing else.
fn cluster(exchanges: Vec<Exchange>) -> (Cluster, JoinHandle<()>) {
    let (service, mut handle) = mock::pair::<Request<Body>, Response<Body>>();
    let mut exchanges = VecDeque::from(exchanges);
    let server = tokio::spawn(async move {
        while let Some(expected) = exchanges.pop_front() {
            let (request, send) = handle.next_request().await.unwrap();
            let uri = request.uri();
            let query = uri.query().filter(|own| own.contains("labelSelector"));
            let query = query.map_or(String::new(), |own| {
                format!("?{}", own.trim_start_matches('&'))
            });
            let asked = format!("{} {}{query}", request.method(), uri.path());
            assert_eq!(asked, expected.asked);
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let body = if body.is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(&body).unwrap()
            };
            assert_eq!(body, expected.body, "{asked}");
            let answer = Body::from(expected.answer.to_string().into_bytes());
            let answer = Response::builder().status(expected.status).body(answer);
            send.send_response(answer.unwrap());
        }
    });
    let client = Client::new(service, "default");
    (Cluster::new(client, "shop".to_owned()), server)
}

fn scale(replicas: u32) -> Value {
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": replicas},
        "status": {"replicas": replicas, "selector": "app=web"}
    })
}

fn workload(generation: u32, observed: u32) -> Value {
    json!({
        "kind": "Deployment", "apiVersion": "apps/v1",
        "metadata": {"name": "web", "namespace": "shop", "generation": generation},
        "spec": {"replicas": 2},
        "status": {"observedGeneration": observed}
    })
}

fn pod(name: &str, uid: &str, ready: bool) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "uid": uid,
            "creationTimestamp": "2026-01-02T03:04:05Z",
            "labels": {"app": "web", "topology.kubernetes.io/zone": format!("zone-{uid}")}
        },
        "spec": {"containers": [], "nodeName": "node-1"},
        "status": {"phase": "Running", "podIP": "10.0.0.7", "conditions": [
            {"type": "Ready", "status": if ready { "True" } else { "False" }}
        ]}
    })
}

fn list(kind: &str, items: &[Value]) -> Value {
    json!({"kind": format!("{kind}List"), "apiVersion": "v1", "metadata": {}, "items": items})
}

/// What an observation asks.
fn observation(replicas: u32, pods: &[Value]) -> [Exchange; 2] {
    [
        get(format!("{APPS}/scale"), scale(replicas)),
        get(format!("{PODS}?labelSelector=app%3Dweb"), list("Pod", pods)),
    ]
}

fn autoscaler(min: u32, max: u32, annotations: &Value) -> Value {
    json!({
        "metadata": {"name": "web", "namespace": "shop", "annotations": annotations},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": min, "maxReplicas": max,
            "metrics": [{"type": "Resource", "resource": {
                "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}]
        },
        "status": {"desiredReplicas": min}
    })
}

fn autoscalers(items: &[Value]) -> Exchange {
    get(AUTOSCALERS, list("HorizontalPodAutoscaler", items))
}

/// The deployment with two pods, and what comes after it was found.
async fn found(
    owner: &[Value],
    after: impl IntoIterator<Item = Exchange>,
) -> (Pods, JoinHandle<()>) {
    let pods = [pod("web-a", "a", true), pod("web-b", "b", true)];
    let mut exchanges = Vec::from(observation(2, &pods));
    exchanges.push(autoscalers(owner));
    exchanges.extend(after);
    let (cluster, server) = cluster(exchanges);
    (Pods::find(cluster, &config()).await.unwrap(), server)
}

fn config() -> KubernetesConfig {
    KubernetesConfig {
        workload: Some(Workload::Deployment("web".to_owned())),
        ..KubernetesConfig::default()
    }
}

fn id(name: &str, uid: &str) -> InstanceId {
    InstanceId {
        name: name.to_owned(),
        incarnation: uid.to_owned(),
    }
}

#[tokio::test]
async fn pods_are_the_instances() {
    let pods = [pod("web-a", "a", true), pod("web-c", "c", false)];
    let (target, server) = found(&[], observation(3, &pods)).await;
    assert_eq!(target.name(), "deployment `web`");
    let capabilities = target.capabilities();
    assert!(capabilities.has(Capability::Zones));
    assert!(!capabilities.has(Capability::Policy));
    assert!(!capabilities.has(Capability::Hang));
    let seen = target.observe().await.unwrap();
    assert_eq!(seen.desired, Some(3));
    assert_eq!(seen.ready(), [id("web-a", "a")]);
    assert_eq!(seen.instances[1].state, InstanceState::Starting);
    assert_eq!(seen.instances[0].zone.as_deref(), Some("zone-a"));
    server.await.unwrap();
}

#[tokio::test]
async fn a_deployment_is_scaled_when_its_controller_has_seen_it() {
    let (target, server) = found(
        &[],
        [
            autoscalers(&[]),
            patch(
                format!("{APPS}/scale"),
                json!({"spec": {"replicas": 4}}),
                scale(4),
            ),
            get(APPS, workload(7, 6)),
            get(APPS, workload(7, 7)),
        ],
    )
    .await;
    let receipt = target.set_desired(4, Removal::Graceful).await.unwrap();
    assert_eq!(receipt.told, "generation 7");
    server.await.unwrap();
}

#[tokio::test]
async fn an_autoscaler_is_forced_and_gets_its_bounds_back() {
    let free = autoscaler(2, 10, &json!({}));
    let forced = autoscaler(4, 4, &json!({"fpt/bounds-before": "[2,10]"}));
    let path = format!("{AUTOSCALERS}/web");
    let (target, server) = found(
        std::slice::from_ref(&free),
        [
            autoscalers(std::slice::from_ref(&free)),
            patch(
                &path,
                json!({
                    "metadata": {"annotations": {"fpt/bounds-before": "[2,10]"}},
                    "spec": {"minReplicas": 4, "maxReplicas": 4}
                }),
                forced.clone(),
            ),
            patch(
                format!("{APPS}/scale"),
                json!({"spec": {"replicas": 4}}),
                scale(4),
            ),
            get(APPS, workload(2, 2)),
            autoscalers(&[forced]),
            patch(
                format!("{APPS}/scale"),
                json!({"spec": {"replicas": 2}}),
                scale(2),
            ),
            patch(
                &path,
                json!({
                    "metadata": {"annotations": {"fpt/bounds-before": null}},
                    "spec": {"minReplicas": 2, "maxReplicas": 10}
                }),
                free.clone(),
            ),
            autoscalers(std::slice::from_ref(&free)),
        ],
    )
    .await;
    assert!(target.capabilities().has(Capability::Policy));
    target.set_desired(4, Removal::Graceful).await.unwrap();
    let base = Snapshot {
        desired: Some(2),
        instances: Vec::new(),
    };
    target.restore(&base).await.unwrap();
    let policy = target.policy().await.unwrap().unwrap();
    assert_eq!((policy.min, policy.max), (Some(2), Some(10)));
    assert_eq!(policy.metric.as_deref(), Some("cpu utilization in %"));
    server.await.unwrap();
}

#[tokio::test]
async fn bounds_that_a_killed_run_left_are_put_back() {
    let forced = autoscaler(4, 4, &json!({"fpt/bounds-before": "[null,10]"}));
    let (_target, server) = found(
        std::slice::from_ref(&forced),
        [patch(
            format!("{AUTOSCALERS}/web"),
            json!({
                "metadata": {"annotations": {"fpt/bounds-before": null}},
                "spec": {"minReplicas": null, "maxReplicas": 10}
            }),
            forced.clone(),
        )],
    )
    .await;
    server.await.unwrap();
}

#[tokio::test]
async fn killed_pods_are_deleted_and_no_others() {
    let pods = [pod("web-a", "a", true), pod("web-b", "b", true)];
    let [scale_asked, pods_asked] = observation(2, &pods);
    let (target, server) = found(&[], [scale_asked, pods_asked, delete("web-b", "b")]).await;
    let select = Select::Zone("zone-b".to_owned());
    let receipt = target.kill(&select).await.unwrap();
    assert_eq!(receipt.instances, [id("web-b", "b")]);
    server.await.unwrap();
}

#[tokio::test]
async fn who_goes_abruptly_is_dead_before_the_number_changes() {
    let pods = [pod("web-a", "a", true), pod("web-b", "b", true)];
    let [scale_asked, pods_asked] = observation(2, &pods);
    let (target, server) = found(
        &[],
        [
            scale_asked,
            pods_asked,
            delete("web-b", "b"),
            autoscalers(&[]),
            patch(
                format!("{APPS}/scale"),
                json!({"spec": {"replicas": 1}}),
                scale(1),
            ),
            get(APPS, workload(3, 3)),
        ],
    )
    .await;
    let receipt = target.set_desired(1, Removal::Abrupt).await.unwrap();
    assert_eq!(receipt.instances, [id("web-b", "b")]);
    server.await.unwrap();
}

#[tokio::test]
async fn older_clusters_know_older_versions() {
    let older = AUTOSCALERS.replace("/v2/", "/v2beta2/");
    let pods = [pod("web-a", "a", true)];
    let mut exchanges = Vec::from(observation(1, &pods));
    exchanges.push(refuse(AUTOSCALERS, 404, "NotFound"));
    let owner = autoscaler(1, 3, &json!({}));
    exchanges.push(get(older, list("HorizontalPodAutoscaler", &[owner])));
    let (cluster, server) = cluster(exchanges);
    let target = Pods::find(cluster, &config()).await.unwrap();
    assert!(target.capabilities().has(Capability::Policy));
    server.await.unwrap();
}

#[tokio::test]
async fn what_is_missing_or_forbidden_is_told_before_the_run() {
    let path = format!("{APPS}/scale");
    for (status, reason, told) in [
        (404, "NotFound", "there is none in namespace `shop`"),
        (403, "Forbidden", "role.yaml holds the permissions"),
    ] {
        let (cluster, server) = cluster(vec![refuse(&path, status, reason)]);
        let error = Pods::find(cluster, &config()).await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        server.await.unwrap();
    }
}
