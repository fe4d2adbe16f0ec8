//! The stack's own policy, by what HAProxy counts.

use std::time::Duration;

use fpt::scaling::{Capability, InstanceState};
use fpt::stack::Stack;
use tokio::time::Instant;

use crate::support::{Trickle, answering, governed, lost, steady, until};

/// A policy that reacts within seconds.
async fn policed(defect: Option<&str>) -> Option<Stack> {
    let mut settings = vec![
        ("stack.parts", ""),
        ("stack.autoscale.max", "3"),
        ("stack.autoscale.target-rps", "15"),
        ("stack.autoscale.interval", "500ms"),
        ("stack.autoscale.cooldown-out", "1s"),
        ("stack.autoscale.cooldown-in", "2s"),
    ];
    settings.extend(defect.map(|own| ("stack.autoscale.defect", own)));
    governed(1, &settings).await
}

/// So much that more than two instances are needed.
fn much(stack: &Stack) -> Trickle {
    Trickle::start(stack.address(), 4, Duration::from_millis(40))
}

#[tokio::test]
async fn it_adds_instances_under_load_and_removes_them_after_it() {
    let Some(stack) = policed(None).await else {
        return;
    };
    let target = stack.target();
    assert!(target.capabilities().has(Capability::Policy));
    let load = much(&stack);
    let three = steady(&*target, 3).await;
    assert_eq!(answering(&load.since(Instant::now(), 60).await), three);
    assert_eq!(lost(&load.seen()), 0);
    drop(load);
    steady(&*target, 1).await;
    let policy = target.policy().await.unwrap().unwrap();
    assert_eq!((policy.min, policy.max), (Some(1), Some(3)));
    assert_eq!(policy.activities[0].desired, Some(1), "{policy:?}");
    assert!(policy.activities.len() >= 2, "{policy:?}");
}

#[tokio::test]
async fn a_policy_that_lies_shows_only_in_who_answers() {
    let Some(stack) = policed(Some("lies")).await else {
        return;
    };
    let target = stack.target();
    let first = steady(&*target, 1).await;
    let load = much(&stack);
    let three = steady(&*target, 3).await;
    assert_eq!(three.len(), 3);
    assert_eq!(answering(&load.since(Instant::now(), 60).await), first);
}

#[tokio::test]
async fn a_flapping_policy_goes_out_and_in_under_even_load() {
    let Some(stack) = policed(Some("flapping")).await else {
        return;
    };
    let target = stack.target();
    let _load = Trickle::start(stack.address(), 1, Duration::from_millis(30));
    for count in [3, 1, 3, 1] {
        until(&*target, "a change", |own| own.desired == Some(count)).await;
    }
    let snapshot = target.observe().await.unwrap();
    assert!(snapshot.count(InstanceState::Gone) >= 1);
}
