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

#[cfg(test)]
mod tests {
    use super::super::fixture::exchange;
    use super::*;
    use crate::model::{RunTag, ValueHasher};
    use crate::oracle::{Eyes, EyesSettings, InFlight};

    /// New URLs are forgotten when there are too many; those that are known are not.
    #[test]
    fn of_very_many_urls_the_first_are_remembered() {
        let settings = EyesSettings {
            hasher: ValueHasher::new([3; 32]),
            tag: RunTag(7),
            request_id_header: "x-request-id".to_owned(),
            denied: vec![],
            refusals: vec![],
        };
        let eyes = Eyes::new(settings, 1);
        let cached = [("cache-control", "max-age=60")];
        let mut page = exchange("http://h.test/", &[], 200, &cached, "x");
        page.intent.signed_in = true;
        let mut given = eyes.observe(&page, "", &InFlight::default());
        let refused = exchange("http://h.test/", &[], 401, &[], "x");
        let mut denied = eyes.observe(&refused, "", &InFlight::default());
        let mut urls = SharedUrls::default();
        let mut seen_at = |seen: &mut Observation, number: usize| {
            seen.url_hash = Some(eyes.hash(&number.to_string()));
            urls.judge(seen).is_some()
        };
        for number in 0..=MOST {
            assert!(!seen_at(&mut given, number), "{number}");
        }
        assert!(seen_at(&mut denied, 0));
        assert!(seen_at(&mut denied, MOST - 1));
        assert!(!seen_at(&mut denied, MOST));
    }
}
