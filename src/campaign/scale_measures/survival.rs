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
}

impl Survival {
    /// Sessions of which it is known what became of them.
    pub fn crossed(&self) -> u64 {
        self.stayed + self.moved + self.lost
    }

    /// Of the event asked for at `requested`, over at `settled`, when another
    /// one came at `next`. A session crosses it when it was known before, and
    /// either known in a request sent behind it, or lost.
    pub(super) fn of(
        marks: &Marks,
        requested: Timestamp,
        settled: Timestamp,
        next: Timestamp,
    ) -> Self {
        let mut before: BTreeMap<UserId, (u32, Option<&InstanceId>)> = BTreeMap::new();
        // Whether it is lost, and whether it moved.
        let mut behind: BTreeMap<UserId, (bool, bool)> = BTreeMap::new();
        for mark in marks.all() {
            let sent = mark.sent();
            if mark.known && sent < requested && mark.done() < requested {
                before.insert(mark.user, (mark.session, marks.instance(mark)));
                continue;
            }
            if sent >= next {
                break;
            }
            let Some((session, instance)) = before.get(&mark.user) else {
                continue;
            };
            if *session != mark.session {
                continue;
            }
            if mark.rules.has(Rule::SessionLost) && mark.done() >= requested {
                behind.entry(mark.user).or_default().0 = true;
            } else if mark.known && sent > settled {
                let moved = match (instance, marks.instance(mark)) {
                    (Some(old), Some(new)) => !old.is_same(new),
                    _ => false,
                };
                behind.entry(mark.user).or_default().1 |= moved;
            }
        }
        let mut survival = Self::default();
        for (lost, moved) in behind.into_values() {
            if lost {
                survival.lost += 1;
            } else if moved {
                survival.moved += 1;
            } else {
                survival.stayed += 1;
            }
        }
        survival
    }
}
