//! The engine: the phases of a campaign.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cucumber::step;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use url::Url;

use crate::config::{Profile, Target};
use crate::http::{ClientError, Hosts, SessionCookies, Wire, WireSettings};
use crate::load::{Ceiling, Dispatched, Permits, RunClock, Schedule, dispatch};
use crate::metrics::Measures;
use crate::model::{Clock as _, Place, RunTag, StepRef, Timestamp, ValueHasher, Verdict};
use crate::oracle::{Eyes, EyesSettings, InFlight, Judge, JudgeSettings, Oracle};
use crate::population::{AccountsError, FactSetting, Population, Spec, SpecError};
use crate::scaling::Timeline;

use super::bound::Journey;
use super::bundled::{self, Bundled};
use super::context::CampaignContext;
use super::life::{Alive, Pass, establish, iterate};
use super::outcome::{LoadOutcome, Outcome, StepOutcome};
use super::quiet;
use super::recorder::{Phase, Recorder, RunEvent};
use super::scale_control::ScaleControl;
use super::registrations::Registrations;
use super::schemas::Schemas;
use super::self_test::{self, SelfTestFailed};
use super::sessions::SessionsSeen;
use super::settings::{CampaignSettings, Extent};
use super::shards::Shards;
use super::tally::Tallies;
use super::template::Templates;
use super::user::VirtualUser;
use super::verdicts;
use super::world::Campaign;

/// What all campaigns of a run share.
#[derive(Clone, Debug)]
pub struct RunContext {
    /// The profile.
    pub profile: Arc<Profile>,
    /// The clock.
    pub clock: RunClock,
    /// What nothing exceeds, in all campaigns together.
    pub ceiling: Ceiling,
    /// Marks the request ids.
    pub tag: RunTag,
    /// Hashes values.
    pub hasher: ValueHasher,
    /// Writes down what happens.
    pub recorder: Arc<dyn Recorder>,
    /// Turns true when the user wants to stop.
    pub interrupt: watch::Receiver<bool>,
    /// Threads for users.
    pub shards: NonZeroUsize,
    /// Counts transactions.
    pub transactions: Arc<AtomicU64>,
    /// Accounts that users made with a service that goes on running.
    pub registrations: Arc<Registrations>,
    /// Findings so far.
    pub findings: Arc<AtomicU64>,
    /// Look at responses and judge them. Only a benchmark turns this off, to
    /// measure what it costs.
    pub judging: bool,
}

/// A scenario, ready to be run.
#[derive(Clone, Debug)]
pub struct ScenarioPlan {
    /// The feature's name.
    pub feature: String,
    /// The scenario's name.
    pub scenario: String,
    /// Where it stands.
    pub place: Place,
    /// What it asks for.
    pub settings: CampaignSettings,
    /// What users do.
    pub journey: Arc<Journey>,
    /// The journey steps by number.
    pub steps: Vec<Arc<StepRef>>,
    /// Kept values that the journey wants of another user.
    pub wanted_of_others: Vec<String>,
    /// What is asked after the load.
    pub questions: Vec<Question>,
    /// Compiled templates.
    pub templates: Arc<Templates>,
}

/// A campaign `Then` step.
#[derive(Clone)]
pub struct Question {
    /// What evidence calls it.
    pub step: Arc<StepRef>,
    /// The function.
    pub function: step::Step<Campaign>,
    /// Its captured values.
    pub context: step::Context,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Question").field(&self.step).finish()
    }
}

/// A campaign that has run.
#[derive(Debug)]
pub struct Finished {
    /// What it came to.
    pub outcome: Outcome,
    /// For each question why it was not answered with a pass.
    pub answers: Vec<Result<(), String>>,
}

