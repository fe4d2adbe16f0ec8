//! The session counter: the service counts what a session does and echoes it.
//!
//! A later count that lacks requests which were acknowledged since an earlier
//! one of the same session means that the state of the session was lost, or is
//! another one's. Requests of unknown outcome may be counted or not.

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
    /// Acknowledged requests whose answers were not read for their count.
    asked: VecDeque<Span>,
    told: bool,
    reads: Reads,
}

impl SessionEcho {
    /// The user has signed in or out: another session begins.
    pub(in crate::oracle) fn begin_anew(&mut self) {
        self.counts.clear();
        self.asked.clear();
    }

    /// A request that is counted was acknowledged, and nobody read the count.
    pub(in crate::oracle) fn asked(&mut self, span: Span) {
        if self.asked.len() == REMEMBERED {
            self.asked.pop_front();
        }
        self.asked.push_back(span);
    }

    /// A response counted `shown`, its own request included.
    pub(in crate::oracle) fn read(&mut self, shown: i64, span: Span) -> Option<Forgotten> {
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
            least,
            since,
        })
    }

    pub(in crate::oracle) fn reads(&self) -> Reads {
        self.reads
    }
}
