//! Elements that were added to a list once, and stand there twice.
//!
//! It takes an element that nobody can have had before: a value drawn in this run,
//! acknowledged, and in no request but the one that added it. And a page may show
//! some elements once more, such as the latest ones above all others. So a place
//! tells something only after it has shown everything once, to whomever.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::model::{Dealings, Effect, Outcome, Provocation, Timestamp, ValueHash, Verb};
use crate::oracle::Observation;

use super::span::Span;

/// Elements that are remembered; older ones accuse nobody.
const REMEMBERED: usize = 65_536;

/// Places of lists that are remembered.
const PLACES: usize = 4_096;

/// A list at one route, read with one selector.
pub(super) type Place = (String, String, Option<Arc<str>>);

/// What a read shows, and how.
#[derive(Debug)]
pub(super) struct Showing<'r> {
    pub(super) place: Place,
    pub(super) values: &'r [ValueHash],
    pub(super) span: Span,
    /// It is put together from pages while something was added, or may have been:
    /// what moves from one page to the next is shown on both.
    pub(super) torn: bool,
    /// It is put together from pages.
    pub(super) paged: bool,
}

/// An element that stands twice.
#[derive(Debug, PartialEq)]
pub(super) struct Twofold<W> {
    pub(super) acknowledged: Timestamp,
    pub(super) write: W,
}

/// What was added once.
#[derive(Debug, Default)]
pub(super) struct Once {
    values: BTreeSet<ValueHash>,
    order: VecDeque<ValueHash>,
    /// Since when pages have shown them twice.
    twice: BTreeMap<ValueHash, Timestamp>,
    /// Places that have shown each element once.
    plain: BTreeSet<Place>,
}

impl Once {
    /// A request is about to do this.
    pub(super) fn announced(&mut self, dealings: &Dealings<ValueHash>) {
        let adds = |effect: &Effect<ValueHash>| effect.verb == Verb::Appended && effect.coined;
        let added: Vec<ValueHash> = dealings
            .effects
            .iter()
            .filter(|effect| adds(effect))
            .map(|effect| effect.value)
            .collect();
        let declared = dealings.effects.iter().map(|effect| effect.value);
        for value in declared.chain(dealings.named.iter().copied()) {
            if !added.contains(&value) {
                self.forget(value);
            }
        }
        for value in added {
            if !self.values.insert(value) {
                self.forget(value);
                continue;
            }
            self.order.push_back(value);
            if self.order.len() > REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.forget(oldest);
            }
        }
    }

    /// A request that was to add something came to an end.
    pub(super) fn ended(&mut self, value: ValueHash, outcome: Outcome, seen: &Observation) {
        let sent_twice = seen.provocations.contains(&Provocation::DoubleSubmit);
        if outcome != Outcome::Ok || sent_twice {
            self.forget(value);
        }
    }

    fn forget(&mut self, value: ValueHash) {
        self.values.remove(&value);
        self.twice.remove(&value);
    }

    /// A read came to an end. Gives the first of the `acked` elements that stands
    /// twice in it, each once.
    pub(super) fn read<'w, W: Clone + 'w>(
        &mut self,
        showing: Showing<'_>,
        acked: impl Iterator<Item = (ValueHash, Span, &'w W)>,
    ) -> Option<Twofold<W>> {
        let mut times: BTreeMap<ValueHash, u32> = BTreeMap::new();
        for value in showing.values {
            *times.entry(*value).or_default() += 1;
        }
        let (mut single, mut double) = (false, Vec::new());
        for (value, span, write) in acked {
            if !self.values.contains(&value) || !span.is_before(showing.span) {
                continue;
            }
            match times.get(&value) {
                None => {}
                Some(1) => single = true,
                Some(_) => double.push((value, span, write)),
            }
        }
        if double.is_empty() {
            if single && self.plain.len() < PLACES {
                self.plain.insert(showing.place);
            }
            return None;
        }
        if showing.torn || !self.plain.contains(&showing.place) {
            return None;
        }
        for (value, span, write) in double {
            // Pages are read twice.
            let sure = !showing.paged || {
                let first = self.twice.entry(value).or_insert(showing.span.done);
                *first < showing.span.sent
            };
            if sure {
                self.forget(value);
                return Some(Twofold {
                    acknowledged: span.done,
                    write: write.clone(),
                });
            }
        }
        None
    }
}
