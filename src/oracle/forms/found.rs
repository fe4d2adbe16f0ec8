//! What was found in a text, and what of it speaks for or against somebody.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::model::{FactName, UserId};

use super::super::IndexedFact;
use super::cover::Cover;

/// How sure it is that a text means a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::oracle) enum Certainty {
    /// It is written as it is known.
    Exact,
    /// It is written in another form.
    Form,
    /// It can be something else as well. That is enough to excuse somebody,
    /// and not to accuse anybody.
    Doubtful,
}

/// A value in a text.
#[derive(Clone, Debug)]
pub(in crate::oracle) struct Match {
    /// Where it stands, in the text as it is.
    pub(in crate::oracle) range: Range<usize>,
    /// Whose it is.
    pub(in crate::oracle) fact: Arc<IndexedFact>,
    pub(in crate::oracle) certainty: Certainty,
    /// Words joined to it of which nobody knows whether they belong to it.
    pub(in crate::oracle) with: Vec<String>,
}

impl Match {
    /// Whether the text means this value for sure.
    pub(in crate::oracle) fn is_sure(&self) -> bool {
        self.certainty != Certainty::Doubtful
    }

    fn is_exact(&self) -> bool {
        self.certainty == Certainty::Exact
    }

    /// Whose it is, and what.
    pub(super) fn whose(&self) -> (Option<UserId>, FactName) {
        (self.fact.owner, Arc::clone(&self.fact.name))
    }
}

/// The values in a text, doubtful ones included.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Found {
    pub(in crate::oracle) matches: Vec<Match>,
    /// There are so many that some were left out.
    pub(in crate::oracle) more: bool,
}

impl Found {
    /// `matches`, each value told once where it stands as it is known and in
    /// another form, too; and whether there are `more`.
    pub(super) fn of(mut matches: Vec<Match>, more: bool) -> Self {
        if matches.iter().any(|own| !own.is_exact()) {
            let mut places: HashMap<_, Vec<&Range<usize>>> = HashMap::new();
            for own in matches.iter().filter(|own| own.is_exact()) {
                places.entry(own.whose()).or_default().push(&own.range);
            }
            let exact: HashMap<_, Cover> = places
                .into_iter()
                .map(|(whose, places)| (whose, Cover::of(places)))
                .collect();
            matches.retain(|own| {
                let same = || exact.get(&own.whose());
                own.is_exact() || !same().is_some_and(|same| same.covers(&own.range))
            });
            matches.sort_by_key(|own| own.range.start);
        }
        Self { matches, more }
    }

    /// Whether some value is meant for sure.
    pub(in crate::oracle) fn is_sure(&self) -> bool {
        self.matches.iter().any(Match::is_sure)
    }

    /// What `is_innocent` says is no secret, doubtful values included, and what
    /// accuses: sure, and not at a place that something else explains. That is
    /// an innocent value in whatever form, or, for what is in another form,
    /// anybody's very value: who has that is meant, and not who has a similar
    /// one.
    pub(in crate::oracle) fn sides(
        self,
        is_innocent: impl Fn(&IndexedFact) -> bool,
    ) -> (Vec<Match>, Vec<Match>) {
        let (innocents, suspects): (Vec<Match>, Vec<Match>) = self
            .matches
            .into_iter()
            .partition(|own| is_innocent(&own.fact));
        let innocent = Cover::of(innocents.iter().map(|own| &own.range));
        let exact = suspects.iter().filter(|own| own.is_exact());
        let exact = Cover::of(exact.map(|own| &own.range));
        let accusing = suspects
            .into_iter()
            .filter(|own| {
                let explained =
                    innocent.covers(&own.range) || (!own.is_exact() && exact.covers(&own.range));
                own.is_sure() && !explained
            })
            .collect();
        (innocents, accusing)
    }
}