/// Why a campaign could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// The users cannot be made.
    #[error(transparent)]
    Population(#[from] SpecError),
    /// The accounts file cannot be used.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// There are fewer accounts than users.
    #[error(
        "{place}: {users} users asked for, but {file} has {accounts} accounts; ask for fewer users or add accounts"
    )]
    TooFewAccounts {
        /// The scenario.
        place: Place,
        /// Users asked for.
        users: u32,
        /// The file.
        file: String,
        /// Accounts in it.
        accounts: usize,
    },
    /// The client cannot be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Nobody listens at the target.
    #[error(
        "cannot reach {target}: {reason}; is the service up, and is `target` of profile `{profile}` right?"
    )]
    Unreachable {
        /// Where.
        target: String,
        /// Why.
        reason: String,
        /// The profile.
        profile: String,
    },
    /// The bundled service cannot be started.
    #[error("cannot start the bundled service: {0}")]
    Bundled(#[source] std::io::Error),
    /// The target cannot be scaled.
    #[error("{place}: `{target}` cannot be scaled: only the bundled service can, so far")]
    NotScalable {
        /// The step.
        place: Place,
        /// The target.
        target: String,
    },
    /// The harness does not catch what it has to catch.
    #[error(transparent)]
    SelfTest(#[from] SelfTestFailed),
    /// A thread could not be started, or broke.
    #[error("the harness broke: {0}")]
    Broken(String),
}

impl CampaignError {
    /// Whether the harness is to blame, not what it was given.
    pub fn is_bug(&self) -> bool {
        matches!(self, Self::SelfTest(_) | Self::Broken(_))
    }
}

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
    run.recorder
        .record(&RunEvent::CampaignFinished(&finished.0.outcome));
    Ok(finished.0)
}

/// Users, rate and duration in words.
fn describe(settings: &CampaignSettings) -> String {
    if settings.functional {
        return "1 user, 1 iteration".to_owned();
    }
    let extent = match settings.extent {
        Extent::Timed(duration) => format!("for {}", humantime::format_duration(duration)),
        Extent::Iterations(1) => "1 iteration each".to_owned(),
        Extent::Iterations(count) => format!("{count} iterations each"),
    };
    format!("{} users, {}, {extent}", settings.users, settings.rate)
}

/// Where a campaign takes place: the service, and the users with what the
/// oracle knows of them.
struct Site {
    context: Arc<CampaignContext>,
    bundled: Option<Bundled>,
    judge_settings: JudgeSettings,
    permits: Permits,
}

impl Site {
    async fn open(run: &RunContext, plan: &ScenarioPlan) -> Result<Self, CampaignError> {
        let profile = &run.profile;
        let settings = &plan.settings;
        let population = Arc::new(populate(profile, plan)?);
        let (target, bundled) = match &profile.target {
            Target::Bundled => {
                let bundled = bundled::start(&profile.bundled, settings.instances)
                    .await
                    .map_err(CampaignError::Bundled)?;
                let target = Url::parse(&format!("http://{}/", bundled.address))
                    .map_err(|error| CampaignError::Broken(error.to_string()))?;
                (target, Some(bundled))
            }
            Target::Url(target) => {
                if let Some(event) = settings.events.first() {
                    return Err(CampaignError::NotScalable {
                        place: event.place.clone().unwrap_or_else(|| plan.place.clone()),
                        target: target.to_string(),
                    });
                }
                reach(target, profile).await?;
                (target.clone(), None)
            }
        };
        let eyes = Arc::new(see(run, &population));
        let in_flight = Arc::new(InFlight::default());
        let judge_settings = JudgeSettings {
            tag: run.tag,
            session_expires: profile.session.expires,
            findings_before: run.findings.load(Ordering::Relaxed),
        };
        let permits = Permits::default();
        let wire = Wire::new(
            WireSettings {
                http: Arc::new(profile.http.clone()),
                instance: profile.instance.clone(),
                hosts: Hosts::new(&target, profile.hosts.iter().map(String::as_str)),
                cookies: SessionCookies::new(&profile.session.cookies),
                tag: run.tag,
                numbers: Arc::clone(&run.transactions),
            },
            permits.clone(),
            run.clock,
            Arc::clone(&in_flight),
        )?;
        let timeline = Arc::new(Timeline::default());
        if !settings.events.is_empty() {
            timeline.expect_events();
        }
        let context = CampaignContext {
            profile: Arc::clone(profile),
            target,
            wire,
            oracle: Arc::new(Oracle::new(eyes, in_flight, Judge::new(judge_settings))),
            population,
            timeline,
            settings: settings.clone(),
            templates: Arc::clone(&plan.templates),
            schemas: Schemas::default(),
            board: super::board::Board::default(),
            // The bundled service begins anew with each campaign.
            registrations: match bundled {
                Some(_) => Arc::default(),
                None => Arc::clone(&run.registrations),
            },
            tallies: Tallies::new(plan.steps.len()),
            wanted_of_others: plan.wanted_of_others.clone(),
            sessions: SessionsSeen::default(),
            measures: Mutex::new(Measures::new(run.clock.grid())),
            findings: Mutex::default(),
            recorder: Arc::clone(&run.recorder),
            stop: watch::Sender::new(false),
            measuring: AtomicBool::new(false),
            judging: run.judging,
        };
        Ok(Self {
            context: Arc::new(context),
            bundled,
            judge_settings,
            permits,
        })
    }
}

