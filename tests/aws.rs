//! `fpt-actuator-aws` against moto, a simulation of the API of AWS: what it
//! sends, what it understands, and that it puts back what it changed. How the
//! real AWS behaves is not shown by any of this.
//!
//! moto's ECS services have no tasks, so a reconciler starts and stops them as
//! ECS would.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as expected, and tells why it skips"
)]
#![cfg(unix)]

mod moto;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use aws_sdk_applicationautoscaling::types as scaling;
use aws_sdk_ecs::types::{ContainerDefinition, DesiredStatus, LaunchType, NetworkMode};
use serde_json::{Value, json};

use moto::{Moto, ZONE};

const CLUSTER: &[&str] = &["--ecs-cluster", "shop", "--ecs-service", "web"];
const HOLD: &[&str] = &["--ecs-cluster", "shop", "--ecs-service", "web", "--hold"];
const GROUP: &[&str] = &["--asg", "shop-web"];
const GROUP_HOLD: &[&str] = &["--asg", "shop-web", "--hold"];

fn request(op: &str, more: Value) -> Value {
    let mut request = json!({"v": 1, "op": op, "deadline_ms": 20_000});
    let Value::Object(more) = more else {
        return request;
    };
    request.as_object_mut().unwrap().extend(more);
    request
}

/// Ids of the instances in `state`.
fn ids(seen: &Value, state: &str) -> BTreeSet<String> {
    let instances = seen["instances"].as_array().unwrap().iter();
    instances
        .filter(|own| own["state"] == state)
        .map(|own| own["id"].as_str().unwrap().to_owned())
        .collect()
}

/// A service of two tasks, with Auto Scaling from 1 to 4.
async fn set_up_ecs(moto: &Moto) {
    // Otherwise moto stops tasks by itself as soon as somebody looks.
    moto.set_transition("ecs::task", 1_000_000).await;
    let ecs = moto.ecs().await;
    ecs.create_cluster()
        .cluster_name("shop")
        .send()
        .await
        .unwrap();
    let container = ContainerDefinition::builder().name("web").image("web");
    ecs.register_task_definition()
        .family("web")
        .network_mode(NetworkMode::Bridge)
        .container_definitions(container.memory(64).build())
        .send()
        .await
        .unwrap();
    ecs.create_service()
        .cluster("shop")
        .service_name("web")
        .task_definition("web")
        .desired_count(2)
        .send()
        .await
        .unwrap();
    let auto_scaling = moto.application_auto_scaling().await;
    auto_scaling
        .register_scalable_target()
        .service_namespace(scaling::ServiceNamespace::Ecs)
        .resource_id("service/shop/web")
        .scalable_dimension(scaling::ScalableDimension::EcsServiceDesiredCount)
        .min_capacity(1)
        .max_capacity(4)
        .send()
        .await
        .unwrap();
    let metric = scaling::PredefinedMetricSpecification::builder()
        .predefined_metric_type(scaling::MetricType::EcsServiceAverageCpuUtilization)
        .build()
        .unwrap();
    let tracking = scaling::TargetTrackingScalingPolicyConfiguration::builder()
        .target_value(60.0)
        .predefined_metric_specification(metric)
        .scale_out_cooldown(30)
        .scale_in_cooldown(120)
        .build()
        .unwrap();
    auto_scaling
        .put_scaling_policy()
        .policy_name("cpu")
        .service_namespace(scaling::ServiceNamespace::Ecs)
        .resource_id("service/shop/web")
        .scalable_dimension(scaling::ScalableDimension::EcsServiceDesiredCount)
        .policy_type(scaling::PolicyType::TargetTrackingScaling)
        .target_tracking_scaling_policy_configuration(tracking)
        .send()
        .await
        .unwrap();
}

