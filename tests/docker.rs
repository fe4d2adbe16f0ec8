//! Real containers: an engine is started for the test, and scaled.
//!
//! Without `dockerd`, or where it cannot start, the tests say so and pass; with
//! the variable `FPT_NEED_DOCKER` they fail.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test stops at the first thing that is not as expected, and says what it did"
)]

#[path = "docker/engine.rs"]
mod engine;

use std::collections::BTreeSet;
use std::time::Duration;

use engine::{Site, with_engine};
use fpt::config::{Containers, DockerConfig, Pattern};
use fpt::model::InstanceId;
use fpt::scaling::{
    Capability, InstanceState, Removal, ScaleTarget, Select, Snapshot, docker, is_steady,
};
use tokio::time::{Instant, sleep, timeout};

/// How often the target is observed.
const INTERVAL: Duration = Duration::from_millis(50);

/// How long anything may take: a manager of a swarm on a busy machine takes its time.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long containers may take to finish.
const DRAIN: Duration = Duration::from_secs(5);

/// Observes until `holds`.
async fn until(
    target: &dyn ScaleTarget,
    what: &str,
    holds: impl Fn(&Snapshot) -> bool,
) -> Snapshot {
    let begin = Instant::now();
    let mut last = Snapshot::default();
    let found = timeout(PATIENCE, async {
        loop {
            last = target.observe().await.unwrap();
            if holds(&last) {
                return;
            }
            sleep(INTERVAL).await;
        }
    });
    let in_time = found.await.is_ok();
    assert!(in_time, "{what}: {last:#?}");
    eprintln!("{what} after {} ms", begin.elapsed().as_millis());
    last
}

async fn until_steady(target: &dyn ScaleTarget, count: u32) -> Snapshot {
    let what = format!("{count} instances");
    until(target, &what, |snapshot| is_steady(snapshot, count)).await
}

fn ready(snapshot: &Snapshot) -> BTreeSet<InstanceId> {
    snapshot.ready().into_iter().collect()
}

fn state(snapshot: &Snapshot, id: &InstanceId) -> Option<InstanceState> {
    let found = snapshot.instances.iter().find(|own| own.id == *id);
    found.map(|own| own.state)
}

#[tokio::test]
async fn a_service_of_a_swarm_is_scaled() {
    with_engine("a_service_of_a_swarm_is_scaled", swarm).await;
}

async fn swarm(site: Site) {
    site.docker(&["swarm", "init", "--advertise-addr", "127.0.0.1"]);
    let mount = format!("type=bind,src={},dst=/run/fpt", site.sockets.display());
    site.docker(&[
        "service",
        "create",
        "--detach",
        "--name",
        "web",
        "--replicas",
        "2",
        "--init",
        "--network",
        "host",
        "--mount",
        &mount,
        "--env",
        "INSTANCE={{.Service.Name}}.{{.Task.Slot}}",
        "--env",
        "INCARNATION={{.Task.ID}}",
        "--restart-delay",
        "100ms",
        "--stop-grace-period",
        "2s",
        "--update-parallelism",
        "1",
        "--update-monitor",
        "200ms",
        "instance",
    ]);
    let config = DockerConfig {
        host: Some(site.host.clone()),
        containers: Some(Containers::Swarm {
            service: "web".to_owned(),
        }),
        ..DockerConfig::default()
    };
    let target = docker::connect(&config, DRAIN).await.unwrap();
    let target = target.as_ref();
    assert_eq!(target.name(), "swarm service `web`");
    let base = until_steady(target, 2).await;
    assert_eq!(base.desired, Some(2));

    target.set_desired(4, Removal::Graceful).await.unwrap();
    let four = until_steady(target, 4).await;
    assert_eq!(four.desired, Some(4));
    for id in four.ready() {
        assert_eq!(site.answering(&id.name).await, id, "as it says itself");
    }

    let killed = target.kill(&Select::Count(1)).await.unwrap().instances;
    assert_eq!(killed.len(), 1);
    let four = until(target, "a killed task replaced", |snapshot| {
        is_steady(snapshot, 4) && !snapshot.ready().contains(&killed[0])
    })
    .await;
    let next = site.answering(&killed[0].name).await;
    assert_ne!(next.incarnation, killed[0].incarnation);
    assert!(four.ready().contains(&next));

    let before = ready(&four);
    target.replace().await.unwrap();
    let four = until(target, "all tasks replaced", |snapshot| {
        is_steady(snapshot, 4) && ready(snapshot).is_disjoint(&before)
    })
    .await;

    let hung = target.hang(&Select::Count(1)).await.unwrap().instances;
    let seen = target.observe().await.unwrap();
    assert_eq!(state(&seen, &hung[0]), Some(InstanceState::Starting));
    assert_eq!(site.ask(&hung[0].name), None);
    target.resume().await.unwrap();
    let seen = until_steady(target, 4).await;
    assert_eq!(ready(&seen), ready(&four));
    assert_eq!(site.answering(&hung[0].name).await, hung[0]);

    let removed = target.set_desired(1, Removal::Abrupt).await.unwrap();
    assert_eq!(removed.instances.len(), 3);
    let one = until_steady(target, 1).await;
    assert!(!removed.instances.contains(&one.ready()[0]));

    target.stop_all().await.unwrap();
    until_steady(target, 0).await;
    target.restore(&base).await.unwrap();
    until_steady(target, 2).await;

    let error = target.kill(&Select::Count(3)).await.unwrap_err();
    assert!(error.to_string().contains("only 2 are ready"), "{error}");
    let missing = DockerConfig {
        containers: Some(Containers::Swarm {
            service: "wbe".to_owned(),
        }),
        ..config
    };
    let error = docker::connect(&missing, DRAIN).await.unwrap_err();
    assert!(error.to_string().contains("docker service ls"), "{error}");
}

