//! The engine: the phases of a campaign.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::load::{Dispatched, Permits, RunClock, Schedule, dispatch};
use crate::model::{Clock as _, StepRef, Timestamp};
use crate::scaling::{PolicyState, ScaleTarget};

use super::bundled::Bundled;
use super::conclusion::Load;
use super::context::CampaignContext;
use super::error::CampaignError;
use super::life::{Alive, Pass, establish, iterate, live};
use super::plan::{Finished, RunContext, ScenarioPlan};
use super::recorder::{Phase, RunEvent};
use super::sampling;
use super::scale_control::{ScaleControl, Scaling, Signs};
use super::self_test;
use super::settings::{CampaignSettings, Extent};
use super::shards::{Lead, Shards};
use super::site::Site;
use super::user::VirtualUser;

/// How long users who were cut off may take to notice it.
const CUT_OFF: Duration = Duration::from_secs(5);

/// Runs one scenario.
///
/// # Errors
///
/// When it could not run at all. What the service does wrong is in the outcome.
pub async fn run(
    run: &RunContext,
    plan: &ScenarioPlan,
    number: (usize, usize),
) -> Result<Finished, CampaignError> {
    let site = Site::open(run, plan).await?;
    let judge = site.judge_settings;
    run.recorder.record(&RunEvent::CampaignStarted {
        scenario: &plan.scenario,
        place: &plan.place,
        number,
        judge: &judge,
        load: &describe(&plan.settings),
        notes: &plan.settings.notes,
    });
    let finished = Engine::new(run, plan, site).run().await?;
    run.findings.store(finished.1, Ordering::Relaxed);
    let incidents = finished.0.outcome.incidents.len() as u64;
    run.incidents.fetch_add(incidents, Ordering::Relaxed);
    run.recorder
        .record(&RunEvent::CampaignFinished(&finished.0.outcome));
    Ok(finished.0)
}

/// Users, rate and duration in words.
fn describe(settings: &CampaignSettings) -> String {
    if settings.functional {
        return "1 user, 1 iteration".to_owned();
    }
    format!("{} users, {}", settings.users, settings.traffic_in_words())
}

pub(super) struct Engine<'a> {
    pub(super) run: &'a RunContext,
    pub(super) plan: &'a ScenarioPlan,
    pub(super) context: Arc<CampaignContext>,
    /// Lives as long as the campaign.
    pub(super) _bundled: Option<Bundled>,
    pub(super) scale_target: Option<Arc<dyn ScaleTarget>>,
    pub(super) permits: Permits,
    pub(super) nobody: Arc<StepRef>,
    pub(super) notes: Vec<String>,
}

impl<'a> Engine<'a> {
    fn new(run: &'a RunContext, plan: &'a ScenarioPlan, site: Site) -> Self {
        let nobody = Arc::new(StepRef {
            scenario: plan.scenario.as_str().into(),
            text: "".into(),
            place: plan.place.clone(),
        });
        Self {
            run,
            plan,
            context: site.context,
            _bundled: site.bundled,
            scale_target: site.scale_target,
            permits: site.permits,
            nobody,
            notes: [plan.settings.notes.clone(), site.notes].concat(),
        }
    }

    async fn run(mut self) -> Result<(Finished, u64), CampaignError> {
        self.self_test().await?;
        let interrupt = self.heed_interrupt();
        let mut users = self.users();
        let walked = if self.plan.settings.functional {
            true
        } else {
            self.preflight(&mut users).await?
        };
        let load = if walked && !self.context.stopping() {
            self.load(users).await?
        } else {
            Load::default()
        };
        interrupt.abort();
        let finished = self.judge(load).await;
        Ok((finished, self.context.oracle.numbered()))
    }

