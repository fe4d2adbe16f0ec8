//! What users have sent of others: the name of an emergency contact, an address
//! that was searched for. What a service shows of it later may be the user's own
//! input. It may also be somebody's data, so it still accuses, and is told with
//! what was sent.

use std::collections::VecDeque;

use dashmap::DashMap;

use crate::model::{Exchange, UserId};

use super::Eyes;
use super::observation::SentBefore;

/// Values that are remembered of one user.
const REMEMBERED: usize = 256;

/// The values of others that each user has sent, folded.
#[derive(Debug, Default)]
pub(super) struct Typed(DashMap<UserId, VecDeque<(Box<str>, SentBefore)>>);

impl Typed {
    /// How `user` has sent the folded `value` so far.
    pub(super) fn before(&self, user: UserId, value: &str) -> Option<SentBefore> {
        let sent = self.0.get(&user)?;
        let known = sent.iter().find(|(own, _)| **own == *value);
        known.map(|(_, before)| before.clone())
    }

    fn note(&self, user: UserId, value: &str, exchange: &Exchange) {
        let mut sent = self.0.entry(user).or_default();
        if let Some((_, before)) = sent.iter_mut().find(|(own, _)| **own == *value) {
            before.times += 1;
            return;
        }
        if sent.len() == REMEMBERED {
            sent.pop_front();
        }
        let before = SentBefore {
            times: 1,
            route: format!("{} {}", exchange.request.method, exchange.request.route),
            at: exchange.sent,
        };
        sent.push_back((value.into(), before));
    }
}

impl Eyes {
    /// Remembers what `exchange` sent of others. Probes are the harness's own, and
    /// a sign-in says who comes.
    pub(super) fn note_typed(&self, exchange: &Exchange) {
        let (request, intent) = (&exchange.request, &exchange.intent);
        let says_something =
            !request.body.is_empty() || request.url.contains('?') || request.route.contains("{{");
        if exchange.hop > 0 || !says_something || intent.signs_in || intent.probe.is_some() {
            return;
        }
        for value in self.values_sent(exchange).openly {
            let own = self.own.get(&exchange.user);
            let is_own = own.is_some_and(|own| own.values().flatten().any(|own| *own == value));
            if !is_own {
                self.typed.note(exchange.user, &value, exchange);
            }
        }
    }
}
