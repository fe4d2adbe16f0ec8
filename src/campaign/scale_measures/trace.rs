//! What is taken down during the load, for what is computed in the end.

use crate::metrics::{Marks, Noted, Rules, Sample};
use crate::model::{Finding, Outcome, Rule, Timestamp, Verb};
use crate::oracle::{IdentityReading, Observation, Relation};

/// The transactions of a campaign with scale events, and the writes that were
/// found lost afterwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub(super) marks: Marks,
    /// When each lost write had been acknowledged.
    pub(super) lost: Vec<Timestamp>,
}

impl Trace {
    /// Takes in a transaction of the load, in which these `rules` were violated.
    pub(crate) fn record(&mut self, sample: &Sample<'_>, seen: &Observation, rules: Rules) {
        let noted = Noted {
            user: seen.user,
            session: seen.session,
            instance: seen.instance.as_ref(),
            known: is_known(seen),
            tells: tells(seen),
            acknowledged: saves(seen),
            rules,
        };
        self.marks.record(sample, noted);
    }

    /// Takes in what was found, during the load or behind it.
    pub(crate) fn find(&mut self, findings: &[Finding]) {
        let lost = findings
            .iter()
            .filter(|finding| finding.rule == Rule::LostWrite)
            .filter_map(|finding| finding.witness.write.as_ref())
            .map(|write| write.done.unwrap_or(write.sent));
        self.lost.extend(lost);
    }
}

/// Whether the service took the user for somebody who is signed in. An error
/// says nothing of that: a broken store makes everybody's answers alike.
fn is_known(seen: &Observation) -> bool {
    let answered = seen.status.is_some_and(|own| (200..400).contains(&own));
    answered && seen.error.is_none() && seen.signed_in && !seen.anonymous
}

/// Whether the answer shows whose it is, by what it holds or by what it did in
/// the user's name. A page that anybody is shown does not.
fn tells(seen: &Observation) -> bool {
    let own = |reading: &IdentityReading| reading.relation == Relation::Own;
    let acts = || {
        let effects = seen.dealings.as_ref().map(|own| &own.effects);
        seen.outcome == Outcome::Ok && effects.is_some_and(|own| !own.is_empty())
    };
    seen.own_sightings > 0 || seen.identities.iter().any(own) || acts()
}

/// Whether something was saved, as a step declares it, and acknowledged.
fn saves(seen: &Observation) -> bool {
    seen.outcome == Outcome::Ok
        && seen.dealings.as_ref().is_some_and(|dealings| {
            dealings.effects.iter().any(|effect| {
                matches!(
                    effect.verb,
                    Verb::Saved | Verb::Deleted | Verb::Wrote | Verb::Raised | Verb::Appended
                )
            })
        })
}
