//! The list that one user adds to: elements stay, in the order in which they
//! were acknowledged.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::model::{Outcome, Timestamp, ValueHash};

use super::span::{Actor, Guarantee, Reads, SESSIONS, Span};

/// Acknowledged elements that are told apart; older ones are in the verified
/// beginning.
const REMEMBERED: usize = 64;

#[derive(Clone, Debug)]
struct Added<W> {
    value: ValueHash,
    span: Span,
    write: W,
}

/// What is wrong with a read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) enum Broken<W> {
    /// An element that was acknowledged is missing.
    Missing(W, Timestamp),
    /// Two elements are not in the order in which they were acknowledged.
    Order(W, Timestamp),
    /// What was read before has changed.
    Beginning,
}

impl<W> Broken<W> {
    pub(in crate::oracle) fn guarantee(&self) -> Guarantee {
        match self {
            Self::Missing(..) => Guarantee::ReadYourWrites,
            Self::Order(..) => Guarantee::MonotonicWrites,
            Self::Beginning => Guarantee::MonotonicReads,
        }
    }
}

/// What was read: so many elements, which hash to this.
#[derive(Clone, Copy, Debug)]
struct Verified {
    length: usize,
    hash: u64,
    at: Timestamp,
}

/// One list of one user.
#[derive(Debug)]
pub(in crate::oracle) struct AppendList<W> {
    acked: VecDeque<Added<W>>,
    /// Elements of unknown outcome may come at any place of the end.
    unknown: u64,
    pending: u32,
    /// Beginnings that sessions have seen.
    verified: BTreeMap<u32, Verified>,
    /// The newest element stands first; `None` until two told.
    newest_first: Option<bool>,
    told: bool,
    reads: Reads,
}

impl<W> Default for AppendList<W> {
    fn default() -> Self {
        Self {
            acked: VecDeque::new(),
            unknown: 0,
            pending: 0,
            verified: BTreeMap::new(),
            newest_first: None,
            told: false,
            reads: Reads::default(),
        }
    }
}

impl<W: Clone> AppendList<W> {
    /// An element is about to be added.
    pub(in crate::oracle) fn appending(&mut self) {
        self.pending += 1;
    }

    /// Adding `value` came to an end.
    pub(in crate::oracle) fn appended(
        &mut self,
        value: ValueHash,
        span: Span,
        outcome: Outcome,
        announced: bool,
        write: W,
    ) {
        self.pending -= u32::from(announced && self.pending > 0);
        match outcome {
            Outcome::Fail => {}
            Outcome::Info => self.unknown += 1,
            Outcome::Ok => {
                if self.acked.len() == REMEMBERED {
                    self.acked.pop_front();
                }
                self.acked.push_back(Added { value, span, write });
            }
        }
    }

    /// A read of all `values` came to an end.
    pub(in crate::oracle) fn read(
        &mut self,
        values: &[ValueHash],
        actor: Actor,
        span: Span,
    ) -> Option<Broken<W>> {
        let mut places: BTreeMap<ValueHash, usize> = BTreeMap::new();
        for (at, value) in values.iter().enumerate() {
            places.entry(*value).or_insert(at);
        }
        self.find_direction(&places);
        let Some(newest_first) = self.newest_first else {
            // Missing elements need no direction.
            let missing = self.missing(&places, span);
            return self.tell(missing);
        };
        let place = |value: ValueHash| {
            let at = places.get(&value).copied()?;
            Some(if newest_first { values.len() - at } else { at })
        };
        let wrong = self
            .missing(&places, span)
            .or_else(|| self.disorder(place))
            .or_else(|| self.changed(values, newest_first, actor, span));
        self.tell(wrong)
    }

    fn find_direction(&mut self, places: &BTreeMap<ValueHash, usize>) {
        if self.newest_first.is_some() {
            return;
        }
        let mut shown = self
            .acked
            .iter()
            .filter_map(|own| Some((own, places.get(&own.value)?)));
        if let (Some((one, first)), Some((two, second))) = (shown.next(), shown.next())
            && one.span.is_before(two.span)
        {
            self.newest_first = Some(first > second);
        }
    }

    fn missing(&self, places: &BTreeMap<ValueHash, usize>, span: Span) -> Option<Broken<W>> {
        self.acked
            .iter()
            .filter(|own| own.span.is_before(span))
            .find(|own| !places.contains_key(&own.value))
            .map(|own| Broken::Missing(own.write.clone(), own.span.done))
    }

    fn disorder(&self, place: impl Fn(ValueHash) -> Option<usize>) -> Option<Broken<W>> {
        let mut last: Option<(&Added<W>, usize)> = None;
        for own in &self.acked {
            let Some(at) = place(own.value) else { continue };
            if let Some((before, place)) = last
                && before.span.is_before(own.span)
                && at < place
            {
                return Some(Broken::Order(own.write.clone(), own.span.done));
            }
            last = Some((own, at));
        }
        None
    }

    /// Only what is older than every element under way is verified: an element
    /// of unknown outcome may still come between.
    fn changed(
        &mut self,
        values: &[ValueHash],
        newest_first: bool,
        actor: Actor,
        span: Span,
    ) -> Option<Broken<W>> {
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
            return (self.unknown == 0).then_some(Broken::Beginning);
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

    fn tell(&mut self, wrong: Option<Broken<W>>) -> Option<Broken<W>> {
        if self.unknown > 0 && self.acked.is_empty() {
            self.reads.ambiguous += 1;
        } else if !self.acked.is_empty() {
            self.reads.decisive += 1;
        }
        let wrong = wrong?;
        (!std::mem::replace(&mut self.told, true)).then_some(wrong)
    }

    pub(in crate::oracle) fn reads(&self) -> Reads {
        self.reads
    }
}
