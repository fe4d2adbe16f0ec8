//! What was seen of one exchange, before it is told without values.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::Spot;

use super::IndexedFact;
use super::look::Looked;

/// What was seen of a response so far.
#[derive(Debug, Default)]
pub(super) struct Sights {
    /// How often facts of the user's own were seen.
    pub(super) own: u32,
    /// Those of the user's own that are not public, each once.
    pub(super) own_facts: Vec<Arc<IndexedFact>>,
    /// Facts of others, each with its spot.
    pub(super) foreign: Vec<(Arc<IndexedFact>, Spot)>,
    /// What the looks came to.
    pub(super) looked: Looked,
}

/// Foreign facts of one response that are remembered; further ones of the same
/// response tell nothing new.
const MOST_FOREIGN: usize = 10_000;

impl Sights {
    /// Remembers facts of the user's own.
    pub(super) fn add_own(&mut self, facts: Vec<Arc<IndexedFact>>) {
        for fact in facts {
            let same =
                |own: &Arc<IndexedFact>| own.name == fact.name && own.folded() == fact.folded();
            if !self.own_facts.iter().any(same) {
                self.own_facts.push(fact);
            }
        }
    }

    /// Remembers a foreign fact: the first openly and the first in a token,
    /// which are not excused by the same input.
    pub(super) fn add(&mut self, fact: Arc<IndexedFact>, spot: Spot) {
        let known = self.foreign.iter().any(|(other, at)| {
            other.owner == fact.owner
                && other.name == fact.name
                && other.folded() == fact.folded()
                && at.is_in_token() == spot.is_in_token()
        });
        if !known && self.foreign.len() < MOST_FOREIGN {
            self.foreign.push((fact, spot));
        }
    }
}

/// The values that a user sent.
#[derive(Debug, Default)]
pub(super) struct ValuesSent {
    /// Those that stood there openly or behind an encoding.
    pub(super) openly: BTreeSet<String>,
    /// Nobody writes tokens by hand, so what is in them is excused in tokens
    /// only: a leaked token comes back by itself.
    pub(super) in_tokens: BTreeSet<String>,
}

impl ValuesSent {
    /// All of them.
    pub(super) fn all(mut self) -> BTreeSet<String> {
        self.openly.append(&mut self.in_tokens);
        self.openly
    }

    /// Whether the user's own input explains `fact` at `spot`.
    pub(super) fn explain(&self, fact: &IndexedFact, spot: &Spot) -> bool {
        self.openly.contains(fact.folded())
            || (spot.is_in_token() && self.in_tokens.contains(fact.folded()))
    }
}
