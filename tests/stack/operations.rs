//! Each thing that can be done to a stack, proven by who answers.

use std::cell::Cell;

use fpt::scaling::{Capability, InstanceState, Removal, Select};
use tokio::time::Instant;

use crate::support::{Trickle, answering, get, lost, processes, stack, steady, until};

#[tokio::test]
async fn instances_come_and_go_without_a_lost_request() {
    let Some(stack) = processes(2).await else {
        return;
    };
    let target = stack.target();
    let trickle = Trickle::gentle(&stack);
    let begin = Instant::now();
    let two = steady(&*target, 2).await;
    assert_eq!(answering(&trickle.since(begin, 20).await), two);

    let receipt = target.set_desired(4, Removal::Graceful).await.unwrap();
    assert_eq!(receipt.instances.len(), 2, "{receipt:?}");
    let four = steady(&*target, 4).await;
    assert!(receipt.instances.iter().all(|own| four.contains(own)));
    assert_eq!(answering(&trickle.since(Instant::now(), 40).await), four);

    let receipt = target.set_desired(1, Removal::Graceful).await.unwrap();
    assert_eq!(receipt.instances.len(), 3, "{receipt:?}");
    let one = steady(&*target, 1).await;
    assert_eq!(answering(&trickle.since(Instant::now(), 20).await), one);
    assert_eq!(lost(&trickle.seen()), 0, "of {}", trickle.seen().len());
    let snapshot = target.observe().await.unwrap();
    assert_eq!(snapshot.count(InstanceState::Gone), 3);
    assert_eq!(snapshot.desired, Some(1));
}

#[tokio::test]
async fn who_is_killed_is_replaced_by_somebody_else() {
    let Some(stack) = processes(3).await else {
        return;
    };
    let target = stack.target();
    let trickle = Trickle::gentle(&stack);
    let before = steady(&*target, 3).await;
    trickle.since(Instant::now(), 20).await;
    let killed = target.kill(&Select::Count(2)).await.unwrap().instances;
    assert_eq!(killed.len(), 2);
    until(&*target, "the end of the killed", |own| {
        killed.iter().all(|id| !own.ready().contains(id))
    })
    .await;
    let after = steady(&*target, 3).await;
    assert_eq!(after.intersection(&before).count(), 1);
    let answered = answering(&trickle.since(Instant::now(), 30).await);
    assert_eq!(answered, after);
    // Those that were there stay what they are: no such instance.
    let nobody = target.kill(&Select::These(killed)).await.unwrap_err();
    assert!(nobody.to_string().contains("no instance"), "{nobody}");
    let too_many = target.kill(&Select::Count(9)).await.unwrap_err();
    assert!(too_many.to_string().contains("3 serve"), "{too_many}");
}

#[tokio::test]
async fn all_are_replaced_one_after_another() {
    let Some(stack) = processes(3).await else {
        return;
    };
    let target = stack.target();
    let trickle = Trickle::gentle(&stack);
    let before = steady(&*target, 3).await;
    let receipt = target.replace().await.unwrap();
    assert_eq!(receipt.instances.len(), 3);
    let fewest = Cell::new(u32::MAX);
    let gone = |own: &fpt::scaling::Snapshot| before.iter().all(|id| !own.ready().contains(id));
    let all_gone = |own: &fpt::scaling::Snapshot| {
        fewest.set(fewest.get().min(own.count(InstanceState::Ready)));
        gone(own)
    };
    until(&*target, "the end of the old ones", all_gone).await;
    let after = steady(&*target, 3).await;
    assert!(fewest.get() >= 3, "{fewest:?}");
    assert_eq!(answering(&trickle.since(Instant::now(), 30).await), after);
    assert_eq!(lost(&trickle.seen()), 0);
}

#[tokio::test]
async fn an_instance_that_hangs_is_no_other_when_it_goes_on() {
    let Some(stack) = processes(2).await else {
        return;
    };
    let target = stack.target();
    let before = steady(&*target, 2).await;
    let hanging = target.hang(&Select::Count(1)).await.unwrap().instances;
    until(&*target, "one that hangs", |own| {
        !own.ready().contains(&hanging[0]) && own.count(InstanceState::Ready) == 1
    })
    .await;
    let trickle = Trickle::gentle(&stack);
    let answered = answering(&trickle.since(Instant::now(), 20).await);
    assert!(!answered.contains(&hanging[0]));
    let resumed = target.resume().await.unwrap().instances;
    assert_eq!(resumed, hanging);
    assert_eq!(steady(&*target, 2).await, before);
}

#[tokio::test]
async fn all_are_down_and_others_come_back() {
    let Some(stack) = processes(2).await else {
        return;
    };
    let target = stack.target();
    let before = steady(&*target, 2).await;
    target.stop_all().await.unwrap();
    until(&*target, "nobody", |own| {
        own.desired == Some(0)
            && own
                .instances
                .iter()
                .all(|one| one.state == InstanceState::Gone)
    })
    .await;
    let (status, by) = get(stack.address(), "/providers").await.unwrap();
    assert!(status >= 502 && by.is_none(), "{status} {by:?}");
    target.start_all(2).await.unwrap();
    let after = steady(&*target, 2).await;
    assert!(after.is_disjoint(&before));
    let trickle = Trickle::gentle(&stack);
    assert_eq!(answering(&trickle.since(Instant::now(), 20).await), after);
}

