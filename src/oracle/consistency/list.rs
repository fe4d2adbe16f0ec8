//! The list that one user adds to: elements stay, in the order in which they
//! were acknowledged.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::model::{FollowedCoverage, Outcome, Timestamp, ValueHash};

use super::breach::Fault;
use super::span::{Actor, Guarantee, Reads, SESSIONS, Span};
use super::suspicion::{Manner, Suspicion, Swept};

/// Acknowledged elements that are told apart; older ones are in the verified
/// beginning.
const REMEMBERED: usize = 64;

#[derive(Clone, Debug)]
struct Added<W> {
    value: ValueHash,
    span: Span,
    actor: Actor,
    /// The session that read it last.
    seen: Option<Actor>,
    write: W,
}

/// What is wrong with a read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) enum Flaw<W> {
    /// An element that was acknowledged is missing.
    Missing(W, Timestamp),
    /// Two elements are not in the order in which they were acknowledged.
    Order(W, Timestamp),
    /// What was read before has changed.
    Beginning,
}

/// A violation with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) struct Broken<W, R> {
    pub(in crate::oracle) fault: Fault,
    pub(in crate::oracle) flaw: Flaw<W>,
    /// The read that was wrong, when it is an earlier one.
    pub(in crate::oracle) read: Option<R>,
}

/// Where each value stands in what was read; `None` where several elements look
/// the same, in what was read or in what was added.
type Places = BTreeMap<ValueHash, Option<usize>>;

/// What was read: so many elements, which hash to this.
#[derive(Clone, Copy, Debug)]
struct Verified {
    length: usize,
    hash: u64,
    at: Timestamp,
}

/// One list of one user.
#[derive(Debug)]
pub(in crate::oracle) struct AppendList<W, R> {
    acked: VecDeque<Added<W>>,
    /// Elements of unknown outcome may come at any place of the end.
    unknown: u64,
    /// The latest of these: one of them may be an acknowledged one again.
    unknown_values: VecDeque<ValueHash>,
    pending: u32,
    /// Beginnings that sessions have seen.
    verified: BTreeMap<u32, Verified>,
    /// The newest element stands first; `None` until two told.
    newest_first: Option<bool>,
    standing: Suspicion<(Flaw<W>, R)>,
    reads: Reads,
    counts: FollowedCoverage,
}

impl<W, R> Default for AppendList<W, R> {
    fn default() -> Self {
        Self {
            acked: VecDeque::new(),
            unknown: 0,
            unknown_values: VecDeque::new(),
            pending: 0,
            verified: BTreeMap::new(),
            newest_first: None,
            standing: Suspicion::default(),
            reads: Reads::default(),
            counts: FollowedCoverage::default(),
        }
    }
}

impl<W: Clone, R> AppendList<W, R> {
    /// An element is about to be added.
    pub(in crate::oracle) fn appending(&mut self) {
        self.pending += 1;
    }

    /// Adding `value` came to an end.
    pub(in crate::oracle) fn appended(
        &mut self,
        value: ValueHash,
        (actor, span): (Actor, Span),
        outcome: Outcome,
        announced: bool,
        write: W,
    ) {
        self.pending -= u32::from(announced && self.pending > 0);
        match outcome {
            Outcome::Fail => {}
            Outcome::Info => {
                self.unknown += 1;
                self.counts.indeterminate += 1;
                if self.unknown_values.len() == REMEMBERED {
                    self.unknown_values.pop_front();
                }
                self.unknown_values.push_back(value);
            }
            Outcome::Ok => {
                self.counts.acknowledged += 1;
                if self.acked.len() == REMEMBERED {
                    self.acked.pop_front();
                }
                self.acked.push_back(Added {
                    value,
                    span,
                    actor,
                    seen: None,
                    write,
                });
                self.standing.renew();
            }
        }
    }

    /// A read of all `values` came to an end.
    pub(in crate::oracle) fn read(
        &mut self,
        values: &[ValueHash],
        actor: Actor,
        span: Span,
        manner: Manner,
        evidence: impl FnOnce() -> R,
    ) -> Option<Broken<W, R>> {
        if self.unknown > 0 && self.acked.is_empty() {
            self.reads.ambiguous += 1;
        } else if !self.acked.is_empty() {
            self.reads.decisive += 1;
        }
        let places = self.places(values);
        if let Some((guarantee, flaw)) = self.missing(&places, actor, span) {
            let keep = || (flaw.clone(), evidence());
            let fault = self.standing.wrong(manner, guarantee, keep)?;
            let read = None;
            return Some(Broken { fault, flaw, read });
        }
        for own in &mut self.acked {
            if places.contains_key(&own.value) {
                own.seen = Some(actor);
            }
        }
        self.find_direction(&places);
        if let Some((fault, (flaw, read))) = self.standing.right(manner.sweep) {
            let read = Some(read);
            return Some(Broken { fault, flaw, read });
        }
        let disorder = self.disordered(&places, values.len());
        let flaw = match disorder.filter(|_| manner.is_judged()) {
            Some(flaw) => flaw,
            None if manner.eventual => return None,
            None => self.changed(values, actor, span)?,
        };
        let guarantee = match flaw {
            Flaw::Order(..) => Guarantee::MonotonicWrites,
            Flaw::Missing(..) | Flaw::Beginning => Guarantee::MonotonicReads,
        };
        self.standing.roll_back().then_some(Broken {
            fault: Fault::Rollback(guarantee),
            flaw,
            read: None,
        })
    }

