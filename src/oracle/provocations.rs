//! What was provoked, and whether a finding may have needed it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{InstanceId, Provocation, Provoked, RequestId, Timestamp, When};

use super::Observation;

/// Provocations so far, each with the last request it was done to at each
/// instance. An abandoned request has often no instance: it is filed under
/// none, and concerns all.
#[derive(Debug, Default)]
pub(super) struct Provocations {
    last: BTreeMap<Provocation, BTreeMap<Option<InstanceId>, Last>>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    request: RequestId,
    sent: Timestamp,
    ended: Timestamp,
    times: u64,
}

impl Provocations {
    /// Takes in what was done to an exchange.
    pub(super) fn remember(&mut self, seen: &Observation) {
        for what in seen.provocations.iter().copied().collect::<BTreeSet<_>>() {
            let done = self
                .last
                .entry(what)
                .or_default()
                .entry(seen.instance.clone())
                .or_insert(Last {
                    request: seen.request,
                    sent: seen.sent,
                    ended: seen.done,
                    times: 0,
                });
            *done = Last {
                request: seen.request,
                sent: seen.sent,
                ended: seen.done,
                times: done.times + 1,
            };
        }
    }

    /// What concerns a finding on `seen`, the nearest first.
    pub(super) fn concerning(&self, seen: &Observation) -> Vec<Provoked> {
        let mut concerning = Vec::new();
        if self.last.is_empty() && seen.provocations.is_empty() {
            return concerning;
        }
        for what in Provocation::ALL {
            let others = self.last.get(&what);
            let here: Vec<&Last> = others
                .into_iter()
                .flatten()
                .filter(|(instance, _)| {
                    instance.is_none() || seen.instance.is_none() || **instance == seen.instance
                })
                .map(|(_, done)| done)
                .collect();
            let before: u64 = here.iter().map(|done| done.times).sum();
            if seen.provocations.contains(&what) {
                concerning.push(Provoked {
                    what,
                    when: When::Itself,
                    request: seen.request,
                    times: before + 1,
                });
                continue;
            }
            let Some(last) = here.iter().max_by_key(|done| done.ended) else {
                continue;
            };
            let meanwhile = last.sent <= seen.done && last.ended >= seen.sent;
            let when = if meanwhile {
                When::Meanwhile
            } else {
                When::Before
            };
            if meanwhile || lasts(what) {
                concerning.push(Provoked {
                    what,
                    when,
                    request: last.request,
                    times: before,
                });
            }
        }
        concerning.sort_by_key(|provoked| provoked.when);
        concerning
    }
}

/// Whether what it breaks can stay broken; what only makes requests meet is
/// over with them.
fn lasts(what: Provocation) -> bool {
    match what {
        Provocation::AbandonedAfterDelay
        | Provocation::AbandonedAfterSend
        | Provocation::AbandonedBeforeBody
        | Provocation::AbandonedMidBody
        | Provocation::DoubleSubmit
        | Provocation::SignOutInFlight => true,
        Provocation::SameRequest
        | Provocation::SignInsTogether
        | Provocation::SharedConnections => false,
    }
}
