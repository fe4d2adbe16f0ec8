//! Requests under way: whose requests overlapped whose.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::model::{Passage, RequestId, UserId};

/// More pairs than this are not told apart any more; the count stays there.
const MOST_PAIRS: usize = 1_000_000;

/// The requests that have been sent and are not yet done.
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
                    .keys()
                    .filter(|&&other| other != user)
                    .map(|&other| (user.min(other), user.max(other))),
            );
        }
        under_way.entry(user).or_default().push(passage);
    }

    /// The request `id` of `user` is done.
    pub fn done(&self, user: UserId, id: RequestId) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(passages) = inner.under_way.get_mut(&user) {
            passages.retain(|passage| passage.request != id);
            if passages.is_empty() {
                inner.under_way.remove(&user);
            }
        }
    }

    /// The requests of `user` that are under way.
    pub fn of(&self, user: UserId) -> Vec<Passage> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.under_way.get(&user).cloned().unwrap_or_default()
    }

    /// How many pairs of different users had requests under way together.
    pub fn overlapping_pairs(&self) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.pairs.len() as u64
    }
}
