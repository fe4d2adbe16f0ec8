//! Idempotency keys: requests that mean the same, so that a service may answer
//! all of them with its first answer.

use std::collections::VecDeque;

use crate::http::Chain;
use crate::model::RequestId;

use super::VirtualUser;

/// The header of idempotency keys.
pub(super) const KEY: &str = "idempotency-key";

/// Keys that are remembered of each user.
const MOST_KEYS: usize = 32;

/// Requests that are remembered of each key.
const MOST_REQUESTS: usize = 32;

/// The requests with each of the last keys.
#[derive(Debug, Default)]
pub(super) struct Keyed {
    keys: VecDeque<(String, Vec<RequestId>)>,
}

impl Keyed {
    fn add(&mut self, key: &str, id: RequestId) {
        let at = self.keys.iter().position(|(own, _)| own == key);
        let at = at.unwrap_or_else(|| {
            if self.keys.len() == MOST_KEYS {
                self.keys.pop_front();
            }
            self.keys.push_back((key.to_owned(), Vec::new()));
            self.keys.len() - 1
        });
        let ids = &mut self.keys[at].1;
        if ids.len() < MOST_REQUESTS {
            ids.push(id);
        }
    }

    fn of(&self, key: &str) -> Vec<RequestId> {
        let found = self.keys.iter().find(|(own, _)| own == key);
        found.map(|(_, ids)| ids.clone()).unwrap_or_default()
    }
}

impl VirtualUser {
    /// The key of a request with these `headers`: its own, or one that the user
    /// sends with every request.
    pub(super) fn key_of<'a>(&'a self, headers: &'a [(String, String)]) -> Option<&'a str> {
        let is_key = |(name, _): &&(String, String)| name.eq_ignore_ascii_case(KEY);
        let own = headers.iter().find(is_key);
        let session = &self.sides[self.active].session;
        own.map(|(_, value)| value.as_str())
            .or_else(|| session.sent_always(KEY))
    }

    /// Notes in all of `chains` which requests of the user bear the same key.
    pub(super) fn note_keys(&mut self, chains: &mut [Chain]) {
        let mut firsts: Vec<_> = chains
            .iter_mut()
            .filter_map(|c| c.hops.first_mut())
            .collect();
        for exchange in &firsts {
            if let Some(key) = exchange.request.header(KEY) {
                self.keyed.add(key, exchange.id);
            }
        }
        for exchange in &mut firsts {
            if let Some(key) = exchange.request.header(KEY) {
                exchange.intent.same_key = self.keyed.of(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RunTag, UserId};

    #[test]
    fn the_last_keys_are_known() {
        let id = |number| RequestId::new(RunTag(7), UserId(1), number);
        let mut keyed = Keyed::default();
        keyed.add("a", id(1));
        keyed.add("b", id(2));
        keyed.add("a", id(3));
        assert_eq!(keyed.of("a"), [id(1), id(3)]);
        assert_eq!(keyed.of("c"), []);
        for number in 0..31 {
            keyed.add(&number.to_string(), id(number));
        }
        assert_eq!(keyed.of("a"), []);
        assert_eq!(keyed.of("b"), [id(2)]);
    }
}
