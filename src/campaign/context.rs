//! What all users of a campaign share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::watch;
use url::Url;

use crate::config::Profile;
use crate::http::Wire;
use crate::metrics::{ByStage, Measures, Rules, Sample};
use crate::model::{Exchange, Finding, Invocation, Timestamp};
use crate::oracle::{Observation, Oracle};
use crate::population::Population;
use crate::scaling::{Roll, Seen, Timeline};

use super::board::Board;
use super::chances::Chances;
use super::foreign_access::ForeignAccess;
use super::recorder::{Recorder, RunEvent};
use super::registrations::Registrations;
use super::scale_control::AbortGuard;
use super::scale_measures::Trace;
use super::schemas::Schemas;
use super::sessions::LostSessions;
use super::settings::CampaignSettings;
use super::tally::Tallies;
use super::template::Templates;
use super::uniques::Uniques;

/// Findings kept in memory for the report; all are in the findings file.
const KEPT_FINDINGS: usize = 200;

/// What became of a response that was judged.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Observed {
    /// There are findings.
    pub accused: bool,
    /// How often facts of the user's own were seen.
    pub own: u32,
    /// Private facts of the user's own that the request had not said.
    pub told: u32,
}

/// What all users of a campaign share. Passed around, never global.
#[derive(Debug)]
pub(crate) struct CampaignContext {
    /// The profile of the run.
    pub profile: Arc<Profile>,
    /// Where requests go.
    pub target: Url,
    /// Sends them.
    pub wire: Wire,
    /// Judges what comes back.
    pub oracle: Arc<Oracle>,
    /// Everybody.
    pub population: Arc<Population>,
    /// Scale events.
    pub timeline: Arc<Timeline>,
    /// Instances over time.
    pub roll: Arc<Roll>,
    /// What the scenario asks for.
    pub settings: CampaignSettings,
    /// Compiled templates.
    pub templates: Arc<Templates>,
    /// JSON schemas.
    pub schemas: Schemas,
    /// What users keep.
    pub board: Board,
    /// What users may be probed for by themselves.
    pub foreign: ForeignAccess,
    /// Makes texts for `{{ unique }}`.
    pub uniques: Arc<Uniques>,
    /// Accounts that users made.
    pub registrations: Arc<Registrations>,
    /// What became of each step.
    pub tallies: Tallies,
    /// Names of kept values that the journey wants of another user.
    pub wanted_of_others: Vec<String>,
    /// Sessions that are lost.
    pub sessions: LostSessions,
    /// What is taken down for what is told around scale events, if there are any.
    pub trace: Option<Mutex<Trace>>,
    /// Measures.
    pub measures: Mutex<Measures>,
    /// Measures of each stage, where the traffic has stages.
    pub by_stage: Mutex<ByStage>,
    /// What could have been provoked.
    pub chances: Chances,
    /// When the load began.
    pub begin: OnceLock<Timestamp>,
    /// Findings, the first ones.
    pub findings: Mutex<Vec<Finding>>,
    /// Writes down what happens.
    pub recorder: Arc<dyn Recorder>,
    /// Turns true when users are to stop.
    pub stop: watch::Sender<bool>,
    /// Stops the load when too much of it fails.
    pub guard: Option<AbortGuard>,
    /// Whether what happens now counts: the preflight does not.
    pub measuring: AtomicBool,
    /// Users read back what they saved; what happens now stops nobody.
    pub reading_back: AtomicBool,
    /// Whether responses are looked at and judged.
    pub judging: bool,
}

impl CampaignContext {
    /// Judges `exchange`, measures it and writes it down.
    pub(crate) fn observe(&self, exchange: &Exchange) -> Observed {
        let mut observed = Observed::default();
        if !self.judging {
            self.oracle.in_flight().judged(exchange.user, exchange.id);
            return observed;
        }
        let window = self.timeline.window(exchange.sent, exchange.done);
        let found = self
            .oracle
            .observe(exchange, window, |observation, findings| {
                observed.own = observation.own_sightings;
                observed.told = observation.told;
                observed.accused = !findings.is_empty();
                self.measure(observation, findings);
                self.sessions.observe(observation, findings);
                self.recorder.record(&RunEvent::Judged {
                    observation,
                    findings,
                });
                findings.to_vec()
            });
        let answer = exchange.response.as_ref();
        let answer = answer.filter(|_| exchange.error.is_none());
        if let (Some(instance), Some(_)) = (&exchange.instance, answer) {
            self.roll.answered(instance, exchange.sent, exchange.done);
        }
        self.timeline.saw(&Seen {
            instance: answer.and(exchange.instance.as_ref()),
            status: answer.map(|response| response.status),
            sent: exchange.sent,
            done: exchange.done,
        });
        if found.is_empty() {
            return observed;
        }
        if self.profile.oracle.stop_on_finding && !self.is_reading_back() {
            self.stop.send_replace(true);
        }
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT_FINDINGS.saturating_sub(findings.len());
        findings.extend(found.into_iter().take(room));
        observed
    }

    fn measure(&self, seen: &Observation, findings: &[Finding]) {
        let mut trace = self
            .trace
            .as_ref()
            .map(|trace| trace.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(trace) = &mut trace {
            trace.find(findings);
        }
        if !self.measuring.load(Ordering::Relaxed) {
            return;
        }
        let sample = Sample {
            route: &seen.route,
            window: &seen.window,
            due: seen.due,
            sent: seen.sent,
            first_byte: seen.first_byte,
            done: seen.done,
            status: seen.status,
            error: seen.error,
            outcome: seen.outcome,
            bytes: seen.bytes,
        };
        let failed = sample.error_class().is_some();
        if let Some(trace) = &mut trace {
            let rules = Rules::of(findings.iter().map(|finding| finding.rule));
            trace.record(&sample, seen, rules);
        }
        drop(trace);
        self.measures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .record(&sample);
        if let (Some(stages), Some(begin)) = (&self.settings.stages, self.begin.get()) {
            self.by_stage
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .record(stages.index_at(sample.due.since(*begin)), &sample);
        }
        let trips = |guard: &AbortGuard| {
            let in_flight = self.oracle.in_flight();
            let waiting = in_flight.waiting_since(guard.patience(seen.done));
            guard.note(seen.done, failed, waiting)
        };
        if self.guard.as_ref().is_some_and(trips) {
            self.stop.send_replace(true);
        }
    }

    /// Tells that a request is about to be sent.
    pub(crate) fn announce(&self, coming: &Invocation) {
        if self.judging {
            self.oracle.announce(coming, |coming| {
                self.recorder.record(&RunEvent::Announced(coming));
            });
        }
    }

    /// Whether users read back what they saved.
    pub(crate) fn is_reading_back(&self) -> bool {
        self.reading_back.load(Ordering::Relaxed)
    }

    /// Whether users are to stop.
    pub(crate) fn stopping(&self) -> bool {
        *self.stop.borrow()
    }
}
