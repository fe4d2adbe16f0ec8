//! The eyes: from an exchange to an observation.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    Credential, Exchange, Fact, IdentityClaim, Outcome, RequestId, RunTag, Sent, Spot, UserId,
    ValueHasher, Visibility, mask,
};

use super::fold::{fold, unfolded};
use super::hazards::{self, Credentials, Scene};
use super::look::look;
use super::observation::{
    Echo, IdentityReading, IssuedCredential, Observation, Relation, Sighting,
};
use super::{FactIndex, InFlight, IndexedFact};

/// What looking depends on.
#[derive(Clone, Debug)]
pub struct EyesSettings {
    /// Hashes values; its key is drawn anew for every run.
    pub hasher: ValueHasher,
    /// Marks the request ids of this run.
    pub tag: RunTag,
    /// The header in which a service may echo the request id (lower case).
    pub request_id_header: String,
    /// Status codes that deny a request.
    pub denied: Vec<u16>,
}

/// Finds facts in responses.
#[derive(Debug)]
pub struct Eyes {
    settings: EyesSettings,
    index: FactIndex,
    /// Each user's own values by name, weak ones included: identity fields are
    /// compared with these.
    own: dashmap::DashMap<UserId, BTreeMap<Arc<str>, Vec<String>>>,
    groups: dashmap::DashMap<UserId, u32>,
    credentials: Credentials,
}

impl Eyes {
    /// Eyes that know nobody yet, with room for about `expected` facts.
    pub fn new(settings: EyesSettings, expected: usize) -> Self {
        Self {
            settings,
            index: FactIndex::with_room_for(expected),
            own: dashmap::DashMap::new(),
            groups: dashmap::DashMap::new(),
            credentials: Credentials::default(),
        }
    }

    /// Makes `fact` known as the one of `user`, a member of `group`.
    pub fn learn(&self, user: UserId, group: u32, fact: &Fact) {
        self.groups.insert(user, group);
        self.own
            .entry(user)
            .or_default()
            .entry(Arc::clone(&fact.name))
            .or_default()
            .push(fold(&fact.value));
        self.index.insert(user, group, fact);
    }

    /// Declares that `value` accuses nobody.
    pub fn declare_public(&self, name: &str, value: &str) {
        self.index.insert_public(name, value);
    }

    /// The index of known facts.
    pub fn index(&self) -> &FactIndex {
        &self.index
    }

    /// `text` with every known private value replaced by its name, for
    /// messages that may quote what a service wrote.
    pub fn redact(&self, text: &str) -> String {
        let folded = fold(text);
        // Of several values at one place the longest goes first.
        let mut names: BTreeSet<(usize, Reverse<usize>, &str)> = BTreeSet::new();
        let mut found = Vec::new();
        self.index.scan(&folded, |range, fact| {
            if fact.visibility != Visibility::Public {
                found.push((range.start, range.end, Arc::clone(&fact.name)));
            }
        });
        for (start, end, name) in &found {
            names.insert((*start, Reverse(*end), name));
        }
        if names.is_empty() {
            return text.to_owned();
        }
        // Folding moves positions, so the redacted text is the folded one.
        let mut redacted = String::new();
        let mut at = 0;
        for (start, Reverse(end), name) in names {
            if start < at {
                continue;
            }
            redacted.push_str(&folded[at..start]);
            redacted.push_str(&format!("‹{name}›"));
            at = end;
        }
        redacted.push_str(&folded[at..]);
        redacted
    }

