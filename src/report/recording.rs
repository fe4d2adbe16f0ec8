//! What the run directory takes down as the run goes.

use serde::{Deserialize, Serialize};

use crate::campaign::{Outcome, Recorder, RunEvent};
use crate::model::{Finding, Hazard, Invocation, Place};
use crate::oracle::{JudgeSettings, Observation};

use super::RunDirectory;
use super::journal::Urgency;
use super::timeline::Line;

/// The line of `history.jsonl` that begins a campaign.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CampaignLine {
    pub(super) campaign: CampaignHead,
}

/// What judging the following lines again begins with.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CampaignHead {
    pub(super) scenario: String,
    pub(super) place: Place,
    pub(super) judge: JudgeSettings,
}

/// A line of `hazards.jsonl`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HazardLine {
    pub(super) scenario: String,
    #[serde(flatten)]
    pub(super) hazard: Hazard,
}

/// The line of `history.jsonl` of a request that is about to be sent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AnnouncedLine<I> {
    pub(super) announced: I,
}

impl Recorder for RunDirectory {
    fn record(&self, event: &RunEvent<'_>) {
        if let Some(line) = Line::of(event, self.began) {
            self.note(&self.timeline, self.timeline.append(&line, Urgency::Now));
        }
        match event {
            RunEvent::CampaignStarted {
                scenario,
                place,
                judge,
                ..
            } => {
                // Empty means none were found; absent would mean nobody looked.
                self.note(&self.findings, self.findings.touch());
                self.begin_history(scenario, place, **judge);
            }
            RunEvent::Judged {
                observation,
                findings,
            } => self.judged(observation, findings),
            RunEvent::Announced(coming) => self.announced(coming),
            RunEvent::CampaignFinished(outcome) => {
                self.hazardous(outcome);
                self.flush();
            }
            RunEvent::Second { .. } => self.flush(),
            RunEvent::Phase { .. } | RunEvent::Scaled(_) => {}
        }
    }

    fn trouble(&self) -> Option<String> {
        self.first_trouble()
    }
}

impl RunDirectory {
    fn begin_history(&self, scenario: &str, place: &Place, judge: JudgeSettings) {
        if let Some(history) = &self.history {
            let campaign = CampaignHead {
                scenario: scenario.to_owned(),
                place: place.clone(),
                judge,
            };
            let line = CampaignLine { campaign };
            self.note(history, history.append(&line, Urgency::Now));
        }
    }

    /// How often each hazard was seen is known in the end only.
    fn hazardous(&self, outcome: &Outcome) {
        self.note(&self.hazards, self.hazards.touch());
        for hazard in &outcome.hazards {
            let line = HazardLine {
                scenario: outcome.scenario.clone(),
                hazard: hazard.clone(),
            };
            self.note(&self.hazards, self.hazards.append(&line, Urgency::Now));
        }
    }

    fn announced(&self, coming: &Invocation) {
        if let Some(history) = &self.history {
            let line = AnnouncedLine { announced: coming };
            self.note(history, history.append(&line, Urgency::Later));
        }
    }

    /// The observation goes first: a killed run has none of its findings
    /// without what it rests on.
    fn judged(&self, observation: &Observation, findings: &[Finding]) {
        if let Some(history) = &self.history {
            let urgency = if findings.is_empty() {
                Urgency::Later
            } else {
                Urgency::Now
            };
            self.note(history, history.append(observation, urgency));
        }
        for finding in findings {
            self.note(&self.findings, self.findings.append(finding, Urgency::Now));
        }
    }
}
