//! Answers to one request that was sent several times at once with one
//! idempotency key. Steps look at one of them. What they read there and declare
//! as saved stands at the same place of the others, if these tell of a success
//! in the same way: one key that made two things is found though no step can
//! look at both.

use crate::http::Selector;
use crate::model::{Effect, Exchange, Verb};

use super::VirtualUser;
use super::keyed::KEY;

/// What a step read from the answer it looks at.
#[derive(Clone, Debug)]
pub(super) struct TakenFrom {
    selector: Selector,
    text: String,
}

impl VirtualUser {
    /// Remembers where a step has `text` from.
    pub(super) fn note_taken(&mut self, selector: &Selector, text: &str) {
        let looked_at = self.pending.last();
        if looked_at.is_some_and(|own| own.request.header(KEY).is_some()) {
            self.taken.push(TakenFrom {
                selector: selector.clone(),
                text: text.to_owned(),
            });
        }
    }

    /// Declares of the other answers what `effect` declares of the one that steps
    /// look at.
    pub(super) fn declare_of_twins(&mut self, effect: &Effect<String>) {
        if effect.verb != Verb::Saved {
            return;
        }
        let Some(taken) = self.taken.iter().rfind(|own| own.text == effect.value) else {
            return;
        };
        let Some((last, before)) = self.pending.split_last_mut() else {
            return;
        };
        let twins = before.iter_mut().chain(&mut self.aside);
        for twin in twins.filter(|own| is_twin(own, last)) {
            let declared = &mut twin.intent.dealings.effects;
            let known = declared
                .iter()
                .any(|own| own.verb == effect.verb && own.of == effect.of);
            let response = twin.response.as_ref().filter(|_| !known);
            if let Some(Ok(reading)) = response.map(|own| taken.selector.read(own)) {
                declared.push(Effect {
                    value: reading.text,
                    ..effect.clone()
                });
            }
        }
    }
}

/// Whether both were one request and were answered alike.
fn is_twin(one: &Exchange, other: &Exchange) -> bool {
    let key = |exchange: &Exchange| exchange.request.header(KEY).map(str::to_owned);
    let status = |exchange: &Exchange| exchange.response.as_ref().map(|own| own.status);
    let same = |exchange: &Exchange| {
        (
            exchange.request.method.clone(),
            exchange.request.url.clone(),
        )
    };
    one.id != other.id
        && (one.hop, other.hop) == (0, 0)
        && one.error.is_none()
        && key(one).is_some()
        && key(one) == key(other)
        && status(one) == status(other)
        && same(one) == same(other)
}
