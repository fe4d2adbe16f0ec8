//! The single-writer register: a value that one user sets and reads.
//!
//! A read has to show a value that is at least as new as the newest one that
//! was acknowledged, or seen by this session, before the read began. Writes of
//! unknown outcome may land late, even much later, and explain any read of
//! their value; one that a read shows, and that no later write explains, has
//! landed, and is as good as acknowledged from then on.

use std::collections::{BTreeMap, VecDeque};

use crate::model::{FollowedCoverage, Outcome, Timestamp, ValueHash};

use super::breach::Fault;
use super::span::{Actor, Guarantee, Reads, SESSIONS, Span};
use super::suspicion::{Manner, Suspicion, Swept};

/// Writes that are told apart; older ones are older than all of these.
const REMEMBERED: usize = 32;

/// Writes of unknown outcome that are remembered. With more of them nothing can
/// be said about a value any more.
pub(in crate::oracle) const MOST_UNKNOWN: usize = 32;

#[derive(Clone, Debug)]
struct Written<W> {
    value: ValueHash,
    span: Span,
    actor: Actor,
    write: W,
}

/// Where a value is shown: by which request, and where in its response.
type Place = (String, Option<String>);

/// Places that are remembered.
const PLACES: usize = 16;

/// A write that is under way.
#[derive(Clone, Copy, Debug)]
struct Pending {
    value: ValueHash,
    sent: Timestamp,
    /// When a read has shown it meanwhile, to which session.
    shown: Option<(Timestamp, u32)>,
}

/// A write that a read misses.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) struct Missed<W> {
    /// The read shows a value that nobody is known to have written.
    pub(in crate::oracle) unknown: bool,
    /// The write that it should have shown, or a newer one.
    pub(in crate::oracle) write: W,
    pub(in crate::oracle) acknowledged: Timestamp,
}

/// What is wrong with a read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) struct Older<W, R> {
    pub(in crate::oracle) fault: Fault,
    pub(in crate::oracle) missed: Missed<W>,
    /// The read that was wrong, when it is an earlier one.
    pub(in crate::oracle) read: Option<R>,
}

/// One value of one user.
#[derive(Debug)]
pub(in crate::oracle) struct Register<W, R> {
    /// Acknowledged writes.
    acked: VecDeque<Written<W>>,
    /// Writes of unknown outcome.
    unknown: VecDeque<Written<W>>,
    /// There were more of unknown outcome than are remembered.
    worn_out: bool,
    /// Being written now.
    pending: Vec<Pending>,
    /// What each session has seen: the span of the read, and of the write.
    seen: BTreeMap<u32, (Timestamp, Span, W)>,
    /// What stood there before the first write.
    before: Option<ValueHash>,
    /// The value that each place has shown last as it was written. Services
    /// write values in a way of their own at one place and not at another, and
    /// one value and not another.
    verbatim: BTreeMap<Place, ValueHash>,
    standing: Suspicion<(Missed<W>, R)>,
    reads: Reads,
    counts: FollowedCoverage,
}

impl<W, R> Default for Register<W, R> {
    fn default() -> Self {
        Self {
            acked: VecDeque::new(),
            unknown: VecDeque::new(),
            worn_out: false,
            pending: Vec::new(),
            seen: BTreeMap::new(),
            before: None,
            verbatim: BTreeMap::new(),
            standing: Suspicion::default(),
            reads: Reads::default(),
            counts: FollowedCoverage::default(),
        }
    }
}

impl<W: Clone, R> Register<W, R> {
    /// `value` is about to be written.
    pub(in crate::oracle) fn writing(&mut self, value: ValueHash, sent: Timestamp) {
        self.pending.push(Pending {
            value,
            sent,
            shown: None,
        });
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
        let pending = self.pending.iter().position(|own| own.value == value);
        let shown = pending.and_then(|at| self.pending.remove(at).shown);
        let written = Written {
            value,
            span,
            actor,
            write,
        };
        match (outcome, shown) {
            (Outcome::Fail, _) => {}
            (Outcome::Ok, _) => {
                self.counts.acknowledged += 1;
                self.acknowledge(written);
            }
            (Outcome::Info, Some((shown, session))) => {
                self.counts.indeterminate += 1;
                let landed = landed(written, shown);
                self.see(session, shown, &landed);
                self.acknowledge(landed);
            }
            (Outcome::Info, None) => {
                self.counts.indeterminate += 1;
                if self.unknown.len() == MOST_UNKNOWN {
                    self.unknown.pop_front();
                    self.worn_out = true;
                }
                self.unknown.push_back(written);
            }
        }
    }

    fn acknowledge(&mut self, written: Written<W>) {
        if self.acked.len() == REMEMBERED {
            self.acked.pop_front();
        }
        self.acked.push_back(written);
        self.standing.renew();
    }

    /// `session` has seen `written` at that moment.
    fn see(&mut self, session: u32, at: Timestamp, written: &Written<W>) {
        self.seen
            .insert(session, (at, written.span, written.write.clone()));
        if self.seen.len() > SESSIONS {
            self.seen.pop_first();
        }
    }

    /// What a read has to show, if nothing else can stand there in another
    /// spelling.
    fn due(&self, span: Span) -> Option<ValueHash> {
        let known = self.acked.iter().filter(|own| own.span.is_before(span));
        let newest = known.max_by_key(|own| own.span.done)?;
        let older = |own: &Written<W>| own.value == newest.value || own.span.is_before(newest.span);
        let alone = self.unknown.is_empty() && self.pending.is_empty();
        (alone && self.acked.iter().all(older)).then_some(newest.value)
    }