/// Makes the users, or reads them from the accounts file.
fn populate(profile: &Profile, plan: &ScenarioPlan) -> Result<Population, CampaignError> {
    let config = &profile.population;
    let settings = &plan.settings;
    let mut spec = Spec {
        seed: config.seed,
        locales: config.locales.clone(),
        group_size: config.group_size,
        settings: config.visibility.clone(),
    };
    for (fact, visibility) in &settings.sharing {
        spec.settings
            .entry(fact.clone())
            .or_insert_with(FactSetting::default)
            .visibility = Some(*visibility);
    }
    let file = match (&settings.accounts, &config.accounts) {
        (Some(file), _) => Some(Path::new(file)),
        (None, Some(file)) => Some(file.as_path()),
        (None, None) => None,
    };
    let Some(file) = file else {
        // Two at least, so that there is somebody else to be taken for.
        return Ok(Population::generate(&spec, settings.users.max(2))?);
    };
    let population = Population::read_accounts(file, &spec)?;
    if population.len() < settings.users as usize {
        return Err(CampaignError::TooFewAccounts {
            place: plan.place.clone(),
            users: settings.users,
            file: file.display().to_string(),
            accounts: population.len(),
        });
    }
    Ok(population)
}

/// Whether anybody listens at `target`. No request is sent.
async fn reach(target: &Url, profile: &Profile) -> Result<(), CampaignError> {
    let unreachable = |reason: String| CampaignError::Unreachable {
        target: target.to_string(),
        reason,
        profile: profile.name.clone(),
    };
    let host = target
        .host_str()
        .unwrap_or_default()
        .trim_matches(['[', ']']);
    let port = target.port_or_known_default().unwrap_or(80);
    let connect = tokio::net::TcpStream::connect((host, port));
    match tokio::time::timeout(profile.http.connect_timeout, connect).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(unreachable(error.to_string())),
        Err(_elapsed) => Err(unreachable(format!(
            "no connection within {}",
            humantime::format_duration(profile.http.connect_timeout)
        ))),
    }
}

/// Eyes that know everybody.
fn see(run: &RunContext, population: &Population) -> Eyes {
    let profile = &run.profile;
    let eyes = Eyes::new(
        EyesSettings {
            hasher: run.hasher.clone(),
            tag: run.tag,
            request_id_header: profile.http.request_id_header.to_ascii_lowercase(),
            denied: profile.oracle.denied.clone(),
        },
        population.len() * 10,
    );
    for person in population.iter() {
        for fact in &person.facts {
            eyes.learn(person.id, person.group, fact);
        }
    }
    for value in &profile.oracle.public {
        eyes.declare_public("public", value);
    }
    eyes
}

