//! `session-outlived`: after the sign-out the old credential still shows
//! private facts.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{HazardKind, Rule, SeenHazard, Timestamp, UserId, ValueHash};
use crate::oracle::Observation;
use crate::oracle::judge::{Judge, Violation};

/// Session credentials that were signed out.
#[derive(Debug, Default)]
pub(in crate::oracle) struct SignedOut {
    credentials: BTreeMap<ValueHash, Ended>,
    /// Addresses that tell what they tell without any credential.
    open: BTreeSet<ValueHash>,
}

#[derive(Clone, Copy, Debug)]
struct Ended {
    user: UserId,
    at: Timestamp,
    told: bool,
}

impl SignedOut {
    /// A sign-out was acknowledged, or is under way and not acknowledged. To be
    /// sent on to the sign-in page is what many services answer.
    /// Passwords and keys, which the service did not give out, outlive every
    /// sign-out.
    fn sign_out(&mut self, seen: &Observation, given: impl Fn(&ValueHash) -> bool) {
        let sent_on = seen
            .status
            .is_some_and(|status| (300..400).contains(&status));
        let acknowledged = seen.error.is_none()
            && (!seen.anonymous || sent_on)
            && seen.status.is_some_and(|status| status < 400);
        for hash in &seen.carried {
            if acknowledged && given(hash) {
                let ended = Ended {
                    user: seen.user,
                    at: seen.done,
                    told: false,
                };
                self.credentials.insert(*hash, ended);
            } else {
                self.credentials.remove(hash);
            }
        }
    }

    /// Whether all credentials of the request had been signed out before it was
    /// sent, and this was not told yet. Who overlaps the sign-out is nobody's
    /// fault.
    fn outlived(&mut self, seen: &Observation) -> bool {
        let all = seen.carried.iter().all(|hash| {
            self.credentials
                .get(hash)
                .is_some_and(|ended| ended.user == seen.user && seen.sent >= ended.at)
        });
        if seen.carried.is_empty() || !all {
            return false;
        }
        let mut first = true;
        for hash in &seen.carried {
            if let Some(ended) = self.credentials.get_mut(hash) {
                first &= !std::mem::replace(&mut ended.told, true);
            }
        }
        first
    }
}

/// Once for each session. An answer from a cache on the way says nothing of
/// the session, nor does one that everybody is given.
pub(in crate::oracle) fn judge(
    judge: &mut Judge,
    seen: &Observation,
    violations: &mut Vec<Violation>,
) {
    if seen.signs_out {
        let holders = &judge.holders;
        judge.signed_out.sign_out(seen, |hash| {
            holders
                .get(hash)
                .is_some_and(|held| held.contains(&seen.user))
        });
        return;
    }
    for credential in &seen.issued {
        let ended = judge.signed_out.credentials.remove(&credential.hash);
        if ended.is_some() && judge.knows_by(credential.hash, seen.user) {
            let hazard = SeenHazard::new(
                HazardKind::GuessableSessionCredential,
                "a session credential is the same again after signing out and in",
            );
            judge.hazards.add(&hazard, seen);
        }
    }
    let open = &mut judge.signed_out.open;
    let asked_by_nobody = seen.open_to_all && seen.carried.is_empty();
    open.extend(seen.url_hash.filter(|_| asked_by_nobody));
    let shown = seen.told > 0
        && !seen.open_to_all
        && !seen.url_hash.is_some_and(|url| open.contains(&url))
        && seen.error.is_none()
        && !seen.anonymous
        && !seen.signs_in
        && !seen.from_cache
        && seen
            .status
            .is_some_and(|status| (200..300).contains(&status));
    if !shown || !judge.signed_out.outlived(seen) {
        return;
    }
    violations.push(Violation {
        rule: Rule::SessionOutlived,
        owner: None,
        message: format!(
            "{} had signed out, and the old session credential still showed private facts (status {})",
            seen.user,
            seen.status.unwrap_or_default()
        ),
        sighting: None,
        identity: None,
    });
}