#[tokio::test]
async fn a_group_of_containers_is_scaled() {
    with_engine("a_group_of_containers_is_scaled", group).await;
}

async fn group(site: Site) {
    let mount = format!("{}:/run/fpt", site.sockets.display());
    for (name, does) in [("web-1", "run"), ("web-2", "run"), ("web-3", "create")] {
        let variable = format!("INSTANCE={name}");
        let mut arguments = vec![does];
        arguments.extend((does == "run").then_some("--detach"));
        arguments.extend([
            "--init",
            "--network",
            "host",
            "--label",
            "role=web",
            "--name",
            name,
            "--env",
            &variable,
            "--volume",
            &mount,
            "instance",
        ]);
        site.docker(&arguments);
    }
    let mut config = DockerConfig {
        host: Some(site.host.clone()),
        containers: Some(Containers::Label("role=web".to_owned())),
        instance: Some(Pattern::new("{name}")),
        ..DockerConfig::default()
    };
    let target = docker::connect(&config, DRAIN).await.unwrap();
    assert!(!target.capabilities().has(Capability::Replace));
    config.incarnation = Some(Pattern::new("{started}"));
    let target = docker::connect(&config, DRAIN).await.unwrap();
    let target = target.as_ref();
    assert!(target.capabilities().has(Capability::Replace));
    let base = until_steady(target, 2).await;

    target.set_desired(3, Removal::Graceful).await.unwrap();
    let three = until_steady(target, 3).await;
    assert_eq!(site.answering("web-3").await.name, "web-3");
    let error = target.set_desired(4, Removal::Graceful).await.unwrap_err();
    assert!(
        error.to_string().contains("fpt makes no new ones"),
        "{error}"
    );

    let before = ready(&three);
    target.replace().await.unwrap();
    until(target, "all containers restarted", |snapshot| {
        is_steady(snapshot, 3) && ready(snapshot).is_disjoint(&before)
    })
    .await;

    let hung = target.hang(&Select::Count(1)).await.unwrap().instances;
    assert_eq!(site.ask(&hung[0].name), None);
    let seen = target.observe().await.unwrap();
    assert_eq!(state(&seen, &hung[0]), Some(InstanceState::Starting));
    target.resume().await.unwrap();
    until_steady(target, 3).await;

    let killed = target.kill(&Select::Count(1)).await.unwrap().instances;
    let two = until_steady(target, 2).await;
    assert_eq!(state(&two, &killed[0]), Some(InstanceState::Gone));
    target.set_desired(1, Removal::Graceful).await.unwrap();
    until_steady(target, 1).await;

    target.stop_all().await.unwrap();
    until_steady(target, 0).await;
    target.start_all(3).await.unwrap();
    until_steady(target, 3).await;
    target.restore(&base).await.unwrap();
    let restored = until_steady(target, 2).await;
    let names = |snapshot: &Snapshot| -> Vec<String> {
        snapshot.ready().into_iter().map(|id| id.name).collect()
    };
    assert_eq!(names(&restored), names(&base));
}
