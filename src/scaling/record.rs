//! What is known of one event.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{InstanceId, Place, Timestamp};

use super::timeline::Seen;
use super::{EventKind, Receipt};

/// One event as it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRecord {
    /// What was asked.
    pub kind: EventKind,
    /// The step that asked.
    pub place: Option<Place>,
    /// When it was asked.
    pub requested: Timestamp,
    /// When the control plane accepted it.
    pub accepted: Option<Timestamp>,
    /// When the desired number was first reached and then held.
    pub reached: Option<Timestamp>,
    /// When it had been held long enough to call it steady: the end of the
    /// window *during*.
    pub settled: Option<Timestamp>,
    /// When the next event was asked for, or the service was brought back:
    /// what is seen of requests sent later is no consequence of this one.
    #[serde(default)]
    pub closed: Option<Timestamp>,
    /// By how much its trigger had passed, because the event before it was
    /// still under way; `None` when it came in time.
    #[serde(default)]
    pub late: Option<Duration>,
    /// Instances that were ready before.
    pub before: Vec<InstanceId>,
    /// Instances that were ready after.
    pub after: Vec<InstanceId>,
    /// The instances that were to be hit, where the control plane tells them.
    #[serde(default)]
    pub victims: Vec<InstanceId>,
    /// What the control plane said.
    #[serde(default)]
    pub receipt: Receipt,
    /// The time in which nobody, or no victim, was to answer.
    #[serde(default)]
    pub hold: Option<Hold>,
    /// Instances of before that had answered by the time it was asked for.
    #[serde(default)]
    pub answered_before: BTreeSet<InstanceId>,
    /// First response from one of the new instances.
    pub first_answer: Option<Timestamp>,
    /// When the last of the new instances gave its first response.
    #[serde(default)]
    pub all_answered: Option<Timestamp>,
    /// First responses of new instances.
    #[serde(skip)]
    pub first_answers: BTreeMap<InstanceId, Timestamp>,
    /// New instances that answered.
    pub new_answered: BTreeSet<InstanceId>,
    /// Removed instances that had answered before.
    pub gone_answered_before: BTreeSet<InstanceId>,
    /// Responses from removed instances to requests sent after it was settled;
    /// must be none.
    pub answers_from_gone: u64,
    /// Responses from remaining instances after it was settled.
    pub answers_after: u64,
    /// Responses since it was asked for.
    #[serde(default)]
    pub responses: u64,
    /// Those of them that tell which instance answered.
    #[serde(default)]
    pub telling: u64,
    /// Instances came or went although nothing was asked for.
    #[serde(default)]
    pub unquiet: bool,
    /// Why the control plane did not do it.
    pub failure: Option<String>,
}

/// The time in which nobody, or no victim, was to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub until: Option<Timestamp>,
    /// Requests that were sent in it.
    pub tried: u64,
    /// Those of them that no instance answered while it lasted, except that
    /// one that was not to answer did so when it was over.
    #[serde(default)]
    pub unanswered: u64,
    /// Answers that came in it to requests sent in it, from others.
    #[serde(default)]
    pub others: u64,
    /// Answers that came in it to requests sent in it, from those who were not
    /// to answer; must be none.
    pub answered: u64,
}

impl Hold {
    pub(super) fn since(from: Timestamp) -> Self {
        Self {
            from,
            until: None,
            tried: 0,
            unanswered: 0,
            others: 0,
            answered: 0,
        }
    }
}

fn has(instances: &[InstanceId], instance: &InstanceId) -> bool {
    instances.iter().any(|own| own.is_same(instance))
}

impl EventRecord {
    pub(super) fn new(
        kind: EventKind,
        place: Option<Place>,
        at: Timestamp,
        before: Vec<InstanceId>,
        answered_before: BTreeSet<InstanceId>,
    ) -> Self {
        Self {
            kind,
            place,
            requested: at,
            accepted: None,
            reached: None,
            settled: None,
            closed: None,
            late: None,
            before,
            after: Vec::new(),
            victims: Vec::new(),
            receipt: Receipt::default(),
            hold: None,
            gone_answered_before: answered_before.clone(),
            answered_before,
            first_answer: None,
            all_answered: None,
            first_answers: BTreeMap::new(),
            new_answered: BTreeSet::new(),
            answers_from_gone: 0,
            answers_after: 0,
            responses: 0,
            telling: 0,
            unquiet: false,
            failure: None,
        }
    }

