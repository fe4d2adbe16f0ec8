//! The shared counter: what all users raise together.
//!
//! It shows at least what was acknowledged before the read began, and at most
//! what was attempted before it ended, counted from where it stood at first.

use std::collections::VecDeque;

use crate::model::{FollowedCoverage, Outcome, Timestamp};

use super::breach::Fault;
use super::span::{Reads, Span};
use super::suspicion::{Manner, Suspicion, Swept};

/// Acknowledgements that are kept with their times, to know what was
/// acknowledged before a read began; of older ones only the sum is kept.
const RECENT: usize = 1_024;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) enum Outside {
    /// Raises that were acknowledged are missing: so many.
    Below(Fault, i64),
    /// There are more than were attempted: so many.
    Above(i64),
}

/// A violation with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) struct Miscounted<R> {
    pub(in crate::oracle) outside: Outside,
    /// The read that was wrong, when it is an earlier one.
    pub(in crate::oracle) read: Option<R>,
}

/// A counter.
#[derive(Debug)]
pub(in crate::oracle) struct Counter<R> {
    /// Acknowledged, with the moments of the latest ones.
    acked: i64,
    recent: VecDeque<(Timestamp, i64)>,
    /// The latest of those whose moments are not kept.
    forgotten: Option<Timestamp>,
    /// Raises that may have happened.
    raised: i64,
    /// Where it may have stood at first.
    least: Option<i64>,
    most: Option<i64>,
    /// When that was last found to have been raised by something else.
    shifted: Option<Timestamp>,
    missing: Suspicion<(i64, R)>,
    /// What reads showed too much of, and the first of these.
    excess: i64,
    first_excess: Option<R>,
    told_excess: bool,
    /// A read was below what was acknowledged. Where reads come late, what seems
    /// too much may have been too little before.
    lags: bool,
    /// Some raises are known only when they are over.
    unforeseen: bool,
    reads: Reads,
    counts: FollowedCoverage,
}

impl<R> Default for Counter<R> {
    fn default() -> Self {
        Self {
            acked: 0,
            recent: VecDeque::new(),
            forgotten: None,
            raised: 0,
            least: None,
            most: None,
            shifted: None,
            missing: Suspicion::default(),
            excess: 0,
            first_excess: None,
            told_excess: false,
            lags: false,
            unforeseen: false,
            reads: Reads::default(),
            counts: FollowedCoverage::default(),
        }
    }
}

impl<R: Clone> Counter<R> {
    /// It is about to be raised.
    pub(in crate::oracle) fn raising(&mut self, by: i64) {
        self.raised += by;
    }

    /// Raising it came to an end.
    pub(in crate::oracle) fn raised(
        &mut self,
        by: i64,
        span: Span,
        outcome: Outcome,
        announced: bool,
    ) {
        if !announced {
            self.unforeseen = true;
            self.raising(by);
        }
        match outcome {
            Outcome::Info => self.counts.indeterminate += 1,
            Outcome::Fail => self.raised -= by,
            Outcome::Ok => {
                self.counts.acknowledged += 1;
                self.acked += by;
                if self.recent.len() == RECENT {
                    let oldest = self.recent.pop_front().map(|(at, _)| at);
                    self.forgotten = self.forgotten.max(oldest);
                }
                self.recent.push_back((span.done, by));
                self.missing.renew();
            }
        }
    }

    /// A read of `value` came to an end. With `alone`, nobody but the users
    /// raises it.
    pub(in crate::oracle) fn read(
        &mut self,
        value: i64,
        span: Span,
        (manner, alone): (Manner, bool),
        evidence: impl FnOnce() -> R,
    ) -> Option<Miscounted<R>> {
        if self.forgotten.is_some_and(|at| at >= span.sent) {
            // Nobody knows how much of it came after the read began.
            self.reads.ambiguous += 1;
            return None;
        }
        // Everything that may have happened after the read began, and
        // everything that may not have happened at all, widens the bounds.
        let late = self.recent.iter().filter(|(at, _)| *at >= span.sent);
        let late: i64 = late.map(|(_, by)| *by).sum();
        let lowest = self.acked - late;
        let highest = self.raised;
        let (least, most) = (value.saturating_sub(highest), value.saturating_sub(lowest));
        if let Some(missing) = self
            .least
            .map(|known| known.saturating_sub(most))
            .filter(|own| *own > 0)
        {
            if self.shifted.is_some_and(|at| span.sent <= at) {
                // It may have been read before that.
                self.reads.ambiguous += 1;
                return None;
            }
            self.reads.decisive += 1;
            self.lags = true;
            let fault = self.missing.wrong(manner, None, || (missing, evidence()))?;
            return Some(Miscounted {
                outside: Outside::Below(fault, missing),
                read: None,
            });
        }
        if let Some(excess) = self
            .most
            .map(|known| least.saturating_sub(known))
            .filter(|own| *own > 0)
        {
            // Too much of it, or somebody else raises it too: what was known
            // holds no more.
            self.excess += excess;
            self.shifted = self.shifted.max(Some(span.done));
            self.first_excess.get_or_insert_with(evidence);
            self.least = Some(least);
            self.most = Some(most);
        } else {
            self.reads.decisive += u64::from(self.least.is_some() && self.acked != 0);
            self.least = Some(self.least.map_or(least, |known| known.max(least)));
            self.most = Some(self.most.map_or(most, |known| known.min(most)));
        }
        // While it is raised, what is under way makes up for what is missing.
        let sweep = manner.sweep?;
        if let Some((fault, (missing, read))) = self.missing.right(Some(sweep)) {
            return Some(Miscounted {
                outside: Outside::Below(fault, missing),
                read: Some(read),
            });
        }
        self.too_much(alone && !manner.eventual)
    }

    /// What was raised more often than anybody asked, once.
    fn too_much(&mut self, alone: bool) -> Option<Miscounted<R>> {
        let certain = alone && self.excess > 0 && !self.lags && !self.unforeseen;
        let told = !certain || std::mem::replace(&mut self.told_excess, true);
        (!told).then(|| Miscounted {
            outside: Outside::Above(self.excess),
            read: self.first_excess.clone(),
        })
    }

    /// Whether it should show what was acknowledged, and was not read back so
    /// yet.
    pub(in crate::oracle) fn is_owed(&self) -> bool {
        self.acked != 0 && !self.missing.swept.is_settled()
    }

    pub(in crate::oracle) fn reads(&self) -> Reads {
        self.reads
    }

    /// What became of it.
    pub(in crate::oracle) fn coverage(&self) -> FollowedCoverage {
        let mut counts = self.counts.clone();
        if self.acked != 0 {
            counts.count(self.is_owed(), self.missing.swept == Swept::Lost);
        }
        counts
    }
}
