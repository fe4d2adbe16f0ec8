//! Counts behind each step.

use cucumber::event::{self, Cucumber, Event, Source};
use cucumber::{Writer, parser};

use crate::campaign::Campaign;

/// A writer that shows behind each step how often it was executed.
///
/// The runner tells the counts as a log of the step, which Cucumber's JSON
/// writer keeps beside it. People read the step's line, so for them the log
/// is put behind its text.
#[derive(Debug)]
pub struct Counts<Wr> {
    inner: Wr,
    started: Option<Event<Cucumber<Campaign>>>,
    log: String,
}

impl<Wr> Counts<Wr> {
    /// Shows counts through `inner`.
    pub fn new(inner: Wr) -> Self {
        Self {
            inner,
            started: None,
            log: String::new(),
        }
    }
}

impl<Wr: Writer<Campaign>> Writer<Campaign> for Counts<Wr> {
    type Cli = Wr::Cli;

    async fn handle_event(
        &mut self,
        event: parser::Result<Event<Cucumber<Campaign>>>,
        cli: &Self::Cli,
    ) {
        let Ok(mut event) = event else {
            return self.inner.handle_event(event, cli).await;
        };
        let log = std::mem::take(&mut self.log);
        match scenario_of(&mut event.value) {
            Some(event::Scenario::Log(text)) if self.started.is_some() => {
                self.log.clone_from(text);
                return;
            }
            Some(
                event::Scenario::Step(_, event::Step::Started)
                | event::Scenario::Background(_, event::Step::Started),
            ) => {
                self.started = Some(event);
                return;
            }
            Some(event::Scenario::Step(step, _) | event::Scenario::Background(step, _)) => {
                let shown = with_counts(step, &log);
                *step = shown.clone();
                if let Some(mut started) = self.started.take() {
                    if let Some(
                        event::Scenario::Step(step, _) | event::Scenario::Background(step, _),
                    ) = scenario_of(&mut started.value)
                    {
                        *step = shown;
                    }
                    self.inner.handle_event(Ok(started), cli).await;
                }
            }
            _ => {}
        }
        self.inner.handle_event(Ok(event), cli).await;
    }
}

impl<Wr: cucumber::writer::NonTransforming> cucumber::writer::NonTransforming for Counts<Wr> {}

fn with_counts(
    step: &Source<cucumber::gherkin::Step>,
    counts: &str,
) -> Source<cucumber::gherkin::Step> {
    if counts.is_empty() {
        return step.clone();
    }
    let mut shown = cucumber::gherkin::Step::clone(step);
    // Behind the text, so that the places of its values stay right.
    shown.value.push_str(&format!("  ({counts})"));
    Source::new(shown)
}

/// The scenario's event inside `event`, if it is one.
fn scenario_of(event: &mut Cucumber<Campaign>) -> Option<&mut event::Scenario<Campaign>> {
    match event {
        Cucumber::Feature(
            _,
            event::Feature::Scenario(_, scenario)
            | event::Feature::Rule(_, event::Rule::Scenario(_, scenario)),
        ) => Some(&mut scenario.event),
        _ => None,
    }
}
