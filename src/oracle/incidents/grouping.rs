//! Grouping: which findings are one incident.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Rule, UserId};
use crate::oracle::judge::MOST_FINDINGS;

use super::clue::{Clue, Where};
use super::incident::{Incident, IncidentPlace, Pattern, Recognised};
use super::patterns::{self, Case};
use super::traffic::Traffic;
use super::{provoked, words};

/// What findings of one incident have in common before anything is recognised.
type Key = (Rule, String, Where);

/// Findings that belong together, and what was recognised in them.
struct Group<'a> {
    clues: Vec<&'a Clue>,
    recognised: Vec<Recognised>,
}

/// All incidents, in the order of their first findings.
///
/// Findings are grouped by rule, route and spot. Groups in which the same was
/// recognised become one when they are of the same route and kind of spot: a
/// page that shows sometimes the name first and sometimes the address has one
/// defect. When what was recognised lies beneath the routes, such as a
/// connection or the sessions, all its routes are one incident.
pub(super) fn incidents(
    clues: &[Clue],
    traffic: &Traffic,
    before: u64,
    counts: &BTreeMap<Rule, u64>,
) -> Vec<Incident> {
    let wrong: BTreeSet<_> = clues
        .iter()
        .filter(|clue| clue.rule == Rule::WrongResponse)
        .map(|clue| clue.passed.request)
        .collect();
    let look = |clues: &[&Clue]| {
        patterns::recognise(&Case {
            clues,
            traffic,
            wrong: &wrong,
        })
    };
    let mut groups: Vec<Group<'_>> = Vec::new();
    for beneath in beneath_routes(clues) {
        // All of the rule at first, for what lies beneath the routes...
        let recognised = look(&beneath);
        // A session is lost, or shared, on whatever route it is used next.
        let of_sessions = beneath
            .first()
            .is_some_and(|clue| matches!(clue.rule, Rule::SessionLost | Rule::SessionSwap));
        if of_sessions || recognised.iter().any(|own| own.pattern.is_beneath_routes()) {
            groups.push(Group {
                clues: beneath,
                recognised,
            });
            continue;
        }
        // ... then place by place.
        let mut places: BTreeMap<Key, Vec<&Clue>> = BTreeMap::new();
        for clue in beneath {
            let key = (clue.rule, clue.route.clone(), clue.place.clone());
            places.entry(key).or_default().push(clue);
        }
        groups.extend(merged(places, &look));
    }
    groups.sort_by_key(|group| group.clues.iter().map(|clue| clue.number).min());
    (before + 1..)
        .zip(groups)
        .map(|(number, group)| incident(number, &group, traffic, counts))
        .collect()
}

/// The findings of each rule; swapped sessions apart by their credential.
fn beneath_routes(clues: &[Clue]) -> Vec<Vec<&Clue>> {
    let mut by_rule: BTreeMap<(Rule, Option<&str>), Vec<&Clue>> = BTreeMap::new();
    for clue in clues {
        let name = clue.credential.as_ref().map(|own| own.name.as_str());
        by_rule.entry((clue.rule, name)).or_default().push(clue);
    }
    by_rule.into_values().collect()
}

/// Places of the same route and kind of spot in which the same was recognised,
/// as one.
fn merged<'a>(
    places: BTreeMap<Key, Vec<&'a Clue>>,
    look: &dyn Fn(&[&Clue]) -> Vec<Recognised>,
) -> Vec<Group<'a>> {
    type Kind = (String, String, Vec<Pattern>);
    let mut kinds: BTreeMap<Kind, Vec<&Clue>> = BTreeMap::new();
    let patterns = |clues: &[&Clue]| -> Vec<Pattern> {
        let recognised = look(clues).into_iter();
        recognised.map(|own| own.pattern).collect()
    };
    for ((_, route, place), clues) in places {
        let kind = (route, place.kind, patterns(&clues));
        kinds.entry(kind).or_default().extend(clues);
    }
    // What is not recognised at one spot is not told apart from its neighbours.
    let mut known: Vec<(Kind, Vec<&Clue>)> = Vec::new();
    let (unknown, recognised): (Vec<_>, Vec<_>) = kinds
        .into_iter()
        .partition(|((_, _, shown), _)| shown.is_empty());
    known.extend(recognised);
    for ((route, kind, nothing), clues) in unknown {
        let mut same = known
            .iter_mut()
            .filter(|((other, at, _), _)| *other == route && *at == kind);
        match (same.next(), same.next()) {
            // Few findings beside many of the same kind, unless they would hide
            // what the many show.
            (Some(((_, _, shown), many)), None)
                if clues.len() * 4 <= many.len()
                    && patterns(&[many.as_slice(), &clues].concat()).starts_with(shown) =>
            {
                many.extend(clues);
            }
            _ => known.push(((route, kind, nothing), clues)),
        }
    }
    known
        .into_iter()
        .map(|(_, mut clues)| {
            clues.sort_by_key(|clue| clue.number);
            Group {
                recognised: look(&clues),
                clues,
            }
        })
        .collect()
}

fn incident(
    number: u64,
    group: &Group<'_>,
    traffic: &Traffic,
    counts: &BTreeMap<Rule, u64>,
) -> Incident {
    let clues = &group.clues;
    let first = clues[0];
    let mut users: BTreeSet<UserId> = BTreeSet::new();
    let mut owners: BTreeSet<UserId> = BTreeSet::new();
    let mut instances: BTreeMap<String, u64> = BTreeMap::new();
    let mut windows: BTreeMap<String, u64> = BTreeMap::new();
    let mut places: BTreeMap<_, u64> = BTreeMap::new();
    for clue in clues {
        users.insert(clue.user);
        owners.extend(clue.owner);
        if let Some(instance) = &clue.instance {
            *instances.entry(instance.to_string()).or_default() += 1;
        }
        *windows.entry(clue.window.clone()).or_default() += 1;
        let place = (&clue.route, &clue.step, &clue.place.spot, &clue.fact);
        *places.entry(place).or_default() += 1;
    }
    let mut places: Vec<IncidentPlace> = places
        .into_iter()
        .map(|((route, step, spot, fact), findings)| IncidentPlace {
            route: route.clone(),
            step: step.clone(),
            spot: spot.clone(),
            fact: fact.clone(),
            findings,
        })
        .collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.findings));
    let all = counts.get(&first.rule).copied().unwrap_or(0);
    let mut incident = Incident {
        number,
        rule: first.rule,
        places,
        findings: clues.len() as u64,
        first_finding: first.number,
        users: users.len() as u64,
        owners: owners.len() as u64,
        first: clues
            .iter()
            .map(|clue| clue.done())
            .min()
            .unwrap_or_default(),
        last: clues
            .iter()
            .map(|clue| clue.done())
            .max()
            .unwrap_or_default(),
        instances,
        windows,
        provocations: provoked::met(clues, traffic, all <= MOST_FINDINGS),
        patterns: group.recognised.clone(),
        cause: String::new(),
        look_at: String::new(),
        against: patterns::against(clues, traffic, &group.recognised),
    };
    words::explain(&mut incident, all);
    incident
}
