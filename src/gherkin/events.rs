//! From what a campaign came to, to Cucumber's events of its scenario.

use std::sync::Arc;

use cucumber::event::{self, HookType, Scenario, Step, StepError};

use crate::campaign::{Campaign, Finished, Outcome, failed_step};
use crate::model::Verdict;

use super::compile::{Compiled, Line, LineKind};

/// The events of a scenario that has run.
pub(super) fn told(compiled: &Compiled, finished: &Finished) -> Vec<Scenario<Campaign>> {
    let mut events = vec![Scenario::Started];
    for line in &compiled.lines {
        events.push(wrap(line, Step::Started));
        let (counts, end) = end_of(line, finished);
        if let Some(counts) = counts {
            events.push(Scenario::Log(counts));
        }
        events.push(wrap(line, end));
    }
    if let Some(why) = unasked(&finished.outcome) {
        events.push(Scenario::hook_started(HookType::After));
        events.push(Scenario::hook_failed(HookType::After, None, info(why)));
    }
    events.push(Scenario::Finished);
    events
}

/// The events of a scenario that could not run.
pub(super) fn not_run(why: String) -> Vec<Scenario<Campaign>> {
    vec![
        Scenario::Started,
        Scenario::hook_started(HookType::Before),
        Scenario::hook_failed(HookType::Before, None, info(why)),
        Scenario::Finished,
    ]
}

fn info(text: String) -> event::Info {
    Arc::new(text)
}

fn wrap(line: &Line, step: Step<Campaign>) -> Scenario<Campaign> {
    if line.background {
        Scenario::Background(line.step.clone(), step)
    } else {
        Scenario::Step(line.step.clone(), step)
    }
}

/// How a step ended, and how often it was executed.
fn end_of(line: &Line, finished: &Finished) -> (Option<String>, Step<Campaign>) {
    let passed = || Step::Passed(line.captures.clone(), line.location);
    let failed = |why: String| {
        Step::Failed(
            Some(line.captures.clone()),
            line.location,
            None,
            StepError::Panic(info(why)),
        )
    };
    match &line.kind {
        LineKind::Setup => (None, passed()),
        LineKind::Question(number) => match finished.answers.get(*number) {
            Some(Ok(())) => (answer(line, &finished.outcome), passed()),
            Some(Err(why)) => (None, failed(why.clone())),
            None => (None, Step::Skipped),
        },
        LineKind::User(numbers) => {
            let outcome = &finished.outcome;
            let steps = numbers
                .iter()
                .filter_map(|number| outcome.steps.get(*number));
            // The last of several steps is the one that runs the others.
            let (passed_last, wrong) = steps.clone().fold((0, 0), |(_, wrong), step| {
                (step.tally.passed, wrong + step.tally.failed)
            });
            let first_failed = steps.clone().find(|step| step.tally.failed > 0);
            match first_failed {
                Some(step) => (
                    Some(format!("{passed_last} passed, {wrong} failed")),
                    failed(failed_step(step)),
                ),
                None if steps.clone().all(|step| step.tally.executed() == 0) => {
                    (None, Step::Skipped)
                }
                None => (Some(format!("{passed_last} passed")), passed()),
            }
        }
    }
}

/// What the answer to a question rests on.
fn answer(line: &Line, outcome: &Outcome) -> Option<String> {
    outcome
        .judgements
        .iter()
        .find(|own| {
            own.place
                .as_ref()
                .is_some_and(|place| place.line == line.step.position.line)
        })
        .map(|own| own.reason.clone())
}

/// Why the scenario did not pass, from questions that no step asked.
fn unasked(outcome: &Outcome) -> Option<String> {
    if outcome.verdict == Verdict::Pass {
        return None;
    }
    let open: Vec<String> = outcome
        .judgements
        .iter()
        .filter(|own| own.place.is_none() && own.verdict != Verdict::Pass)
        .map(|own| format!("{}: {}: {}", own.verdict, own.question, own.reason))
        .collect();
    (!open.is_empty()).then(|| open.join("\n"))
}