/// Does for ever what ECS does: as many tasks as are desired.
async fn reconcile(ecs: aws_sdk_ecs::Client) {
    loop {
        let service = ecs
            .describe_services()
            .cluster("shop")
            .services("web")
            .send();
        let desired = service.await.unwrap().services()[0].desired_count();
        let running = ecs
            .list_tasks()
            .cluster("shop")
            .desired_status(DesiredStatus::Running)
            .send()
            .await
            .unwrap();
        let running = running.task_arns();
        let desired = usize::try_from(desired).unwrap();
        if running.len() < desired {
            let run = ecs
                .run_task()
                .cluster("shop")
                .task_definition("web")
                .launch_type(LaunchType::Fargate)
                .count(1);
            run.send().await.unwrap();
        }
        for task in running.iter().skip(desired) {
            ecs.stop_task()
                .cluster("shop")
                .task(task)
                .send()
                .await
                .unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What `observe` says once `count` are ready.
async fn observed(moto: &Moto, arguments: &[&str], count: usize) -> Value {
    for _ in 0..200 {
        let seen = moto.ask(arguments, &request("observe", Value::Null)).await;
        if ids(&seen, "ready").len() == count {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("there were never {count} ready instances");
}

#[tokio::test]
async fn a_service_of_ecs_is_scaled_and_put_back() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    set_up_ecs(&moto).await;
    let reconciler = tokio::spawn(reconcile(moto.ecs().await));

    let first = observed(&moto, CLUSTER, 2).await;
    assert_eq!(first["desired"], 2);
    assert_eq!(first["instances"][0]["zone"], ZONE);
    assert_eq!(
        first["raw"],
        json!({"desired": 2, "limits": {"min": 1, "max": 4}})
    );

    // Outside of the limits only when they may be moved.
    let beyond = request("set_desired", json!({"desired": 6, "mode": "graceful"}));
    let refused = moto.refused(CLUSTER, &beyond).await;
    assert!(
        refused.contains("1 to 4") && refused.contains("--hold"),
        "{refused}"
    );
    moto.ask(HOLD, &beyond).await;
    let held = observed(&moto, CLUSTER, 6).await;
    assert_eq!(held["raw"]["limits"], json!({"min": 6, "max": 6}));

    // Put back twice: the second time does no harm.
    let restore = request(
        "restore",
        json!({"desired": 2, "base": {"instances": [], "raw": first["raw"]}}),
    );
    moto.ask(HOLD, &restore).await;
    moto.ask(HOLD, &restore).await;
    let restored = observed(&moto, CLUSTER, 2).await;
    assert_eq!(restored["raw"], first["raw"]);

    // The one that is killed goes, and ECS starts another one.
    let victim = ids(&restored, "ready").into_iter().next().unwrap();
    let kill = request("kill", json!({"select": {"ids": [victim]}}));
    let killed = moto.ask(CLUSTER, &kill).await;
    assert_eq!(killed["instances"][0]["id"], victim.as_str());
    let after = observed(&moto, CLUSTER, 2).await;
    assert!(!ids(&after, "ready").contains(&victim));
    assert_eq!(after["desired"], 2);
    let nobody = moto.ask(CLUSTER, &kill).await;
    assert_eq!(nobody["instances"], json!([]));

    let deployed = moto.ask(CLUSTER, &request("replace", Value::Null)).await;
    let told = deployed["told"].as_str().unwrap_or_default();
    assert!(told.is_empty() || told.starts_with("deployment "), "{told}");

    // moto knows no activities; the rest is told all the same.
    let policy = moto.ask(CLUSTER, &request("policy", Value::Null)).await;
    assert_eq!(
        policy["policy"],
        json!({
            "min": 1, "max": 4, "metric": "ECSServiceAverageCPUUtilization", "threshold": 60.0,
            "cooldown_out_ms": 30_000, "cooldown_in_ms": 120_000
        })
    );

    moto.ask(HOLD, &request("stop_all", Value::Null)).await;
    observed(&moto, CLUSTER, 0).await;
    moto.ask(HOLD, &request("start_all", json!({"desired": 2})))
        .await;
    observed(&moto, CLUSTER, 2).await;
    moto.ask(HOLD, &restore).await;

    let ran = moto.conformance(CLUSTER).await;
    for line in [
        "ok   scales out by one: 3 after ",
        "ok   the new instance is new, and the others stay",
        "ok   restores what was there",
        "ok   is as it was before: 2 after ",
    ] {
        assert!(ran.contains(line), "{line}:\n{ran}");
    }
    assert!(!ran.contains("FAIL"), "{ran}");
    // Ids are never used again.
    assert!(ran.matches("warn").count() <= 1, "{ran}");
    reconciler.abort();
}

#[tokio::test]
async fn what_the_api_says_is_told() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    let observe = request("observe", Value::Null);
    let refused = moto.refused(CLUSTER, &observe).await;
    assert!(
        refused.starts_with("DescribeServices: ClusterNotFoundException"),
        "{refused}"
    );
    let ecs = moto.ecs().await;
    ecs.create_cluster()
        .cluster_name("shop")
        .send()
        .await
        .unwrap();
    let refused = moto.refused(CLUSTER, &observe).await;
    assert_eq!(refused, "there is no service web in the cluster shop");
    let refused = moto.refused(GROUP, &observe).await;
    assert_eq!(refused, "there is no Auto Scaling group shop-web");
    let refused = moto.refused(GROUP, &request("hang", Value::Null)).await;
    assert_eq!(refused, "AWS has nothing for `hang`");
    let refused = moto.refused(GROUP, &json!({"v": 2, "op": "observe"})).await;
    assert!(refused.contains("of version 2"), "{refused}");
    let refused = moto.refused(GROUP, &json!({"op": "observe"})).await;
    assert!(refused.contains("missing field `v`"), "{refused}");

    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let elsewhere = [GROUP, &["--endpoint-url", nobody.as_str()]].concat();
    let refused = moto.refused(&elsewhere, &observe).await;
    assert!(
        refused.starts_with("DescribeAutoScalingGroups: "),
        "{refused}"
    );
}

async fn set_up_group(moto: &Moto) -> aws_sdk_autoscaling::Client {
    let asg = moto.auto_scaling().await;
    asg.create_launch_configuration()
        .launch_configuration_name("web")
        .image_id("ami-12c6146b")
        .instance_type("t3.micro")
        .send()
        .await
        .unwrap();
    asg.create_auto_scaling_group()
        .auto_scaling_group_name("shop-web")
        .launch_configuration_name("web")
        .availability_zones(ZONE)
        .min_size(1)
        .max_size(4)
        .desired_capacity(2)
        .send()
        .await
        .unwrap();
    asg
}

#[tokio::test]
async fn an_auto_scaling_group_is_scaled_and_put_back() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    let asg = set_up_group(&moto).await;
    let first = observed(&moto, GROUP, 2).await;
    assert_eq!(
        first["raw"],
        json!({"desired": 2, "limits": {"min": 1, "max": 4}})
    );
    assert_eq!(first["instances"][0]["zone"], ZONE);

    let beyond = request("set_desired", json!({"desired": 5, "mode": "graceful"}));
    let refused = moto.refused(GROUP, &beyond).await;
    assert!(
        refused.contains("1 to 4") && refused.contains("--hold"),
        "{refused}"
    );
    moto.ask(GROUP_HOLD, &beyond).await;
    let held = observed(&moto, GROUP, 5).await;
    assert_eq!(held["raw"]["limits"], json!({"min": 5, "max": 5}));

    let restore = request(
        "restore",
        json!({"desired": 2, "base": {"instances": [], "raw": first["raw"]}}),
    );
    moto.ask(GROUP, &restore).await;
    let restored = observed(&moto, GROUP, 2).await;
    assert_eq!(restored["raw"], first["raw"]);

    // A whole zone; the group replaces them.
    let victims = ids(&restored, "ready");
    let kill = request("kill", json!({"select": {"zone": ZONE}}));
    let killed = moto.ask(GROUP, &kill).await;
    assert_eq!(killed["instances"].as_array().unwrap().len(), 2);
    let after = observed(&moto, GROUP, 2).await;
    assert!(ids(&after, "ready").is_disjoint(&victims));

    let policy = moto.ask(GROUP, &request("policy", Value::Null)).await;
    assert_eq!(policy["policy"], Value::Null);
    asg.put_scaling_policy()
        .auto_scaling_group_name("shop-web")
        .policy_name("by-hand")
        .policy_type("SimpleScaling")
        .adjustment_type("ChangeInCapacity")
        .scaling_adjustment(1)
        .send()
        .await
        .unwrap();
    let policy = moto.ask(GROUP, &request("policy", Value::Null)).await;
    assert_eq!(policy["policy"]["metric"], "by-hand");
    assert_eq!(policy["policy"]["max"], 4);

    let ran = moto.conformance(GROUP).await;
    assert!(ran.contains("ok   scales out by one: 3 after "), "{ran}");
    assert!(!ran.contains("FAIL"), "{ran}");
}

/// Every call that the sources name is permitted, and who only looks may change
/// nothing.
#[test]
fn the_policy_documents_permit_what_is_called() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let actions = |file: &str| -> BTreeSet<String> {
        let text = std::fs::read_to_string(root.join("fixtures/scaling/aws").join(file)).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let statements = document["Statement"].as_array().unwrap().iter();
        let actions = statements.flat_map(|own| own["Action"].as_array().unwrap().clone());
        actions
            .map(|own| own.as_str().unwrap().split_once(':').unwrap().1.to_owned())
            .collect()
    };
    let called = |files: &[&str]| -> BTreeSet<String> {
        let mut called = BTreeSet::new();
        for file in files {
            let source = root.join("src/actuator_aws").join(file);
            let source = std::fs::read_to_string(source).unwrap();
            for part in source.split("Trouble::of(\"").skip(1) {
                called.insert(part.split('"').next().unwrap().to_owned());
            }
        }
        called
    };
    for (files, all, look, more) in [
        (
            &["ecs.rs", "application_auto_scaling.rs"][..],
            "ecs.json",
            "ecs-look.json",
            // Its failure is no failure; and a right that another call needs.
            &["DescribeScalingActivities", "PassRole"][..],
        ),
        (&["asg.rs"][..], "asg.json", "asg-look.json", &[][..]),
    ] {
        let mut expected = called(files);
        expected.extend(more.iter().map(|own| (*own).to_owned()));
        assert_eq!(actions(all), expected, "{all}");
        let looks: BTreeSet<String> = expected
            .into_iter()
            .filter(|own| own.starts_with("Describe") || own.starts_with("List"))
            .collect();
        assert_eq!(actions(look), looks, "{look}");
    }
}
