//! Only one instance, only a scale event: where findings are, compared with
//! where answers are.

use std::collections::{BTreeMap, BTreeSet};

use super::super::incident::{Pattern, Recognised};
use super::super::writes::Written;
use super::{BY_CHANCE, Case, FEWEST, writes};
use crate::model::{RequestId, Rule, at_least};

/// All findings came from one instance, and answers came from several.
pub(super) fn one_instance(case: &Case<'_>) -> Option<Recognised> {
    let first = case.clues.first()?;
    if first.rule == Rule::LostWrite {
        return one_instance_of_writes(case);
    }
    let instance = first.instance.as_ref()?;
    let same = |clue: &super::super::clue::Clue| clue.instance.as_ref() == Some(instance);
    if first.rule == Rule::SessionLost || case.count(same) != case.clues.len() {
        return None;
    }
    let (share, all) = answers(case, |route| {
        let here = route.instances.get(instance).copied().unwrap_or(0);
        (here, route.instances.values().sum())
    })?;
    Some(Recognised {
        pattern: Pattern::OneInstance,
        because: vec![format!(
            "all {} findings came from instance {instance}, which gave {:.0} % of {all} answers on \
             that route",
            case.clues.len(),
            share * 100.0
        )],
    })
}

/// All findings are of the time when the number of instances changed, or after.
pub(super) fn scale_event(case: &Case<'_>) -> Option<Recognised> {
    if case.clues.first()?.rule == Rule::LostWrite {
        return scale_event_of_writes(case);
    }
    let windows: BTreeSet<&str> = case.clues.iter().map(|own| own.window.as_str()).collect();
    let during = windows.iter().all(|window| *window == "during");
    if windows
        .iter()
        .any(|own| !matches!(*own, "during" | "after"))
    {
        return None;
    }
    let (share, all) = answers(case, |route| {
        let of = |window: &str| route.windows.get(window).copied().unwrap_or(0);
        let here = of("during") + if during { 0 } else { of("after") };
        (here, route.windows.values().sum())
    })?;
    let when = if during { "during" } else { "during or after" };
    Some(Recognised {
        pattern: Pattern::ScaleEvent,
        because: vec![format!(
            "all {} findings came {when} a scale event, and {:.0} % of {all} answers on that route \
             did",
            case.clues.len(),
            share * 100.0
        )],
    })
}

/// All that was lost had been acknowledged by one instance. The read-back may be
/// answered by any.
fn one_instance_of_writes(case: &Case<'_>) -> Option<Recognised> {
    let lost = writes::lost(case)?;
    let instance = lost.values().next()?.instance.as_ref()?;
    let here = |own: &Written| own.instance.as_ref() == Some(instance);
    let share = only(case, &lost, here)?;
    Some(Recognised {
        pattern: Pattern::OneInstance,
        because: vec![format!(
            "all {} lost writes had been acknowledged by instance {instance}, as were {share}",
            lost.len()
        )],
    })
}

/// All that was lost had been acknowledged while the number of instances
/// changed, or after.
fn scale_event_of_writes(case: &Case<'_>) -> Option<Recognised> {
    let lost = writes::lost(case)?;
    let during = lost.values().all(|own| own.window == "during");
    let then = |own: &Written| own.window == "during" || (!during && own.window == "after");
    let share = only(case, &lost, then)?;
    let when = if during { "during" } else { "during or after" };
    Some(Recognised {
        pattern: Pattern::ScaleEvent,
        because: vec![format!(
            "all {} lost writes were acknowledged {when} a scale event, as were {share}",
            lost.len()
        )],
    })
}

/// `33 % of all 300 writes`, when it holds of all that were lost and chance does
/// not explain that.
fn only(
    case: &Case<'_>,
    lost: &BTreeMap<RequestId, &Written>,
    holds: impl Fn(&Written) -> bool,
) -> Option<String> {
    if lost.len() < FEWEST || !lost.values().all(|own| holds(own)) {
        return None;
    }
    let (here, all) = writes::among_all(case, lost, holds);
    let share = super::share(here, all)?;
    let number = lost.len() as u64;
    (at_least(number, number, share) < BY_CHANCE)
        .then(|| format!("{:.0} % of all {all} writes", share * 100.0))
}

/// The share of answers on the routes of the findings, and how many these are;
/// `None` when chance explains that all findings are among them.
fn answers(
    case: &Case<'_>,
    count: impl Fn(&super::super::traffic::RouteSeen) -> (u64, u64),
) -> Option<(f64, u64)> {
    if case.clues.len() < FEWEST {
        return None;
    }
    let routes: BTreeSet<&str> = case.clues.iter().map(|clue| clue.route.as_str()).collect();
    let (mut here, mut all) = (0, 0);
    for route in &routes {
        let (own, total) = case.traffic.route(route).map_or((0, 0), &count);
        here += own;
        all += total;
    }
    let share = super::share(here, all)?;
    let number = case.clues.len() as u64;
    (at_least(number, number, share) < BY_CHANCE).then_some((share, all))
}