    /// The elements that were acknowledged and are told apart.
    pub(in crate::oracle) fn acknowledged(&self) -> impl Iterator<Item = (ValueHash, Span, &W)> {
        self.acked
            .iter()
            .map(|own| (own.value, own.span, &own.write))
    }

    /// Whether something was added during `span`, or may have been.
    pub(in crate::oracle) fn is_moving(&self, span: Span) -> bool {
        self.pending > 0
            || self.unknown > 0
            || self.acked.iter().any(|own| !own.span.is_before(span))
    }

    fn places(&self, values: &[ValueHash]) -> Places {
        let mut places = Places::new();
        for (at, value) in values.iter().enumerate() {
            let place = places.entry(*value);
            place.and_modify(|place| *place = None).or_insert(Some(at));
        }
        let mut added: BTreeSet<ValueHash> = self.unknown_values.iter().copied().collect();
        for own in &self.acked {
            if !added.insert(own.value) {
                places.entry(own.value).and_modify(|place| *place = None);
            }
        }
        places
    }

    fn find_direction(&mut self, places: &Places) {
        if self.newest_first.is_some() {
            return;
        }
        let mut shown = self
            .acked
            .iter()
            .filter_map(|own| Some((own, place(own, places)?)));
        if let (Some((one, first)), Some((two, second))) = (shown.next(), shown.next())
            && one.span.is_before(two.span)
        {
            self.newest_first = Some(first > second);
        }
    }

    /// An acknowledged element that is missing, rather one that the session
    /// itself has added or seen.
    fn missing(
        &self,
        places: &Places,
        actor: Actor,
        span: Span,
    ) -> Option<(Option<Guarantee>, Flaw<W>)> {
        let missing = self
            .acked
            .iter()
            .filter(|own| own.span.is_before(span) && !places.contains_key(&own.value))
            .map(|own| {
                let guarantee = if own.actor == actor {
                    Some(Guarantee::ReadYourWrites)
                } else {
                    let seen = own.seen == Some(actor);
                    seen.then_some(Guarantee::MonotonicReads)
                };
                (guarantee, own)
            });
        let (guarantee, own) = missing.min_by_key(|(guarantee, _)| guarantee.is_none())?;
        Some((guarantee, Flaw::Missing(own.write.clone(), own.span.done)))
    }

    fn disordered(&self, places: &Places, length: usize) -> Option<Flaw<W>> {
        let newest_first = self.newest_first?;
        let mut last: Option<(&Added<W>, usize)> = None;
        for own in &self.acked {
            let Some(at) = place(own, places) else {
                continue;
            };
            let at = if newest_first { length - at } else { at };
            if let Some((before, place)) = last
                && before.span.is_before(own.span)
                && at < place
            {
                return Some(Flaw::Order(own.write.clone(), own.span.done));
            }
            last = Some((own, at));
        }
        None
    }

    /// Only what is older than every element under way is verified: an element
    /// of unknown outcome may still come between.
    fn changed(&mut self, values: &[ValueHash], actor: Actor, span: Span) -> Option<Flaw<W>> {
        let newest_first = self.newest_first?;
        let hash_of = |length: usize| {
            let mut hasher = DefaultHasher::new();
            let oldest = |at: usize| {
                let at = if newest_first {
                    values.len() - 1 - at
                } else {
                    at
                };
                values[at]
            };
            for at in 0..length {
                oldest(at).hash(&mut hasher);
            }
            hasher.finish()
        };
        let seen = self.verified.get(&actor.session).copied();
        if let Some(seen) = seen.filter(|seen| seen.at < span.sent)
            && (values.len() < seen.length || hash_of(seen.length) != seen.hash)
        {
            return (self.unknown == 0).then_some(Flaw::Beginning);
        }
        if self.pending == 0 && self.unknown == 0 {
            let verified = Verified {
                length: values.len(),
                hash: hash_of(values.len()),
                at: span.done,
            };
            self.verified.insert(actor.session, verified);
            if self.verified.len() > SESSIONS {
                self.verified.pop_first();
            }
        }
        None
    }

    /// Whether it should show what was acknowledged, and was not read back so
    /// yet.
    pub(in crate::oracle) fn is_owed(&self) -> bool {
        !self.acked.is_empty() && !self.standing.swept.is_settled()
    }

    pub(in crate::oracle) fn reads(&self) -> Reads {
        self.reads
    }

    /// What became of it.
    pub(in crate::oracle) fn coverage(&self) -> FollowedCoverage {
        let mut counts = self.counts.clone();
        if !self.acked.is_empty() {
            counts.count(self.is_owed(), self.standing.swept == Swept::Lost);
        }
        counts
    }
}

fn place<W>(own: &Added<W>, places: &Places) -> Option<usize> {
    places.get(&own.value).copied().flatten()
}
