//! Lines of `timeline.jsonl`: the run by the second.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::campaign::{Phase, RunEvent};
use crate::model::{Place, Timestamp, Verdict};
use crate::scaling::EventRecord;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Line<'a> {
    CampaignStarted {
        scenario: &'a str,
        place: &'a Place,
        number: usize,
        of: usize,
        load: &'a str,
        notes: &'a [String],
    },
    Phase {
        phase: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        length_ms: Option<u64>,
    },
    /// A second of the wall clock.
    Second {
        /// Milliseconds since the run began.
        begin_ms: u64,
        /// Seconds since 1970, as the service's own logs may tell them.
        epoch: u64,
        sent: u64,
        done: u64,
        errors: u64,
    },
    Scaled {
        event: &'a EventRecord,
    },
    CampaignFinished {
        scenario: &'a str,
        place: &'a Place,
        verdict: Verdict,
    },
}

impl<'a> Line<'a> {
    /// The line of an event of a run that began at `began`; what is judged has
    /// files of its own.
    pub(super) fn of(event: &RunEvent<'a>, began: SystemTime) -> Option<Self> {
        Some(match *event {
            RunEvent::CampaignStarted {
                scenario,
                place,
                number: (number, of),
                load,
                notes,
                ..
            } => Self::CampaignStarted {
                scenario,
                place,
                number,
                of,
                load,
                notes,
            },
            RunEvent::Phase { phase, length } => Self::Phase {
                phase: name(phase),
                length_ms: length.map(millis),
            },
            RunEvent::Second { begin, second } => Self::Second {
                begin_ms: millis(begin.elapsed()),
                epoch: epoch(began, begin),
                sent: second.sent,
                done: second.done,
                errors: second.errors,
            },
            RunEvent::Scaled(event) => Self::Scaled { event },
            RunEvent::CampaignFinished(outcome) => Self::CampaignFinished {
                scenario: &outcome.scenario,
                place: &outcome.place,
                verdict: outcome.verdict,
            },
            RunEvent::Judged { .. } | RunEvent::Announced(_) => return None,
        })
    }
}

/// What a phase is called.
pub(super) fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Preflight => "preflight",
        Phase::Load => "load",
        Phase::Drain => "drain",
        Phase::ReadBack => "read-back",
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn epoch(began: SystemTime, moment: Timestamp) -> u64 {
    (began + moment.elapsed())
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