    /// What a read of `value` was to show instead, or `value` itself, if nothing
    /// else can stand there in another spelling.
    pub(in crate::oracle) fn due_at(&self, value: ValueHash, span: Span) -> Option<ValueHash> {
        let due = self.due(span)?;
        let is_known = self.before == Some(value) || self.newest(value).is_some();
        (value == due || !is_known).then_some(due)
    }

    /// A read of `value` came to an end, at that place. A value that nobody is
    /// known to have written is wrong where the one that it should be was shown
    /// before as it was written, or where it stands for others as well (`stands_in`);
    /// elsewhere the service may write it so.
    pub(in crate::oracle) fn read(
        &mut self,
        value: ValueHash,
        actor: Actor,
        span: Span,
        (manner, (route, at), stands_in): (Manner, (&str, Option<&str>), bool),
        evidence: impl FnOnce() -> R,
    ) -> Option<Older<W, R>> {
        let place = (route.to_owned(), at.map(str::to_owned));
        if self
            .newest(value)
            .is_none_or(|own| self.floor(Some(own), actor, span).is_some())
        {
            self.confirm(value, actor, span);
        }
        let newest = self.newest(value).cloned();
        let shown_before = self.verbatim.get(&place).copied();
        let faithful = stands_in || (shown_before.is_some() && shown_before == self.due(span));
        if newest.is_some() {
            self.verbatim.insert(place, value);
            if self.verbatim.len() > PLACES {
                self.verbatim.pop_first();
            }
        }
        let Some((guarantee, missed)) = self.floor(newest.as_ref(), actor, span) else {
            if let Some(newest) = newest {
                self.see(actor.session, span.done, &newest);
                self.reads.decisive += 1;
                let late = self.standing.right(manner.sweep);
                return late.map(|(fault, (missed, read))| Older {
                    fault,
                    missed,
                    read: Some(read),
                });
            }
            if self.acked.is_empty() && self.pending.is_empty() && self.unknown.is_empty() {
                self.before.get_or_insert(value);
            }
            return None;
        };
        let stranger = newest.is_none() && self.before != Some(value);
        let unsure = (stranger && !faithful)
            || self.unknown.iter().any(|own| own.value == value)
            || self.pending.iter().any(|own| own.value == value)
            || self.worn_out;
        if unsure {
            self.reads.ambiguous += 1;
            return None;
        }
        self.reads.decisive += 1;
        let missed = Missed {
            unknown: stranger,
            ..missed
        };
        let keep = || (missed.clone(), evidence());
        let fault = self.standing.wrong(manner, guarantee, keep)?;
        Some(Older {
            fault,
            missed,
            read: None,
        })
    }

    fn newest(&self, value: ValueHash) -> Option<&Written<W>> {
        let known = self.acked.iter().filter(|own| own.value == value);
        known.max_by_key(|own| own.span.done)
    }

    /// A read shows `value`, which no acknowledged write explains: a write of
    /// unknown outcome has landed, unless a newer one was acknowledged or seen
    /// before. Then it may have landed late, and may be late once more.
    fn confirm(&mut self, value: ValueHash, actor: Actor, span: Span) {
        let floor = self
            .acked
            .iter()
            .filter(|own| own.span.is_before(span))
            .map(|own| own.span.sent);
        let seen = self.seen.get(&actor.session);
        let seen = seen.filter(|(at, _, _)| *at < span.sent);
        let floor = floor.chain(seen.map(|(_, write, _)| write.sent)).max();
        let may_be = |sent: Timestamp| sent <= span.done && floor.is_none_or(|floor| floor < sent);
        let landed_one = self
            .unknown
            .iter()
            .rposition(|own| own.value == value && may_be(own.span.sent));
        if let Some(written) = landed_one.and_then(|at| self.unknown.remove(at)) {
            self.acknowledge(landed(written, span.done));
            return;
        }
        let pending = self.pending.iter_mut();
        for own in pending.filter(|own| own.value == value && may_be(own.sent)) {
            own.shown.get_or_insert((span.done, actor.session));
        }
    }

    /// The write that a read of `shown` misses, if it misses one, and which
    /// guarantee of the session that is against.
    fn floor(
        &self,
        shown: Option<&Written<W>>,
        actor: Actor,
        span: Span,
    ) -> Option<(Option<Guarantee>, Missed<W>)> {
        // Newer is what began when the shown one was over: writes at the same
        // time may have come in either order.
        let is_newer = |write: Span| shown.is_none_or(|shown| shown.span.is_before(write));
        let seen = self.seen.get(&actor.session);
        let seen = seen.filter(|(at, _, _)| *at < span.sent);
        let missed = |write: &W, acknowledged| Missed {
            unknown: false,
            write: write.clone(),
            acknowledged,
        };
        let acked = self
            .acked
            .iter()
            .filter(|own| own.span.is_before(span) && is_newer(own.span))
            .max_by_key(|own| own.span.done);
        let Some(own) = acked else {
            let (_, write, evidence) = seen.filter(|(_, write, _)| is_newer(*write))?;
            let guarantee = Some(Guarantee::MonotonicReads);
            return Some((guarantee, missed(evidence, write.done)));
        };
        let guarantee = if own.actor == actor {
            Some(Guarantee::ReadYourWrites)
        } else {
            let seen = seen.filter(|(_, write, _)| is_newer(*write));
            seen.map(|_| Guarantee::MonotonicReads)
        };
        Some((guarantee, missed(&own.write, own.span.done)))
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
        counts.blind += u64::from(self.worn_out);
        counts
    }
}

/// `written`, which a read at `shown` has shown. Nobody was told before.
fn landed<W>(written: Written<W>, shown: Timestamp) -> Written<W> {
    Written {
        span: Span {
            sent: written.span.sent,
            done: shown.max(written.span.sent),
        },
        actor: Actor {
            session: u32::MAX,
            ..written.actor
        },
        ..written
    }
}
