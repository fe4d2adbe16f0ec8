//! Incidents in words, for the console and Markdown alike.

use crate::model::{Finding, Rule};
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
    for own in &incident.provocations {
        rows.push(("provoked", own.told(incident.findings)));
    }
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
    let owners = of(incident.owners, "user");
    let known = incident.owners > 0;
    match incident.rule {
        Rule::ForeignData | Rule::UnknownIdentity if known => {
            format!("{users} saw data of {owners}")
        }
        Rule::WrongResponse if known => format!("{users} got answers to {owners}"),
        Rule::SessionSwap if known => format!("{users} had a session of {owners}"),
        Rule::AccessGranted if known => format!("{users} got at what belongs to {owners}"),
        Rule::DoubleBooking if known => format!("{users} got what {owners} held"),
        Rule::DoubleBooking => format!("{users} got two for one request"),
        Rule::SessionLost => format!("{users} lost the session"),
        Rule::SessionOutlived => format!("{users} stayed signed in after the sign-out"),
        Rule::SessionRollback => format!("{users} missed what the same session had done or seen"),
        Rule::LostWrite => format!("{users} lost what had been acknowledged"),
        Rule::PhantomWrite => format!("{users} found what had been refused to them"),
        Rule::StaleRead => format!("{users} missed for a while what had been acknowledged"),
        Rule::ForeignData
        | Rule::UnknownIdentity
        | Rule::WrongResponse
        | Rule::SessionSwap
        | Rule::AccessGranted => users,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Provocation;
    use crate::oracle::incidents::Met;
    use crate::report::fixture::{incidents, swapped};

    fn of_rule(rule: Rule, owners: u64) -> Incident {
        let observations: Vec<_> = (10..52)
            .map(|user| swapped(user, 3, u64::from(user)))
            .collect();
        let mut incident = incidents(&observations).remove(0);
        incident.rule = rule;
        incident.owners = owners;
        incident
    }

    #[test]
    fn who_is_told_by_rule() {
        let told: Vec<String> = Rule::ALL
            .iter()
            .map(|rule| who(&of_rule(*rule, 9)))
            .collect();
        assert_eq!(
            told,
            [
                "42 users saw data of 9 users",
                "42 users saw data of 9 users",
                "42 users got answers to 9 users",
                "42 users had a session of 9 users",
                "42 users lost the session",
                "42 users got at what belongs to 9 users",
                "42 users stayed signed in after the sign-out",
                "42 users missed what the same session had done or seen",
                "42 users lost what had been acknowledged",
                "42 users missed for a while what had been acknowledged",
                "42 users got what 9 users held",
                "42 users found what had been refused to them",
            ]
        );
        assert_eq!(who(&of_rule(Rule::UnknownIdentity, 0)), "42 users");
        assert_eq!(
            who(&of_rule(Rule::DoubleBooking, 0)),
            "42 users got two for one request"
        );
    }

    #[test]
    fn what_was_provoked_has_a_row() {
        let mut incident = of_rule(Rule::ForeignData, 1);
        let labels = |incident: &Incident| {
            let rows = rows(incident, "target/fpt/x");
            rows.into_iter().filter(|(label, _)| *label == "provoked")
        };
        assert_eq!(labels(&incident).count(), 0);
        incident.provocations.push(Met {
            what: Provocation::SameRequest,
            findings: 42,
            after: 0,
            answers: 500,
            provoked_answers: 88,
            needed: true,
        });
        let told: Vec<String> = labels(&incident).map(|(_, text)| text).collect();
        assert_eq!(
            told,
            [
                "needed same-request: 42 of 42 findings were on or beside requests that several \
              users sent at one instant; none on 412 other answers there"
            ]
        );
    }
}
