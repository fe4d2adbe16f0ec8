//! The durable set: what was acknowledged as saved is there, what was
//! acknowledged as deleted is not.
//!
//! After Jepsen's `set-full`: a thing is attempted, acknowledged, refused or
//! of unknown outcome, which accuses nobody: it may still happen much later.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::model::{KindCoverage, Outcome, Timestamp, UserId, ValueHash};

use super::breach::{Breach, Fault, Read, Scope, Write};
use super::span::{Actor, Guarantee, Reads, Span};
use super::suspicion::{Suspicion, Swept};

/// Deleted things of one user that are remembered after they were seen gone.
const RETIRED: usize = 64;

/// Undeclared changes of unknown things that are remembered.
const STRANGERS: usize = 4_096;

/// What was acknowledged: `W` is what evidence tells of the write.
#[derive(Clone, Debug)]
struct Ack<W> {
    span: Span,
    actor: Actor,
    write: W,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Attempted,
    Acknowledged,
    Refused,
    Maybe,
}

/// What is known of one thing. `R` is what evidence tells of a read.
#[derive(Debug)]
struct Thing<W, R> {
    state: State,
    saved: Option<Ack<W>>,
    deleted: Option<Ack<W>>,
    attempt: Option<W>,
    pending_saves: u32,
    pending_deletes: u32,
    /// A deletion of unknown outcome: it may be gone at any time from now on.
    may_go: bool,
    /// A save of unknown outcome: it may come at any time from now on.
    may_come: bool,
    seen: Option<Actor>,
    standing: Suspicion<R>,
    gone_seen: bool,
}

impl<W, R> Default for Thing<W, R> {
    fn default() -> Self {
        Self {
            state: State::default(),
            saved: None,
            deleted: None,
            attempt: None,
            pending_saves: 0,
            pending_deletes: 0,
            may_go: false,
            may_come: false,
            seen: None,
            standing: Suspicion::default(),
            gone_seen: false,
        }
    }
}

/// Where deleted things were seen gone. Many services list only what is left,
/// and still show what was deleted to who asks for it by its id.
#[derive(Clone, Copy, Debug, Default)]
struct DeletionsShow {
    listed: bool,
    alone: bool,
}

impl DeletionsShow {
    fn of(&mut self, scope: Scope<'_>) -> &mut bool {
        match scope {
            Scope::All(_) | Scope::Some(_) => &mut self.listed,
            Scope::One(..) => &mut self.alone,
        }
    }
}

/// The things of one kind.
#[derive(Debug)]
pub(in crate::oracle) struct DurableSet<W, R> {
    things: BTreeMap<UserId, BTreeMap<ValueHash, Thing<W, R>>>,
    owners: BTreeMap<ValueHash, BTreeSet<UserId>>,
    retired: BTreeMap<UserId, VecDeque<ValueHash>>,
    /// Undeclared changes of things that were not known: one may turn out to be
    /// saved by an answer that is judged a moment later.
    strangers: VecDeque<(ValueHash, Timestamp)>,
    /// A deleted thing was seen gone, in a listing or by itself: such answers do
    /// not keep what is deleted.
    deletions_show: DeletionsShow,
    /// The shortest time after which things of this kind may end by themselves.
    lasting: Option<Duration>,
    reads: Reads,
    counts: KindCoverage,
}

impl<W, R> Default for DurableSet<W, R> {
    fn default() -> Self {
        Self {
            things: BTreeMap::new(),
            owners: BTreeMap::new(),
            retired: BTreeMap::new(),
            strangers: VecDeque::new(),
            deletions_show: DeletionsShow::default(),
            lasting: None,
            reads: Reads::default(),
            counts: KindCoverage::default(),
        }
    }
}

impl<W: Clone, R: Clone> DurableSet<W, R> {
    fn thing(&mut self, owner: UserId, id: ValueHash) -> &mut Thing<W, R> {
        self.owners.entry(id).or_default().insert(owner);
        self.things.entry(owner).or_default().entry(id).or_default()
    }

    /// `owner` is about to save `id`.
    pub(in crate::oracle) fn saving(&mut self, owner: UserId, id: ValueHash) {
        self.thing(owner, id).pending_saves += 1;
    }

