//! Scale events: those of the profile for scenarios that have none, and whether
//! what is asked of the service's instances can be done.

use crate::campaign::{CampaignSettings, foreseen};
use crate::config::Profile;
use crate::model::Place;
use crate::scaling::ScaleEvent;

use super::problem::Problem;

/// The key of the profile's own events.
const KEY: &str = "scaling.events";

/// The events of the profile; what is wrong with one of them joins `problems`.
pub(super) fn of_profile(profile: &Profile, problems: &mut Vec<Problem>) -> Vec<ScaleEvent> {
    let mut events = Vec::new();
    for text in &profile.scaling.events {
        match text.parse() {
            Ok(event) => events.push(event),
            Err(why) => problems.push(Problem::general(format!("{}: {why}", key(profile)))),
        }
    }
    events
}

/// Gives a scenario without events those of the profile.
pub(super) fn complete(settings: &mut CampaignSettings, of_profile: &[ScaleEvent]) {
    if settings.events.is_empty() {
        settings.events = of_profile.to_vec();
    }
}

/// What cannot be done to the service of `profile`; `place` is the scenario.
pub(super) fn check(profile: &Profile, settings: &CampaignSettings, place: &Place) -> Vec<Problem> {
    foreseen(profile, settings)
        .into_iter()
        .map(|(step, why)| match step {
            Some(step) => Problem::at(step, why),
            None => Problem::at(place.clone(), format!("{}: {why}", key(profile))),
        })
        .collect()
}

/// `fpt.toml:7: scaling.events`
fn key(profile: &Profile) -> String {
    match profile.origin(KEY) {
        Some(origin) => format!("`{KEY}` ({origin})"),
        None => format!("`{KEY}`"),
    }
}
