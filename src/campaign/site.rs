//! The site of a campaign: the service, the users, and what the oracle knows of
//! them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::watch;

use crate::config::{HttpConfig, Profile};
use crate::http::{Hosts, SessionCookies, Wire, WireSettings};
use crate::load::Permits;
use crate::metrics::Measures;
use crate::model::{Fact, FactName, Origin, Visibility};
use crate::oracle::{Eyes, EyesSettings, InFlight, Judge, JudgeSettings, Oracle};
use crate::population::{Person, Population, Spec};
use crate::scaling::{ScaleTarget, Timeline};

use super::board::Board;
use super::bundled::Bundled;
use super::chances::Chances;
use super::context::CampaignContext;
use super::error::CampaignError;
use super::foreign_access::ForeignAccess;
use super::plan::{RunContext, ScenarioPlan};
use super::roles::ROLE_COLUMN;
use super::scale_control::AbortGuard;
use super::schemas::Schemas;
use super::service::Service;
use super::sessions::LostSessions;
use super::tally::Tallies;

/// Where a campaign takes place: the service, and the users with what the
/// oracle knows of them.
pub(super) struct Site {
    pub(super) context: Arc<CampaignContext>,
    pub(super) bundled: Option<Bundled>,
    /// What can be scaled, if anything.
    pub(super) scale_target: Option<Arc<dyn ScaleTarget>>,
    pub(super) judge_settings: JudgeSettings,
    pub(super) permits: Permits,
    pub(super) notes: Vec<String>,
}

impl Site {
    pub(super) async fn open(run: &RunContext, plan: &ScenarioPlan) -> Result<Self, CampaignError> {
        let profile = &run.profile;
        let settings = &plan.settings;
        let population = Arc::new(populate(profile, plan)?);
        let service = Service::find(profile, plan).await?;
        let eyes = Arc::new(see(run, &population));
        let without = settings.roles.apply(&population, &eyes);
        let notes = without
            .into_iter()
            .map(|role| format!("no user has the role \"{role}\""))
            .collect();
        let in_flight = Arc::new(InFlight::default());
        let judge_settings = JudgeSettings {
            tag: run.tag,
            session_expires: profile.session.expires,
            findings_before: run.findings.load(Ordering::Relaxed),
            incidents_before: run.incidents.load(Ordering::Relaxed),
        };
        let permits = Permits::under(run.ceiling.clone());
        let wire = Wire::new(
            WireSettings {
                http: Arc::new(HttpConfig {
                    connections: settings.connections,
                    ..profile.http.clone()
                }),
                instance: profile.instance.clone(),
                hosts: Hosts::new(&service.target, profile.hosts.iter().map(String::as_str)),
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
            target: service.target,
            wire,
            oracle: Arc::new(Oracle::new(eyes, in_flight, Judge::new(judge_settings))),
            population,
            timeline,
            roll: Arc::default(),
            settings: settings.clone(),
            templates: Arc::clone(&plan.templates),
            schemas: Schemas::default(),
            board: Board::default(),
            foreign: ForeignAccess::default(),
            uniques: Arc::clone(&run.uniques),
            // The bundled service begins anew with each campaign.
            registrations: match service.bundled {
                Some(_) => Arc::default(),
                None => Arc::clone(&run.registrations),
            },
            tallies: Tallies::new(plan.steps.len()),
            wanted_of_others: plan.wanted_of_others.clone(),
            sessions: LostSessions::default(),
            trace: (!settings.events.is_empty()).then(Mutex::default),
            measures: Mutex::new(Measures::new(run.clock.grid())),
            by_stage: Mutex::default(),
            chances: Chances::default(),
            begin: OnceLock::new(),
            findings: Mutex::default(),
            recorder: Arc::clone(&run.recorder),
            stop: watch::Sender::new(false),
            guard: AbortGuard::of(&profile.scaling, settings.rate, settings.users)
                .filter(|_| !settings.events.is_empty()),
            measuring: AtomicBool::new(false),
            reading_back: AtomicBool::new(false),
            judging: run.judging,
        };
        Ok(Self {
            context: Arc::new(context),
            bundled: service.bundled,
            scale_target: service.scale_target,
            judge_settings,
            permits,
            notes,
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
        spec.settings.entry(fact.clone()).or_default().visibility = Some(*visibility);
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
    // A role is no secret of the one person who has it.
    let role = spec.settings.entry(ROLE_COLUMN.to_owned()).or_default();
    role.weak.get_or_insert(true);
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

/// Shorter secrets could stand in a text by chance.
const SHORTEST_SECRET: usize = 8;

/// Eyes that know everybody.
fn see(run: &RunContext, population: &Population) -> Eyes {
    let profile = &run.profile;
    let eyes = Eyes::new(
        EyesSettings {
            hasher: run.hasher.clone(),
            tag: run.tag,
            request_id_header: profile.http.request_id_header.to_ascii_lowercase(),
            denied: profile.oracle.denied.clone(),
            refusals: profile.oracle.refusals.clone(),
        },
        // Room for what is learned, too.
        population.len() * 10 + 16_384,
    );
    for person in population {
        for fact in &person.facts {
            eyes.learn(person.id, person.group, fact);
        }
    }
    for (person, fact) in unique_secrets(population) {
        eyes.learn(person.id, person.group, &fact);
    }
    for value in &profile.oracle.public {
        eyes.declare_public("public", value);
    }
    eyes
}

/// Secrets that only one person has. A response that shows one to somebody else
/// is the worst leak of all; a password that all test accounts share accuses
/// nobody.
fn unique_secrets(population: &Population) -> Vec<(&Person, Fact)> {
    let mut owners: BTreeMap<&str, Vec<(&Person, &FactName)>> = BTreeMap::new();
    for person in population {
        for name in person.secret_names() {
            if let Some(value) = person.secret(name) {
                owners.entry(value).or_default().push((person, name));
            }
        }
    }
    owners
        .into_iter()
        .filter(|(value, owners)| owners.len() == 1 && value.len() >= SHORTEST_SECRET)
        .map(|(value, owners)| {
            let (person, name) = owners[0];
            let fact = Fact {
                name: FactName::clone(name),
                value: value.to_owned(),
                visibility: Visibility::Private,
                origin: person
                    .facts
                    .first()
                    .map_or(Origin::Account, |fact| fact.origin),
                weak: false,
            };
            (person, fact)
        })
        .collect()
}
