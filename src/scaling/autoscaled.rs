//! A service that scales itself by a policy.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, sleep, timeout};

use crate::config::{AutoscaleConfig, PolicyDefect};
use crate::model::InstanceId;

use super::autoscaler::{Autoscaler, Decision};
use super::{
    Capabilities, Capability, InstanceState, Observed, PolicyActivity, PolicyState, Receipt,
    Removal, ScaleError, ScaleTarget, Select, Snapshot, is_steady,
};

/// What the policy did last, and no more than that, is told.
const MOST_ACTIVITIES: usize = 50;

/// How long a policy waits for what is restored, and how long what is restored
/// stays as it is before the policy goes on: others look whether it is.
const RESTORED_WITHIN: Duration = Duration::from_mins(2);
const CALM: Duration = Duration::from_secs(5);

/// How often it is looked whether it is restored.
const LOOK: Duration = Duration::from_millis(100);

/// Tells how many requests a service has had in all.
#[async_trait]
pub trait RequestCount: fmt::Debug + Send + Sync {
    /// Requests so far; `None` when it cannot be told now.
    async fn requests(&self) -> Option<u64>;
}

/// A scale target with a policy that looks at the rate of requests and changes
/// the number of instances by itself, until this is dropped. What is asked of
/// it by hand is done, and the policy may undo it.
#[derive(Debug)]
pub struct Autoscaled {
    inner: Arc<dyn ScaleTarget>,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
    /// The runtime of the policy, if it goes on after a restoration.
    goes_on: Option<Handle>,
}

#[derive(Debug)]
struct State {
    config: AutoscaleConfig,
    /// What the policy wants; `None` before it wanted anything.
    desired: Option<u32>,
    /// Requests per second, as it sees them.
    rate: Option<f64>,
    paused: bool,
    /// Counts how often it was told to pause or to go on.
    told: u64,
    /// The latest first.
    activities: Vec<PolicyActivity>,
}

impl Autoscaled {
    /// Puts `inner` under a policy, which lives in the runtime `home` and goes
    /// by what `requests` counts.
    pub fn start(
        inner: Arc<dyn ScaleTarget>,
        requests: Arc<dyn RequestCount>,
        config: AutoscaleConfig,
        home: &Handle,
    ) -> Self {
        let state = Arc::new(Mutex::new(State {
            config: config.clone(),
            desired: None,
            rate: None,
            paused: false,
            told: 0,
            activities: Vec::new(),
        }));
        let task = home.spawn(watch(
            Arc::clone(&inner),
            requests,
            Autoscaler::new(config),
            Arc::clone(&state),
        ));
        Self {
            inner,
            state,
            task,
            goes_on: None,
        }
    }

    /// The policy goes on in `home` after the service was restored, for a
    /// service that outlives the run.
    #[must_use]
    pub fn that_goes_on(mut self, home: &Handle) -> Self {
        self.goes_on = Some(home.clone());
        self
    }

    /// Gives which time of being told this is.
    fn pause(&self, paused: bool) -> u64 {
        let mut state = lock(&self.state);
        state.paused = paused;
        state.told += 1;
        state.told
    }
}

