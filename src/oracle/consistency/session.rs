//! The session counter: the service counts what a session does and echoes it.
//!
//! A later count that is not above an earlier one of the same session means
//! that the state of the session was lost, or is another one's.

use std::collections::VecDeque;

use crate::model::Timestamp;

use super::span::{Reads, Span};

/// Counts that are remembered with their times.
const REMEMBERED: usize = 64;

/// The state of the session is older than the user has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) struct Forgotten {
    /// What it counts now.
    pub(in crate::oracle) shown: i64,
    /// What it should count at least.
    pub(in crate::oracle) least: i64,
    /// When that was seen.
    pub(in crate::oracle) since: Timestamp,
}

/// One session of one user.
#[derive(Debug, Default)]
pub(in crate::oracle) struct SessionEcho {
    /// When an answer was complete, and the highest count until then.
    counts: VecDeque<(Timestamp, i64)>,
    told: bool,
    reads: Reads,
}

impl SessionEcho {
    /// A response counted `shown`, its own request included.
    pub(in crate::oracle) fn read(&mut self, shown: i64, span: Span) -> Option<Forgotten> {
        let before = self
            .counts
            .iter()
            .filter(|(at, _)| *at < span.sent)
            .max_by_key(|(_, count)| *count)
            .copied();
        if self.counts.len() == REMEMBERED {
            self.counts.pop_front();
        }
        self.counts.push_back((span.done, shown));
        let (since, count) = before?;
        self.reads.decisive += 1;
        if shown > count {
            return None;
        }
        // It goes on from where it is now.
        self.counts.clear();
        self.counts.push_back((span.done, shown));
        (!std::mem::replace(&mut self.told, true)).then_some(Forgotten {
            shown,
            least: count + 1,
            since,
        })
    }

    pub(in crate::oracle) fn reads(&self) -> Reads {
        self.reads
    }
}
