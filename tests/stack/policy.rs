//! The stack's own policy, and what can be wrong with it.

use std::time::Duration;

use fpt::scaling::{Capability, InstanceState};
use fpt::stack::Stack;
use tokio::time::Instant;

use crate::support::{Trickle, answering, stack, steady, until};

/// A policy that reacts within seconds, with further settings.
async fn governed(defect: Option<&str>) -> Option<Stack> {
    let mut settings = vec![
        ("stack.parts", ""),
        ("stack.autoscale.max", "3"),
        ("stack.autoscale.target", "20"),
        ("stack.autoscale.interval", "500ms"),
        ("stack.autoscale.cooldown-out", "1s"),
        ("stack.autoscale.cooldown-in", "1s"),
        ("stack.autoscale.stabilisation", "2s"),
    ];
    settings.extend(defect.map(|own| ("stack.autoscale.defect", own)));
    stack(1, &settings).await
}

/// So much that more than two instances are needed.
fn much(stack: &Stack) -> Trickle {
    Trickle::start(stack.address(), 4, Duration::from_millis(40))
}

#[tokio::test]
async fn it_adds_instances_under_load_and_removes_them_after_it() {
    let Some(stack) = governed(None).await else {
        return;
    };
    let target = stack.target();
    assert!(target.capabilities().has(Capability::Policy));
    let load = much(&stack);
    let three = steady(&*target, 3).await;
    assert_eq!(answering(&load.since(Instant::now(), 60).await), three);
    drop(load);
    steady(&*target, 1).await;
    let policy = target.policy().await.unwrap().unwrap();
    assert_eq!((policy.min, policy.max), (Some(1), Some(3)));
    assert_eq!(policy.activities[0].desired, Some(1), "{policy:?}");
    assert!(policy.activities.len() >= 2, "{policy:?}");
}

#[tokio::test]
async fn a_policy_that_lies_shows_only_in_who_answers() {
    let Some(stack) = governed(Some("lies")).await else {
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
    let Some(stack) = governed(Some("flapping")).await else {
        return;
    };
    let target = stack.target();
    let _load = Trickle::start(stack.address(), 1, Duration::from_millis(30));
    for count in [2, 1, 2, 1] {
        until(&*target, "a change", |own| own.desired == Some(count)).await;
    }
    let snapshot = target.observe().await.unwrap();
    assert!(snapshot.count(InstanceState::Gone) >= 1);
}