    /// Looks at `exchange`.
    pub fn observe(&self, exchange: &Exchange, window: &str, in_flight: &InFlight) -> Observation {
        let intent = &exchange.intent;
        let status = exchange.response.as_ref().map(|response| response.status);
        let mut observation = Observation {
            request: exchange.id,
            user: exchange.user,
            session: exchange.session,
            iteration: exchange.iteration,
            step: Arc::clone(&exchange.step),
            hop: exchange.hop,
            route: format!("{} {}", exchange.request.method, exchange.request.route),
            due: exchange.due,
            sent: exchange.sent,
            first_byte: exchange.first_byte,
            done: exchange.done,
            status,
            bytes: exchange
                .response
                .as_ref()
                .map_or(0, |response| response.body.len() as u64),
            error: exchange.error,
            outcome: match (exchange.error, status) {
                (Some(error), _) => error.outcome(),
                (None, Some(status)) => Outcome::of_status(status),
                (None, None) => Outcome::Info,
            },
            instance: exchange.instance.clone(),
            window: window.to_owned(),
            signed_in: intent.signed_in,
            signs_in: intent.signs_in,
            signs_out: intent.signs_out,
            denial_expected: intent.denial_expected,
            anonymous_expected: intent.anonymous_expected,
            denied: status.is_some_and(|status| self.settings.denied.contains(&status))
                || intent.anonymous,
            anonymous: intent.anonymous,
            cut: exchange
                .response
                .as_ref()
                .is_some_and(|response| response.cut),
            unreadable: false,
            own_sightings: 0,
            sightings: Vec::new(),
            identities: Vec::new(),
            echo: self.echo(exchange),
            carried: self.hashes(&exchange.request.credentials),
            issued: intent
                .issued
                .iter()
                .map(|credential| IssuedCredential {
                    name: credential.name.clone(),
                    hash: self.settings.hasher.hash(&credential.value),
                })
                .collect(),
            probed: intent.probed,
            hazards: intent.hazards.clone(),
            told: 0,
            resource: None,
            shareable: false,
            from_cache: exchange
                .response
                .as_ref()
                .is_some_and(|response| response.header("age").is_some()),
            keeps_cookies: keeps_cookies(exchange),
            by_cookies_alone: by_cookies_alone(exchange, &self.settings.request_id_header),
            provocations: intent.provocations.clone(),
        };
        let own = self.look_through(exchange, in_flight, &mut observation);
        self.note_hazards(exchange, &own, &mut observation);
        for claim in &intent.identity {
            let reading = self.identity(exchange.user, claim);
            observation.own_sightings += u32::from(reading.relation == Relation::Own);
            observation.identities.push(reading);
        }
        observation
    }

    fn look_through(
        &self,
        exchange: &Exchange,
        in_flight: &InFlight,
        observation: &mut Observation,
    ) -> Vec<Arc<IndexedFact>> {
        let Some(response) = &exchange.response else {
            return Vec::new();
        };
        let mut own_facts: Vec<Arc<IndexedFact>> = Vec::new();
        let mut sent_values: Option<BTreeSet<String>> = None;
        let mut foreign: Vec<(Arc<IndexedFact>, Spot)> = Vec::new();
        let mut own = 0_u32;
        let looked = look(response, &mut |text, spot| {
            let folded = fold(text);
            let seen = self.seen_in(exchange.user, &folded);
            own = own.saturating_add(seen.own);
            for fact in seen.own_facts {
                if !own_facts.iter().any(|known| Arc::ptr_eq(known, &fact)) {
                    own_facts.push(fact);
                }
            }
            for (range, fact) in seen.foreign {
                let sent = sent_values.get_or_insert_with(|| self.values_sent(exchange));
                let known = foreign
                    .iter()
                    .any(|(other, _)| other.owner == fact.owner && other.name == fact.name);
                if !sent.contains(fact.folded()) && !known {
                    let spot = match spot() {
                        Spot::Text(_) => Spot::Text(unfolded(text, range.start)),
                        spot => spot,
                    };
                    foreign.push((fact, spot));
                }
            }
        });
        observation.unreadable = looked.unreadable;
        observation.own_sightings = own;
        observation.sightings = one_owner_each(foreign)
            .into_iter()
            .filter_map(|(fact, spot)| {
                let owner = fact.owner?;
                Some(Sighting {
                    owner,
                    fact: Arc::clone(&fact.name),
                    visibility: fact.visibility,
                    origin: fact.origin,
                    spot,
                    hash: self.settings.hasher.hash(fact.folded()),
                    preview: mask(fact.folded()),
                    owner_in_flight: in_flight.of(owner),
                })
            })
            .collect();
        own_facts
    }