struct Engine<'a> {
    run: &'a RunContext,
    plan: &'a ScenarioPlan,
    context: Arc<CampaignContext>,
    bundled: Option<Bundled>,
    permits: Permits,
    nobody: Arc<StepRef>,
    notes: Vec<String>,
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
            bundled: site.bundled,
            permits: site.permits,
            nobody,
            notes: plan.settings.notes.clone(),
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
    fn dispatcher(
        &self,
        length: Option<Duration>,
        stop: watch::Receiver<bool>,
    ) -> Result<(Timestamp, oneshot::Receiver<Dispatched>), CampaignError> {
        let clock = self.run.clock;
        let begin = clock.now();
        let seed = self.run.profile.population.seed;
        let schedule = Schedule::new(
            self.plan.settings.rate,
            self.run.profile.load.arrivals,
            clock.grid(),
            begin,
            length,
            seed,
        );
        let (ceiling, permits) = (self.run.ceiling.clone(), self.permits.clone());
        permits.open();
        let (tell, told) = oneshot::channel();
        std::thread::Builder::new()
            .name("dispatcher".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_time()
                    .build();
                if let Ok(runtime) = runtime {
                    let work = dispatch(schedule, ceiling, permits, clock, seed, stop);
                    // Nobody may be left to hear it.
                    let _ = tell.send(runtime.block_on(work));
                }
            })
            .map_err(|error| CampaignError::Broken(error.to_string()))?;
        Ok((begin, told))
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
        let (_, told) = self.dispatcher(None, stop.subscribe())?;
        user.share_client(self.context.wire.shared_client()?);
        user.begin_session(true);
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
        let broken = |error: std::io::Error| CampaignError::Broken(error.to_string());
        let stop_dispatch = watch::Sender::new(false);
        let forward = forward(self.context.stop.subscribe(), stop_dispatch.clone());
        let (begin, told) = self.dispatcher(length, stop_dispatch.subscribe())?;
        let events = self.scale_events(begin);
        let ticker = self.tick();
        let mut shards = Shards::start(
            users,
            self.run.shards.get(),
            &self.plan.journey,
            &alive,
            &self.context,
        )
        .map_err(broken)?;
        let mut told = told;
        let mut dispatched = None;
        tokio::select! {
            done = shards.done() => done.map_err(CampaignError::Broken)?,
            count = &mut told => dispatched = count.ok(),
        }
        // A schedule that was gone through lasted as long as was asked, even if
        // its last due time lay a little before its end.
        let complete = dispatched.is_some() && !self.context.stopping();
        let ended = match length.filter(|_| complete) {
            Some(length) => begin + length,
            None => self.run.clock.now(),
        };
        let interrupted = *self.run.interrupt.borrow();
        let sessions_alive = alive.count();
        stop_dispatch.send_replace(true);
        self.context.stop.send_replace(true);
        self.drain(&mut shards).await?;
        if let Some(events) = events {
            // Seen through, so that the service is left as it was found.
            let _ = events.await;
        }
        ticker.abort();
        forward.abort();
        self.flush_seconds(u64::MAX);
        self.context.measuring.store(false, Ordering::Relaxed);
        let dispatched = match dispatched {
            Some(count) => count,
            None => told.await.unwrap_or_default(),
        };
        Ok(Load {
            dispatched,
            duration: ended.since(begin),
            ran: true,
            interrupted,
            sessions_alive,
        })
    }

    fn scale_events(&self, begin: Timestamp) -> Option<JoinHandle<()>> {
        let events = self.plan.settings.events.clone();
        let bundled = self.bundled.as_ref().filter(|_| !events.is_empty())?;
        let control = ScaleControl {
            target: Arc::clone(&bundled.target),
            timeline: Arc::clone(&self.context.timeline),
            recorder: Arc::clone(&self.run.recorder),
            clock: self.run.clock,
        };
        Some(tokio::spawn(control.run(
            events,
            begin,
            self.context.stop.subscribe(),
        )))
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
                shards.done().await.map_err(CampaignError::Broken)
            }
        }
    }

    async fn judge(&self, load: Load) -> Finished {
        let mut outcome = self.outcome(&load);
        let mut campaign = Campaign::new(self.plan.settings.clone());
        campaign.conclude(Arc::new(outcome.clone()));
        let mut answers = Vec::new();
        // One pass of one user cannot answer questions about load.
        let asked = if self.plan.settings.functional {
            &[]
        } else {
            self.plan.questions.as_slice()
        };
        for question in asked {
            campaign.enter(question.step.text.to_string(), question.step.place.clone());
            let asked = (question.function)(&mut campaign, question.context.clone());
            let answer = quiet::catch(asked)
                .await
                .map_err(|panic| quiet::text_of(panic.as_ref()));
            answers.push(answer);
        }
        let tolerated = campaign.tolerated_errors();
        let mut judgements = campaign.judgements().to_vec();
        judgements.extend(verdicts::always(&outcome, tolerated));
        if !load.ran {
            judgements.extend(self.not_run());
        }
        outcome.verdict = Verdict::all(judgements.iter().map(|own| own.verdict));
        outcome.judgements = judgements;
        Finished { outcome, answers }
    }

    /// The load did not begin: a pass would say nothing.
    fn not_run(&self) -> Option<crate::model::Judgement> {
        Some(crate::model::Judgement {
            question: "the load began".to_owned(),
            verdict: Verdict::Inconclusive,
            reason: "the preflight did not get through the journey, so no load was sent".to_owned(),
            place: Some(self.plan.place.clone()),
        })
    }

    fn outcome(&self, load: &Load) -> Outcome {
        let context = &self.context;
        let settings = &self.plan.settings;
        let tallies = context.tallies.steps();
        let iterations = context.tallies.iterations();
        let timed = matches!(settings.extent, Extent::Timed(_));
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let achieved_tps = (timed && load.ran).then(|| {
            load.dispatched.released as f64 / load.duration.as_secs_f64().max(f64::EPSILON)
        });
        let lock = |findings: &Mutex<Vec<_>>| {
            findings
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        };
        Outcome {
            feature: self.plan.feature.clone(),
            scenario: self.plan.scenario.clone(),
            place: self.plan.place.clone(),
            verdict: Verdict::Inconclusive,
            judgements: Vec::new(),
            load: LoadOutcome {
                users: settings.users,
                governed_tps: settings.rate,
                ceiling_tps: settings.ceiling(),
                duration: load.duration,
                achieved_tps,
                dispatched: load.dispatched,
                due: load.dispatched.due,
                missed: load.dispatched.missed,
                functional: settings.functional,
            },
            coverage: context.oracle.coverage(),
            violations: context.oracle.counts(),
            findings: lock(&context.findings),
            steps: self
                .plan
                .steps
                .iter()
                .zip(tallies)
                .map(|(step, tally)| StepOutcome {
                    text: step.text.to_string(),
                    place: step.place.clone(),
                    tally,
                })
                .collect(),
            iterations,
            measures: context
                .measures
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            events: context.timeline.events(),
            instances: context.timeline.answers(),
            sessions: context
                .sessions
                .outcome(iterations.sessions, load.sessions_alive),
            notes: self.notes.clone(),
            interrupted: load.interrupted || *self.run.interrupt.borrow(),
            own_sightings_required: self.run.profile.oracle.own_sightings_required,
        }
    }
}

/// How the load went, before anything is judged.
#[derive(Debug, Default)]
struct Load {
    dispatched: Dispatched,
    duration: Duration,
    ran: bool,
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
