//! `missing-vary`: one URL is answered to some and denied to others, and a
//! shared cache may give the answer to all.
//!
//! Responses with facts of the user's own are told as
//! `cacheable-private-response`; this is about those that hold none and are
//! private all the same.

use std::collections::BTreeMap;

use crate::model::{HazardKind, SeenHazard, ValueHash};
use crate::oracle::Observation;

/// URLs that are remembered.
const MOST: usize = 10_000;

/// What is known of URLs that shared caches could keep.
#[derive(Debug, Default)]
pub(in crate::oracle) struct SharedUrls {
    urls: BTreeMap<ValueHash, Answers>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Answers {
    denied: bool,
    given: bool,
}

impl SharedUrls {
    /// Both an answer that caches may share, and a denial: the later of the
    /// two is the witness. A 404 is no denial here: things come and go.
    pub(in crate::oracle) fn judge(&mut self, seen: &Observation) -> Option<SeenHazard> {
        let is_denial =
            seen.route.starts_with("GET ") && matches!(seen.status, Some(300..=399 | 401 | 403));
        let url = seen.url_hash.filter(|_| seen.shareable || is_denial)?;
        if seen.error.is_some() || (self.urls.len() >= MOST && !self.urls.contains_key(&url)) {
            return None;
        }
        let answers = self.urls.entry(url).or_default();
        let before = *answers;
        let success = seen
            .status
            .is_some_and(|status| (200..300).contains(&status));
        answers.denied |= seen.anonymous || matches!(seen.status, Some(401 | 403));
        answers.given |= seen.shareable && success && seen.told == 0 && seen.signed_in;
        let both = answers.denied && answers.given;
        (both && !(before.denied && before.given)).then(|| {
            SeenHazard::new(
                HazardKind::MissingVary,
                "the same URL is answered to one user and denied to another, and a shared cache \
                 may keep the answer: neither `private` nor a `Vary` on what users are known by",
            )
        })
    }
}
