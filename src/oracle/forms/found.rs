//! What was found in a text, and what of it speaks for or against somebody.

use std::ops::Range;
use std::sync::Arc;

use super::super::IndexedFact;

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

    /// Whether all of `other` lies within this.
    pub(in crate::oracle) fn covers(&self, other: &Self) -> bool {
        self.range.start <= other.range.start && other.range.end <= self.range.end
    }

    /// Whether this is `fact` at `place`.
    pub(super) fn is_at(&self, place: &Range<usize>, fact: &IndexedFact) -> bool {
        self.range == *place && self.fact.owner == fact.owner && self.fact.name == fact.name
    }

    fn is_of_same(&self, other: &Self) -> bool {
        self.fact.owner == other.fact.owner && self.fact.name == other.fact.name
    }
}

/// The values in a text, doubtful ones included.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Found {
    pub(in crate::oracle) matches: Vec<Match>,
}

impl Found {
    /// `matches`, each value told once where it stands as it is known and in
    /// another form, too.
    pub(super) fn of(mut matches: Vec<Match>) -> Self {
        if matches.iter().any(|own| !own.is_exact()) {
            let exact: Vec<Match> = matches
                .iter()
                .filter(|own| own.is_exact())
                .cloned()
                .collect();
            matches.retain(|own| {
                own.is_exact()
                    || !exact
                        .iter()
                        .any(|same| same.is_of_same(own) && same.covers(own))
            });
            matches.sort_by_key(|own| own.range.start);
        }
        Self { matches }
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
        let accusing = suspects
            .iter()
            .filter(|own| {
                let explained = innocents.iter().any(|other| other.covers(own))
                    || (!own.is_exact()
                        && suspects
                            .iter()
                            .any(|other| other.is_exact() && other.covers(own)));
                own.is_sure() && !explained
            })
            .cloned()
            .collect();
        (innocents, accusing)
    }
}
