//! The runner: Cucumber's seam between parser and writers.

use std::sync::{Arc, Mutex, PoisonError};

use cucumber::event::{Cucumber, Event, Scenario, Source};
use cucumber::{cli, event, gherkin, parser};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::stream::LocalBoxStream;
use futures::{FutureExt as _, Stream, StreamExt as _, future, stream};

use crate::campaign::{self, Campaign, CampaignError, Outcome, RunContext};

use super::compile::Compiled;
use super::events;

/// What a run came to, beside the events.
#[derive(Debug, Default)]
pub struct RunResult {
    /// The outcome of each scenario that ran.
    pub outcomes: Vec<Outcome>,
    /// Why the run could not go on.
    pub error: Option<CampaignError>,
}

/// Runs compiled scenarios one after another, each as a campaign, and tells
/// each of them once. Cucumber's guarantees on the order of events hold: a
/// scenario's events stand together.
#[derive(Debug)]
pub struct Runner {
    run: RunContext,
    compiled: Vec<Compiled>,
    result: Arc<Mutex<RunResult>>,
}

type Told = parser::Result<Event<Cucumber<Campaign>>>;

impl Runner {
    /// A runner for `compiled`; `result` is filled as scenarios end.
    pub fn new(run: RunContext, compiled: Vec<Compiled>, result: Arc<Mutex<RunResult>>) -> Self {
        Self {
            run,
            compiled,
            result,
        }
    }

    /// The features of the scenarios, as a parser would give them.
    pub fn features(&self) -> Vec<gherkin::Feature> {
        let mut features: Vec<gherkin::Feature> = Vec::new();
        let mut last: Option<&Source<gherkin::Feature>> = None;
        for own in &self.compiled {
            if last != Some(&own.feature) {
                features.push(gherkin::Feature::clone(&own.feature));
                last = Some(&own.feature);
            }
        }
        features
    }
}

impl cucumber::Runner<Campaign> for Runner {
    type Cli = cli::Empty;
    type EventStream = LocalBoxStream<'static, Told>;

    fn run<S>(self, features: S, _: Self::Cli) -> Self::EventStream
    where
        S: Stream<Item = parser::Result<gherkin::Feature>> + 'static,
    {
        let (tell, told) = unbounded();
        let drive = async move {
            let mut parser_errors = 0;
            let parsed: Vec<_> = features.collect().await;
            for error in parsed.into_iter().filter_map(Result::err) {
                parser_errors += 1;
                send(&tell, Err(error));
            }
            self.drive(&tell, parser_errors).await;
        };
        // The events of `drive` and its end are one stream.
        let ended = drive.into_stream().filter_map(|()| future::ready(None));
        stream::select(told, ended).boxed_local()
    }
}

impl Runner {
    async fn drive(self, tell: &UnboundedSender<Told>, parser_errors: usize) {
        let event = |event| send(tell, Ok(Event::new(event)));
        let total = self.compiled.len();
        event(Cucumber::Started);
        event(self.counts(parser_errors));
        let mut open: Option<&Compiled> = None;
        for (at, own) in self.compiled.iter().enumerate() {
            begin(open, own, &event);
            open = Some(own);
            let ran = campaign::run(&self.run, &own.plan, (at + 1, total)).await;
            let mut result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
            let (told, stop) = match ran {
                Ok(finished) => {
                    let told = events::told(own, &finished);
                    let stop = finished.outcome.interrupted;
                    result.outcomes.push(finished.outcome);
                    (told, stop)
                }
                Err(error) => {
                    let told = events::not_run(error.to_string());
                    result.error = Some(error);
                    (told, true)
                }
            };
            drop(result);
            for scenario in told {
                event(wrap(own, scenario));
            }
            if stop {
                break;
            }
        }
        if let Some(last) = open {
            end_rule(last, &event);
            event(Cucumber::feature_finished(last.feature.clone()));
        }
        event(Cucumber::Finished);
    }

    fn counts(&self, parser_errors: usize) -> Cucumber<Campaign> {
        let distinct = |same: fn(&Compiled, &Compiled) -> bool| {
            let changes = self
                .compiled
                .windows(2)
                .filter(|pair| !same(&pair[0], &pair[1]));
            changes.count() + usize::from(!self.compiled.is_empty())
        };
        Cucumber::ParsingFinished {
            features: distinct(|a, b| a.feature == b.feature),
            rules: self
                .compiled
                .iter()
                .filter_map(|own| own.rule.as_ref())
                .collect::<std::collections::HashSet<_>>()
                .len(),
            scenarios: self.compiled.len(),
            steps: self.compiled.iter().map(|own| own.lines.len()).sum(),
            parser_errors,
        }
    }
}

/// Ends the feature and rule before `own` and begins those that it is in.
fn begin(before: Option<&Compiled>, own: &Compiled, event: &impl Fn(Cucumber<Campaign>)) {
    let same_feature = before.is_some_and(|before| before.feature == own.feature);
    let same_rule = same_feature && before.is_some_and(|before| before.rule == own.rule);
    if let Some(before) = before {
        if !same_rule {
            end_rule(before, event);
        }
        if !same_feature {
            event(Cucumber::feature_finished(before.feature.clone()));
        }
    }
    if !same_feature {
        event(Cucumber::feature_started(own.feature.clone()));
    }
    if let Some(rule) = own.rule.as_ref().filter(|_| !same_rule) {
        event(Cucumber::rule_started(own.feature.clone(), rule.clone()));
    }
}

fn end_rule(own: &Compiled, event: &impl Fn(Cucumber<Campaign>)) {
    if let Some(rule) = &own.rule {
        event(Cucumber::rule_finished(own.feature.clone(), rule.clone()));
    }
}

fn wrap(own: &Compiled, scenario: Scenario<Campaign>) -> Cucumber<Campaign> {
    let event: event::RetryableScenario<Campaign> = scenario.with_retries(None);
    Cucumber::scenario(
        own.feature.clone(),
        own.rule.clone(),
        own.scenario.clone(),
        event,
    )
}

fn send(tell: &UnboundedSender<Told>, event: Told) {
    // The receiver lives as long as the stream; without it nobody listens.
    let _ = tell.unbounded_send(event);
}
