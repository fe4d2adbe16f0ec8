//! The exclusive slot: a thing that belongs to at most one user at a time.
//!
//! A definite hold lasts from the acknowledgement of the claim to the moment
//! at which its release is about to be sent. A claim of unknown outcome never
//! holds anything.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::model::{KindCoverage, Outcome, Timestamp, UserId, ValueHash};

use super::span::{Actor, Span};

/// Holds of one thing that are remembered after they ended.
const ENDED: usize = 8;

/// A definite hold.
#[derive(Clone, Debug)]
struct Hold<W> {
    user: UserId,
    from: Timestamp,
    /// Claiming it began; a release that was sent before says nothing about it.
    sent: Timestamp,
    until: Option<Timestamp>,
    write: W,
}

impl<W> Hold<W> {
    fn overlaps(&self, other: &Self) -> bool {
        let begins_before_end = |one: &Self, two: &Self| two.until.is_none_or(|end| one.from < end);
        begins_before_end(self, other) && begins_before_end(other, self)
    }
}

/// Two users hold one thing.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) struct Doubled<W> {
    pub(in crate::oracle) id: ValueHash,
    /// Who held it already.
    pub(in crate::oracle) holder: UserId,
    /// Since when.
    pub(in crate::oracle) since: Timestamp,
    /// How that was acknowledged.
    pub(in crate::oracle) write: W,
}

#[derive(Debug)]
struct Slot<W> {
    holds: VecDeque<Hold<W>>,
    asked: BTreeSet<UserId>,
}

/// The exclusive things of one kind.
#[derive(Debug)]
pub(in crate::oracle) struct Slots<W> {
    by_id: BTreeMap<ValueHash, Slot<W>>,
    /// What each user holds.
    held: BTreeMap<UserId, BTreeSet<ValueHash>>,
    counts: KindCoverage,
}

impl<W> Default for Slots<W> {
    fn default() -> Self {
        Self {
            by_id: BTreeMap::new(),
            held: BTreeMap::new(),
            counts: KindCoverage::default(),
        }
    }
}

impl<W: Clone> Slots<W> {
    /// `actor`'s claim of `id` came to an end. With `lasting`, a hold ends by
    /// itself after that time.
    pub(in crate::oracle) fn claimed(
        &mut self,
        id: ValueHash,
        actor: Actor,
        span: Span,
        outcome: Outcome,
        lasting: Option<Duration>,
        write: W,
    ) -> Vec<Doubled<W>> {
        let slot = self.by_id.entry(id).or_insert_with(|| Slot {
            holds: VecDeque::new(),
            asked: BTreeSet::new(),
        });
        if slot.asked.len() < 2 && slot.asked.insert(actor.user) && slot.asked.len() == 2 {
            self.counts.contended += 1;
        }
        match outcome {
            Outcome::Fail => {
                self.counts.refused += 1;
                return Vec::new();
            }
            Outcome::Info => {
                self.counts.indeterminate += 1;
                return Vec::new();
            }
            Outcome::Ok => self.counts.claimed += 1,
        }
        let hold = Hold {
            user: actor.user,
            from: span.done,
            sent: span.sent,
            until: lasting.map(|time| span.may_be_over(time)),
            write,
        };
        let doubled: Vec<Doubled<W>> = slot
            .holds
            .iter()
            .filter(|other| other.user != actor.user && other.overlaps(&hold))
            .map(|other| Doubled {
                id,
                holder: other.user,
                since: other.from,
                write: other.write.clone(),
            })
            .collect();
        if slot.holds.len() == ENDED {
            let ended = slot.holds.iter().position(|other| other.until.is_some());
            slot.holds.remove(ended.unwrap_or(0));
        }
        slot.holds.push_back(hold);
        self.held.entry(actor.user).or_default().insert(id);
        self.counts.doubled += u64::from(!doubled.is_empty());
        doubled
    }

    /// `user` is about to give `id` up.
    pub(in crate::oracle) fn releasing(&mut self, id: ValueHash, user: UserId, at: Timestamp) {
        if let Some(held) = self.held.get_mut(&user) {
            held.remove(&id);
        }
        let Some(slot) = self.by_id.get_mut(&id) else {
            return;
        };
        for hold in slot.holds.iter_mut().filter(|hold| hold.user == user) {
            if hold.sent <= at && hold.until.is_none_or(|until| until > at) {
                hold.until = Some(at);
            }
        }
    }

    /// `user` is about to do something that may give up anything of theirs.
    pub(in crate::oracle) fn releasing_all(&mut self, user: UserId, at: Timestamp) {
        for id in self.held.get(&user).cloned().unwrap_or_default() {
            self.releasing(id, user, at);
        }
    }

    pub(in crate::oracle) fn coverage(&self) -> &KindCoverage {
        &self.counts
    }
}
