//! Noting: what of an exchange is a weakness, though it violates nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Exchange, Received, SeenHazard};

use super::fold::fold;
use super::hazards::{self, Scene};
use super::learning::SESSION_FACT;
use super::{Eyes, InFlight, IndexedFact, Observation};

impl Eyes {
    /// Notes the weaknesses that show in `exchange`, whose response holds these
    /// facts of the user's own.
    pub(super) fn note_hazards(
        &self,
        exchange: &Exchange,
        own: &[Arc<IndexedFact>],
        observation: &mut Observation,
    ) {
        let mut noted = exchange.intent.hazards.clone();
        for credential in &exchange.intent.issued {
            let facts = self.own.get(&exchange.user);
            // Earlier credentials are nothing that others know of the user.
            let facts: Vec<String> = facts
                .iter()
                .flat_map(|facts| facts.iter())
                .filter(|(name, _)| &***name != SESSION_FACT)
                .flat_map(|(_, values)| values.iter().cloned())
                .collect();
            let seen = self.credentials.issued(credential, &facts);
            noted.extend(seen);
        }
        if let Some(response) = &exchange.response {
            noted.extend(self.hazards_of(exchange, response, own, observation));
        }
        let told = noted.into_iter().map(|seen| self.told_hazard(seen));
        observation.hazards.extend(told);
    }

    /// Those that the response shows.
    fn hazards_of(
        &self,
        exchange: &Exchange,
        response: &Received,
        own: &[Arc<IndexedFact>],
        observation: &mut Observation,
    ) -> Vec<SeenHazard> {
        let said = if own.is_empty() {
            BTreeSet::new()
        } else {
            self.values_said(exchange)
        };
        let told: Vec<Arc<IndexedFact>> = own
            .iter()
            .filter(|fact| !said.contains(fact.folded()))
            .cloned()
            .collect();
        observation.told = u32::try_from(told.len()).unwrap_or(u32::MAX);
        observation.shareable = hazards::may_be_shared(exchange).is_some();
        let scene = Scene {
            exchange,
            response,
            own,
            told: &told,
        };
        hazards::seen_in(scene)
    }

    /// Whether the response tells the user a private fact of their own that the
    /// request did not say, as to somebody who is known.
    pub fn tells(&self, exchange: &Exchange) -> bool {
        let seen = self.observe(exchange, "", &InFlight::default());
        let success = seen
            .status
            .is_some_and(|status| (200..300).contains(&status));
        success && seen.told > 0 && !seen.anonymous
    }

    /// The known values that the request said in any way, its cookies included.
    fn values_said(&self, exchange: &Exchange) -> BTreeSet<String> {
        let mut values = self.values_sent(exchange).all();
        let cookies = exchange
            .request
            .headers
            .iter()
            .filter(|(name, _)| name == "cookie");
        for (_, cookie) in cookies {
            let decoded = percent_encoding::percent_decode_str(cookie).decode_utf8_lossy();
            for text in [cookie.as_str(), &decoded] {
                self.index().scan(&fold(text), |_, fact| {
                    values.insert(fact.folded().to_owned());
                });
            }
        }
        values
    }
}

/// A sign-in that carried session cookies and nothing else to be known by, and
/// was given no cookie.
pub(super) fn keeps_cookies(exchange: &Exchange) -> bool {
    let Some(response) = &exchange.response else {
        return false;
    };
    let credentials = &exchange.request.credentials;
    let sent = |name: &str| exchange.request.headers.iter().any(|(own, _)| own == name);
    exchange.intent.signs_in
        && !exchange.intent.signed_in
        && !credentials.is_empty()
        && exchange.intent.issued.is_empty()
        // Credentials of headers bear the header's name.
        && !credentials.iter().any(|credential| sent(&credential.name))
        && response.header("set-cookie").is_none()
}

/// Headers that tell nothing of who asks.
const IMPERSONAL: [&str; 12] = [
    "cookie",
    "traceparent",
    "content-type",
    "accept",
    "accept-language",
    "accept-encoding",
    "user-agent",
    "cache-control",
    "if-none-match",
    "if-modified-since",
    "idempotency-key",
    "x-requested-with",
];

/// Whether nothing but its cookies told the service who asks.
pub(super) fn by_cookies_alone(exchange: &Exchange, request_id_header: &str) -> bool {
    exchange
        .request
        .headers
        .iter()
        .all(|(name, _)| IMPERSONAL.contains(&name.as_str()) || name == request_id_header)
}

#[cfg(test)]
mod tests {
    use super::super::hazards::fixture::exchange;
    use super::*;
    use crate::model::Credential;

    fn credential(name: &str) -> Credential {
        Credential {
            name: name.to_owned(),
            value: "0123456789abcdef".to_owned(),
            guessed: false,
        }
    }

    type Change = fn(&mut Exchange);

    /// A sign-in that goes on with the session cookie of the visit before it.
    fn signing_in() -> Exchange {
        let cookie = [("cookie", "sid=0123456789abcdef")];
        let mut own = exchange("http://h.test/login", &cookie, 200, &[], "welcome");
        own.intent.signs_in = true;
        own.request.credentials = vec![credential("sid")];
        own
    }

    #[test]
    fn a_sign_in_keeps_the_cookies_that_it_carried_and_that_alone() {
        assert!(keeps_cookies(&signing_in()));
        let changes: [(&str, Change); 7] = [
            ("never answered", |own| own.response = None),
            ("no sign-in", |own| own.intent.signs_in = false),
            ("signed in already", |own| own.intent.signed_in = true),
            ("no session before", |own| own.request.credentials.clear()),
            ("a new credential", |own| {
                own.intent.issued = vec![credential("sid")];
            }),
            ("known by a header, too", |own| {
                let header = ("authorization".to_owned(), "Bearer x".to_owned());
                own.request.headers.push(header);
                own.request.credentials.push(credential("authorization"));
            }),
            ("some cookie is given", |own| {
                let cookie = ("set-cookie".to_owned(), "seen=1".to_owned());
                let headers = vec![cookie];
                own.response = Some(Received {
                    status: 200,
                    headers,
                    ..Received::default()
                });
            }),
        ];
        for (why, change) in changes {
            let mut own = signing_in();
            change(&mut own);
            assert!(!keeps_cookies(&own), "{why}");
        }
    }

    #[test]
    fn what_every_browser_sends_tells_nothing_of_who_asks() {
        for (headers, alone) in [
            (vec![], true),
            (vec!["cookie", "accept", "user-agent"], true),
            (vec!["cookie", "x-request-id"], true),
            (vec!["cookie", "x-account"], false),
            (vec!["authorization"], false),
        ] {
            let headers: Vec<(&str, &str)> = headers.iter().map(|name| (*name, "x")).collect();
            let own = exchange("http://h.test/me", &headers, 200, &[], "x");
            assert_eq!(by_cookies_alone(&own, "x-request-id"), alone, "{headers:?}");
        }
    }
}
