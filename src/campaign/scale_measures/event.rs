//! One scale event, in figures.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use crate::metrics::{Degradation, Mark, Marks, Recovery, Trouble};
use crate::model::{Place, Rule, Timestamp};
use crate::scaling::{EventKind, EventRecord, Sample};

use super::exposure::Exposure;
use super::hints::{Phase, Sign, hints};
use super::losses::Losses;
use super::optional_millis;
use super::shares::{Share, fair, fair_since, shares};
use super::survival::Survival;
use super::window::Window;

/// Transactions without a write from which on a load is called one of reads.
const FEWEST_READS: usize = 20;

/// What was measured of one scale event.
#[derive(Clone, Debug, Serialize)]
pub struct EventMeasures {
    /// Its number in the campaign, from 1.
    pub number: usize,
    /// What was asked for, in words.
    pub name: String,
    /// What was asked for.
    #[serde(skip)]
    pub kind: EventKind,
    /// When it was asked for, or the moment came for a policy to act.
    pub requested: Timestamp,
    /// The step that asked.
    pub place: Option<Place>,
    /// Why it did not provably happen; `None` when it did.
    pub unproven: Option<String>,
    /// The windows before, during and after it, as numbers in the list of windows.
    pub windows: [usize; 3],
    /// How long its parts took.
    pub times: Times,
    /// What it could have hurt; `None` when it loses nothing at one moment.
    pub exposure: Option<Exposure>,
    /// Transactions that belong to it, sent before it was asked for, and failed.
    pub failed_in_flight: u64,
    /// From outage to sustained success.
    pub recovery: Recovery,
    /// Acknowledged writes that are gone.
    pub losses: Losses,
    /// What became of sessions.
    pub sessions: Survival,
    /// Answers of each instance after it.
    pub shares: Vec<Share>,
    /// Answers from instances that were gone.
    pub answers_from_gone: u64,
    /// Response times after it compared with those before it; `None` when there
    /// were too few.
    pub degradation: Option<Degradation>,
    /// What is usually behind what was seen.
    pub hints: Vec<String>,
}

/// How long the parts of scaling took, from the request on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Times {
    /// Until the control plane had accepted it; `None` when a policy was to act.
    #[serde(rename = "accepted_ms", serialize_with = "optional_millis")]
    pub accepted: Option<Duration>,
    /// Until a policy wanted another number of instances.
    #[serde(rename = "decided_ms", serialize_with = "optional_millis")]
    pub decided: Option<Duration>,
    /// Until as many instances as were asked for were ready.
    #[serde(rename = "ready_ms", serialize_with = "optional_millis")]
    pub ready: Option<Duration>,
    /// Until a new instance gave its first answer.
    #[serde(rename = "first_answer_ms", serialize_with = "optional_millis")]
    pub first_answer: Option<Duration>,
    /// Until all new instances had their fair share of the load.
    #[serde(rename = "fair_share_ms", serialize_with = "optional_millis")]
    pub fair_share: Option<Duration>,
    /// Until the service was called steady.
    #[serde(rename = "settled_ms", serialize_with = "optional_millis")]
    pub settled: Option<Duration>,
}

/// What the figures of one event are made of.
pub(super) struct Around<'a> {
    pub(super) number: usize,
    pub(super) event: &'a EventRecord,
    pub(super) samples: &'a [Sample],
    pub(super) marks: &'a Marks,
    /// Transactions of the windows before, during and after.
    pub(super) own: [&'a [&'a Mark]; 3],
    /// The same windows.
    pub(super) windows: [&'a Window; 3],
    /// Acknowledgements of the writes that it lost.
    pub(super) lost: &'a [Timestamp],
}

