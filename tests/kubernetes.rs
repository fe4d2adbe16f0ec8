//! A real deployment, scaled: only one that is named for it, because its pods
//! are killed and replaced. Without `FPT_KUBE_DEPLOYMENT=namespace/name` the
//! test says so and passes. The cluster is the one that `kubectl` reaches.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops at the first thing that is not as expected, and says what it did"
)]

use std::env;
use std::time::Duration;

use fpt::config::{KubernetesConfig, Workload};
use fpt::scaling::{Removal, ScaleTarget, Select, Snapshot, is_steady, kubernetes};
use tokio::time::{sleep, timeout};

/// How often the deployment is observed.
const INTERVAL: Duration = Duration::from_millis(100);

/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(3);

async fn until(
    target: &dyn ScaleTarget,
    what: &str,
    holds: impl Fn(&Snapshot) -> bool,
) -> Snapshot {
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
    last
}

#[tokio::test]
async fn a_deployment_is_scaled() {
    let Ok(named) = env::var("FPT_KUBE_DEPLOYMENT") else {
        eprintln!("a_deployment_is_scaled: skipped: FPT_KUBE_DEPLOYMENT names no deployment");
        return;
    };
    let (namespace, name) = named.split_once('/').unwrap();
    let config = KubernetesConfig {
        namespace: Some(namespace.to_owned()),
        workload: Some(Workload::Deployment(name.to_owned())),
        ..KubernetesConfig::default()
    };
    let target = kubernetes::connect(&config).await.unwrap();
    let target = target.as_ref();
    let base = target.observe().await.unwrap();
    let count = base.desired.unwrap();
    until(target, "as it was", |seen| is_steady(seen, count)).await;

    target
        .set_desired(count + 1, Removal::Graceful)
        .await
        .unwrap();
    until(target, "one more", |seen| is_steady(seen, count + 1)).await;
    let killed = target.kill(&Select::Count(1)).await.unwrap().instances;
    let seen = until(target, "a killed pod replaced", |seen| {
        is_steady(seen, count + 1) && !seen.ready().contains(&killed[0])
    })
    .await;
    target.replace().await.unwrap();
    until(target, "all pods replaced", |now| {
        is_steady(now, count + 1) && seen.ready().iter().all(|id| !now.ready().contains(id))
    })
    .await;
    target.restore(&base).await.unwrap();
    until(target, "restored", |seen| is_steady(seen, count)).await;
}
