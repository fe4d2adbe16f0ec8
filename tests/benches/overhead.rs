//! What judging and step dispatch cost: the same requests of the same users to
//! the same service, governor wide open, once sent bare, once as Gherkin steps,
//! once as Gherkin steps with every response judged.
//!
//! `cargo bench --bench overhead` prints the three throughputs. Rounds take
//! turns, so that a noisy machine is noisy for all three.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints its figures, and ends where it cannot go on"
)]

use std::collections::BTreeSet;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use appointment_center::{Cluster, Options};
use fpt::campaign::{self, NoRecorder, RunContext, Uniques};
use fpt::config::{Profile, Sources};
use fpt::gherkin::{self, Selection};
use fpt::http::{Body, Hosts, Prepared, Sender, Session, SessionCookies, Wire, WireSettings};
use fpt::load::{Ceiling, Permits, RunClock, Schedule, dispatch};
use fpt::model::{Clock as _, Place, RunTag, StepRef, UserId, ValueHasher};
use fpt::oracle::InFlight;
use fpt::population::{Population, Spec};
use tokio::sync::watch;
use url::Url;

const USERS: u32 = 32;
const ROUND: Duration = Duration::from_secs(4);
const ROUNDS: usize = 5;

/// Far above what the machine can do.
const TPS: u32 = 20_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (target, _service) = serve()?;
    let folder = tempfile::tempdir()?;
    let feature = folder.path().join("overhead.feature");
    std::fs::write(&feature, FEATURE)?;
    let profile = Arc::new(profile(&target)?);
    let mut rates = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        // Each takes every place in the order once in a while.
        for turn in 0..3 {
            let mode = (round + turn) % 3;
            let rate = match mode {
                0 => bare(&profile, &target)?,
                mode => runtime.block_on(stepped(&profile, &feature, mode == 2))?,
            };
            rates[mode].push(rate);
        }
    }
    let [bare, steps, judged] = rates.map(median);
    let cost = |rate: f64| (1.0 - rate / bare) * 100.0;
    println!("bare requests              {bare:9.0} TPS");
    println!(
        "as steps                   {steps:9.0} TPS  costs {:5.1} %",
        cost(steps)
    );
    println!(
        "as steps, every one judged {judged:9.0} TPS  costs {:5.1} %",
        cost(judged)
    );
    Ok(())
}

const FEATURE: &str = r#"Feature: Overhead
  Scenario: The profile
    Given the user registers with POST "/members" with JSON:
      """
      {"email": "{{ user.email }}", "password": "{{ user.password }}", "fullName": "{{ user.full_name }}",
       "memberId": "{{ user.member_id }}", "birthDate": "{{ user.birth_date }}", "phone": "{{ user.phone }}",
       "address": "{{ user.address }}", "insuranceNumber": "{{ user.insurance_number }}"}
      """
    And the user signs in with POST "/session" with JSON:
      """
      {"email": "{{ user.email }}", "password": "{{ user.password }}"}
      """
    When the user sends GET "/me"
    Then the response status is 200
"#;

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// The bundled service in a thread of its own, without simulated work.
fn serve() -> Result<(Url, std::thread::JoinHandle<()>)> {
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let options = Options {
                instances: 1,
                work: Duration::ZERO,
                ..Options::default()
            };
            let cluster = Cluster::start(options).await.expect("the service starts");
            tell.send(cluster.address()).expect("somebody listens");
            std::future::pending::<()>().await;
        });
    });
    let address = told.recv()?;
    Ok((Url::parse(&format!("http://{address}/"))?, thread))
}

fn profile(target: &Url) -> Result<Profile> {
    let text = format!(
        "[profiles.wide-open]\ntarget = \"{target}\"\nservice = \"virtualized\"\n\
         tps = {TPS}\ntps-ceiling = {TPS}\nusers = {USERS}\nduration = \"{}s\"\n\
         oracle.stop-on-finding = false\n",
        ROUND.as_secs()
    );
    Ok(fpt::config::load(Sources {
        file: Some(("bench.toml", &text)),
        profile: Some("wide-open"),
        ..Sources::default()
    })?)
}

/// The requests as steps; transactions per second.
async fn stepped(profile: &Arc<Profile>, feature: &Path, judging: bool) -> Result<f64> {
    let selection = Selection {
        paths: vec![feature.display().to_string()],
        ..Selection::default()
    };
    let read = gherkin::read(&selection, &profile.name, &[])?;
    let compiled = gherkin::compile(read, profile, &[], false)?;
    let clock = RunClock::new();
    let transactions = Arc::new(AtomicU64::new(0));
    let context = RunContext {
        profile: Arc::clone(profile),
        clock,
        ceiling: Ceiling::new(profile.load.ceiling, clock.grid(), Arc::new(clock)),
        tag: RunTag(1),
        hasher: ValueHasher::new([7; 32]),
        recorder: Arc::new(NoRecorder),
        interrupt: watch::channel(false).1,
        shards: NonZeroUsize::MIN,
        transactions: Arc::clone(&transactions),
        uniques: Arc::new(Uniques::new(RunTag(1))),
        registrations: Arc::default(),
        incidents: Arc::default(),
        findings: Arc::default(),
        judging,
    };
    let finished = campaign::run(&context, &compiled[0].plan, (1, 1)).await?;
    let outcome = finished.outcome;
    assert!(outcome.iterations.completed > 0, "{:?}", outcome.steps);
    if std::env::var_os("OVERHEAD_DETAILS").is_some() {
        println!(
            "{:?} {:?} {:?}",
            outcome.load,
            outcome.iterations,
            outcome.measures.total.service_time.percentile(50.0)
        );
    }
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let rate = transactions.load(Ordering::Relaxed) as f64 / outcome.load.duration.as_secs_f64();
    Ok(rate)
}

