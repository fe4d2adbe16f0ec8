//! Every probe succeeds.

use std::collections::BTreeMap;

use super::super::incident::{Pattern, Recognised};
use super::{Case, FEWEST};
use crate::model::Rule;

/// All probes of the routes were answered with success. A check that is there
/// and fails now and then is something else.
pub(super) fn missing_check(case: &Case<'_>) -> Option<Recognised> {
    if case.clues.first()?.rule != Rule::AccessGranted || case.clues.len() < FEWEST {
        return None;
    }
    let mut granted: BTreeMap<&str, u64> = BTreeMap::new();
    for clue in case.clues {
        *granted.entry(clue.route.as_str()).or_default() += 1;
    }
    let probes = |route: &str| case.traffic.route(route).map_or(0, |seen| seen.probes);
    if granted.iter().any(|(route, all)| probes(route) != *all) {
        return None;
    }
    let all: u64 = granted.keys().map(|route| probes(route)).sum();
    Some(Recognised {
        pattern: Pattern::MissingAuthorization,
        because: vec![format!(
            "every probe succeeded: {} of {all}",
            case.clues.len()
        )],
    })
}
