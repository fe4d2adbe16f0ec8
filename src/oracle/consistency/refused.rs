//! Refused things: what was refused is not there.
//!
//! It takes a lot to say so. The id was drawn in this run, and announced with
//! the request that carries it first, so that nobody else can have made the
//! thing; every request that ever named it was refused to the same user; and a
//! read that began later, for the read-back at last, shows it.
//!
//! An answer that refuses may be the second one: a balancer has sent the request
//! twice, and the first time it was done. So a step counts only if it never got
//! an acknowledgement: then its first answers were refusals, too. And a service
//! may list what it refused, as declined: so several of those that were refused
//! in that way have to be missing. A request that never left needs neither.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::model::{Timestamp, UserId, ValueHash};

use super::breach::Scope;
use super::span::Span;
use super::suspicion::Manner;

/// Refused things of one user that are remembered.
const REMEMBERED: usize = 64;

/// Values that requests have named and that are remembered, to know what is not
/// new.
const NAMED: usize = 65_536;

/// Things refused in one way that have to be missing, before one that is there
/// says anything.
pub(in crate::oracle) const FEWEST: u64 = 5;

/// Things of one way that are kept until it can be judged.
const SUSPECTS: usize = 256;

/// How a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::oracle) enum Refusal {
    /// No byte of it was sent.
    NeverLeft,
    /// By an answer with this status to this step.
    Answered(Arc<str>, u16),
}

/// A refused thing that is there.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) struct Phantom<W, R> {
    pub(in crate::oracle) refusal: Refusal,
    pub(in crate::oracle) at: Timestamp,
    pub(in crate::oracle) write: W,
    /// The read that showed it first.
    pub(in crate::oracle) read: R,
}

/// A thing that may turn out to be refused.
#[derive(Debug)]
struct Candidate<W, R> {
    kind: Arc<str>,
    owner: UserId,
    pending: u32,
    refused: Option<(Refusal, Timestamp, W)>,
    /// It was asked for by its id, which makes a thing at some services.
    asked_alone: bool,
    seen: Option<R>,
}

/// All that was refused in one way.
#[derive(Debug)]
struct Way<W, R> {
    absent: u64,
    suspects: Vec<Phantom<W, R>>,
}

/// All candidates of a campaign.
#[derive(Debug)]
pub(in crate::oracle) struct Refused<W, R> {
    candidates: BTreeMap<ValueHash, Candidate<W, R>>,
    own: BTreeMap<UserId, VecDeque<ValueHash>>,
    named: BTreeSet<ValueHash>,
    order: VecDeque<ValueHash>,
    /// Steps whose request was acknowledged at least once.
    worked: BTreeSet<Arc<str>>,
    ways: BTreeMap<(Arc<str>, Refusal), Way<W, R>>,
    /// Kinds of which something was asked for by its id and was not there.
    absent_alone: BTreeSet<Arc<str>>,
    counts: BTreeMap<Arc<str>, (u64, u64)>,
}

impl<W, R> Default for Refused<W, R> {
    fn default() -> Self {
        Self {
            candidates: BTreeMap::new(),
            own: BTreeMap::new(),
            named: BTreeSet::new(),
            order: VecDeque::new(),
            worked: BTreeSet::new(),
            ways: BTreeMap::new(),
            absent_alone: BTreeSet::new(),
            counts: BTreeMap::new(),
        }
    }
}

impl<W: Clone, R: Clone> Refused<W, R> {
    /// `owner` is about to save `id`; with `coined`, nobody can know it yet.
    pub(in crate::oracle) fn saving(
        &mut self,
        owner: UserId,
        kind: &Arc<str>,
        id: ValueHash,
        coined: bool,
    ) {
        if let Some(known) = self.candidates.get_mut(&id) {
            if known.owner == owner && known.kind == *kind {
                known.pending += 1;
            } else {
                self.forget(id);
            }
            return;
        }
        if !self.is_first(id) || !coined {
            return;
        }
        let candidate = Candidate {
            kind: Arc::clone(kind),
            owner,
            pending: 1,
            refused: None,
            asked_alone: false,
            seen: None,
        };
        self.candidates.insert(id, candidate);
        let own = self.own.entry(owner).or_default();
        own.push_back(id);
        if own.len() > REMEMBERED
            && let Some(oldest) = own.front().copied()
        {
            self.forget(oldest);
        }
    }

    /// A request names `id` and may do anything to it.
    pub(in crate::oracle) fn named(&mut self, id: ValueHash) {
        self.is_first(id);
        self.forget(id);
    }

    /// Whether nothing has named `id` yet. Now something has.
    fn is_first(&mut self, id: ValueHash) -> bool {
        if !self.named.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > NAMED
            && let Some(oldest) = self.order.pop_front()
        {
            self.named.remove(&oldest);
        }
        true
    }

    /// A request of `step` that was to save something was answered with success.
    pub(in crate::oracle) fn worked(&mut self, step: &Arc<str>) {
        if !self.worked.contains(step) {
            self.worked.insert(Arc::clone(step));
        }
    }

