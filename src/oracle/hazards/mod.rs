//! Hazards: weaknesses that show without a violation, one file each.
//!
//! Most show in one exchange and are noted in its observation, because they
//! need the raw response. Those that need several are found by the judge, from
//! observations alone. All rules here are pure.

mod cacheable_private_response;
mod caching;
mod credential_in_plain_http;
mod guessable;
pub(super) mod missing_vary;
mod open_cross_origin;
mod private_fact_in_url;
pub(super) mod session_fixation;
mod tally;
mod weak_session_cookie;

use std::sync::Arc;

use crate::model::{Exchange, Received, SeenHazard};

use super::IndexedFact;

pub(super) use caching::{is_kept_for_all, may_be_shared};
pub(super) use guessable::{Credentials, FEWEST, estimated_bits};
pub(super) use tally::HazardTally;

/// Credentials of one name that are looked at before anything is said of how
/// they are made.
pub const FEWEST_CREDENTIALS: u64 = guessable::FEWEST as u64;

/// An exchange with a response, as the rules see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) response: &'a Received,
    /// The user's own facts that are not public and stand in the response.
    pub(super) own: &'a [Arc<IndexedFact>],
    /// Those of them that the request did not say.
    pub(super) told: &'a [Arc<IndexedFact>],
}

/// The weaknesses that show in one exchange.
pub(super) fn seen_in(scene: Scene<'_>) -> Vec<SeenHazard> {
    let mut seen = Vec::new();
    seen.extend(cacheable_private_response::look(scene));
    seen.extend(private_fact_in_url::look(scene));
    seen.extend(weak_session_cookie::look(scene));
    seen.extend(credential_in_plain_http::look(scene));
    seen.extend(open_cross_origin::look(scene));
    seen
}

/// Exchanges made by hand, for tests.
#[cfg(test)]
pub(super) mod fixture {
    use super::*;
    use crate::model::{
        Credential, Intent, Place, RequestId, RunTag, Sent, StepRef, Timestamp, UserId,
    };

    /// `GET url` with these headers of the request and the response.
    pub(in crate::oracle) fn exchange(
        url: &str,
        request: &[(&str, &str)],
        status: u16,
        response: &[(&str, &str)],
        body: &str,
    ) -> Exchange {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let credentials = request
            .iter()
            .filter(|(name, _)| *name == "authorization")
            .map(|(name, value)| Credential {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
                guessed: false,
            })
            .collect();
        Exchange {
            id: RequestId::new(RunTag(7), UserId(1), 1),
            user: UserId(1),
            session: 0,
            iteration: 1,
            step: Arc::new(StepRef {
                scenario: "s".into(),
                text: "When x".into(),
                place: Place::new("a.feature", 3),
            }),
            hop: 0,
            request: Sent {
                method: "GET".into(),
                url: url.to_owned(),
                route: "/me".into(),
                headers: owned(request),
                credentials,
                ..Sent::default()
            },
            due: Timestamp::default(),
            sent: Timestamp::default(),
            first_byte: None,
            done: Timestamp::default(),
            response: Some(Received {
                status,
                headers: owned(response),
                body: body.to_owned().into(),
                cut: false,
            }),
            error: None,
            instance: None,
            intent: Intent::default(),
        }
    }

    /// A fact of user 1.
    pub(in crate::oracle) fn fact(name: &str, value: &str) -> Arc<IndexedFact> {
        use crate::model::{Fact, Origin, Visibility};
        let index = crate::oracle::FactIndex::with_room_for(1);
        let fact = Fact {
            name: name.into(),
            value: value.to_owned(),
            visibility: Visibility::Private,
            origin: Origin::Generated,
            weak: false,
        };
        index.insert(UserId(1), 1, &fact);
        let mut found = None;
        index.scan(&crate::oracle::fold(value), |_, fact| {
            found = Some(Arc::new(fact.clone()));
        });
        found.unwrap()
    }

    /// What `look` says of `exchange`, in which the user was told `facts`.
    pub(in crate::oracle) fn messages(
        look: impl Fn(Scene<'_>) -> Vec<SeenHazard>,
        exchange: &Exchange,
        facts: &[Arc<IndexedFact>],
    ) -> Vec<String> {
        let response = exchange.response.as_ref().unwrap();
        let scene = Scene {
            exchange,
            response,
            own: facts,
            told: facts,
        };
        look(scene).into_iter().map(|seen| seen.message).collect()
    }
}
