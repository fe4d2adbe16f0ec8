//! Idempotency keys: one key, one effect.

use std::collections::{BTreeMap, VecDeque};

use crate::model::{Timestamp, UserId, ValueHash};

/// Keys that are remembered.
const REMEMBERED: usize = 65_536;

/// One key gave two things.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) struct Twice<W> {
    pub(in crate::oracle) write: W,
    pub(in crate::oracle) acknowledged: Timestamp,
}

type Key = (UserId, ValueHash, String);

/// What each key of each user gave.
#[derive(Debug)]
pub(in crate::oracle) struct Keys<W> {
    given: BTreeMap<Key, (ValueHash, Timestamp, W)>,
    order: VecDeque<Key>,
    repeated: u64,
}

impl<W> Default for Keys<W> {
    fn default() -> Self {
        Self {
            given: BTreeMap::new(),
            order: VecDeque::new(),
            repeated: 0,
        }
    }
}

impl<W: Clone> Keys<W> {
    /// A request of `user` with `key` was acknowledged as having made `id`.
    /// `route` is the request without its values: services tell keys apart by
    /// what they are for.
    pub(in crate::oracle) fn gave(
        &mut self,
        user: UserId,
        key: ValueHash,
        route: &str,
        id: ValueHash,
        at: Timestamp,
        write: W,
    ) -> Option<Twice<W>> {
        let key = (user, key, route.to_owned());
        if let Some((before, acknowledged, write)) = self.given.get(&key) {
            self.repeated += 1;
            return (*before != id).then(|| Twice {
                write: write.clone(),
                acknowledged: *acknowledged,
            });
        }
        if self.order.len() == REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.given.remove(&oldest);
        }
        self.order.push_back(key.clone());
        self.given.insert(key, (id, at, write));
        None
    }

    /// How many acknowledged requests repeated a key.
    pub(in crate::oracle) fn repeated(&self) -> u64 {
        self.repeated
    }
}