    /// Saving `id` came to an end at `done`: it was refused, or not surely so.
    pub(in crate::oracle) fn saved(
        &mut self,
        id: ValueHash,
        refusal: Option<Refusal>,
        done: Timestamp,
        write: W,
    ) {
        let Some(known) = self.candidates.get_mut(&id) else {
            return;
        };
        known.pending = known.pending.saturating_sub(1);
        let latest = match (known.refused.take(), &refusal) {
            (None, Some(_)) => Some(done),
            (Some((before, at, _)), Some(now)) if before == *now => Some(at.max(done)),
            // Not refused, or in two ways.
            _ => None,
        };
        match refusal.zip(latest) {
            Some((refusal, latest)) => known.refused = Some((refusal, latest, write)),
            None => self.forget(id),
        }
    }

    fn forget(&mut self, id: ValueHash) {
        if let Some(known) = self.candidates.remove(&id)
            && let Some(own) = self.own.get_mut(&known.owner)
        {
            own.retain(|other| *other != id);
        }
    }

    /// A read of things of `kind` came to an end. Gives what is there and must
    /// not be.
    pub(in crate::oracle) fn read(
        &mut self,
        owner: UserId,
        kind: &Arc<str>,
        (scope, span): (Scope<'_>, Span),
        manner: Manner,
        evidence: impl Fn() -> R,
    ) -> Vec<Phantom<W, R>> {
        if let Scope::One(_, false) = scope {
            self.absent_alone.insert(Arc::clone(kind));
        }
        let Some(own) = self.own.get(&owner) else {
            return Vec::new();
        };
        let told: Vec<(ValueHash, bool)> = match scope {
            Scope::All(ids) => own.iter().map(|id| (*id, ids.contains(id))).collect(),
            Scope::Some(ids) => {
                let there = own.iter().filter(|id| ids.contains(id));
                there.map(|id| (*id, true)).collect()
            }
            Scope::One(id, present) => vec![(id, present)],
        };
        let alone = matches!(scope, Scope::One(..));
        let tells_alone = self.absent_alone.contains(kind);
        let mut found = Vec::new();
        for (id, present) in told {
            let Some(known) = self.candidates.get_mut(&id) else {
                continue;
            };
            if known.kind != *kind || known.owner != owner {
                continue;
            }
            known.asked_alone |= alone;
            let Some((refusal, at, write)) = &known.refused else {
                continue;
            };
            let unsure = present && known.asked_alone && !tells_alone;
            if known.pending > 0 || *at >= span.sent || unsure {
                continue;
            }
            let refusal = refusal.clone();
            if present {
                let read = known.seen.get_or_insert_with(&evidence).clone();
                let phantom = Phantom {
                    refusal: refusal.clone(),
                    at: *at,
                    write: write.clone(),
                    read,
                };
                if manner.sweep.is_some() {
                    self.forget(id);
                    found.extend(self.suspect(kind, phantom));
                }
            } else if manner.sweep.is_some() {
                self.forget(id);
                self.counts.entry(Arc::clone(kind)).or_default().0 += 1;
                self.way(kind, refusal.clone()).absent += 1;
            }
            found.extend(self.certain(kind, &refusal));
        }
        self.counts.entry(Arc::clone(kind)).or_default().1 += found.len() as u64;
        found
    }

    fn way(&mut self, kind: &Arc<str>, refusal: Refusal) -> &mut Way<W, R> {
        let way = self.ways.entry((Arc::clone(kind), refusal));
        way.or_insert_with(|| Way {
            absent: 0,
            suspects: Vec::new(),
        })
    }

    /// Takes in what is there; gives it back when that says enough.
    fn suspect(&mut self, kind: &Arc<str>, phantom: Phantom<W, R>) -> Option<Phantom<W, R>> {
        if phantom.refusal == Refusal::NeverLeft {
            return Some(phantom);
        }
        let way = self.way(kind, phantom.refusal.clone());
        if way.suspects.len() < SUSPECTS {
            way.suspects.push(phantom);
        }
        None
    }

    /// What is certain by now of all that was refused in one way.
    fn certain(&mut self, kind: &Arc<str>, refusal: &Refusal) -> Vec<Phantom<W, R>> {
        let worked = match refusal {
            Refusal::NeverLeft => return Vec::new(),
            Refusal::Answered(step, _) => self.worked.contains(step),
        };
        let way = self.way(kind, refusal.clone());
        if worked || way.absent < FEWEST {
            return Vec::new();
        }
        std::mem::take(&mut way.suspects)
    }

    /// Whether `owner` has anything refused of `kind` that was not looked for yet.
    pub(in crate::oracle) fn is_owed(&self, kind: &str, owner: UserId) -> bool {
        let own = self.own.get(&owner).into_iter().flatten();
        let mut own = own.filter_map(|id| self.candidates.get(id));
        own.any(|known| &*known.kind == kind && known.refused.is_some())
    }

    /// By kind, how many stayed away, and how many did not.
    pub(in crate::oracle) fn coverage(&self) -> impl Iterator<Item = (&Arc<str>, u64, u64)> {
        let counts = self.counts.iter();
        counts.map(|(kind, (away, there))| (kind, *away, *there))
    }
}