#[tokio::test]
async fn a_zone_that_is_lost_stays_empty_until_all_is_restored() {
    let Some(stack) = processes(3).await else {
        return;
    };
    let target = stack.target();
    steady(&*target, 3).await;
    let base = target.observe().await.unwrap();
    let in_zone = |own: &fpt::scaling::Snapshot| {
        let ready = own.instances.iter();
        ready
            .filter(|one| one.state == InstanceState::Ready && one.zone.as_deref() == Some("a"))
            .count()
    };
    assert_eq!(in_zone(&base), 1);
    let lost = target.kill(&Select::Zone("a".to_owned())).await.unwrap();
    assert_eq!(lost.instances.len(), 1);
    until(&*target, "the end of the zone", |own| in_zone(own) == 0).await;
    steady(&*target, 3).await;
    assert_eq!(in_zone(&target.observe().await.unwrap()), 0);
    target.restore(&base).await.unwrap();
    target.set_desired(6, Removal::Graceful).await.unwrap();
    steady(&*target, 6).await;
    assert!(in_zone(&target.observe().await.unwrap()) > 0);
    let error = target
        .kill(&Select::Zone("x".to_owned()))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("the zones are a, b, c"),
        "{error}"
    );
    let error = target.set_desired(9, Removal::Graceful).await.unwrap_err();
    assert!(error.to_string().contains("scaling.max"), "{error}");
}

#[tokio::test]
async fn parts_are_restarted_where_they_were() {
    let Some(stack) = stack(2, &[]).await else {
        return;
    };
    let target = stack.target();
    assert!(target.capabilities().has(Capability::RestartPart));
    let parts = target.capabilities().parts;
    assert_eq!(parts, ["haproxy", "redis", "postgres"]);
    let before = steady(&*target, 2).await;
    let pids = async || -> Vec<Option<u32>> {
        let status = stack.status().await;
        status.parts.iter().map(|part| part.pid).collect()
    };
    for (at, part) in parts.iter().enumerate() {
        let old = pids().await;
        target.restart(part).await.unwrap();
        let new = pids().await;
        assert!(new[at] != old[at] && new[at].is_some(), "{part}");
        // The instances are the same, and serve again.
        assert_eq!(steady(&*target, 2).await, before, "{part}");
        let trickle = Trickle::gentle(&stack);
        let seen = trickle.since(Instant::now(), 10).await;
        assert!(answering(&seen).is_subset(&before), "{part}");
    }
    let error = target.restart("mysql").await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("there are haproxy, redis, postgres"),
        "{error}"
    );
}

#[tokio::test]
async fn parts_that_ended_are_there_again_after_the_restoration() {
    let Some(stack) = stack(1, &[("stack.parts", "redis")]).await else {
        return;
    };
    let target = stack.target();
    let before = steady(&*target, 1).await;
    let base = target.observe().await.unwrap();
    let pids = async || -> Vec<u32> {
        let status = stack.status().await;
        status.parts.iter().filter_map(|part| part.pid).collect()
    };
    let old = pids().await;
    assert_eq!(old.len(), 2);
    for pid in &old {
        let pid = rustix::process::Pid::from_raw(i32::try_from(*pid).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }
    // Without the balancer it is not known who is ready; that is not nobody.
    let why = loop {
        if let Err(why) = target.observe().await {
            break why.to_string();
        }
    };
    assert!(why.contains("cannot ask the balancer"), "{why}");
    while stack
        .status()
        .await
        .parts
        .iter()
        .any(|part| part.state != "ended")
    {
        tokio::task::yield_now().await;
    }
    target.restore(&base).await.unwrap();
    assert_eq!(steady(&*target, 1).await, before);
    let new = pids().await;
    assert!(new.iter().all(|pid| !old.contains(pid)), "{old:?} {new:?}");
    let trickle = Trickle::gentle(&stack);
    assert_eq!(answering(&trickle.since(Instant::now(), 10).await), before);
}

#[tokio::test]
async fn a_service_of_ones_own_is_scaled_the_same_way() {
    let program = env!("CARGO_BIN_EXE_fpt");
    let command =
        format!("{program},instance,--name,{{name}},--incarnation,{{incarnation}},--port,{{port}}");
    let settings = [("stack.parts", ""), ("stack.command", command.as_str())];
    let Some(stack) = stack(1, &settings).await else {
        return;
    };
    let target = stack.target();
    target.set_desired(2, Removal::Graceful).await.unwrap();
    let two = steady(&*target, 2).await;
    let trickle = Trickle::gentle(&stack);
    assert_eq!(answering(&trickle.since(Instant::now(), 20).await), two);
}
