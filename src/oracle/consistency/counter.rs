//! The shared counter: what all users raise together.
//!
//! It shows at least what was acknowledged before the read began, and at most
//! what was attempted before it ended, counted from where it stood at first.

use std::collections::VecDeque;

use crate::model::{Outcome, Timestamp};

use super::span::{Reads, Span};

/// Acknowledgements that are kept with their times, to know what was
/// acknowledged before a read began; of older ones only the sum is kept.
const RECENT: usize = 1_024;

/// What is wrong with a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) enum Outside {
    /// Raises that were acknowledged are missing: so many.
    Below(i64),
    /// There are more than were attempted: so many.
    Above(i64),
}

/// A counter.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Counter {
    /// Acknowledged, with the moments of the latest ones.
    acked: i64,
    recent: VecDeque<(Timestamp, i64)>,
    /// Raises and lowerings that may have happened.
    raised: i64,
    lowered: i64,
    acked_raised: i64,
    acked_lowered: i64,
    /// Where it may have stood at first.
    least: Option<i64>,
    most: Option<i64>,
    reads: Reads,
}

impl Counter {
    /// It is about to be raised.
    pub(in crate::oracle) fn raising(&mut self, by: i64) {
        if by < 0 {
            self.lowered += by;
        } else {
            self.raised += by;
        }
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
            self.raising(by);
        }
        match outcome {
            Outcome::Info => {}
            Outcome::Fail => self.raising_undone(by),
            Outcome::Ok => {
                self.acked += by;
                if by < 0 {
                    self.acked_lowered += by;
                } else {
                    self.acked_raised += by;
                }
                if self.recent.len() == RECENT {
                    self.recent.pop_front();
                }
                self.recent.push_back((span.done, by));
            }
        }
    }

    fn raising_undone(&mut self, by: i64) {
        if by < 0 {
            self.lowered -= by;
        } else {
            self.raised -= by;
        }
    }

    /// A read of `value` came to an end.
    pub(in crate::oracle) fn read(&mut self, value: i64, span: Span) -> Option<Outside> {
        // Everything that may have happened after the read began, and
        // everything that may not have happened at all, widens the bounds.
        let late = |positive: bool| -> i64 {
            let late = self
                .recent
                .iter()
                .filter(|(at, by)| *at >= span.sent && (*by >= 0) == positive);
            late.map(|(_, by)| *by).sum()
        };
        let lowest = self.acked_raised - late(true) + self.lowered;
        let highest = self.raised + self.acked_lowered - late(false);
        let (least, most) = (value - highest, value - lowest);
        let (known_least, known_most) = (self.least, self.most);
        if let Some(known) = known_least.filter(|known| *known > most) {
            self.reads.decisive += 1;
            return Some(Outside::Below(known - most));
        }
        if let Some(known) = known_most.filter(|known| *known < least) {
            // Somebody else raises it too: what was known holds no more.
            self.least = Some(least);
            self.most = Some(most);
            return Some(Outside::Above(least - known));
        }
        self.reads.decisive += u64::from(known_least.is_some() && self.acked != 0);
        self.least = Some(known_least.map_or(least, |known| known.max(least)));
        self.most = Some(known_most.map_or(most, |known| known.min(most)));
        None
    }

    pub(in crate::oracle) fn reads(&self) -> Reads {
        self.reads
    }
}
