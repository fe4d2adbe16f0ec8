//! What becomes of sessions across scale events.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{Finding, InstanceId, Rule, UserId};
use crate::oracle::Observation;

use super::outcome::SessionsOutcome;

/// Follows each user's session: which instance it was seen at before events,
/// and where it went on.
#[derive(Debug, Default)]
pub(crate) struct SessionsSeen {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Session number and instance last seen before or during an event.
    before: BTreeMap<UserId, (u32, InstanceId)>,
    moved: BTreeMap<UserId, bool>,
    lost: u64,
    lost_during: u64,
}

impl SessionsSeen {
    /// Takes in one judged exchange.
    pub(crate) fn observe(&self, seen: &Observation, findings: &[Finding]) {
        let lost = findings
            .iter()
            .any(|finding| finding.rule == Rule::SessionLost);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if lost {
            inner.lost += 1;
            inner.lost_during += u64::from(matches!(seen.window.as_str(), "during" | "after"));
            return;
        }
        let Some(instance) = seen
            .instance
            .as_ref()
            .filter(|_| seen.signed_in && !seen.anonymous)
        else {
            return;
        };
        if seen.window == "before" {
            inner
                .before
                .insert(seen.user, (seen.session, instance.clone()));
        } else if seen.window == "after"
            && let Some((session, old)) = inner.before.get(&seen.user)
            && *session == seen.session
        {
            let moved = old != instance;
            *inner.moved.entry(seen.user).or_default() |= moved;
        }
    }

    /// The figures, given how many sessions were established and are alive.
    pub(crate) fn outcome(&self, established: u64, alive: u64) -> SessionsOutcome {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = inner.moved.values().filter(|moved| **moved).count() as u64;
        SessionsOutcome {
            established,
            alive,
            lost: inner.lost,
            lost_during_events: inner.lost_during,
            moved,
            stayed: inner.moved.len() as u64 - moved,
        }
    }
}
