//! The eyes: from an exchange to an observation.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    Credential, Dealings, Exchange, Fact, IdentityClaim, Outcome, RequestId, RunTag, Sent, Spot,
    UserId, ValueHash, ValueHasher, Visibility, mask,
};

use super::consistency::hashed;
use super::fold::{fold, unfolded};
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
    /// Status codes that say that nothing was done.
    pub refusals: Vec<u16>,
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
}

impl Eyes {
    /// Eyes that know nobody yet, with room for about `expected` facts.
    pub fn new(settings: EyesSettings, expected: usize) -> Self {
        Self {
            settings,
            index: FactIndex::with_room_for(expected),
            own: dashmap::DashMap::new(),
            groups: dashmap::DashMap::new(),
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

    /// `dealings` without any value.
    pub fn hashed(&self, dealings: &Dealings<String>) -> Dealings<ValueHash> {
        hashed(dealings, &self.settings.hasher)
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
            url_hash: Some(self.settings.hasher.hash(&exchange.request.url)),
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
                (None, Some(_)) if intent.anonymous => Outcome::Fail,
                (None, Some(status)) => Outcome::of_status(status, &self.settings.refusals),
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
            dealings: (!intent.dealings.is_empty())
                .then(|| hashed(&intent.dealings, &self.settings.hasher)),
        };
        self.look_through(exchange, in_flight, &mut observation);
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
    ) {
        let Some(response) = &exchange.response else {
            return;
        };
        let mut sent_values: Option<BTreeSet<String>> = None;
        let mut foreign: Vec<(Arc<IndexedFact>, Spot)> = Vec::new();
        let mut own = 0_u32;
        let looked = look(response, &mut |text, spot| {
            let folded = fold(text);
            let seen = self.seen_in(exchange.user, &folded);
            own = own.saturating_add(seen.own);
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
    }

    /// The known facts in a folded text, as they concern `user`.
    fn seen_in(&self, user: UserId, folded: &str) -> Seen {
        let mut matches: Vec<(std::ops::Range<usize>, Arc<IndexedFact>)> = Vec::new();
        self.index.scan(folded, |range, fact| {
            matches.push((range, Arc::new(fact.clone())));
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
        let own = innocents
            .iter()
            .filter(|(_, fact)| fact.owner == Some(user))
            .count();
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
    foreign: Vec<(std::ops::Range<usize>, Arc<IndexedFact>)>,
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
