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
        if self.is_empty() || !self.filed.contains_key(folded) {
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