    /// Whether it began at all: an event that was refused, or whose moment
    /// never came, has no window.
    pub fn began(&self) -> bool {
        self.accepted.is_some() || self.failure.is_none()
    }

    /// Instances that the event brought.
    pub fn new_instances(&self) -> Vec<&InstanceId> {
        self.after
            .iter()
            .filter(|id| !has(&self.before, id))
            .collect()
    }

    /// Instances that the event removed.
    pub fn removed_instances(&self) -> Vec<&InstanceId> {
        self.before
            .iter()
            .filter(|id| !has(&self.after, id))
            .collect()
    }

    /// From asking to the desired number being reached.
    pub fn time_to_reach(&self) -> Option<Duration> {
        Some(self.reached?.since(self.requested))
    }

    /// From asking to the first response of a new instance.
    pub fn time_to_first_answer(&self) -> Option<Duration> {
        Some(self.first_answer?.since(self.requested))
    }

    /// From asking to the first response of the last of the new instances.
    pub fn time_to_all_answered(&self) -> Option<Duration> {
        Some(self.all_answered?.since(self.requested))
    }

    pub(super) fn see(&mut self, seen: &Seen<'_>) {
        if !self.began() || self.closed.is_some_and(|closed| seen.sent > closed) {
            return;
        }
        if seen.status.is_some() && seen.done >= self.requested {
            self.responses += 1;
            self.telling += u64::from(seen.instance.is_some());
        }
        self.see_hold(seen);
        let Some(instance) = seen.instance else {
            return;
        };
        let was_there = has(&self.before, instance);
        let is_there = has(&self.after, instance);
        if !was_there && (self.settled.is_none() || is_there) {
            let first = self.first_answers.entry(instance.clone());
            let first = first.or_insert(seen.done);
            *first = seen.done.min(*first);
            self.new_answered.insert(instance.clone());
            self.note_first_answers();
        }
        if self.settled.is_some_and(|settled| seen.sent > settled) {
            if is_there {
                self.answers_after += 1;
            } else if was_there {
                self.answers_from_gone += 1;
            }
        }
    }

    /// The instances `after` it are what it led to: others that came meanwhile
    /// have gone again.
    pub(super) fn settle(&mut self, after: Vec<InstanceId>) {
        self.gone_answered_before.retain(|id| !has(&after, id));
        self.new_answered.retain(|id| has(&after, id));
        self.first_answers.retain(|id, _| has(&after, id));
        self.after = after;
        self.note_first_answers();
    }

    fn note_first_answers(&mut self) {
        self.first_answer = self.first_answers.values().min().copied();
        self.all_answered = self.first_answers.values().max().copied();
    }

    fn see_hold(&mut self, seen: &Seen<'_>) {
        let Some(hold) = &mut self.hold else {
            return;
        };
        let inside = |at: Timestamp| at > hold.from && hold.until.is_none_or(|until| at < until);
        if !inside(seen.sent) {
            return;
        }
        let ended = inside(seen.done);
        hold.tried += 1;
        let victim = seen.instance.map(|own| has(&self.victims, own));
        let success = seen.status.is_some_and(|code| (200..300).contains(&code));
        // What the balancer says by itself names no instance.
        let answered = match (&self.kind, victim) {
            (EventKind::Hang { .. }, victim) => victim == Some(true),
            (_, victim) => victim.is_some() || success,
        };
        hold.answered += u64::from(ended && answered);
        hold.others += u64::from(ended && victim == Some(false));
        let waited = if ended {
            victim.is_none() && seen.status.is_none_or(|code| code >= 500)
        } else {
            victim != Some(false) && (victim.is_some() || !success)
        };
        hold.unanswered += u64::from(waited);
    }
}
