//! What is taken down during the load, for what is computed in the end.

use crate::metrics::{Marks, Noted, Rules, Sample};
use crate::model::{Finding, Outcome, Rule, Timestamp, Verb};
use crate::oracle::Observation;

/// The transactions of a campaign with scale events, and the writes that were
/// found lost afterwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub(super) marks: Marks,
    /// When each lost write had been acknowledged.
    pub(super) lost: Vec<Timestamp>,
}

impl Trace {
    /// Takes in a transaction of the load.
    pub(crate) fn record(&mut self, sample: &Sample<'_>, seen: &Observation, findings: &[Finding]) {
        let rules = Rules::of(findings.iter().map(|finding| finding.rule));
        let noted = Noted {
            user: seen.user,
            session: seen.session,
            instance: seen.instance.as_ref(),
            known: seen.signed_in && !seen.anonymous && seen.error.is_none(),
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