impl Drop for Autoscaled {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks, decides and asks, for ever.
async fn watch(
    inner: Arc<dyn ScaleTarget>,
    requests: Arc<dyn RequestCount>,
    mut policy: Autoscaler,
    state: Arc<Mutex<State>>,
) {
    let mut ticks = tokio::time::interval(policy.config().interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let began = ticks.tick().await;
    let mut last = requests.requests().await.map(|count| (began, count));
    loop {
        let now = ticks.tick().await;
        let Some(count) = requests.requests().await else {
            continue;
        };
        let Some((before, former)) = last.replace((now, count)) else {
            continue;
        };
        let passed = now.duration_since(before).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let rate = count.saturating_sub(former) as f64 / passed.max(f64::EPSILON);
        let Ok(snapshot) = inner.observe().await else {
            continue;
        };
        if lock(&state).paused {
            continue;
        }
        let lies = policy.config().defect == Some(PolicyDefect::Lies);
        let there = snapshot.count(InstanceState::Ready) + snapshot.count(InstanceState::Starting);
        let current = match lock(&state).desired {
            Some(desired) if lies => desired,
            _ => there,
        };
        let decision = policy.look(now.duration_since(began), rate, current);
        lock(&state).rate = Some(policy.rate());
        if let Some(Decision { desired, removal }) = decision {
            note(&state, current, desired, policy.rate());
            if !lies {
                // Who does not get what they want asks again at the next look.
                let _ = inner.set_desired(desired, removal).await;
            }
        }
    }
}

/// Lets the policy go on once `wanted` instances were there for a while, unless
/// it was told something else meanwhile.
async fn go_on(inner: Arc<dyn ScaleTarget>, state: Arc<Mutex<State>>, wanted: u32, told: u64) {
    let restored = async {
        let there = |now: Snapshot| is_steady(&now, wanted);
        while !inner.observe().await.is_ok_and(there) {
            sleep(LOOK).await;
        }
    };
    // What does not come must not be without its policy for ever.
    let _ = timeout(RESTORED_WITHIN, restored).await;
    sleep(CALM).await;
    let mut state = lock(&state);
    if state.told == told {
        state.paused = false;
    }
}

fn note(state: &Mutex<State>, from: u32, to: u32, rate: f64) {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let at_ms = since_1970.map_or(0, |time| {
        u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
    });
    let mut state = lock(state);
    state.desired = Some(to);
    let told = format!("{from} to {to} instances at {rate:.1} requests per second");
    state.activities.insert(
        0,
        PolicyActivity {
            at_ms,
            desired: Some(to),
            told,
        },
    );
    state.activities.truncate(MOST_ACTIVITIES);
}

#[async_trait]
impl ScaleTarget for Autoscaled {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.can.insert(Capability::Policy);
        capabilities
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        let mut snapshot = self.inner.observe().await?;
        let state = lock(&self.state);
        snapshot.desired = state.desired.or(snapshot.desired);
        if state.config.defect == Some(PolicyDefect::Lies) {
            let there = snapshot.count(InstanceState::Ready);
            for number in there..state.desired.unwrap_or(there) {
                let id = InstanceId {
                    name: format!("promised-{}", number + 1),
                    incarnation: "0".to_owned(),
                };
                snapshot
                    .instances
                    .push(Observed::new(id, InstanceState::Ready));
            }
        }
        Ok(snapshot)
    }

    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<Receipt, ScaleError> {
        lock(&self.state).desired = Some(desired);
        self.inner.set_desired(desired, removal).await
    }

    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        self.inner.kill(select).await
    }

    async fn replace(&self) -> Result<Receipt, ScaleError> {
        self.inner.replace().await
    }

    async fn hang(&self, select: &Select) -> Result<Receipt, ScaleError> {
        self.inner.hang(select).await
    }

    async fn resume(&self) -> Result<Receipt, ScaleError> {
        self.inner.resume().await
    }

