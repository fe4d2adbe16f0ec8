//! Reads that do not show what another instance wrote.

use std::collections::BTreeSet;

use super::super::incident::{Pattern, Recognised};
use super::{BY_CHANCE, Case, FEWEST};
use crate::model::{Rule, at_least};

/// Where nearly every read is of another instance than the write, as when
/// instances take turns, it says little that those of the findings are.
const MOSTLY: f64 = 0.9;

/// Only reads at another instance than the write's are wrong, and there were
/// others.
pub(super) fn another_instance(case: &Case<'_>) -> Option<Recognised> {
    let rule = case.clues.first()?.rule;
    if !matches!(rule, Rule::SessionRollback | Rule::StaleRead) || case.clues.len() < FEWEST {
        return None;
    }
    let elsewhere = case.count(|clue| clue.answered_elsewhere() == Some(true));
    if !case.nearly_all(elsewhere) {
        return None;
    }
    let routes: BTreeSet<&str> = case.clues.iter().map(|clue| clue.route.as_str()).collect();
    let seen = routes.iter().filter_map(|route| case.traffic.route(route));
    let (mut apart, mut all) = (0, 0);
    for route in seen {
        apart += route.elsewhere;
        all += route.after_write;
    }
    let share = super::share(apart, all)?;
    let probability = at_least(elsewhere as u64, case.clues.len() as u64, share);
    if share > MOSTLY || probability >= BY_CHANCE {
        return None;
    }
    Some(Recognised {
        pattern: Pattern::Replica,
        because: vec![format!(
            "in {} another instance answered than the one that acknowledged the write; of all {all} \
             answers to users on that route after a write, {:.0} % came from another one",
            case.of_all(elsewhere),
            share * 100.0
        )],
    })
}

pub(super) fn against(case: &Case<'_>) -> Vec<String> {
    let same = case.count(|clue| clue.answered_elsewhere() == Some(false));
    if same == 0 {
        return Vec::new();
    }
    vec![format!(
        "in {} the same instance answered that had acknowledged the write",
        case.of_all(same)
    )]
}
