//! `access-granted`: a request that had to be denied was answered.

use crate::model::{Probe, Rule, UserId};
use crate::oracle::Observation;
use crate::oracle::judge::Violation;

/// A success where a denial was due. Errors of the service and redirects to
/// other pages are neither; the step tells of them.
pub(in crate::oracle) fn judge(seen: &Observation, violations: &mut Vec<Violation>) {
    if !granted(seen) {
        return;
    }
    let first = seen.sightings.first();
    let owner = seen.probed.or_else(|| first.map(|sighting| sighting.owner));
    let whose = owner.map_or_else(String::new, |owner| format!(" to what belongs to {owner}"));
    violations.push(Violation {
        rule: Rule::AccessGranted,
        owner,
        message: format!(
            "{} was given access{whose} (status {})",
            seen.user,
            seen.status.unwrap_or_default()
        ),
        sighting: seen
            .sightings
            .iter()
            .position(|sighting| Some(sighting.owner) == owner),
        identity: None,
    });
}

fn granted(seen: &Observation) -> bool {
    let grants = match seen.probe {
        // A step says that it is private, or the id does.
        None | Some(Probe::Declared) => true,
        // It may be public: only what is the owner's tells.
        Some(Probe::Kept) => {
            let mut sightings = seen.sightings.iter();
            sightings.any(|sighting| Some(sighting.owner) == seen.probed)
        }
        Some(Probe::Absent) => false,
    };
    grants
        && seen.denial_expected
        && !seen.denied
        && seen.error.is_none()
        && seen
            .status
            .is_some_and(|status| (200..300).contains(&status))
}

/// Whether facts of `owner` in this response are what was granted, so that
/// they are not told a second time.
pub(super) fn explains(seen: &Observation, owner: UserId) -> bool {
    granted(seen)
        && seen
            .probed
            .or_else(|| seen.sightings.first().map(|sighting| sighting.owner))
            == Some(owner)
}