    /// `owner` is about to delete `id`.
    pub(in crate::oracle) fn deleting(&mut self, owner: UserId, id: ValueHash) {
        self.thing(owner, id).pending_deletes += 1;
    }

    /// Saving `id` came to an end.
    pub(in crate::oracle) fn saved(&mut self, id: ValueHash, write: Write<W>) {
        let disturbed = self
            .strangers
            .iter()
            .any(|(other, at)| *other == id && *at >= write.span.sent);
        if let Some(lasting) = write.lasting {
            let shortest = self.lasting.map_or(lasting, |own| own.min(lasting));
            self.lasting = Some(shortest);
        }
        let thing = self.thing(write.actor.user, id);
        thing.pending_saves -= u32::from(write.announced && thing.pending_saves > 0);
        thing.may_go |= disturbed;
        let applied = write.conflict && thing.may_come;
        match write.outcome {
            Outcome::Ok => {}
            Outcome::Fail if applied => {}
            Outcome::Fail => {
                if thing.state == State::Attempted {
                    thing.state = State::Refused;
                }
                let forgettable = thing.is_forgettable();
                self.counts.refused += 1;
                if forgettable {
                    self.forget(write.actor.user, id);
                }
                return;
            }
            Outcome::Info => {
                if thing.state != State::Acknowledged {
                    thing.state = State::Maybe;
                }
                thing.may_come = true;
                thing.attempt = Some(write.evidence);
                self.counts.indeterminate += 1;
                return;
            }
        }
        match &thing.deleted {
            Some(deleted) if deleted.span.is_before(write.span) => thing.deleted = None,
            // One of the two came last; nobody knows which.
            Some(_) => thing.may_go = true,
            None => {}
        }
        thing.state = State::Acknowledged;
        thing.gone_seen = false;
        thing.standing.renew();
        thing.saved = Some(Ack {
            span: write.span,
            actor: write.actor,
            write: write.evidence,
        });
        self.counts.saved += 1;
    }

    /// Deleting `id` came to an end.
    pub(in crate::oracle) fn deleted(&mut self, id: ValueHash, write: Write<W>) {
        let thing = self.thing(write.actor.user, id);
        thing.pending_deletes -= u32::from(write.announced && thing.pending_deletes > 0);
        match write.outcome {
            Outcome::Fail => self.counts.refused += 1,
            Outcome::Info => {
                thing.may_go = true;
                self.counts.indeterminate += 1;
            }
            Outcome::Ok => {
                let saved = thing.saved.as_ref();
                if saved.is_some_and(|saved| !saved.span.is_before(write.span)) {
                    thing.may_come = true;
                }
                thing.deleted = Some(Ack {
                    span: write.span,
                    actor: write.actor,
                    write: write.evidence,
                });
                thing.standing.drop_suspect();
                thing.standing.renew();
                self.counts.deleted += 1;
            }
        }
    }

    /// Somebody is about to do something undeclared to `id`.
    pub(in crate::oracle) fn disturbing(&mut self, id: ValueHash) {
        for owner in self.owners.get(&id).cloned().unwrap_or_default() {
            self.thing(owner, id).pending_deletes += 1;
        }
    }

    /// It came to an end.
    pub(in crate::oracle) fn disturbed(
        &mut self,
        id: ValueHash,
        span: Span,
        outcome: Outcome,
        announced: bool,
    ) {
        let owners = self.owners.get(&id).cloned().unwrap_or_default();
        let mut counted = false;
        for owner in &owners {
            let thing = self.thing(*owner, id);
            thing.pending_deletes -= u32::from(announced && thing.pending_deletes > 0);
            if outcome != Outcome::Fail {
                counted |= !thing.may_go;
                thing.may_go = true;
            }
        }
        self.counts.indeterminate += u64::from(counted);
        if owners.is_empty() && outcome != Outcome::Fail {
            if self.strangers.len() == STRANGERS {
                self.strangers.pop_front();
            }
            self.strangers.push_back((id, span.sent));
        }
    }

    /// Everything that `owner` has may be gone from now on.
    pub(in crate::oracle) fn cleared(&mut self, owner: UserId) {
        for thing in self.things.entry(owner).or_default().values_mut() {
            thing.may_go = true;
        }
    }

