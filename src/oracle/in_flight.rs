//! Requests under way: whose requests overlapped whose.
//!
//! A request stays here until it has been judged. Between its end and that
//! moment the judge does not know it yet, and a finding of somebody else would
//! not name it.

use std::collections::{BTreeMap, HashSet};
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
    pairs: HashSet<(UserId, UserId)>,
}

impl InFlight {
    /// `user` has sent a request.
    pub fn sent(&self, user: UserId, passage: Passage) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { under_way, pairs } = &mut *inner;
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

    /// The request `id` of `user` was done `at` this moment.
    pub fn done(&self, user: UserId, id: RequestId, at: Timestamp) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let passages = inner.under_way.get_mut(&user);
        let passage = passages.and_then(|own| own.iter_mut().find(|own| own.request == id));
        if let Some(passage) = passage {
            passage.done = Some(at);
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

    /// How many requests were sent at `moment` or earlier and are not done.
    pub fn waiting_since(&self, moment: Timestamp) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let passages = inner.under_way.values().flatten();
        let waiting = passages.filter(|own| own.done.is_none() && own.sent <= moment);
        waiting.count() as u64
    }

    /// How many pairs of different users had requests under way together.
    pub fn overlapping_pairs(&self) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.pairs.len() as u64
    }
}