    async fn self_test(&mut self) -> Result<(), CampaignError> {
        let population = &self.context.population;
        let pair = || Some((population.iter().next()?, population.iter().nth(1)?));
        let Some((one, other)) = pair() else {
            self.notes
                .push("there is only one account, so nobody could be swapped".to_owned());
            return Ok(());
        };
        self.notes
            .extend(population.weakened().iter().map(ToString::to_string));
        let eyes = self.context.oracle.eyes();
        let tested = self_test::run(&self.run.profile, eyes, one, other, self.run.tag).await?;
        if tested.is_none() {
            self.notes.push(
                "the self-test could not plant a swap: no user has a fact unique enough".to_owned(),
            );
        }
        Ok(())
    }

    /// Stops the campaign when the user wants to stop.
    fn heed_interrupt(&self) -> JoinHandle<()> {
        let mut interrupt = self.run.interrupt.clone();
        let context = Arc::clone(&self.context);
        tokio::spawn(async move {
            if interrupt.wait_for(|stop| *stop).await.is_ok() {
                context.stop.send_replace(true);
            }
        })
    }

    fn users(&self) -> Vec<VirtualUser> {
        self.context
            .population
            .iter()
            .take(self.plan.settings.users as usize)
            .map(|person| {
                VirtualUser::new(
                    Arc::clone(person),
                    Arc::clone(&self.context),
                    Arc::clone(&self.nobody),
                )
            })
            .collect()
    }

