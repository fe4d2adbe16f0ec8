//! Incidents in words, for the console and Markdown alike.

use crate::model::Finding;
use crate::oracle::Incident;

use super::figures::{count, of};
use super::finding_text::heading;

/// Findings that are shown of each incident.
pub(super) const MOST_FINDINGS: usize = 2;

/// Places that are shown of each incident.
const MOST_PLACES: usize = 3;

/// `DATA SWAP`, and the rest of the line.
pub(super) fn title(incident: &Incident) -> (&'static str, String) {
    let place = incident
        .places
        .first()
        .map_or_else(String::new, ToString::to_string);
    let rest = format!(
        "incident {}  {}  {} on {place}",
        incident.number,
        incident.rule,
        of(incident.findings, "finding")
    );
    (heading(incident.rule), rest)
}

/// The incident's details, each with its label.
pub(super) fn rows(incident: &Incident, folder: &str) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    match incident.patterns.as_slice() {
        [] => rows.push(("pattern", "no pattern recognised".to_owned())),
        patterns => {
            for own in patterns {
                rows.push(("pattern", own.pattern.to_string()));
                rows.extend(own.because.iter().map(|why| ("because", why.clone())));
            }
        }
    }
    rows.extend(incident.against.iter().map(|why| ("but", why.clone())));
    if !incident.patterns.is_empty() {
        rows.push(("likely cause", incident.cause.clone()));
    }
    rows.push(("look at", incident.look_at.clone()));
    rows.push(("who", who(incident)));
    rows.push(("when", when(incident)));
    for place in incident.places.iter().take(MOST_PLACES) {
        rows.push(("where", format!("{place}  {}", place.step)));
    }
    if let Some(more) = incident.places.len().checked_sub(MOST_PLACES)
        && more > 0
    {
        rows.push(("where", format!("and {more} more")));
    }
    rows.push((
        "reproduce",
        format!("fpt reproduce {folder} {}", incident.number),
    ));
    rows
}

fn who(incident: &Incident) -> String {
    let users = of(incident.users, "user");
    match incident.owners {
        0 => users,
        owners => format!("{users} saw data of {}", of(owners, "user")),
    }
}

fn when(incident: &Incident) -> String {
    let shares = |counts: &std::collections::BTreeMap<String, u64>| {
        let each: Vec<String> = counts
            .iter()
            .map(|(name, findings)| format!("{name} {}", count(*findings)))
            .collect();
        each.join(", ")
    };
    let mut text = format!(
        "from {} to {}; window {}",
        incident.first,
        incident.last,
        shares(&incident.windows)
    );
    if !incident.instances.is_empty() {
        text.push_str("; instance ");
        text.push_str(&shares(&incident.instances));
    }
    text
}

/// The findings of each incident, in order, and those of none.
pub(super) fn dealt<'a>(
    incidents: &[Incident],
    findings: &'a [Finding],
) -> (Vec<Vec<&'a Finding>>, Vec<&'a Finding>) {
    let mut of_incidents = vec![Vec::new(); incidents.len()];
    let mut others = Vec::new();
    for finding in findings {
        match incidents.iter().position(|own| own.holds(finding)) {
            Some(at) => of_incidents[at].push(finding),
            None => others.push(finding),
        }
    }
    (of_incidents, others)
}
