//! The patterns, one file each. A pattern looks at the clues of one group and
//! at the traffic around them, and says what speaks for it, in counts.

mod access;
mod cache;
mod claims;
mod connection;
mod credential;
mod default;
mod reads;
mod sessions;
mod shared_state;
mod whereabouts;
mod writes;

use std::collections::BTreeSet;

use crate::model::{RequestId, Rule, at_least};

use super::clue::{Clue, Relation};
use super::incident::{Pattern, Recognised};
use super::traffic::Traffic;

/// Findings below which counts say nothing.
pub(super) const FEWEST: usize = 3;

/// Above this probability, chance explains it as well.
pub(super) const BY_CHANCE: f64 = 0.01;

/// Of so many findings in a hundred it has to hold.
const NEARLY_ALL: usize = 90;

/// One group of findings, and what was seen around them.
pub(super) struct Case<'a> {
    pub(super) clues: &'a [&'a Clue],
    pub(super) traffic: &'a Traffic,
    /// The requests of all findings of `wrong-response`.
    pub(super) wrong: &'a BTreeSet<RequestId>,
}

impl Case<'_> {
    fn count(&self, holds: impl Fn(&Clue) -> bool) -> usize {
        self.clues.iter().filter(|clue| holds(clue)).count()
    }

    /// Whether `number` of the findings are nearly all of them.
    fn nearly_all(&self, number: usize) -> bool {
        number * 100 >= self.clues.len() * NEARLY_ALL
    }

    /// How many findings count as one each. What is shown to one after the other
    /// says the same thing once: the owner's requests near the first of them are
    /// near the others as well.
    fn independent(&self) -> usize {
        let owners: BTreeSet<_> = self.clues.iter().filter_map(|clue| clue.other()).collect();
        let changes = self.count(|clue| !clue.continues);
        owners.len().max(changes).max(1)
    }

    /// How often `relation` holds of the owner, and how often it would by
    /// chance: as often as of anybody else who was active. `None` when it is
    /// not nearly always, or chance explains it.
    fn beyond_chance(&self, relation: impl Fn(&Clue) -> Relation) -> Option<(usize, f64)> {
        if self.clues.len() < FEWEST {
            return None;
        }
        let holds = self.count(|clue| relation(clue).holds);
        if !self.nearly_all(holds) {
            return None;
        }
        let chances = self.clues.iter().map(|clue| {
            let active = clue.active.len().max(relation(clue).others).max(1);
            float(relation(clue).others.min(active)) / float(active)
        });
        let chance = chances.sum::<f64>() / float(self.clues.len());
        let units = self.independent();
        let held = holds * units / self.clues.len();
        let probability = at_least(held as u64, units as u64, chance);
        (probability < BY_CHANCE).then_some((holds, chance))
    }

    /// `38 of 40 findings`
    fn of_all(&self, number: usize) -> String {
        of(number, self.clues.len())
    }
}

/// `38 of 40 findings`
fn of(number: usize, all: usize) -> String {
    let s = if all == 1 { "" } else { "s" };
    format!("{number} of {all} finding{s}")
}

/// `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(part: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn float(count: usize) -> f64 {
    count as f64
}

/// Everything that is recognised, what explains most first.
pub(super) fn recognise(case: &Case<'_>) -> Vec<Recognised> {
    // What mixes data up explains only what somebody was shown or given.
    let shows = case
        .clues
        .first()
        .is_some_and(|clue| clue.rule.is_privacy());
    let mixes: [fn(&Case<'_>) -> Option<Recognised>; 6] = [
        credential::collision,
        connection::desynchronised,
        access::missing_check,
        default::built_in,
        cache::kept_for_others,
        shared_state::shared,
    ];
    let loses: [fn(&Case<'_>) -> Option<Recognised>; 4] = [
        claims::check_then_act,
        reads::another_instance,
        writes::lost_update,
        sessions::recognise,
    ];
    let causes = mixes
        .into_iter()
        .filter(|_| shows)
        .chain(loses)
        .map(|recognises| recognises(case));
    let whereabouts = [
        whereabouts::one_instance(case),
        whereabouts::scale_event(case),
    ];
    causes
        .flatten()
        .take(1)
        .chain(whereabouts.into_iter().flatten())
        .collect()
}

/// What speaks against what was recognised, or why nothing was.
pub(super) fn against(
    clues: &[&Clue],
    traffic: &Traffic,
    recognised: &[Recognised],
) -> Vec<String> {
    let wrong = BTreeSet::new();
    let case = Case {
        clues,
        traffic,
        wrong: &wrong,
    };
    match recognised.first().map(|own| own.pattern) {
        None => unknown(&case),
        Some(Pattern::SharedState) => shared_state::against(&case),
        Some(Pattern::Cache) => cache::against(&case),
        Some(Pattern::CheckThenAct) => claims::against(&case),
        Some(Pattern::Replica) => reads::against(&case),
        Some(Pattern::CredentialCollision) => credential::against(&case),
        Some(Pattern::LocalSessions | Pattern::RehashedSessions | Pattern::EmptiedSessionStore) => {
            Vec::new()
        }
        Some(
            Pattern::DesynchronisedConnection
            | Pattern::MissingAuthorization
            | Pattern::BuiltInDefault
            | Pattern::LostUpdate
            | Pattern::OneInstance
            | Pattern::ScaleEvent,
        ) => Vec::new(),
    }
}

/// Why nothing was recognised, and what is known all the same.
fn unknown(case: &Case<'_>) -> Vec<String> {
    let mut told = Vec::new();
    if case.clues.len() < FEWEST {
        let number = case.clues.len();
        let s = if number == 1 { "" } else { "s" };
        told.push(format!(
            "{number} finding{s}: too few to tell a pattern from chance"
        ));
    }
    let swapped = |clue: &Clue| {
        clue.other().is_some()
            && matches!(
                clue.rule,
                Rule::ForeignData | Rule::UnknownIdentity | Rule::WrongResponse
            )
    };
    if case.count(swapped) == 0 {
        return told;
    }
    let overlapping = case.count(|clue| clue.overlapping.holds);
    told.push(format!(
        "in {} the owner had a request on the same route under way at the same time",
        case.of_all(overlapping)
    ));
    let after = case.count(|clue| clue.after_owner.is_some());
    if after > 0 {
        told.push(format!(
            "in {} the owner had been answered at the same address before",
            case.of_all(after)
        ));
    }
    told
}
