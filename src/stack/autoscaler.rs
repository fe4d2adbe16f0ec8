//! The policy of a stack at work: it measures, decides and acts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::config::{AutoscaleConfig, AutoscaleMetric, PolicyDefect};
use crate::scaling::{PolicyActivity, PolicyState, Removal};

use super::decision::Decision;
use super::fleet::Fleet;

/// So many activities are told.
const REMEMBERED: usize = 20;

/// A policy at work. It ends with the runtime of the stack.
#[derive(Debug)]
pub(super) struct Autoscaler {
    state: Arc<Mutex<PolicyState>>,
}

impl Autoscaler {
    /// Lets `config` govern the number of instances of `fleet` from now on.
    pub(super) fn start(fleet: Arc<Fleet>, config: AutoscaleConfig) -> Self {
        let state = PolicyState {
            min: Some(config.min),
            max: Some(config.max.min(fleet.max)),
            metric: Some(match config.metric {
                AutoscaleMetric::Rate => "requests per second and instance".to_owned(),
                AutoscaleMetric::Concurrent => "requests in flight per instance".to_owned(),
            }),
            threshold: Some(f64::from(config.target)),
            current: None,
            interval: Some(config.interval),
            cooldown_out: Some(config.cooldown_out),
            cooldown_in: Some(config.cooldown_in.max(config.stabilisation)),
            activities: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let work = Work {
            fleet,
            config,
            state: Arc::clone(&state),
        };
        tokio::spawn(work.go_on());
        Self { state }
    }

    /// What it says of itself.
    pub(super) fn state(&self) -> PolicyState {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.clone()
    }
}

struct Work {
    fleet: Arc<Fleet>,
    config: AutoscaleConfig,
    state: Arc<Mutex<PolicyState>>,
}

impl Work {
    async fn go_on(self) {
        let mut decision = Decision::new(AutoscaleConfig {
            max: self.config.max.min(self.fleet.max),
            ..self.config
        });
        let began = Instant::now();
        let mut ticks = interval(self.config.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last: Option<(Instant, u64)> = None;
        loop {
            ticks.tick().await;
            // Without figures there is nothing to decide on.
            let Ok(figures) = self.fleet.balancer.figures().await else {
                last = None;
                continue;
            };
            let now = Instant::now();
            let total = match self.config.metric {
                AutoscaleMetric::Concurrent => Some(as_number(figures.in_flight())),
                AutoscaleMetric::Rate => last.and_then(|(at, requests)| {
                    // A restarted balancer counts from zero.
                    let sent = figures.requests.checked_sub(requests)?;
                    Some(as_number(sent) / (now - at).as_secs_f64())
                }),
            };
            last = Some((now, figures.requests));
            let (present, stopped) = {
                let roster = self.fleet.roster();
                (roster.desired, roster.stopped)
            };
            let Some(total) = total.filter(|_| !stopped) else {
                continue;
            };
            self.tell(|state| state.current = Some(total / f64::from(present.max(1))));
            if let Some(desired) = decision.decide(now - began, present, total) {
                self.act(present, desired, total).await;
            }
        }
    }

    async fn act(&self, present: u32, desired: u32, total: f64) {
        let removal = match self.config.defect {
            Some(PolicyDefect::Careless) => Removal::Abrupt,
            _ => Removal::Graceful,
        };
        let placed = self.config.defect != Some(PolicyDefect::Lies);
        let done = self.fleet.set_desired(desired, removal, placed).await;
        let mut told = format!("{present} to {desired}, as the metric is {total:.1} in all");
        if let Err(error) = done {
            told = format!("{told}; refused: {error}");
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let activity = PolicyActivity {
            at_ms: millis(since.unwrap_or_default()),
            desired: Some(desired),
            told,
        };
        self.tell(|state| {
            state.activities.insert(0, activity);
            state.activities.truncate(REMEMBERED);
        });
    }

    fn tell(&self, change: impl FnOnce(&mut PolicyState)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests are far below where it would matter"
)]
fn as_number(count: u64) -> f64 {
    count as f64
}