    /// Notes the weaknesses that show in `exchange`, whose response holds these
    /// facts of the user's own.
    fn note_hazards(
        &self,
        exchange: &Exchange,
        own: &[Arc<IndexedFact>],
        observation: &mut Observation,
    ) {
        for credential in &exchange.intent.issued {
            let facts = self.own.get(&exchange.user);
            let facts: Vec<String> = facts
                .iter()
                .flat_map(|facts| facts.values().flatten().cloned())
                .collect();
            let seen = self.credentials.issued(credential, &facts);
            observation.hazards.extend(seen);
        }
        let Some(response) = &exchange.response else {
            return;
        };
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
        let is_get = exchange.request.method == "GET";
        if observation.shareable || (is_get && matches!(response.status, 300..=399 | 401 | 403)) {
            let url = self.settings.hasher.hash(&exchange.request.url);
            observation.resource = Some(url);
        }
        let scene = Scene {
            exchange,
            response,
            own,
            told: &told,
        };
        observation.hazards.extend(hazards::seen_in(scene));
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
        let mut values = self.values_sent(exchange);
        let cookies = exchange
            .request
            .headers
            .iter()
            .filter(|(name, _)| name == "cookie");
        for (_, cookie) in cookies {
            let decoded = percent_encoding::percent_decode_str(cookie).decode_utf8_lossy();
            for text in [cookie.as_str(), &decoded] {
                self.index.scan(&fold(text), |_, fact| {
                    values.insert(fact.folded().to_owned());
                });
            }
        }
        values
    }

    /// The known facts in a folded text, as they concern `user`.
    fn seen_in(&self, user: UserId, folded: &str) -> Seen {
        let mut matches: Vec<(std::ops::Range<usize>, Arc<IndexedFact>)> = Vec::new();
        self.index.scan(folded, |range, fact| {
            matches.push((range, Arc::clone(fact)));
        });
        if matches.is_empty() {
            return Seen::default();
        }
        let group = self.groups.get(&user).map(|group| *group);
        let innocent = |fact: &IndexedFact| {
            fact.visibility == Visibility::Public
                || fact.owner == Some(user)
                || (fact.visibility == Visibility::Group && Some(fact.group) == group)
        };
        let (innocents, suspects): (Vec<_>, Vec<_>) =
            matches.into_iter().partition(|(_, fact)| innocent(fact));
        let own: Vec<&Arc<IndexedFact>> = innocents
            .iter()
            .map(|(_, fact)| fact)
            .filter(|fact| fact.owner == Some(user))
            .collect();
        let own_facts = own
            .iter()
            .filter(|fact| fact.visibility != Visibility::Public)
            .map(|fact| Arc::clone(fact))
            .collect();
        let own = own.len();
        let foreign = suspects
            .into_iter()
            // A value of the user's own, or a public one, that holds the
            // other's value explains it: equal values, and longer names.
            .filter(|(range, _)| {
                !innocents
                    .iter()
                    .any(|(own, _)| own.start <= range.start && range.end <= own.end)
            })
            .collect();
        Seen {
            own: u32::try_from(own).unwrap_or(u32::MAX),
            own_facts,
            foreign,
        }
    }

    /// The known values that the user sent along, folded: an echo of one's own
    /// input accuses nobody.
    fn values_sent(&self, exchange: &Exchange) -> BTreeSet<String> {
        let mut values = BTreeSet::new();
        let first = exchange.intent.first.as_deref();
        for sent in std::iter::once(&exchange.request).chain(first) {
            for text in texts_of(sent) {
                self.index.scan(&fold(&text), |_, fact| {
                    values.insert(fact.folded().to_owned());
                });
            }
        }
        values
    }

    fn echo(&self, exchange: &Exchange) -> Option<Echo> {
        let response = exchange.response.as_ref()?;
        // A shared cache keeps the headers of the first response with a public
        // page; that it came from a cache, it says itself (RFC 9111, 5.1).
        if response.header("age").is_some() {
            return None;
        }
        let id: RequestId = response
            .header(&self.settings.request_id_header)?
            .parse()
            .ok()?;
        if id == exchange.id {
            Some(Echo::Own)
        } else if id.is_of(self.settings.tag) {
            Some(Echo::Another(id))
        } else {
            // An id that a gateway made up says nothing about us.
            None
        }
    }

