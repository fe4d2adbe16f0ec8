//! Every probe succeeds.

use std::collections::{BTreeMap, BTreeSet};

use super::super::incident::{Pattern, Recognised};
use super::{Case, FEWEST};
use crate::model::Rule;

/// All probes of the routes were answered with success, but for those of what is
/// gone. A check that is there and fails now and then is something else.
pub(super) fn missing_check(case: &Case<'_>) -> Option<Recognised> {
    if case.clues.first()?.rule != Rule::AccessGranted || case.clues.len() < FEWEST {
        return None;
    }
    let mut granted: BTreeMap<&str, u64> = BTreeMap::new();
    for clue in case.clues {
        *granted.entry(clue.route.as_str()).or_default() += 1;
    }
    let (mut probes, mut not_there) = (0, 0);
    for (route, all) in &granted {
        let seen = case.traffic.route(route)?;
        if *all + seen.probes_not_there != seen.probes || *all <= seen.probes_not_there {
            return None;
        }
        probes += seen.probes;
        not_there += seen.probes_not_there;
    }
    let granted = case.clues.len();
    let because = if not_there == 0 {
        format!("every probe succeeded: {granted} of {probes}")
    } else {
        format!(
            "every probe succeeded of what was there: {granted} of {probes}, the other \
             {not_there} were answered 404 or 410"
        )
    };
    Some(Recognised {
        pattern: Pattern::MissingAuthorization,
        because: vec![because],
    })
}

/// Whether a probe was denied in a way that speaks for a check.
pub(super) fn is_checked(case: &Case<'_>) -> bool {
    let routes: BTreeSet<&str> = case.clues.iter().map(|clue| clue.route.as_str()).collect();
    routes.into_iter().any(|route| {
        let granted = case.count(|clue| clue.route == route) as u64;
        let seen = case.traffic.route(route);
        seen.is_some_and(|seen| granted + seen.probes_not_there < seen.probes)
    })
}
