//! When something happened, and by whom.

use std::time::Duration;

use crate::model::{Timestamp, UserId};

/// Sessions of one user that are remembered: the newest ones.
pub(in crate::oracle) const SESSIONS: usize = 16;

/// The time from sending to the end of the answer. What the request does, it
/// does at some moment of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) struct Span {
    pub(in crate::oracle) sent: Timestamp,
    pub(in crate::oracle) done: Timestamp,
}

/// How much earlier than said something may end by itself: services count
/// seconds, and not all from the same moment.
const SKEW: Duration = Duration::from_secs(1);

impl Span {
    /// From when on something that began within this span, and ends by itself
    /// after `lasting`, may be over. It may have begun as early as it was asked
    /// for.
    pub(in crate::oracle) fn may_be_over(self, lasting: Duration) -> Timestamp {
        self.sent + lasting.saturating_sub(SKEW.min(lasting / 2))
    }

    /// Whether it was over when `later` began.
    pub(in crate::oracle) fn is_before(self, later: Self) -> bool {
        self.done < later.sent
    }
}

/// A user in one of their sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::oracle) struct Actor {
    pub(in crate::oracle) user: UserId,
    pub(in crate::oracle) session: u32,
}

/// The guarantees of a session, by the names of the literature (Terry and
/// others, Session Guarantees for Weakly Consistent Replicated Data, 1994).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::oracle) enum Guarantee {
    ReadYourWrites,
    MonotonicReads,
    MonotonicWrites,
}

impl Guarantee {
    pub(in crate::oracle) const fn name(self) -> &'static str {
        match self {
            Self::ReadYourWrites => "read your writes",
            Self::MonotonicReads => "monotonic reads",
            Self::MonotonicWrites => "monotonic writes",
        }
    }
}

/// How many reads were decisive, so that silence is not blindness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::oracle) struct Reads {
    pub(in crate::oracle) decisive: u64,
    pub(in crate::oracle) ambiguous: u64,
}

impl Reads {
    pub(in crate::oracle) fn add(&mut self, other: Self) {
        self.decisive += other.decisive;
        self.ambiguous += other.ambiguous;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_when_another_begins_is_not_before_it() {
        let moment = |millis| Timestamp::after(Duration::from_millis(millis));
        let span = |sent, done| Span {
            sent: moment(sent),
            done: moment(done),
        };
        for (done, is_before) in [(19, true), (20, false), (21, false)] {
            assert_eq!(span(10, done).is_before(span(20, 30)), is_before, "{done}");
        }
    }
}
