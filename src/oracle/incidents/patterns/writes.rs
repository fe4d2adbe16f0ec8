//! Writes that were lost: what they have in common among all that were
//! acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::incident::{Pattern, Recognised};
use super::super::writes::Written;
use super::{BY_CHANCE, Case, FEWEST};
use crate::model::{RequestId, Rule, at_least};

/// What comes later than this does not take a write's place.
const SOON: Duration = Duration::from_secs(1);

/// Above this share of all writes it says little that another one comes soon.
const OFTEN: f64 = 0.5;

/// The writes of the findings, each once; `None` unless all are remembered.
pub(super) fn lost<'a>(case: &'a Case<'_>) -> Option<BTreeMap<RequestId, &'a Written>> {
    if case.clues.first()?.rule != Rule::LostWrite {
        return None;
    }
    case.clues
        .iter()
        .map(|clue| {
            let request = clue.write.as_ref()?.request;
            Some((request, case.traffic.writes.get(request)?))
        })
        .collect()
}

/// Of all writes on the routes of `lost`: of how many `holds` is true, and how
/// many there are.
pub(super) fn among_all(
    case: &Case<'_>,
    lost: &BTreeMap<RequestId, &Written>,
    holds: impl Fn(&Written) -> bool,
) -> (u64, u64) {
    let routes: BTreeSet<&str> = lost.values().map(|own| own.route.as_str()).collect();
    let mut counts = (0, 0);
    for written in case.traffic.writes.all() {
        if routes.contains(written.route.as_str()) {
            counts.0 += u64::from(holds(written));
            counts.1 += 1;
        }
    }
    counts
}

/// Each lost write was followed by another one on the same route sooner than
/// writes are by chance. How soon is taken from the findings themselves: that
/// the latest of them is among the soonest has the same small probability.
pub(super) fn lost_update(case: &Case<'_>) -> Option<Recognised> {
    let lost = lost(case)?;
    let next: Option<Vec<Duration>> = lost.values().map(|written| written.next).collect();
    let latest = next?.into_iter().max()?;
    let (soon, all) = among_all(case, &lost, |written| {
        written.next.is_some_and(|next| next <= latest)
    });
    let share = super::share(soon, all)?;
    let number = lost.len() as u64;
    if lost.len() < FEWEST
        || latest > SOON
        || share > OFTEN
        || at_least(number, number, share) >= BY_CHANCE
    {
        return None;
    }
    let when = if latest.is_zero() {
        "was under way at the same time".to_owned()
    } else {
        format!("came within {} ms after it", latest.as_millis().max(1))
    };
    Some(Recognised {
        pattern: Pattern::LostUpdate,
        because: vec![format!(
            "for {number} of {number} lost writes another write on the same route {when}; so it \
             was for {:.0} % of all {all} writes",
            share * 100.0
        )],
    })
}