impl Around<'_> {
    pub(super) fn measure(&self) -> EventMeasures {
        let (event, marks) = (self.event, self.marks);
        let [before, during, after] = self.windows;
        let outage = self.own[1]
            .iter()
            .filter(|mark| mark.failed())
            .map(|mark| mark.done())
            .min()
            .map_or(event.requested, |first| first.min(event.requested));
        let since = |at: Option<Timestamp>| Some(at?.since(event.requested));
        let mut measures = EventMeasures {
            number: self.number,
            name: event.kind.to_string(),
            kind: event.kind.clone(),
            requested: event.requested,
            place: event.place.clone(),
            unproven: event.unproven(),
            windows: [self.number * 2 - 2, self.number * 2 - 1, self.number * 2],
            times: Times {
                accepted: since(event.accepted.filter(|_| !is_policy(&event.kind))),
                decided: since(decided(event, self.samples)),
                ready: since(event.reached),
                first_answer: since(event.first_answer),
                fair_share: since(fair_since(event, marks)),
                settled: since(event.settled),
            },
            exposure: Exposure::of(event, marks, busy(before)),
            failed_in_flight: self.own[1]
                .iter()
                .filter(|mark| mark.failed() && mark.sent() < event.requested)
                .count() as u64,
            recovery: Recovery::of(marks.all(), outage, after.end, 0.0),
            losses: Losses::of(marks, self.lost, outage, during.end),
            sessions: Survival::of(marks, event.requested, during.end, after.end),
            shares: shares(event, marks, self.own[2]),
            answers_from_gone: event.answers_from_gone,
            degradation: Degradation::of(&answered(self.own[0]), &answered(self.own[2])),
            hints: Vec::new(),
        };
        measures.hints = hints(&event.kind, &self.signs(&measures));
        measures
    }

    fn signs(&self, measures: &EventMeasures) -> BTreeSet<(Phase, Sign)> {
        let [before, during, after] = self.windows;
        let mut signs = BTreeSet::new();
        for (phase, window) in [
            (Phase::Before, before),
            (Phase::During, during),
            (Phase::After, after),
        ] {
            let met = window.troubles.keys();
            signs.extend(met.map(|trouble| (phase, Sign::Met(*trouble))));
        }
        let mut seen = |sign, holds: bool| {
            if holds {
                signs.insert((Phase::After, sign));
            }
        };
        seen(Sign::OnlyNewFailed, self.only_new_failed());
        seen(Sign::SessionsLost, measures.sessions.lost > 0);
        seen(Sign::WritesLost, measures.losses.lost > 0);
        let stale = [Rule::StaleRead, Rule::SessionRollback];
        seen(
            Sign::Stale,
            stale
                .iter()
                .any(|rule| during.rules.contains_key(rule) || after.rules.contains_key(rule)),
        );
        seen(Sign::GoneAnswered, measures.answers_from_gone > 0);
        let unfair = matches!(
            fair(&measures.shares),
            Some((crate::model::Verdict::Fail, _))
        );
        seen(
            Sign::Unfair,
            unfair && !self.event.new_instances().is_empty(),
        );
        // Signing in is a write as well, at the beginning of the load.
        let reads = self.own[1].len() >= FEWEST_READS && !self.own[1].iter().any(|own| own.writes);
        if reads {
            signs.insert((Phase::Before, Sign::OnlyReads));
        }
        signs
    }

    /// Whether errors came with the name of an instance, and always that of a
    /// new one.
    fn only_new_failed(&self) -> bool {
        let new = self.event.new_instances();
        let mut failed = self.own[1]
            .iter()
            .chain(self.own[2])
            .filter(|mark| mark.trouble == Some(Trouble::ServerError))
            .filter_map(|mark| self.marks.instance(mark))
            .peekable();
        failed.peek().is_some()
            && failed.all(|instance| new.iter().any(|own| own.is_same(instance)))
    }
}

fn is_policy(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::PolicyOut { .. } | EventKind::PolicyIn { .. }
    )
}

/// When a policy first wanted another number of instances than before.
fn decided(event: &EventRecord, samples: &[Sample]) -> Option<Timestamp> {
    if !is_policy(&event.kind) {
        return None;
    }
    let wanted = |sample: &Sample| {
        let there = sample.ready + sample.starting;
        sample.desired.unwrap_or(there)
    };
    let from = samples.partition_point(|sample| sample.at <= event.requested);
    let before = samples[..from].last().or(samples.first()).map(wanted)?;
    let changed = samples[from..].iter().find(|own| wanted(own) != before)?;
    Some(changed.at)
}

/// Requests that were in flight on average in `window`.
fn busy(window: &Window) -> Option<f64> {
    Some(window.tps? * window.service_time.mean()?.as_secs_f64())
}

/// Response times of what was answered, in the order of sending: failures may
/// be fast.
pub(super) fn answered(own: &[&Mark]) -> Vec<Duration> {
    own.iter()
        .filter(|mark| mark.trouble.is_none())
        .map(|mark| mark.response_time())
        .collect()
}
