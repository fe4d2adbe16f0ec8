//! `fpt check`: everything that can be wrong before the first request.

use std::time::Duration;

use crate::gherkin::{self, Compiled, Selection};

use super::args::{Check, Choice};
use super::console::{complain, say};
use super::exit::Exit;
use super::reproduce::Extra;
use super::settings;
use crate::config::Profile;
use crate::model::Place;

pub(super) fn check(check: &Check) -> Exit {
    let (profile, compiled) = match prepare(&check.choice) {
        Ok(prepared) => (prepared.profile, prepared.compiled),
        Err(exit) => return exit,
    };
    if check.settings {
        for (key, value, origin) in profile.describe() {
            say(format!("{key:32} {value:28} {origin}"));
        }
    }
    for note in &profile.notes {
        say(format!("note: {note}"));
    }
    for own in &compiled {
        let plan = &own.plan;
        say(format!(
            "{}: {} ({} users, {}, {} steps, {} questions)",
            plan.place,
            plan.scenario,
            plan.settings.users,
            plan.settings.traffic_in_words(),
            plan.steps.len(),
            plan.questions.len()
        ));
        for note in &plan.settings.notes {
            say(format!("  note: {note}"));
        }
    }
    say(format!(
        "{} scenarios are ready to run under profile {}",
        compiled.len(),
        profile.name
    ));
    Exit::Pass
}

/// What can be run.
pub(super) struct Prepared {
    pub(super) profile: Profile,
    pub(super) compiled: Vec<Compiled>,
    /// The file of profiles, by the path it was read from; `None` for those
    /// that are built in.
    pub(super) config: Option<String>,
}

/// Profile and scenarios, or what is wrong with them, printed.
pub(super) fn prepare(choice: &Choice) -> Result<Prepared, Exit> {
    if let Some(list) = settings::listed(choice) {
        say(list);
        return Err(Exit::Pass);
    }
    ready(choice).map_err(|problems| {
        for problem in problems.lines() {
            complain(problem);
        }
        Exit::Usage
    })
}

/// Profile and scenarios, or what is wrong with them.
pub(super) fn ready(choice: &Choice) -> Result<Prepared, String> {
    let resolved = settings::resolve(choice).map_err(|error| error.to_string())?;
    let (profile, profiles) = (resolved.profile, resolved.profiles);
    let selection = Selection {
        paths: choice.features.clone(),
        tags: choice.tags.clone(),
        name: choice.name.clone(),
    };
    let read =
        gherkin::read(&selection, &profile.name, &profiles).map_err(|error| error.to_string())?;
    let mut compiled = gherkin::compile(read, &profile, &profiles, choice.functional)
        .map_err(|error| error.to_string())?;
    for own in &mut compiled {
        leave_out(choice, own)?;
    }
    Ok(Prepared {
        profile,
        compiled,
        config: resolved.config,
    })
}

/// Leaves out of a scenario what the user does not want.
fn leave_out(choice: &Choice, compiled: &mut Compiled) -> Result<(), String> {
    let settings = &mut compiled.plan.settings;
    for part in &choice.without {
        match part {
            Extra::ScaleEvents => settings.events.clear(),
            Extra::Abandonment => settings.abandon_nothing(),
            Extra::Provocations => settings.provoke_nothing(),
            Extra::ThinkTime => settings.think_time = Duration::ZERO,
            Extra::LaterSteps => {}
        }
    }
    let Some(until) = &choice.until else {
        return Ok(());
    };
    let place = until
        .rsplit_once(':')
        .and_then(|(file, line)| Some(Place::new(file, line.parse().ok()?)));
    let Some(place) = place else {
        return Err(format!(
            "--until: `{until}` is no line of a file; write FILE:LINE"
        ));
    };
    if compiled.end_at(&place) || compiled.plan.steps.iter().any(|step| step.place == place) {
        return Ok(());
    }
    Err(format!(
        "--until: {place} is no step of the scenario at {}",
        compiled.plan.place
    ))
}