    /// A read came to an end.
    pub(in crate::oracle) fn read(&mut self, read: &Read<'_, R>) -> Vec<Breach<W, R>> {
        let mut breaches = Vec::new();
        let owner = read.actor.user;
        let mut own = self.things.remove(&owner).unwrap_or_default();
        let told: Vec<(ValueHash, bool)> = match read.scope {
            Scope::All(ids) => own.keys().map(|id| (*id, ids.contains(id))).collect(),
            Scope::Some(ids) => ids.iter().map(|id| (*id, true)).collect(),
            Scope::One(id, present) => vec![(id, present)],
        };
        let mut retired = Vec::new();
        for (id, present) in told {
            let Some(thing) = own.get_mut(&id) else {
                continue;
            };
            if present {
                self.present(id, thing, read, &mut breaches);
            } else if self.absent(id, thing, read, &mut breaches) {
                retired.push(id);
            }
        }
        self.things.insert(owner, own);
        for id in retired {
            self.retire(owner, id);
        }
        breaches
    }

    fn present(
        &mut self,
        id: ValueHash,
        thing: &mut Thing<W, R>,
        read: &Read<'_, R>,
        breaches: &mut Vec<Breach<W, R>>,
    ) {
        if let Some(deleted) = thing.deleted.clone() {
            let wrong = deleted.span.is_before(read.span);
            let unsure = thing.may_come || thing.pending_saves > 0 || thing.may_go;
            if !wrong {
                return;
            }
            if unsure || !*self.deletions_show.of(read.scope) {
                self.reads.ambiguous += 1;
                if read.manner.sweep.is_some() && !unsure {
                    thing.standing.swept = Swept::Wrong;
                }
                return;
            }
            self.reads.decisive += 1;
            let same = deleted.actor == read.actor;
            self.wrong(id, thing, &deleted, true, same, read, breaches);
            return;
        }
        match thing.state {
            State::Attempted | State::Maybe => {
                if let Some(write) = thing.attempt.clone() {
                    thing.state = State::Acknowledged;
                    // Nobody knows when it began.
                    thing.may_go |= self.lasting.is_some();
                    thing.saved = Some(Ack {
                        span: read.span,
                        // Nobody was told before.
                        actor: Actor {
                            session: u32::MAX,
                            ..read.actor
                        },
                        write,
                    });
                }
            }
            State::Acknowledged | State::Refused => {}
        }
        thing.seen = Some(read.actor);
        let Some(saved) = &thing.saved else { return };
        self.reads.decisive += u64::from(saved.span.is_before(read.span));
        let saved = saved.clone();
        let late = thing.standing.right(read.manner.sweep);
        breaches.extend(late.map(|(fault, read)| breach(fault, id, &saved, false, Some(read))));
    }

    /// Gives whether the thing need not be remembered for ever.
    fn absent(
        &mut self,
        id: ValueHash,
        thing: &mut Thing<W, R>,
        read: &Read<'_, R>,
        breaches: &mut Vec<Breach<W, R>>,
    ) -> bool {
        if let Some(deleted) = thing.deleted.clone() {
            if !deleted.span.is_before(read.span) {
                return false;
            }
            *self.deletions_show.of(read.scope) = true;
            let late = thing.standing.right(read.manner.sweep);
            breaches
                .extend(late.map(|(fault, read)| breach(fault, id, &deleted, true, Some(read))));
            self.reads.decisive += 1;
            return !std::mem::replace(&mut thing.gone_seen, true);
        }
        let Some(saved) = thing.saved.clone() else {
            return false;
        };
        if thing.state != State::Acknowledged || !saved.span.is_before(read.span) {
            return false;
        }
        if thing.may_go || thing.pending_deletes > 0 {
            self.reads.ambiguous += 1;
            return false;
        }
        if self.has_run_out(saved.span, read.span) {
            self.reads.ambiguous += 1;
            self.counts.indeterminate += 1;
            thing.may_go = true;
            return false;
        }
        self.reads.decisive += 1;
        let same = saved.actor == read.actor;
        self.wrong(id, thing, &saved, false, same, read, breaches);
        false
    }

