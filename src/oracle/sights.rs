//! What was seen of one exchange, before it is told without values.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::model::{FactName, Spot, UserId};

use super::IndexedFact;
use super::elsewhere::Elsewhere;
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
    /// Streets of others, until it is known in which towns they are.
    pub(super) elsewhere: Elsewhere,
    /// What the looks came to.
    pub(super) looked: Looked,
    /// The names and values in `own_facts`.
    known_own: HashSet<(FactName, Box<str>)>,
    /// Whose, what, which and whether in a token, of those in `foreign`.
    known_foreign: HashSet<(Option<UserId>, FactName, Box<str>, bool)>,
}

/// Foreign facts of one response that are remembered; further ones of the same
/// response tell nothing new.
const MOST_FOREIGN: usize = 10_000;

impl Sights {
    /// Remembers facts of the user's own.
    pub(super) fn add_own(&mut self, facts: Vec<Arc<IndexedFact>>) {
        for fact in facts {
            let known = (FactName::clone(&fact.name), fact.folded().into());
            if self.known_own.insert(known) {
                self.own_facts.push(fact);
            }
        }
    }

    /// Remembers a foreign fact: the first openly and the first in a token,
    /// which are not excused by the same input.
    pub(super) fn add(&mut self, fact: Arc<IndexedFact>, spot: Spot) {
        if self.foreign.len() >= MOST_FOREIGN {
            return;
        }
        let name = FactName::clone(&fact.name);
        let known = (fact.owner, name, fact.folded().into(), spot.is_in_token());
        if self.known_foreign.insert(known) {
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

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::model::{Fact, Layer, Origin, Visibility};

    fn fact(owner: u32, name: &str, value: &str) -> Arc<IndexedFact> {
        let fact = Fact {
            name: name.into(),
            value: value.to_owned(),
            visibility: Visibility::Private,
            origin: Origin::Generated,
            weak: false,
        };
        Arc::new(IndexedFact::new(UserId(owner), 0, &fact))
    }

    fn in_token() -> Spot {
        Spot::Way(vec![
            Spot::Header("x-token".into()),
            Spot::Layer(Layer::JwtPayload),
        ])
    }

    #[test]
    fn a_foreign_fact_is_kept_once_openly_and_once_in_a_token() {
        let mut sights = Sights::default();
        for (owner, name, value, spot) in [
            (1, "email", "ann@x.test", Spot::Text(3)),
            (2, "email", "ann@x.test", Spot::Text(3)),
            (1, "login", "ann@x.test", Spot::Text(3)),
            (1, "email", "lee@x.test", Spot::Text(9)),
            (1, "email", "ann@x.test", in_token()),
        ] {
            for _ in 0..2 {
                sights.add(fact(owner, name, value), spot.clone());
            }
        }
        // At another place it is the same.
        sights.add(fact(1, "email", "ann@x.test"), Spot::Text(40));
        let kept: Vec<_> = sights
            .foreign
            .iter()
            .map(|(fact, spot)| (fact.owner, &*fact.name, fact.folded(), spot.clone()))
            .collect();
        let (one, two) = (Some(UserId(1)), Some(UserId(2)));
        assert_eq!(
            kept,
            [
                (one, "email", "ann@x.test", Spot::Text(3)),
                (two, "email", "ann@x.test", Spot::Text(3)),
                (one, "login", "ann@x.test", Spot::Text(3)),
                (one, "email", "lee@x.test", Spot::Text(9)),
                (one, "email", "ann@x.test", in_token()),
            ]
        );
    }

    #[test]
    fn foreign_facts_of_one_response_are_bounded() {
        let mut sights = Sights::default();
        let seen = |owners: Range<u32>, sights: &mut Sights| {
            for owner in owners {
                sights.add(fact(owner, "email", "ann@x.test"), Spot::Text(0));
            }
        };
        let most = u32::try_from(MOST_FOREIGN).unwrap();
        seen(1..most, &mut sights);
        // Again and again each of them: that each was compared with all took
        // minutes.
        for _ in 0..20 {
            seen(1..most, &mut sights);
        }
        assert_eq!(sights.foreign.len(), MOST_FOREIGN - 1);
        seen(most..most + 2, &mut sights);
        assert_eq!(sights.foreign.len(), MOST_FOREIGN);
        assert_eq!(sights.foreign[MOST_FOREIGN - 1].0.owner, Some(UserId(most)));
    }

    #[test]
    fn an_own_fact_is_kept_once() {
        let mut sights = Sights::default();
        let all = [
            ("email", "ann@x.test"),
            ("email", "lee@x.test"),
            ("login", "ann@x.test"),
        ];
        for _ in 0..2 {
            let facts = all.map(|(name, value)| fact(1, name, value));
            sights.add_own(facts.to_vec());
        }
        let kept: Vec<_> = sights
            .own_facts
            .iter()
            .map(|fact| (&*fact.name, fact.folded()))
            .collect();
        assert_eq!(kept, all);
    }
}