/// The same requests without steps and without an oracle.
fn bare(profile: &Arc<Profile>, target: &Url) -> Result<f64> {
    let clock = RunClock::new();
    let ceiling = Ceiling::new(profile.load.ceiling, clock.grid(), Arc::new(clock));
    let permits = Permits::under(ceiling);
    let transactions = Arc::new(AtomicU64::new(0));
    let in_flight = Arc::new(InFlight::default());
    let wire = Wire::new(
        WireSettings {
            http: Arc::new(profile.http.clone()),
            instance: profile.instance.clone(),
            hosts: Hosts::new(target, []),
            cookies: SessionCookies::default(),
            tag: RunTag(2),
            numbers: Arc::clone(&transactions),
        },
        permits.clone(),
        clock,
        Arc::clone(&in_flight),
    )?;
    // The same people as in the campaigns: the service knows them already.
    let spec = Spec {
        seed: profile.population.seed,
        locales: profile.population.locales.clone(),
        ..Spec::default()
    };
    let population = Population::generate(&spec, USERS)?;
    let begin = clock.now();
    let schedule = Schedule::new(
        profile.load.tps,
        profile.load.arrivals,
        clock.grid(),
        begin,
        Some(ROUND),
        1,
    );
    let stop = watch::Sender::new(false);
    permits.open();
    let dispatcher = {
        let (permits, stop) = (permits.clone(), stop.subscribe());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime");
            runtime.block_on(dispatch(schedule, permits, clock, 1, stop))
        })
    };
    // One thread for all users, as the campaign has one shard.
    let people: Vec<_> = population.iter().cloned().collect();
    let target = target.clone();
    let users = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, async {
            let tasks: Vec<_> = people
                .into_iter()
                .map(|person| {
                    let (wire, target) = (wire.clone(), target.clone());
                    let in_flight = Arc::clone(&in_flight);
                    tokio::task::spawn_local(async move {
                        // The load ends in the middle of something.
                        let _ = lead(&wire, &in_flight, &target, &person).await;
                    })
                })
                .collect();
            for task in tasks {
                task.await.expect("no user panics");
            }
        });
    });
    dispatcher
        .join()
        .map_err(|_panic| "the dispatcher panicked")?;
    let duration = clock.now().since(begin);
    users.join().map_err(|_panic| "a user panicked")?;
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let rate = transactions.load(Ordering::Relaxed) as f64 / duration.as_secs_f64();
    Ok(rate)
}

async fn lead(
    wire: &Wire,
    in_flight: &InFlight,
    target: &Url,
    person: &fpt::population::Person,
) -> Result<()> {
    let mut session = Session::default();
    let sender = Sender {
        user: UserId(person.id.0),
        session: 0,
        iteration: 0,
        step: Arc::new(StepRef {
            scenario: "bench".into(),
            text: "bare".into(),
            place: Place::new("bench", 1),
        }),
    };
    let value = |name: &str| {
        person
            .value(name)
            .or(person.secret(name))
            .unwrap_or_default()
    };
    let json = |text: String| Body::Text {
        media_type: "application/json".to_owned(),
        text,
    };
    let register = serde_json::json!({
        "email": value("email"), "password": value("password"), "fullName": value("full_name"),
        "memberId": value("member_id"), "birthDate": value("birth_date"), "phone": value("phone"),
        "address": value("address"), "insuranceNumber": value("insurance_number"),
    });
    let sign_in = serde_json::json!({"email": value("email"), "password": value("password")});
    let mut requests = vec![
        (http::Method::POST, "members", json(register.to_string())),
        (http::Method::POST, "session", json(sign_in.to_string())),
    ]
    .into_iter();
    let mut seen = BTreeSet::new();
    loop {
        let (method, path, body) =
            requests
                .next()
                .unwrap_or((http::Method::GET, "me", Body::Empty));
        let prepared = Prepared::new(method, target.join(path)?, path.into(), vec![], &body);
        let permit = wire.permit(std::num::NonZeroU32::MIN).await?;
        let chain = wire
            .send(&mut session, None, &sender, prepared, permit, None)
            .await?;
        // Nobody judges here, so nobody else lets go of them.
        for hop in &chain.hops {
            in_flight.judged(person.id, hop.id);
        }
        seen.extend(
            chain
                .hops
                .iter()
                .filter_map(|hop| Some(hop.response.as_ref()?.status)),
        );
    }
}
