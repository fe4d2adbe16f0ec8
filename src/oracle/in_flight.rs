//! Requests under way: whose requests overlapped whose.
//!
//! A request stays here until it has been judged. Between its end and that
//! moment the judge does not know it yet, and a finding of somebody else would
//! not name it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::model::{Passage, RequestId, Timestamp, UserId};

/// More pairs than this are not told apart any more; the count stays there.
const MOST_PAIRS: usize = 1_000_000;

/// The requests that have been sent and not yet judged.
#[derive(Debug, Default)]
pub struct InFlight {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    under_way: BTreeMap<UserId, Vec<Passage>>,
    /// Those whose answer has not begun, the oldest first.
    unanswered: BTreeSet<(Timestamp, RequestId)>,
    pairs: HashSet<(UserId, UserId)>,
}

impl InFlight {
    /// `user` has sent a request.
    pub fn sent(&self, user: UserId, passage: Passage) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.unanswered.insert((passage.sent, passage.request));
        let Inner {
            under_way, pairs, ..
        } = &mut *inner;
        if pairs.len() < MOST_PAIRS {
            pairs.extend(
                under_way
                    .iter()
                    .filter(|(other, _)| **other != user)
                    .filter(|(_, passages)| passages.iter().any(|own| own.done.is_none()))
                    .map(|(&other, _)| (user.min(other), user.max(other))),
            );
        }
        under_way.entry(user).or_default().push(passage);
    }

    /// The answer to the request `id`, sent at `sent`, has begun, or nobody waits
    /// for its end.
    pub fn answered(&self, sent: Timestamp, id: RequestId) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.unanswered.remove(&(sent, id));
    }

    /// The request `id` of `user` was done `at` this moment.
    pub fn done(&self, user: UserId, id: RequestId, at: Timestamp) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let passages = inner.under_way.get_mut(&user);
        let passage = passages.and_then(|own| own.iter_mut().find(|own| own.request == id));
        if let Some(passage) = passage {
            passage.done = Some(at);
            let waited = (passage.sent, id);
            inner.unanswered.remove(&waited);
        }
    }

    /// The request `id` of `user` has been judged.
    pub fn judged(&self, user: UserId, id: RequestId) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(passages) = inner.under_way.get_mut(&user) {
            passages.retain(|passage| passage.request != id);
            if passages.is_empty() {
                inner.under_way.remove(&user);
            }
        }
    }

    /// The requests of `user` that have not been judged yet.
    pub fn of(&self, user: UserId) -> Vec<Passage> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.under_way.get(&user).cloned().unwrap_or_default()
    }

    /// How many requests were sent at `moment` or earlier and have had nothing of
    /// an answer yet.
    pub fn waiting_since(&self, moment: Timestamp) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = inner.unanswered.iter();
        oldest.take_while(|own| own.0 <= moment).count() as u64
    }

    /// How many pairs of different users had requests under way together.
    pub fn overlapping_pairs(&self) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.pairs.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Place, RunTag};

    fn passage(user: u32, number: u64, sent: u64) -> Passage {
        Passage {
            request: RequestId::new(RunTag(1), UserId(user), number),
            route: "GET /".to_owned(),
            place: Place::new("f", 1),
            sent: Timestamp::after(Duration::from_secs(sent)),
            done: None,
            instance: None,
        }
    }

    #[test]
    fn pairs_are_of_different_users_whose_requests_met() {
        let in_flight = InFlight::default();
        for user in [3, 1, 2] {
            in_flight.sent(UserId(user), passage(user, 1, 0));
        }
        assert_eq!(in_flight.overlapping_pairs(), 3);
        // The same again, and one's own.
        in_flight.sent(UserId(3), passage(3, 2, 1));
        in_flight.sent(UserId(3), passage(3, 3, 1));
        assert_eq!(in_flight.overlapping_pairs(), 3);
        // What is done meets nobody any more, though it was not judged yet.
        for (user, number) in [(3, 1), (3, 2), (3, 3), (1, 1)] {
            let at = Timestamp::after(Duration::from_secs(2));
            let id = RequestId::new(RunTag(1), UserId(user), number);
            in_flight.done(UserId(user), id, at);
        }
        in_flight.sent(UserId(4), passage(4, 1, 3));
        assert_eq!(in_flight.overlapping_pairs(), 4, "2 and 4");
    }

    #[test]
    fn a_request_is_told_until_it_is_judged() {
        let in_flight = InFlight::default();
        let user = UserId(1);
        let (one, other) = (passage(1, 1, 0), passage(1, 2, 1));
        for own in [&one, &other] {
            in_flight.sent(user, own.clone());
        }
        assert_eq!(in_flight.of(user), [one.clone(), other.clone()]);
        in_flight.judged(user, one.request);
        let last = other.request;
        assert_eq!(in_flight.of(user), [other]);
        in_flight.judged(user, last);
        assert_eq!(in_flight.of(user), []);
    }

    #[test]
    fn who_has_had_something_of_an_answer_does_not_wait() {
        let at = |seconds| Timestamp::after(Duration::from_secs(seconds));
        let in_flight = InFlight::default();
        let id = |number| RequestId::new(RunTag(1), UserId(1), number);
        for number in 0..4 {
            in_flight.sent(UserId(1), passage(1, number, number));
        }
        let waiting = || [1, 5].map(|seconds| in_flight.waiting_since(at(seconds)));
        assert_eq!(waiting(), [2, 4]);
        // It goes on for long.
        in_flight.answered(at(0), id(0));
        assert_eq!(waiting(), [1, 3]);
        assert!(in_flight.of(UserId(1))[0].done.is_none());
        in_flight.done(UserId(1), id(1), at(2));
        in_flight.done(UserId(1), id(0), at(2));
        assert_eq!(waiting(), [0, 2]);
        in_flight.judged(UserId(1), id(1));
        assert_eq!(waiting(), [0, 2]);
    }
}
