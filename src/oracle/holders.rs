//! Values that several people have: a family's name, a couple's telephone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Exchange, Spot, UserId, Visibility};

use super::{Eyes, IndexedFact};

/// Facts of others with the spots at which they were seen.
type Seen = [(Arc<IndexedFact>, Spot)];

/// How many members of a group have each value that the group shares.
#[derive(Debug, Default)]
pub(super) struct Holders(BTreeMap<(u32, Box<str>), BTreeSet<Option<UserId>>>);

impl Holders {
    pub(super) fn of(seen: &Seen) -> Self {
        let mut holders = Self::default();
        for (fact, _) in seen {
            if fact.visibility == Visibility::Group {
                let of_value = holders.0.entry((fact.group, fact.folded().into()));
                of_value.or_default().insert(fact.owner);
            }
        }
        holders
    }

    /// How many have `fact`; none, if it is not a group's.
    pub(super) fn count(&self, fact: &IndexedFact) -> u32 {
        let of_value = (fact.group, Box::from(fact.folded()));
        let holders = self.0.get(&of_value).map_or(0, BTreeSet::len);
        u32::try_from(holders).unwrap_or(u32::MAX)
    }
}

impl Eyes {
    /// The values among `seen` that one who has them shared with the user at that
    /// time. Nobody can tell whose of them it was that the response showed.
    pub(super) fn granted(&self, seen: &Seen, exchange: &Exchange) -> BTreeSet<String> {
        let (user, sent, done) = (exchange.user, exchange.sent, exchange.done);
        let granted = seen.iter().filter(|(fact, _)| {
            let sharing = &self.sharing;
            fact.owner
                .is_some_and(|owner| sharing.covers(owner, fact.folded(), user, sent, done))
        });
        granted.map(|(fact, _)| fact.folded().to_owned()).collect()
    }
}

/// A value that a whole group shares was seen once, not once for each member.
/// It is the one's whose private facts were seen beside it, if they have it, or
/// else the first member's who has it.
pub(super) fn one_owner_each(seen: Vec<(Arc<IndexedFact>, Spot)>) -> Vec<(Arc<IndexedFact>, Spot)> {
    let is_private = |fact: &IndexedFact| fact.visibility == Visibility::Private;
    let mut beside: BTreeMap<u32, Option<UserId>> = BTreeMap::new();
    for (fact, _) in seen.iter().filter(|(fact, _)| is_private(fact)) {
        beside.entry(fact.group).or_insert(fact.owner);
    }
    let mut owners: BTreeMap<(u32, String), Option<UserId>> = BTreeMap::new();
    for (fact, _) in seen.iter().filter(|(fact, _)| !is_private(fact)) {
        let owner = owners
            .entry((fact.group, fact.folded().to_owned()))
            .or_insert(fact.owner);
        if beside.get(&fact.group) == Some(&fact.owner) {
            *owner = fact.owner;
        }
    }
    seen.into_iter()
        .filter(|(fact, _)| {
            let value = || (fact.group, fact.folded().to_owned());
            is_private(fact) || owners.get(&value()) == Some(&fact.owner)
        })
        .collect()
}
