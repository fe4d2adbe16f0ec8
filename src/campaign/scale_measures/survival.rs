//! Survival: what became of sessions across one event.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::metrics::Marks;
use crate::model::{InstanceId, Rule, Timestamp, UserId};

/// Sessions across one event, each user counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Survival {
    /// They went on at the instance where they had been, or the service does
    /// not tell where.
    pub stayed: u64,
    /// They went on at another instance.
    pub moved: u64,
    /// They were lost.
    pub lost: u64,
    /// They were known before, and all that they asked for behind it was answered
    /// by errors.
    pub unknown: u64,
    /// They were known before, and asked for nothing behind it that would show
    /// what became of them.
    pub unasked: u64,
}

/// What became of one session; what weighs more comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// Nothing but errors came.
    Failed,
    /// The user gave it up for another one.
    Ended,
    Stayed,
    Moved,
    Lost,
}

impl Survival {
    /// Sessions of which it is known what became of them.
    pub fn crossed(&self) -> u64 {
        self.stayed + self.moved + self.lost
    }

    /// Of the event asked for at `requested`, over at `settled`, when another
    /// one came at `next`. A session crosses it when it was known before, and
    /// either known in a request sent behind it, or lost. Where some answers show
    /// whose they are, only those are proof. What is lost after `next` is no longer
    /// its doing, and what is known then has survived it as well.
    pub(super) fn of(
        marks: &Marks,
        requested: Timestamp,
        settled: Timestamp,
        next: Timestamp,
    ) -> Self {
        let telling = marks.all().iter().any(|mark| mark.tells);
        let mut before: BTreeMap<UserId, (u32, Option<&InstanceId>)> = BTreeMap::new();
        let mut fates: BTreeMap<UserId, Fate> = BTreeMap::new();
        for mark in marks.all() {
            let sent = mark.sent();
            if mark.known && sent < requested && mark.done() < requested {
                before.insert(mark.user, (mark.session, marks.instance(mark)));
                continue;
            }
            let Some((session, instance)) = before.get(&mark.user) else {
                continue;
            };
            let fate = if mark.session != *session {
                (mark.session > *session).then_some(Fate::Ended)
            } else if mark.rules.has(Rule::SessionLost) {
                (mark.done() >= requested && sent < next).then_some(Fate::Lost)
            } else if mark.known && (mark.tells || !telling) && sent > settled {
                match (instance, marks.instance(mark)) {
                    (Some(old), Some(new)) if !old.is_same(new) => Some(Fate::Moved),
                    _ => Some(Fate::Stayed),
                }
            } else {
                (!mark.known && sent > settled).then_some(Fate::Failed)
            };
            if let Some(fate) = fate {
                let worst = fates.entry(mark.user).or_insert(fate);
                *worst = fate.max(*worst);
            }
        }
        let mut survival = Self::default();
        for user in before.keys() {
            match fates.get(user) {
                Some(Fate::Lost) => survival.lost += 1,
                Some(Fate::Moved) => survival.moved += 1,
                Some(Fate::Stayed) => survival.stayed += 1,
                Some(Fate::Ended) => {}
                Some(Fate::Failed) => survival.unknown += 1,
                None => survival.unasked += 1,
            }
        }
        survival
    }
}