    fn identity(&self, user: UserId, claim: &IdentityClaim) -> IdentityReading {
        let value = fold(&claim.value);
        let own = self.own.get(&user).is_some_and(|facts| {
            facts
                .get(&claim.fact)
                .is_some_and(|values| values.contains(&value))
        });
        let relation = if own {
            Relation::Own
        } else {
            let mut owner = None;
            self.index.scan(&value, |range, fact| {
                if range.start == 0 && range.end == value.len() {
                    owner = owner.or(fact.owner.filter(|owner| *owner != user));
                }
            });
            owner.map_or(Relation::Stranger, Relation::Other)
        };
        IdentityReading {
            fact: Arc::clone(&claim.fact),
            spot: claim.spot.clone(),
            relation,
            hash: self.settings.hasher.hash(&value),
            preview: mask(&claim.value),
        }
    }

    fn hashes(&self, credentials: &[Credential]) -> Vec<crate::model::ValueHash> {
        credentials
            .iter()
            .map(|credential| self.settings.hasher.hash(&credential.value))
            .collect()
    }
}

/// A value that a whole group shares was seen once, not once for each member.
/// It is the one's whose private facts were seen beside it, or else the first
/// member's.
fn one_owner_each(seen: Vec<(Arc<IndexedFact>, Spot)>) -> Vec<(Arc<IndexedFact>, Spot)> {
    let mut owners: BTreeMap<u32, Option<UserId>> = BTreeMap::new();
    for (fact, _) in &seen {
        if fact.visibility == Visibility::Private {
            owners.entry(fact.group).or_insert(fact.owner);
        }
    }
    for (fact, _) in &seen {
        owners.entry(fact.group).or_insert(fact.owner);
    }
    seen.into_iter()
        .filter(|(fact, _)| {
            fact.visibility == Visibility::Private || owners.get(&fact.group) == Some(&fact.owner)
        })
        .collect()
}

/// What a text says about whom, seen from one user.
#[derive(Debug, Default)]
struct Seen {
    own: u32,
    /// Those of the user's own facts that are not public.
    own_facts: Vec<Arc<IndexedFact>>,
    foreign: Vec<(std::ops::Range<usize>, Arc<IndexedFact>)>,
}

/// A sign-in that carried session cookies and nothing else to be known by, and
/// was given no cookie.
fn keeps_cookies(exchange: &Exchange) -> bool {
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

fn by_cookies_alone(exchange: &Exchange, request_id_header: &str) -> bool {
    exchange
        .request
        .headers
        .iter()
        .all(|(name, _)| IMPERSONAL.contains(&name.as_str()) || name == request_id_header)
}

/// Everything that a request says, encodings undone where they are common.
fn texts_of(sent: &Sent) -> Vec<String> {
    let body = String::from_utf8_lossy(&sent.body).into_owned();
    let mut texts = vec![sent.url.clone(), body];
    texts.extend(
        sent.headers
            .iter()
            // A leaked cookie comes back with the next request; that does not
            // make it the user's own input.
            .filter(|(name, _)| name != "cookie")
            .map(|(_, value)| value.clone()),
    );
    let mut decoded = Vec::new();
    for text in &texts {
        if text.contains(['%', '+']) {
            let plus = text.replace('+', " ");
            for encoded in [text.as_str(), plus.as_str()] {
                decoded.push(
                    percent_encoding::percent_decode_str(encoded)
                        .decode_utf8_lossy()
                        .into_owned(),
                );
            }
        }
    }
    if let Ok(json) = serde_json::from_slice::<serde_json::Value>(&sent.body) {
        strings_of(&json, &mut decoded);
    }
    texts.extend(decoded);
    texts
}

fn strings_of(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => into.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings_of(item, into)),
        serde_json::Value::Object(fields) => {
            fields.values().for_each(|field| strings_of(field, into));
        }
        _ => {}
    }
}