    /// Whether what began within `saved` may have ended by itself before the end
    /// of `read`.
    fn has_run_out(&self, saved: Span, read: Span) -> bool {
        self.lasting
            .is_some_and(|lasting| saved.may_be_over(lasting) <= read.done)
    }

    /// What was acknowledged is not what was read.
    #[expect(
        clippy::too_many_arguments,
        reason = "one contradiction, seen from both sides"
    )]
    fn wrong(
        &mut self,
        id: ValueHash,
        thing: &mut Thing<W, R>,
        ack: &Ack<W>,
        deletion: bool,
        same_session: bool,
        read: &Read<'_, R>,
        breaches: &mut Vec<Breach<W, R>>,
    ) {
        let monotonic = !deletion && thing.seen == Some(read.actor);
        let guarantee = match (same_session, monotonic) {
            (true, _) => Some(Guarantee::ReadYourWrites),
            (false, true) => Some(Guarantee::MonotonicReads),
            (false, false) => None,
        };
        let evidence = || read.evidence.clone();
        let fault = thing.standing.wrong(read.manner, guarantee, evidence);
        self.counts.lost += u64::from(fault == Some(Fault::Lost));
        breaches.extend(fault.map(|fault| breach(fault, id, ack, deletion, None)));
    }

    fn retire(&mut self, owner: UserId, id: ValueHash) {
        let retired = self.retired.entry(owner).or_default();
        retired.push_back(id);
        if retired.len() <= RETIRED {
            return;
        }
        let Some(oldest) = retired.pop_front() else {
            return;
        };
        let own = self.things.entry(owner).or_default();
        let settled = own.get(&oldest).is_some_and(|thing| {
            thing.gone_seen && thing.pending_saves + thing.pending_deletes == 0
        });
        if settled {
            self.forget(owner, oldest);
        }
    }

    fn forget(&mut self, owner: UserId, id: ValueHash) {
        if let Some(own) = self.things.get_mut(&owner) {
            own.remove(&id);
        }
        if let Some(owners) = self.owners.get_mut(&id) {
            owners.remove(&owner);
            if owners.is_empty() {
                self.owners.remove(&id);
            }
        }
    }

    /// Whether `owner` has anything that should be there, or gone, and was not
    /// read back so yet.
    pub(in crate::oracle) fn is_owed(&self, owner: UserId) -> bool {
        self.things.get(&owner).is_some_and(|own| {
            own.values()
                .any(|thing| thing.is_decided() && !thing.standing.swept.is_settled())
        })
    }

    pub(in crate::oracle) fn reads(&self) -> Reads {
        self.reads
    }

    /// How many things are remembered.
    #[cfg(test)]
    pub(in crate::oracle) fn remembered(&self) -> usize {
        self.owners.len()
    }

    /// What became of everything.
    pub(in crate::oracle) fn coverage(&self) -> KindCoverage {
        let mut counts = self.counts.clone();
        for thing in self.things.values().flat_map(BTreeMap::values) {
            if !thing.is_decided() {
                continue;
            }
            match (thing.standing.swept, thing.deleted.is_some()) {
                (Swept::Right, false) => counts.read_back += 1,
                (Swept::Right, true) => counts.gone += 1,
                (Swept::No | Swept::Wrong, false) => counts.not_read_back += 1,
                (Swept::No | Swept::Wrong, true) | (Swept::Lost, _) => {}
            }
        }
        counts
    }
}

impl<W, R> Thing<W, R> {
    /// Nothing was ever done to it, nor will be.
    fn is_forgettable(&self) -> bool {
        self.state == State::Refused
            && self.saved.is_none()
            && self.deleted.is_none()
            && self.pending_saves + self.pending_deletes == 0
            && !self.may_come
            && !self.may_go
    }

    /// Whether it is known whether it should be there.
    fn is_decided(&self) -> bool {
        self.state == State::Acknowledged && !self.may_go && self.pending_deletes == 0
    }
}

fn breach<W: Clone, R>(
    fault: Fault,
    id: ValueHash,
    ack: &Ack<W>,
    deletion: bool,
    read: Option<R>,
) -> Breach<W, R> {
    Breach {
        fault,
        deletion,
        id,
        write: ack.write.clone(),
        acknowledged: ack.span.done,
        read,
    }
}
