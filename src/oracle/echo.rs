//! Whose request a response says it answers.

use crate::model::{Exchange, RequestId};

use super::hazards::is_kept_for_all;
use super::{Echo, Eyes, InFlight, Observation};

/// Headers by which caches and delivery networks tell that they answered.
const CACHES: [&str; 4] = [
    "x-cache",
    "x-cache-status",
    "x-proxy-cache",
    "cf-cache-status",
];

impl Eyes {
    /// The request id that the response echoes, if it is one of this run.
    ///
    /// A shared cache keeps the headers of the first response with a public
    /// page. That it came from a cache, it may say itself (RFC 9111, 5.1). Many
    /// do not; but then nothing in the page is anybody's.
    pub(super) fn echo(
        &self,
        exchange: &Exchange,
        seen: &Observation,
        in_flight: &InFlight,
    ) -> Option<Echo> {
        let response = exchange.response.as_ref()?;
        if response.header("age").is_some() {
            return None;
        }
        let id: RequestId = response
            .header(&self.settings.request_id_header)?
            .parse()
            .ok()?;
        // A service may give its first answer again to one idempotency key.
        if id == exchange.id || exchange.intent.same_key.contains(&id) {
            return Some(Echo::Own);
        }
        if !id.is_of(self.settings.tag) {
            // An id that a gateway made up says nothing about us.
            return None;
        }
        let elsewhere = in_flight
            .of(id.user())
            .iter()
            .any(|passage| passage.request == id && passage.route != seen.route);
        let cached = is_kept_for_all(exchange) || comes_from_a_cache(exchange);
        Some(if cached && is_nobodys(exchange, seen) && !elsewhere {
            Echo::Cached(id)
        } else {
            Echo::Another(id)
        })
    }
}

/// Whether a cache says that it answered.
fn comes_from_a_cache(exchange: &Exchange) -> bool {
    let hit = |value: &str| {
        let mut words = value.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| word.eq_ignore_ascii_case("hit"))
    };
    matches!(exchange.request.method.as_str(), "GET" | "HEAD")
        && exchange.response.as_ref().is_some_and(|response| {
            CACHES
                .iter()
                .any(|name| response.header(name).is_some_and(hit))
        })
}

/// Whether the response holds nothing that is somebody's, as far as is known.
fn is_nobodys(exchange: &Exchange, seen: &Observation) -> bool {
    let gives_cookies = exchange
        .response
        .as_ref()
        .is_some_and(|response| response.header("set-cookie").is_some());
    seen.own_sightings == 0
        && seen.sightings.is_empty()
        && exchange.intent.identity.is_empty()
        && !gives_cookies
}
