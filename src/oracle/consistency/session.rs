//! The session counter: the service counts what a session does and echoes it.
//!
//! A later count that lacks requests which were acknowledged since an earlier
//! one of the same session means that the state of the session was lost, or is
//! another one's; so does one that is far above everything that the user can
//! have asked meanwhile. Requests of unknown outcome may be counted or not, and
//! balancers may send any request several times.

use std::collections::VecDeque;

use crate::model::Timestamp;

use super::span::{Reads, Span};

/// Counts that are remembered with their times, and requests.
const REMEMBERED: usize = 64;

/// How often one request may be counted: balancers send it once more when an
/// instance does not answer, to the next one and the one after that.
pub(in crate::oracle) const MOST_COUNTED: i64 = 9;

/// Reads that the session has to have counted one by one before it can count
/// too much, and what share of all these are.
const EXACT: u32 = 8;
const EXACT_TENTHS: u32 = 9;

/// The state of the session is not the one that the user has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) struct Forgotten<R> {
    /// What it counts now.
    pub(in crate::oracle) shown: i64,
    /// What it should count at least, or at most.
    pub(in crate::oracle) bound: Bound,
    /// When that was seen.
    pub(in crate::oracle) since: Timestamp,
    /// The read that was wrong, when it is an earlier one.
    pub(in crate::oracle) read: Option<R>,
}

/// What a count violates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) enum Bound {
    Least(i64),
    Most(i64),
}

/// A count that may be too much, until all requests are known that were under
/// way at the same time.
#[derive(Debug)]
struct Suspect<R> {
    shown: i64,
    span: Span,
    /// The read before, and what it counted.
    before: Span,
    count: i64,
    read: R,
}

/// One session of one user.
#[derive(Debug)]
pub(in crate::oracle) struct SessionEcho<R> {
    /// When an answer was complete, and the highest count until then.
    counts: VecDeque<(Timestamp, i64)>,
    /// Acknowledged requests whose answers were not read for their count.
    asked: VecDeque<Span>,
    /// All requests of the user, on whatever way.
    all: VecDeque<Span>,
    /// Requests up to here are not all remembered.
    forgotten: Option<Timestamp>,
    /// The read before.
    last: Option<(Span, i64)>,
    /// Reads that show no more than was asked, and all.
    exact: u32,
    compared: u32,
    suspect: Option<Suspect<R>>,
    told: bool,
    reads: Reads,
}

impl<R> Default for SessionEcho<R> {
    fn default() -> Self {
        Self {
            counts: VecDeque::new(),
            asked: VecDeque::new(),
            all: VecDeque::new(),
            forgotten: None,
            last: None,
            exact: 0,
            compared: 0,
            suspect: None,
            told: false,
            reads: Reads::default(),
        }
    }
}

impl<R> SessionEcho<R> {
    /// The user has signed in or out: another session begins.
    pub(in crate::oracle) fn begin_anew(&mut self) {
        *self = Self {
            told: self.told,
            reads: self.reads,
            ..Self::default()
        };
    }

    /// A request that is counted was acknowledged, and nobody read the count.
    pub(in crate::oracle) fn asked(&mut self, span: Span) {
        if self.asked.len() == REMEMBERED {
            self.asked.pop_front();
        }
        self.asked.push_back(span);
    }

    /// Any request of the user came to an end; `unknown` of all until now may be
    /// counted at any time. Gives what is known to be too much by now: whatever
    /// was under way together with the suspected read was judged before this one
    /// was sent.
    pub(in crate::oracle) fn sent(&mut self, span: Span, unknown: i64) -> Option<Forgotten<R>> {
        let due = |suspect: &mut Suspect<R>| suspect.span.done < span.sent;
        let suspect = self.suspect.take_if(due);
        let found = suspect.and_then(|suspect| self.too_much(suspect, unknown));
        if self.all.len() == REMEMBERED {
            let oldest = self.all.pop_front().map(|own| own.done);
            self.forgotten = self.forgotten.max(oldest);
        }
        self.all.push_back(span);
        found
    }

    /// The requests that may have been counted between two reads, the second one
    /// included.
    fn asked_between(&self, one: Span, two: Span) -> i64 {
        let between = |own: &&Span| own.done >= one.sent && own.sent <= two.done && **own != one;
        let asked = self.all.iter().filter(between).count();
        i64::try_from(asked).unwrap_or(i64::MAX)
    }

    fn too_much(&mut self, suspect: Suspect<R>, unknown: i64) -> Option<Forgotten<R>> {
        if self.forgotten.is_some_and(|at| at >= suspect.before.sent) {
            return None;
        }
        let asked = self.asked_between(suspect.before, suspect.span);
        if suspect.shown <= suspect.count.saturating_add(asked) {
            self.exact += 1;
            return None;
        }
        let asked = asked.saturating_add(unknown);
        let most = asked.saturating_mul(MOST_COUNTED);
        let most = suspect.count.saturating_add(most);
        let counts_by_one =
            self.exact >= EXACT && self.exact * 10 >= (self.compared - 1) * EXACT_TENTHS;
        let wrong = suspect.shown > most && counts_by_one;
        if !wrong || std::mem::replace(&mut self.told, true) {
            return None;
        }
        Some(Forgotten {
            shown: suspect.shown,
            bound: Bound::Most(most),
            since: suspect.before.done,
            read: Some(suspect.read),
        })
    }

    /// A response counted `shown`, its own request included.
    pub(in crate::oracle) fn read(
        &mut self,
        shown: i64,
        span: Span,
        evidence: impl FnOnce() -> R,
    ) -> Option<Forgotten<R>> {
        let between = |since: Timestamp| {
            let asked = self.asked.iter();
            let asked = asked.filter(|own| since < own.sent && own.is_before(span));
            i64::try_from(asked.count()).unwrap_or(0)
        };
        let before = self
            .counts
            .iter()
            .filter(|(at, _)| *at < span.sent)
            .map(|(at, count)| (*at, count.saturating_add(between(*at)).saturating_add(1)))
            .max_by_key(|(_, least)| *least);
        if self.counts.len() == REMEMBERED {
            self.counts.pop_front();
        }
        self.counts.push_back((span.done, shown));
        if let Some((earlier, count)) = self.last.replace((span, shown))
            && earlier.is_before(span)
        {
            self.compared += 1;
            if shown <= count.saturating_add(self.asked_between(earlier, span)) {
                self.exact += 1;
            } else {
                self.suspect = Some(Suspect {
                    shown,
                    span,
                    before: earlier,
                    count,
                    read: evidence(),
                });
            }
        }
        let (since, least) = before?;
        self.reads.decisive += 1;
        if shown >= least {
            return None;
        }
        // It goes on from where it is now.
        self.begin_anew();
        self.counts.push_back((span.done, shown));
        (!std::mem::replace(&mut self.told, true)).then_some(Forgotten {
            shown,
            bound: Bound::Least(least),
            since,
            read: None,
        })
    }

    pub(in crate::oracle) fn reads(&self) -> Reads {
        self.reads
    }
}