    /// Starts the dispatcher in a thread of its own, so that nothing else
    /// delays a due time.
    pub(super) fn dispatcher(
        &self,
        begin: Timestamp,
        length: Option<Duration>,
        stop: watch::Receiver<bool>,
    ) -> Result<oneshot::Receiver<Dispatched>, CampaignError> {
        let clock = self.run.clock;
        let seed = self.run.profile.population.seed;
        let settings = &self.plan.settings;
        let (arrivals, grid) = (self.run.profile.load.arrivals, clock.grid());
        let schedule = match settings.stages.clone().filter(|_| length.is_some()) {
            Some(stages) => Schedule::staged(stages, arrivals, grid, begin, seed),
            None => Schedule::new(settings.rate, arrivals, grid, begin, length, seed),
        };
        let permits = self.permits.clone();
        permits.open();
        let (tell, told) = oneshot::channel();
        std::thread::Builder::new()
            .name("dispatcher".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_time()
                    .build();
                if let Ok(runtime) = runtime {
                    let work = dispatch(schedule, permits, clock, seed, stop);
                    // Nobody may be left to hear it.
                    let _ = tell.send(runtime.block_on(work));
                }
            })
            .map_err(|error| CampaignError::Broken(error.to_string()))?;
        Ok(told)
    }

    /// One user walks the journey once; whether that went well.
    async fn preflight(&self, users: &mut [VirtualUser]) -> Result<bool, CampaignError> {
        self.run.recorder.record(&RunEvent::Phase {
            phase: Phase::Preflight,
            length: None,
        });
        let Some(user) = users.first_mut() else {
            return Ok(true);
        };
        let stop = watch::Sender::new(false);
        let told = self.dispatcher(self.run.clock.now(), None, stop.subscribe())?;
        user.share_client(self.context.wire.shared_client()?);
        user.begin_session();
        let tallies = &self.context.tallies;
        let walk = async {
            let mut pass = establish(user, &self.plan.journey).await;
            if pass == Pass::Completed {
                tallies.count(|count| count.sessions += 1);
                pass = iterate(user, &self.plan.journey, 1).await;
                tallies.count(|count| count.add(pass));
            } else if pass == Pass::Failed {
                tallies.count(|count| count.sessions_failed += 1);
            }
            pass
        };
        let mut stopped = self.context.stop.subscribe();
        let pass = tokio::select! {
            pass = walk => Some(pass),
            _ = stopped.wait_for(|stop| *stop) => None,
        };
        user.disconnect();
        stop.send_replace(true);
        // Ended by the line above; its counts are of no interest.
        let _ = told.await;
        Ok(pass != Some(Pass::Failed))
    }

    async fn load(&self, users: Vec<VirtualUser>) -> Result<Load, CampaignError> {
        let length = match self.plan.settings.extent {
            Extent::Timed(duration) => Some(duration),
            Extent::Iterations(_) => None,
        };
        self.run.recorder.record(&RunEvent::Phase {
            phase: Phase::Load,
            length,
        });
        self.context.measuring.store(true, Ordering::Relaxed);
        let alive = Arc::new(Alive::default());
        let stop_dispatch = watch::Sender::new(false);
        let forward = forward(self.context.stop.subscribe(), stop_dispatch.clone());
        let begin = self.beginning();
        // Set once: a campaign has one load.
        let _ = self.context.begin.set(begin);
        let mut told = self.dispatcher(begin, length, stop_dispatch.subscribe())?;
        let scaling = self.scale_events(begin);
        let ticker = self.tick();
        let roll_call = self.roll_call();
        let mut dispatched = None;
        let led = self
            .lead(users, &alive, (begin, length), &mut told, &mut dispatched)
            .await;
        let policy = self.policy_state().await;
        if let Some(roll_call) = roll_call {
            roll_call.abort();
        }
        stop_dispatch.send_replace(true);
        self.context.stop.send_replace(true);
        let drained = match led {
            Ok(mut led) => self.drain(&mut led.shards).await.map(|()| led),
            Err(error) => Err(error),
        };
        // Seen through, and the service brought back to what it was, whatever
        // became of the load.
        let restored = match scaling {
            Some(scaling) => scaling.finish().await,
            None => Ok(()),
        };
        ticker.abort();
        forward.abort();
        let mut led = match (drained, &restored) {
            (Ok(led), _) => led,
            (Err(error), Ok(())) => return Err(error),
            (Err(error), Err(why)) => {
                return Err(CampaignError::Broken(format!("{error}; and {why}")));
            }
        };
        let users = led.shards.users();
        self.flush_seconds(u64::MAX);
        self.context.measuring.store(false, Ordering::Relaxed);
        let dispatched = match dispatched {
            Some(count) => count,
            None => told.await.unwrap_or_default(),
        };
        self.read_back(users).await?;
        Ok(Load {
            dispatched,
            duration: led.ended.since(begin),
            ran: true,
            interrupted: led.interrupted,
            sessions_alive: led.sessions_alive,
            not_restored: restored.err(),
            policy,
        })
    }

    /// Leads the users through the load, until its end or theirs.
    async fn lead(
        &self,
        users: Vec<VirtualUser>,
        alive: &Arc<Alive>,
        (begin, length): (Timestamp, Option<Duration>),
        told: &mut oneshot::Receiver<Dispatched>,
        dispatched: &mut Option<Dispatched>,
    ) -> Result<Led, CampaignError> {
        let broken = |error: std::io::Error| CampaignError::Broken(error.to_string());
        let lead = {
            let (journey, alive) = (Arc::clone(&self.plan.journey), Arc::clone(alive));
            let lead: Lead = Arc::new(move |mut user| {
                let (journey, alive) = (Arc::clone(&journey), Arc::clone(&alive));
                async move {
                    live(&mut user, &journey, &alive).await;
                    user
                }
                .boxed_local()
            });
            lead
        };
        let mut shards =
            Shards::start(users, self.run.shards.get(), &lead, &self.context).map_err(broken)?;
        tokio::select! {
            done = shards.done() => done.map_err(CampaignError::Broken)?,
            count = told => *dispatched = count.ok(),
        }
        // A schedule that was gone through lasted as long as was asked, even if
        // its last due time lay a little before its end.
        let complete = dispatched.is_some() && !self.context.stopping();
        let ended = match length.filter(|_| complete) {
            Some(length) => begin + length,
            None => self.run.clock.now(),
        };
        Ok(Led {
            shards,
            ended,
            interrupted: *self.run.interrupt.borrow(),
            sessions_alive: alive.count(),
        })
    }

    /// When the load begins: with the next whole second, because the preflight
    /// has used up a part of this one.
    fn beginning(&self) -> Timestamp {
        let (clock, grid) = (self.run.clock, self.run.clock.grid());
        let now = clock.now();
        if self.plan.settings.functional {
            return now;
        }
        grid.begin(grid.second(now) + 1)
    }

    fn scale_events(&self, begin: Timestamp) -> Option<Scaling> {
        let events = self.plan.settings.events.clone();
        let target = self.scale_target.as_ref().filter(|_| !events.is_empty())?;
        let settings = &self.plan.settings;
        let (rate, stages) = (settings.rate, settings.stages.clone());
        let oracle = Arc::clone(&self.context.oracle);
        let control = ScaleControl {
            target: Arc::clone(target),
            timeline: Arc::clone(&self.context.timeline),
            recorder: Arc::clone(&self.run.recorder),
            clock: self.run.clock,
            limits: (&self.run.profile.scaling).into(),
            signs: Signs {
                rate: Arc::new(move |now| match &stages {
                    Some(stages) => stages.governed_at(now.since(begin)),
                    None => rate,
                }),
                saved: Arc::new(move |kind| oracle.coverage().consistency.of(kind).saved),
            },
        };
        Some(control.start(events, begin, self.context.stop.subscribe()))
    }

    /// Has the instances counted, where the service scales itself.
    fn roll_call(&self) -> Option<JoinHandle<()>> {
        self.plan.settings.policy.as_ref()?;
        let target = Arc::clone(self.scale_target.as_ref()?);
        let roll = Arc::clone(&self.context.roll);
        Some(sampling::start(target, roll, self.run.clock))
    }

    async fn policy_state(&self) -> Option<PolicyState> {
        self.plan.settings.policy.as_ref()?;
        // Who cannot say what their policy is has none that can be judged.
        self.scale_target.as_ref()?.policy().await.ok().flatten()
    }

    /// Writes down each second of the timeline once it is over.
    fn tick(&self) -> JoinHandle<()> {
        let context = Arc::clone(&self.context);
        let clock = self.run.clock;
        tokio::spawn(async move {
            let mut second = clock.grid().second(clock.now());
            loop {
                second += 1;
                tokio::time::sleep_until(clock.instant(clock.grid().begin(second))).await;
                flush_seconds(&context, &clock, second.saturating_sub(1));
            }
        })
    }

    fn flush_seconds(&self, before: u64) {
        flush_seconds(&self.context, &self.run.clock, before);
    }

    /// Lets what is under way come to its end, but not for ever.
    async fn drain(&self, shards: &mut Shards) -> Result<(), CampaignError> {
        self.run.recorder.record(&RunEvent::Phase {
            phase: Phase::Drain,
            length: Some(self.run.profile.load.drain),
        });
        let limit = self.run.profile.load.drain;
        match tokio::time::timeout(limit, shards.done()).await {
            Ok(done) => done.map_err(CampaignError::Broken),
            Err(_elapsed) => {
                shards.cut_off();
                // A shard in the middle of a long computation is left behind.
                match tokio::time::timeout(CUT_OFF, shards.done()).await {
                    Ok(done) => done.map_err(CampaignError::Broken),
                    Err(_elapsed) => Ok(()),
                }
            }
        }
    }
}

/// Users who were led through the load.
struct Led {
    shards: Shards,
    ended: Timestamp,
    interrupted: bool,
    sessions_alive: u64,
}

/// Stops the dispatcher as soon as users are to stop.
fn forward(mut from: watch::Receiver<bool>, to: watch::Sender<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        if from.wait_for(|stop| *stop).await.is_ok() {
            to.send_replace(true);
        }
    })
}

fn flush_seconds(context: &CampaignContext, clock: &RunClock, before: u64) {
    let seconds = context
        .measures
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take_seconds_before(before);
    for (number, second) in seconds {
        context.recorder.record(&RunEvent::Second {
            begin: clock.grid().begin(number),
            second,
        });
    }
}
