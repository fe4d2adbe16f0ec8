//! The single-writer register: a value that one user sets and reads.
//!
//! A read has to show a value that is at least as new as the newest one that
//! was acknowledged, or seen by this session, before the read began. Writes of
//! unknown outcome may land late, even much later, and explain any read of
//! their value.

use std::collections::{BTreeMap, VecDeque};

use crate::model::{Outcome, Timestamp, ValueHash};

use super::span::{Actor, Guarantee, Reads, SESSIONS, Span};

/// Writes that are told apart; older ones are older than all of these.
const REMEMBERED: usize = 32;

/// Writes of unknown outcome after which nothing can be said about a value any
/// more: a caller who can should write to another key.
pub(in crate::oracle) const MOST_UNKNOWN: usize = 4;

#[derive(Clone, Debug)]
struct Written<W> {
    value: ValueHash,
    span: Span,
    actor: Actor,
    write: W,
}

/// What is wrong with a read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) struct Older<W> {
    pub(in crate::oracle) guarantee: Guarantee,
    /// It shows a value that nobody is known to have written.
    pub(in crate::oracle) unknown: bool,
    /// The write that it should have shown, or a newer one.
    pub(in crate::oracle) write: W,
    pub(in crate::oracle) acknowledged: Timestamp,
}

/// One value of one user.
#[derive(Debug)]
pub(in crate::oracle) struct Register<W> {
    /// Acknowledged writes.
    acked: VecDeque<Written<W>>,
    /// Writes of unknown outcome.
    unknown: Vec<ValueHash>,
    /// Being written now.
    pending: Vec<ValueHash>,
    /// What each session has seen: the span of the read, and of the write.
    seen: BTreeMap<u32, (Timestamp, Span, W)>,
    /// What stood there before the first write.
    before: Option<ValueHash>,
    told: bool,
    reads: Reads,
}

impl<W> Default for Register<W> {
    fn default() -> Self {
        Self {
            acked: VecDeque::new(),
            unknown: Vec::new(),
            pending: Vec::new(),
            seen: BTreeMap::new(),
            before: None,
            told: false,
            reads: Reads::default(),
        }
    }
}

impl<W: Clone> Register<W> {
    /// `value` is about to be written.
    pub(in crate::oracle) fn writing(&mut self, value: ValueHash) {
        self.pending.push(value);
    }

    /// Writing `value` came to an end.
    pub(in crate::oracle) fn wrote(
        &mut self,
        value: ValueHash,
        actor: Actor,
        span: Span,
        outcome: Outcome,
        write: W,
    ) {
        if let Some(at) = self.pending.iter().position(|own| *own == value) {
            self.pending.remove(at);
        }
        match outcome {
            Outcome::Fail => {}
            Outcome::Info if self.unknown.len() < MOST_UNKNOWN => self.unknown.push(value),
            Outcome::Info => self.unknown.truncate(MOST_UNKNOWN),
            Outcome::Ok => {
                if self.acked.len() == REMEMBERED {
                    self.acked.pop_front();
                }
                self.acked.push_back(Written {
                    value,
                    span,
                    actor,
                    write,
                });
            }
        }
    }

    /// Whether another key had better be used.
    pub(in crate::oracle) fn is_worn_out(&self) -> bool {
        self.unknown.len() >= MOST_UNKNOWN
    }

    /// Whether a value that was written was ever read as it was written.
    pub(in crate::oracle) fn shows(&self, value: ValueHash) -> bool {
        self.acked.iter().any(|own| own.value == value)
    }

    /// A read of `value` came to an end. With `faithful`, values are known to
    /// be shown as they were written.
    pub(in crate::oracle) fn read(
        &mut self,
        value: ValueHash,
        actor: Actor,
        span: Span,
        faithful: bool,
    ) -> Option<Older<W>> {
        let known = self.acked.iter().filter(|own| own.value == value);
        let newest = known.max_by_key(|own| own.span.done).cloned();
        let Some(floor) = self.floor(newest.as_ref(), actor, span) else {
            if let Some(newest) = newest {
                self.seen
                    .insert(actor.session, (span.done, newest.span, newest.write));
                if self.seen.len() > SESSIONS {
                    self.seen.pop_first();
                }
                self.reads.decisive += 1;
            } else if self.acked.is_empty() && self.pending.is_empty() && self.unknown.is_empty() {
                self.before.get_or_insert(value);
            }
            return None;
        };
        let stranger = newest.is_none() && self.before != Some(value);
        let unsure = (stranger && !faithful)
            || self.unknown.contains(&value)
            || self.pending.contains(&value)
            || self.is_worn_out();
        if unsure {
            self.reads.ambiguous += 1;
            return None;
        }
        self.reads.decisive += 1;
        if std::mem::replace(&mut self.told, true) {
            return None;
        }
        Some(Older {
            unknown: stranger,
            ..floor
        })
    }

    /// The write that a read of `shown` misses, if it misses one.
    fn floor(&self, shown: Option<&Written<W>>, actor: Actor, span: Span) -> Option<Older<W>> {
        // Newer is what began when the shown one was over: writes at the same
        // time may have come in either order.
        let is_newer = |write: Span| shown.is_none_or(|shown| shown.span.is_before(write));
        let acked = self
            .acked
            .iter()
            .filter(|own| own.span.is_before(span) && is_newer(own.span))
            .max_by_key(|own| own.span.done);
        if let Some(own) = acked {
            let seen = self.seen.get(&actor.session);
            let seen = seen.is_some_and(|(at, write, _)| *at < span.sent && *write == own.span);
            return Some(Older {
                guarantee: if seen && own.actor != actor {
                    Guarantee::MonotonicReads
                } else {
                    Guarantee::ReadYourWrites
                },
                unknown: false,
                write: own.write.clone(),
                acknowledged: own.span.done,
            });
        }
        let (_, write, evidence) = self
            .seen
            .get(&actor.session)
            .filter(|(at, write, _)| *at < span.sent && is_newer(*write))?;
        Some(Older {
            guarantee: Guarantee::MonotonicReads,
            unknown: false,
            write: evidence.clone(),
            acknowledged: write.done,
        })
    }

    pub(in crate::oracle) fn reads(&self) -> Reads {
        self.reads
    }
}
