//! `fpt check`: everything that can be wrong before the first request.

use crate::gherkin::{self, Compiled, Selection};

use super::args::{Check, Choice};
use super::console::{complain, say};
use super::exit::Exit;
use super::settings;
use crate::config::Profile;

pub(super) fn check(check: &Check) -> Exit {
    let (profile, compiled) = match prepare(&check.choice) {
        Ok(prepared) => prepared,
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
            plan.settings.rate,
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

/// Profile and scenarios, or what is wrong with them, printed.
pub(super) fn prepare(choice: &Choice) -> Result<(Profile, Vec<Compiled>), Exit> {
    if let Some(list) = settings::listed(choice) {
        say(list);
        return Err(Exit::Pass);
    }
    let refuse = |problems: String| {
        for problem in problems.lines() {
            complain(problem);
        }
        Exit::Usage
    };
    let (profile, profiles) =
        settings::resolve(choice).map_err(|error| refuse(error.to_string()))?;
    let selection = Selection {
        paths: choice.features.clone(),
        tags: choice.tags.clone(),
        name: choice.name.clone(),
    };
    let read = gherkin::read(&selection, &profile.name, &profiles)
        .map_err(|error| refuse(error.to_string()))?;
    let compiled = gherkin::compile(read, &profile, &profiles, choice.functional)
        .map_err(|error| refuse(error.to_string()))?;
    Ok((profile, compiled))
}
