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

#[cfg(test)]
mod tests {
    use super::super::incidents::observed;
    use super::*;

    /// What was done to the request of user 1 at `instance`, between these moments.
    fn provoked(what: Provocation, instance: Option<&str>, sent: u64, done: u64) -> Observation {
        let mut seen = observed(1, instance.unwrap_or_default(), sent, done);
        seen.provocations = vec![what, what];
        if instance.is_none() {
            seen.instance = None;
        }
        seen
    }

    /// What concerns a request of user 2 at `n1`, between 100 and 110: what, when,
    /// and how often so far.
    fn told(before: &[Observation], own: &[Provocation]) -> Vec<(Provocation, When, u64)> {
        let mut provocations = Provocations::default();
        for seen in before {
            provocations.remember(seen);
        }
        let mut seen = observed(2, "n1", 100, 110);
        seen.provocations = own.to_vec();
        let concerning = provocations.concerning(&seen);
        concerning
            .into_iter()
            .map(|own| (own.what, own.when, own.times))
            .collect()
    }

    const LASTS: Provocation = Provocation::AbandonedMidBody;
    const PASSES: Provocation = Provocation::SameRequest;

    #[test]
    fn what_only_lets_requests_meet_concerns_those_that_it_met() {
        for (sent, done, what, when) in [
            (80, 99, PASSES, None),
            (80, 99, LASTS, Some(When::Before)),
            (80, 100, PASSES, Some(When::Meanwhile)),
            (80, 100, LASTS, Some(When::Meanwhile)),
            (110, 120, PASSES, Some(When::Meanwhile)),
            // Sent later, and judged before.
            (111, 120, PASSES, None),
        ] {
            let found = told(&[provoked(what, Some("n1"), sent, done)], &[]);
            let expected: Vec<_> = when.into_iter().map(|when| (what, when, 1)).collect();
            assert_eq!(found, expected, "{what} from {sent} until {done}");
        }
    }

    #[test]
    fn what_was_done_at_another_instance_concerns_nobody_here() {
        let at = |instance| told(&[provoked(LASTS, instance, 10, 20)], &[]);
        assert_eq!(at(Some("n1")), [(LASTS, When::Before, 1)]);
        assert_eq!(at(Some("n2")), []);
        // Whom nobody answered can have been anywhere.
        assert_eq!(at(None), [(LASTS, When::Before, 1)]);
        let mut provocations = Provocations::default();
        provocations.remember(&provoked(LASTS, Some("n2"), 10, 20));
        let unknown = provoked(PASSES, None, 100, 110);
        let all = provocations.concerning(&unknown);
        let all: Vec<_> = all.into_iter().map(|own| (own.what, own.when)).collect();
        assert_eq!(all, [(PASSES, When::Itself), (LASTS, When::Before)]);
    }

    #[test]
    fn it_is_told_how_often_and_the_nearest_first() {
        let history = [
            provoked(LASTS, Some("n1"), 10, 20),
            provoked(LASTS, Some("n1"), 30, 40),
            provoked(LASTS, None, 50, 60),
            provoked(LASTS, Some("n2"), 50, 60),
            provoked(PASSES, Some("n1"), 10, 20),
            provoked(PASSES, Some("n1"), 90, 105),
        ];
        let found = told(&history, &[]);
        assert_eq!(
            found,
            [(PASSES, When::Meanwhile, 2), (LASTS, When::Before, 3)]
        );
        let found = told(&history, &[LASTS]);
        assert_eq!(
            found,
            [(LASTS, When::Itself, 4), (PASSES, When::Meanwhile, 2)]
        );
        assert_eq!(told(&[], &[PASSES]), [(PASSES, When::Itself, 1)]);
    }
}
