//! The conclusion of a campaign: outcome, questions and verdict.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::load::Dispatched;
use crate::model::{Judgement, Verdict};
use crate::scaling::{EventRecord, PolicyState};

use super::chances::is_due;
use super::confidence::Confidence;
use super::engine::Engine;
use super::outcome::{LoadOutcome, Outcome, ScaleOutcome, SessionsOutcome, StepOutcome};
use super::plan::Finished;
use super::policy::PolicyOutcome;
use super::promises;
use super::quiet;
use super::scale_control::AbortGuard;
use super::scale_measures::{Governed, ScaleFigures};
use super::settings::Extent;
use super::stage_outcome::StageOutcome;
use super::verdicts;
use super::world::Campaign;

impl Engine<'_> {
    pub(super) async fn judge(&self, load: Load) -> Finished {
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
        let tolerated = &campaign.tolerances;
        let mut judgements = campaign.judgements().to_vec();
        judgements.extend(verdicts::always(&outcome, tolerated));
        judgements.extend(promises::always(&outcome, tolerated));
        if !load.ran {
            judgements.push(self.not_run());
        }
        judgements.extend(self.not_probed(&outcome));
        judgements.extend(self.not_provoked(&outcome));
        outcome.verdict = Verdict::all(judgements.iter().map(|own| own.verdict));
        outcome.judgements = judgements;
        Finished { outcome, answers }
    }

    /// The load did not begin: a pass would say nothing.
    fn not_run(&self) -> Judgement {
        Judgement {
            question: "the load began".to_owned(),
            verdict: Verdict::Inconclusive,
            reason: "the preflight did not get through the journey, so no load was sent".to_owned(),
            place: Some(self.plan.place.clone()),
        }
    }

    /// A step asks for probes and none was made: that nothing was granted says
    /// nothing.
    fn not_probed(&self, outcome: &Outcome) -> Option<Judgement> {
        let place = self.plan.settings.probing.as_ref()?.place.clone()?;
        let probes = outcome.coverage.probes;
        (probes == 0).then(|| Judgement {
            question: "foreign access was probed".to_owned(),
            verdict: Verdict::Inconclusive,
            reason: format!(
                "nobody was answered a request with an id of their own, kept by no one else, that \
                 another one could repeat; {} and GraphQL queries are repeated, see \
                 `oracle.probe-methods`, and ids of an accounts file only where a step keeps them \
                 from an answer (`the user keeps … as …`)",
                self.context.profile.oracle.probe_methods.join(", ")
            ),
            place: Some(place),
        })
    }

    /// What a step asks for to make mix-ups likelier, and never happened: that
    /// nothing was mixed up says nothing of it.
    fn not_provoked(&self, outcome: &Outcome) -> Vec<Judgement> {
        let coverage = &outcome.coverage;
        let asked = self.plan.settings.provoking.iter();
        let missing = asked.filter(|(what, asked)| {
            let done = coverage.provoked.get(*what).copied().unwrap_or(0);
            done == 0
                && is_due(
                    asked.percent,
                    self.context.chances.of(**what),
                    coverage.exchanges,
                )
        });
        missing
            .map(|(what, asked)| Judgement {
                question: format!("{what} happened"),
                verdict: Verdict::Inconclusive,
                reason: match self.context.chances.of(*what) {
                    0 => format!(
                        "none of {} transactions could bear it: {}",
                        coverage.exchanges,
                        what.needs()
                    ),
                    chances => format!(
                        "it happened to none of {chances} requests that could bear it: {}",
                        what.needs()
                    ),
                },
                place: Some(asked.place.clone()),
            })
            .collect()
    }

    /// The stages that were begun, with what came of them.
    fn stages(&self, load: &Load) -> Vec<StageOutcome> {
        let Some(stages) = &self.plan.settings.stages else {
            return Vec::new();
        };
        let by_stage = self.context.by_stage.lock();
        let by_stage = by_stage.unwrap_or_else(PoisonError::into_inner);
        let begun = stages.timed().enumerate();
        begun
            .take_while(|(_, (begin, _))| load.ran && *begin < load.duration)
            .map(|(number, (begin, stage))| {
                let count = load.dispatched.stages.get(number).copied();
                let lasted = stage.lasting.min(load.duration.saturating_sub(begin));
                StageOutcome::new(
                    *stage,
                    begin,
                    lasted,
                    count.unwrap_or_default(),
                    by_stage.of(number),
                )
            })
            .collect()
    }

    /// What became of a service that scales itself.
    fn policy(&self, load: &Load) -> Option<PolicyOutcome> {
        let settings = &self.plan.settings;
        settings.policy.as_ref()?;
        let begin = self.context.begin.get().copied().unwrap_or_default();
        Some(PolicyOutcome {
            policy: load.policy.clone(),
            begin,
            end: begin + load.duration,
            hold: self.run.profile.scaling.hold,
            stages: settings.traffic()?,
            history: self.context.roll.history(),
        })
    }

    /// What happened around scale events.
    fn figures(&self, load: &Load, events: &[EventRecord]) -> Option<ScaleFigures> {
        let (context, settings) = (&self.context, &self.plan.settings);
        let trace = context.trace.as_ref()?;
        let trace = trace.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let governed = Governed {
            rate: settings.rate,
            stages: settings.traffic(),
            begin: context.begin.get().copied().unwrap_or_default(),
            duration: load.duration,
        };
        ScaleFigures::of(trace, events, &context.timeline.samples(), &governed)
    }

    /// What became of sessions.
    fn sessions(&self, load: &Load, figures: Option<&ScaleFigures>) -> SessionsOutcome {
        let lost = &self.context.sessions;
        let across = figures.map(|own| own.sessions).unwrap_or_default();
        SessionsOutcome {
            established: self.context.tallies.iterations().sessions,
            alive: load.sessions_alive,
            lost: lost.count(),
            lost_during_events: lost.during_events(),
            moved: across.moved,
            stayed: across.stayed,
            unknown: across.unknown + across.unasked,
        }
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
        let coverage = context.oracle.coverage();
        let events = context.timeline.events();
        let violations = context.oracle.counts();
        let confidence = Confidence::of(
            &coverage,
            &violations,
            context.oracle.endpoints(),
            load.duration,
        );
        let figures = self.figures(load, &events);
        let left_out = context.wire.instances_left_out();
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
                dispatched: load.dispatched.clone(),
                due: load.dispatched.due,
                missed: load.dispatched.missed,
                stages: self.stages(load),
                functional: settings.functional,
            },
            coverage,
            confidence,
            violations,
            incidents: context.oracle.incidents(),
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
            policy: self.policy(load),
            scale: ScaleOutcome {
                samples: context.timeline.samples(),
                undead: context.timeline.undead(),
                aborted: context.guard.as_ref().and_then(AbortGuard::tripped),
                not_restored: load.not_restored.clone(),
            },
            sessions: self.sessions(load, figures.as_ref()),
            scale_figures: figures,
            events,
            instances: context.timeline.answers(),
            notes: self.notes.iter().cloned().chain(left_out).collect(),
            interrupted: load.interrupted || *self.run.interrupt.borrow(),
            own_sightings_required: self.run.profile.oracle.own_sightings_required,
            unseen_tolerated: self.run.profile.oracle.unseen_tolerated,
            hazards: context.oracle.hazards(),
            failing_hazards: self.run.profile.oracle.failing_hazards.clone(),
        }
    }
}

/// How the load went, before anything is judged.
#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) dispatched: Dispatched,
    pub(super) duration: Duration,
    pub(super) ran: bool,
    pub(super) interrupted: bool,
    pub(super) sessions_alive: u64,
    /// What the service's own policy says of itself.
    pub(super) policy: Option<PolicyState>,
    /// Why the service was not left as it was found.
    pub(super) not_restored: Option<String>,
}
