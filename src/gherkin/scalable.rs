//! Whether what the scenario asks of the service's instances can be done.

use crate::campaign::CampaignSettings;
use crate::config::{Profile, ScaledBy, Target};
use crate::model::Place;

use super::problem::Problem;

/// What cannot be done to the service of `profile`; `place` is the scenario.
pub(super) fn check(
    profile: &Profile,
    settings: &CampaignSettings,
    place: &Place,
) -> Option<Problem> {
    let event = settings.events.first().map(|event| event.place.clone());
    let asked = event.or_else(|| settings.policy.clone().map(Some))?;
    match (&profile.target, profile.scaling.by) {
        (Target::Url(target), ScaledBy::Itself) => Some(Problem::at(
            asked.unwrap_or_else(|| place.clone()),
            format!("{target} cannot be scaled: the profile has no `scaling.by`"),
        )),
        _ => None,
    }
}
