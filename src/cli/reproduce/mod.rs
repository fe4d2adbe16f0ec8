//! `fpt reproduce`: the least load that still shows an incident.

mod attempt;
mod command;
mod recorded;
mod search;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::campaign::{Extent, Uniques};
use crate::load::{Ceiling, RunClock};
use crate::model::RunTag;
use crate::oracle::Incident;

pub(super) use search::Extra;

use super::args::{Choice, Reproduce};
use super::check::{Prepared, ready};
use super::console::{complain, say};
use super::exit::Exit;
use super::signals::interrupts;

use attempt::Bench;
use recorded::{Recorded, RecordedOutcome};
use search::{Came, Least, Limits, Search, Trial};

pub(super) fn reproduce(arguments: &Reproduce) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let searched = match runtime {
        Ok(runtime) => runtime.block_on(find(arguments)),
        Err(error) => {
            complain(format!("cannot start: {error}"));
            return Exit::Bug;
        }
    };
    searched.unwrap_or_else(|(exit, why)| {
        for line in why.lines() {
            complain(line);
        }
        exit
    })
}

async fn find(arguments: &Reproduce) -> Result<Exit, (Exit, String)> {
    let usage = |why: String| (Exit::Usage, why);
    let run = Recorded::read(&arguments.folder).map_err(usage)?;
    let (outcome, incident) = run.incident(arguments.incident).map_err(usage)?;
    let choice = choice_of(arguments, &run, outcome);
    let prepared = ready(&choice).map_err(usage)?;
    tell_differences(&run, &prepared);
    let (recorded, extras) = load_of(outcome, incident, &choice, &prepared).map_err(usage)?;
    let clock = RunClock::new();
    let tag = RunTag(rand::random());
    let bench = Bench {
        tag,
        uniques: Arc::new(Uniques::new(tag)),
        registrations: Arc::default(),
        transactions: Arc::default(),
        incident: incident.clone(),
        clock,
        ceiling: Ceiling::new(prepared.profile.load.ceiling, clock.grid(), Arc::new(clock)),
        interrupt: interrupts(),
        choice,
    };
    let place = incident.places.first().map(ToString::to_string);
    say(format!(
        "incident {}: {} on {}, in {} ({})",
        incident.number,
        incident.rule,
        place.unwrap_or_default(),
        outcome.scenario,
        outcome.place
    ));
    let limits = Limits {
        budget: arguments.budget,
        attempts: arguments.attempts,
    };
    let mut search = Search::new(recorded, outcome.load.users.min(2), extras, limits);
    let most = arguments.attempts as usize;
    while let Some(trial) = search.next() {
        let number = search.tried() as usize;
        let came = bench
            .attempt(&trial, (number, most))
            .await
            .map_err(|error| {
                let exit = if error.is_bug() {
                    Exit::Bug
                } else {
                    Exit::Usage
                };
                (exit, error.to_string())
            })?;
        if *bench.interrupt.borrow() {
            say("stopped; what follows is about the attempts so far");
            break;
        }
        say(format!(
            "attempt {number:2}: {}: {}",
            load(&trial),
            told(came)
        ));
        search.tell(came);
    }
    let interrupted = *bench.interrupt.borrow();
    let exit = conclude(&arguments.folder, &bench, search.least());
    Ok(if interrupted { Exit::Interrupted } else { exit })
}

/// The arguments of the run, for the scenario of the incident alone.
fn choice_of(arguments: &Reproduce, run: &Recorded, outcome: &RecordedOutcome) -> Choice {
    let (mut set, missing) = run.flags();
    let given = |key: &str| {
        arguments
            .set
            .iter()
            .any(|own| own.split('=').next() == Some(key))
    };
    for key in missing.into_iter().filter(|key| !given(key)) {
        say(format!(
            "note: the run had `{key}` from its surroundings, which is not written down; give it \
             again with --set if the service needs it"
        ));
    }
    set.extend(arguments.set.iter().cloned());
    Choice {
        features: vec![outcome.place.to_string()],
        profile: Some(run.profile.clone()),
        config: arguments
            .config
            .clone()
            .or_else(|| run.config.as_ref().map(Into::into)),
        set,
        allow_production: arguments.allow_production,
        allow_scaling: arguments.allow_scaling,
        ..Choice::default()
    }
}

/// Settings that are not what they were: the file of profiles has changed.
fn tell_differences(run: &Recorded, prepared: &Prepared) {
    let now = prepared.profile.describe();
    for setting in &run.settings {
        let other = now.iter().find(|(key, _, _)| *key == setting.key);
        if let Some((key, value, origin)) = other
            && *value != setting.value
            // Where evidence goes does not matter here.
            && !key.starts_with("evidence.")
        {
            say(format!(
                "note: `{key}` was {} and is {value} now ({origin})",
                setting.value
            ));
        }
    }
}

