//! `session-fixation`: signing in goes on with the session credential from
//! before. Whoever planted that credential in the user's browser is signed in
//! as the user from then on.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{HazardKind, SeenHazard, UserId, ValueHash};
use crate::oracle::Observation;

/// Session cookies that were carried by a sign-in which gave no new one.
#[derive(Debug, Default)]
pub(in crate::oracle) struct KeptSessions {
    kept: BTreeMap<(UserId, u32), BTreeSet<ValueHash>>,
}

impl KeptSessions {
    /// It is a hazard once such a cookie alone is what a private response was
    /// given for.
    pub(in crate::oracle) fn judge(&mut self, seen: &Observation) -> Option<SeenHazard> {
        let key = (seen.user, seen.session);
        if seen.signs_in {
            let fine = seen.error.is_none()
                && !seen.anonymous
                && seen.status.is_some_and(|status| status < 400);
            if fine && seen.keeps_cookies && (seen.hop == 0 || self.kept.contains_key(&key)) {
                let kept = self.kept.entry(key).or_default();
                *kept = seen.carried.iter().copied().collect();
            } else {
                self.kept.remove(&key);
            }
            return None;
        }
        let kept = self.kept.get(&key)?;
        if !seen.issued.is_empty() || seen.signs_out {
            self.kept.remove(&key);
            return None;
        }
        let same = !seen.carried.is_empty() && seen.carried.iter().all(|own| kept.contains(own));
        let shown = seen.told > 0 && seen.signed_in && seen.by_cookies_alone;
        if !(same && shown) {
            return None;
        }
        self.kept.remove(&key);
        Some(SeenHazard::new(
            HazardKind::SessionFixation,
            "the session cookie from before signing in is the one of the signed-in session: \
             signing in gave no new one",
        ))
    }
}
