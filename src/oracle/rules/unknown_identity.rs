//! `unknown-identity`: a declared identity field shows somebody else.

use crate::model::Rule;
use crate::oracle::judge::Violation;
use crate::oracle::{Observation, Relation};

/// A field that shows another known user counts as `foreign-data` when that
/// value was seen as such; everything else that is not the user's own counts here,
/// a stranger's value too.
pub(in crate::oracle) fn judge(seen: &Observation, violations: &mut Vec<Violation>) {
    for (at, identity) in seen.identities.iter().enumerate() {
        let (owner, whose) = match identity.relation {
            Relation::Own => continue,
            Relation::Other(owner) if already_seen(seen, owner) => continue,
            Relation::Other(owner) => (Some(owner), owner.to_string()),
            Relation::Stranger => (None, "nobody this run knows".to_owned()),
        };
        violations.push(Violation {
            rule: Rule::UnknownIdentity,
            owner,
            message: format!(
                "{} was shown a {} of {whose} in {}",
                seen.user, identity.fact, identity.spot
            ),
            sighting: None,
            identity: Some(at),
        });
    }
}

fn already_seen(seen: &Observation, owner: crate::model::UserId) -> bool {
    seen.sightings
        .iter()
        .any(|sighting| sighting.owner == owner)
}
