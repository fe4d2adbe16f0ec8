//! `session-swap`: one session credential serves two users.

use crate::model::Rule;
use crate::oracle::Observation;
use crate::oracle::judge::{Judge, Violation};

/// A credential was issued to the user that somebody else was given before.
/// A cookie that has had one value only, for everybody, is no credential but a
/// constant with a misleading name, and accuses nobody.
///
/// (Answers as somebody else under a shared credential are told apart from
/// other foreign data in [`foreign_data`](super::foreign_data).)
pub(in crate::oracle) fn issued(
    judge: &mut Judge,
    seen: &Observation,
    violations: &mut Vec<Violation>,
) {
    for credential in &seen.issued {
        let holders = judge.holders.entry(credential.hash).or_default();
        let other = holders.iter().copied().find(|holder| *holder != seen.user);
        let known = !holders.insert(seen.user);
        let values = judge.values.entry(credential.name.clone()).or_default();
        values.insert(credential.hash);
        let varies = values.len() > 1;
        if let Some(other) = other.filter(|_| !known && varies) {
            violations.push(Violation {
                rule: Rule::SessionSwap,
                owner: Some(other),
                message: format!(
                    "{} was given the session credential `{}` that {other} already holds",
                    seen.user, credential.name
                ),
                sighting: None,
                identity: None,
            });
        }
    }
}
