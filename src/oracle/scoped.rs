//! Scoped facts: values that are somebody's only in a field of some name.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;

use crate::model::UserId;

use super::field::field_seen;
use super::fold::fold;
use super::look::Glimpse;
use super::sights::Sights;
use super::{Eyes, IndexedFact};

/// A fact with the field that it is one in.
type InField = (Box<str>, Arc<IndexedFact>);

/// Values by themselves, each with the fields in which it is somebody's.
#[derive(Debug, Default)]
pub(super) struct ScopedFacts {
    filed: DashMap<Box<str>, Vec<InField>>,
    count: AtomicUsize,
}

impl ScopedFacts {
    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    pub(super) fn len(&self) -> u64 {
        self.count.load(Ordering::Relaxed) as u64
    }

    pub(super) fn insert(&self, field: &str, fact: Arc<IndexedFact>) {
        let mut at = self.filed.entry(fact.folded().into()).or_default();
        let known = at
            .iter()
            .any(|(own, other)| **own == *field && other.owner == fact.owner);
        if !known {
            at.push((field.into(), fact));
            self.count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether `folded` is a fact like `wanted`, in whatever field.
    pub(super) fn any(&self, folded: &str, wanted: impl Fn(&str, &IndexedFact) -> bool) -> bool {
        self.filed
            .get(folded)
            .is_some_and(|at| at.iter().any(|(field, fact)| wanted(field, fact)))
    }

    /// Whose `folded` is, in the field that `field` tells.
    pub(super) fn at(
        &self,
        folded: &str,
        field: impl FnOnce() -> Option<String>,
    ) -> Vec<Arc<IndexedFact>> {
        if !self.filed.contains_key(folded) {
            return Vec::new();
        }
        let Some(field) = field() else {
            return Vec::new();
        };
        self.filed.get(folded).map_or_else(Vec::new, |at| {
            at.iter()
                .filter(|(own, _)| **own == *field)
                .map(|(_, fact)| Arc::clone(fact))
                .collect()
        })
    }
}

impl Eyes {
    /// Takes in what `glimpse` of the answer to `url` shows to `user`, as far as
    /// values are somebody's in a field of some name only.
    pub(super) fn glimpse_scoped(
        &self,
        user: UserId,
        url: &str,
        glimpse: Glimpse<'_>,
        sights: &mut Sights,
    ) {
        let folded = fold(glimpse.text);
        let field = || field_seen(glimpse.hint, &(glimpse.spot)(), url);
        for fact in self.memory.scoped.at(&folded, field) {
            if self.is_public(&folded) {
                continue;
            }
            if fact.owner == Some(user) {
                sights.own = sights.own.saturating_add(1);
            } else if !self.may_see(user, &fact)
                && !self.memory.contested(field().as_deref(), &fact)
            {
                sights.add(fact, (glimpse.spot)());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fact, Origin, Visibility};

    #[test]
    fn one_value_can_be_several_users_own_in_several_fields() {
        let facts = ScopedFacts::default();
        let own = |owner: u32| {
            let fact = Fact {
                name: "order".into(),
                value: "AB-1".to_owned(),
                visibility: Visibility::Private,
                origin: Origin::Learned,
                weak: false,
            };
            Arc::new(IndexedFact::new(UserId(owner), 0, &fact))
        };
        assert!(facts.is_empty());
        for (field, owner) in [
            ("orderno", 1),
            ("orderno", 2),
            ("ticketno", 1),
            ("orderno", 1),
        ] {
            facts.insert(field, own(owner));
        }
        assert_eq!((facts.len(), facts.is_empty()), (3, false));
        let at = |folded: &str, field: Option<&str>| -> Vec<Option<UserId>> {
            let found = facts.at(folded, || field.map(str::to_owned));
            found.iter().map(|fact| fact.owner).collect()
        };
        let (one, two) = (Some(UserId(1)), Some(UserId(2)));
        assert_eq!(at("ab-1", Some("orderno")), [one, two]);
        assert_eq!(at("ab-1", Some("ticketno")), [one]);
        assert_eq!(at("ab-1", Some("no")), []);
        assert_eq!(at("ab-1", None), []);
        assert_eq!(at("ab-2", Some("orderno")), []);
        let any = |folded: &str, owner: u32, field: &str| {
            let wanted =
                |own: &str, fact: &IndexedFact| own == field && fact.owner == Some(UserId(owner));
            facts.any(folded, wanted)
        };
        assert!(any("ab-1", 2, "orderno") && !any("ab-1", 2, "ticketno"));
        assert!(!any("ab-2", 1, "orderno"));
    }
}
