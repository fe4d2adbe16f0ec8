//! Hazards in words, for the console and Markdown alike.

use crate::model::Hazard;

use super::figures::count;

/// Hazards that are shown of one scenario.
pub(super) const MOST_SHOWN: usize = 10;

/// `12 × weak-session-cookie at POST /session`.
pub(super) fn title(hazard: &Hazard) -> String {
    format!(
        "{} × {} at {}",
        count(hazard.count),
        hazard.kind,
        hazard.route
    )
}

/// What it is and where to look.
pub(super) fn details(hazard: &Hazard) -> Vec<(&'static str, String)> {
    let first = &hazard.first;
    let mut rows = vec![("what", hazard.message.clone())];
    if let Some(spot) = &first.spot {
        rows.push(("where", spot.to_string()));
    }
    let status = first
        .status
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let instance = first
        .instance
        .as_ref()
        .map_or_else(String::new, |instance| format!(", instance {instance}"));
    rows.push((
        "first",
        format!(
            "{} at {}, {status}, request id {}{instance}",
            first.user, first.sent, first.request
        ),
    ));
    rows.push(("step", format!("{}  {}", first.step.place, first.step.text)));
    rows
}