    /// The policy waits until [`start_all`](Self::start_all).
    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        self.pause(true);
        self.inner.stop_all().await
    }

    async fn start_all(&self, desired: u32) -> Result<Receipt, ScaleError> {
        let receipt = self.inner.start_all(desired).await;
        self.pause(false);
        receipt
    }

    async fn restart(&self, part: &str) -> Result<Receipt, ScaleError> {
        self.inner.restart(part).await
    }

    async fn policy(&self) -> Result<Option<PolicyState>, ScaleError> {
        let state = lock(&self.state);
        let config = &state.config;
        Ok(Some(PolicyState {
            min: Some(config.min),
            max: Some(config.max),
            metric: Some("requests per second and instance".to_owned()),
            threshold: Some(f64::from(config.target_rps)),
            current: state.rate,
            interval: Some(config.interval),
            cooldown_out: Some(config.cooldown_out),
            cooldown_in: Some(config.cooldown_in),
            activities: state.activities.clone(),
        }))
    }

    /// Ends the policy first, which would undo it.
    async fn restore(&self, base: &Snapshot) -> Result<(), ScaleError> {
        let told = self.pause(true);
        let restored = self.inner.restore(base).await;
        if let Some(home) = &self.goes_on {
            let (inner, state) = (Arc::clone(&self.inner), Arc::clone(&self.state));
            let wanted = base.count(InstanceState::Ready);
            home.spawn(go_on(inner, state, wanted, told));
        }
        restored
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    #[derive(Debug)]
    struct Pretended {
        instances: AtomicU32,
        /// Requests, counted up by the test.
        requests: AtomicU64,
    }

    #[async_trait]
    impl ScaleTarget for Pretended {
        fn name(&self) -> &'static str {
            "a pretended service"
        }

        fn capabilities(&self) -> Capabilities {
            Capabilities::of([Capability::SetDesired])
        }

        async fn observe(&self) -> Result<Snapshot, ScaleError> {
            let instances = (0..self.instances.load(Ordering::Relaxed))
                .map(|number| {
                    let id = InstanceId {
                        name: format!("n{number}"),
                        incarnation: "1".to_owned(),
                    };
                    Observed::new(id, InstanceState::Ready)
                })
                .collect();
            Ok(Snapshot {
                desired: None,
                instances,
            })
        }

        async fn set_desired(&self, desired: u32, _: Removal) -> Result<Receipt, ScaleError> {
            self.instances.store(desired, Ordering::Relaxed);
            Ok(Receipt::default())
        }
    }

    #[async_trait]
    impl RequestCount for Pretended {
        async fn requests(&self) -> Option<u64> {
            Some(self.requests.load(Ordering::Relaxed))
        }
    }

    fn service() -> Arc<Pretended> {
        Arc::new(Pretended {
            instances: AtomicU32::new(1),
            requests: AtomicU64::new(0),
        })
    }

    fn start(service: &Arc<Pretended>, defect: Option<PolicyDefect>) -> Autoscaled {
        let config = AutoscaleConfig {
            defect,
            ..AutoscaleConfig::default()
        };
        Autoscaled::start(
            Arc::clone(service) as Arc<dyn ScaleTarget>,
            Arc::clone(service) as Arc<dyn RequestCount>,
            config,
            &Handle::current(),
        )
    }

    /// So many requests per second, for so many seconds of paused time.
    async fn load(service: &Pretended, rate: u64, seconds: u64) {
        for _ in 0..seconds * 10 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            service.requests.fetch_add(rate / 10, Ordering::Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_follows_the_load_and_tells_what_it_did() {
        let service = service();
        let scaled = start(&service, None);
        load(&service, 40, 10).await;
        assert_eq!(scaled.observe().await.unwrap().ready().len(), 4);
        load(&service, 10, 20).await;
        assert_eq!(scaled.observe().await.unwrap().ready().len(), 1);
        let policy = scaled.policy().await.unwrap().unwrap();
        assert_eq!(policy.activities[0].desired, Some(1));
        assert!(scaled.capabilities().has(Capability::Policy));
        let base = scaled.observe().await.unwrap();
        load(&service, 40, 10).await;
        scaled.restore(&base).await.unwrap();
        load(&service, 40, 10).await;
        assert_eq!(service.instances.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_policy_of_a_service_that_stays_goes_on_after_the_restoration() {
        let service = service();
        let scaled = start(&service, None).that_goes_on(&Handle::current());
        let base = scaled.observe().await.unwrap();
        load(&service, 40, 10).await;
        scaled.restore(&base).await.unwrap();
        load(&service, 40, 4).await;
        assert_eq!(service.instances.load(Ordering::Relaxed), 1);
        load(&service, 40, 10).await;
        assert_eq!(service.instances.load(Ordering::Relaxed), 4);
        // Not in the middle of what the next run does.
        scaled.restore(&base).await.unwrap();
        scaled.stop_all().await.unwrap_err();
        load(&service, 40, 10).await;
        assert_eq!(service.instances.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_lying_policy_tells_of_instances_that_are_not_there() {
        let service = service();
        let scaled = start(&service, Some(PolicyDefect::Lies));
        load(&service, 40, 10).await;
        assert_eq!(scaled.observe().await.unwrap().ready().len(), 4);
        assert_eq!(service.instances.load(Ordering::Relaxed), 1);
    }
}