/// The load that showed it, within today's limits, and what can be left out.
fn load_of(
    outcome: &RecordedOutcome,
    incident: &Incident,
    choice: &Choice,
    prepared: &Prepared,
) -> Result<(Trial, Vec<Extra>), String> {
    let Some(own) = prepared.compiled.first() else {
        return Err(format!("there is no scenario at {}", outcome.place));
    };
    if own.plan.scenario != outcome.scenario {
        return Err(format!(
            "the scenario at {} was \"{}\" and is \"{}\" now",
            outcome.place, outcome.scenario, own.plan.scenario
        ));
    }
    if outcome.load.functional {
        return Err(
            "the run was a functional one: one user, one iteration; that is the least \
                    there is"
                .to_owned(),
        );
    }
    let settings = &own.plan.settings;
    let trial = Trial {
        users: outcome.load.users.min(settings.users),
        tps: outcome.load.governed_tps.min(settings.rate.tps()),
        seconds: match settings.extent {
            Extent::Timed(duration) => Some(duration.as_secs().max(1)),
            Extent::Iterations(_) => None,
        },
        without: BTreeSet::new(),
    };
    let step = incident.places.first().map(|place| &place.step);
    let shortened = step.is_some_and(|place| {
        let until = Choice {
            until: Some(place.to_string()),
            ..choice.clone()
        };
        ready(&until).is_ok_and(|shorter| {
            let steps = |prepared: &Prepared| {
                let own = prepared.compiled.first();
                own.map_or(0, |own| own.plan.journey.iteration.len())
            };
            steps(&shorter) < steps(prepared)
        })
    });
    let extras = [
        (Extra::LaterSteps, shortened),
        (Extra::ThinkTime, settings.think_time > Duration::ZERO),
        (Extra::Abandonment, !settings.abandonment.is_empty()),
        (Extra::Provocations, settings.provokes()),
        (Extra::ScaleEvents, !settings.events.is_empty()),
    ];
    let extras = extras.into_iter().filter(|(_, there)| *there);
    Ok((trial, extras.map(|(extra, _)| extra).collect()))
}

/// `2 users, 13 TPS, 5 s, without scale-events`
fn load(trial: &Trial) -> String {
    let s = if trial.users == 1 { "" } else { "s" };
    let mut text = format!("{} user{s}, {} TPS", trial.users, trial.tps);
    if let Some(seconds) = trial.seconds {
        text.push_str(&format!(", {seconds} s"));
    }
    if !trial.without.is_empty() {
        let each: Vec<String> = trial.without.iter().map(ToString::to_string).collect();
        text.push_str(&format!(", without {}", each.join(" and ")));
    }
    text
}

fn told(came: Came) -> String {
    match (came.found, came.late) {
        (Some(after), _) => format!("found after {:.1} s", after.as_secs_f64()),
        (None, true) => "not found, and the harness itself was late".to_owned(),
        (None, false) => "not found".to_owned(),
    }
}

/// The least, for tools.
#[derive(Debug, Serialize)]
struct Reproduction<'a> {
    incident: u64,
    users: u32,
    tps: u32,
    seconds: Option<u64>,
    without: Vec<String>,
    shown: u32,
    of: u32,
    command: &'a str,
}

fn conclude(folder: &Path, bench: &Bench, least: Option<Least>) -> Exit {
    let Some(least) = least else {
        say("not reproduced; a larger --budget, or the scenario as it was run, may show it again");
        return Exit::Inconclusive;
    };
    let command = command::line(&bench.choice_of(&least.trial));
    say(format!("least: {}", load(&least.trial)));
    say(match least.of {
        0 => "it was not repeated: the budget was used up".to_owned(),
        of => format!("repeated {of} times, it showed {} times", least.shown),
    });
    say(format!("run it: {command}"));
    let written = Reproduction {
        incident: bench.incident.number,
        users: least.trial.users,
        tps: least.trial.tps,
        seconds: least.trial.seconds,
        without: least
            .trial
            .without
            .iter()
            .map(ToString::to_string)
            .collect(),
        shown: least.shown,
        of: least.of,
        command: &command,
    };
    let path = folder.join(format!("reproduction-{}.json", bench.incident.number));
    let text = serde_json::to_vec_pretty(&written).unwrap_or_default();
    if let Err(error) = std::fs::write(&path, text) {
        complain(format!("cannot write {}: {error}", path.display()));
    }
    Exit::Pass
}
