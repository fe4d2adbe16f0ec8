//! The eyes: from an exchange to an observation.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    Credential, Dealings, Exchange, Fact, IdentityClaim, Origin, Outcome, RequestId, RunTag, Sent,
    Spot, Timestamp, UserId, ValueHash, ValueHasher, Visibility, mask,
};

use super::consistency::hashed;
use super::field::field_of;
use super::fold::{fold, unfolded};
use super::learning::Memory;
use super::look::look;
use super::observation::{
    Echo, IdentityReading, IssuedCredential, Observation, Relation, Sighting,
};
use super::{FactIndex, InFlight, IndexedFact, Sharing};

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
    pub(super) memory: Memory,
    sharing: Sharing,
}

/// Values of one name that identity fields are compared with; older ones are
/// forgotten, so that long runs do not grow.
const OWN_VALUES: usize = 256;

impl Eyes {
    /// Eyes that know nobody yet, with room for about `expected` facts.
    pub fn new(settings: EyesSettings, expected: usize) -> Self {
        Self {
            settings,
            index: FactIndex::with_room_for(expected),
            own: dashmap::DashMap::new(),
            groups: dashmap::DashMap::new(),
            memory: Memory::default(),
            sharing: Sharing::default(),
        }
    }

    /// Makes `fact` known as the one of `user`, a member of `group`.
    pub fn learn(&self, user: UserId, group: u32, fact: &Fact) {
        self.know(user, group, &fact.name, &fold(&fact.value));
        self.index.insert(user, group, fact);
    }

    /// Makes `folded` known as a value of `user` that identity fields may show.
    pub(super) fn know(&self, user: UserId, group: u32, name: &Arc<str>, folded: &str) {
        self.groups.insert(user, group);
        let mut own = self.own.entry(user).or_default();
        let values = own.entry(Arc::clone(name)).or_default();
        if values.iter().any(|known| known == folded) {
            return;
        }
        if values.len() == OWN_VALUES {
            values.remove(0);
        }
        values.push(folded.to_owned());
    }

    /// Who may see what, beyond the visibility of facts.
    pub fn sharing(&self) -> &Sharing {
        &self.sharing
    }

    /// How many facts can accuse.
    pub fn accusing(&self) -> u64 {
        self.index.len() + self.memory.scoped.len()
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
            probe: intent.probe,
            existence: intent.existence.clone(),
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
        let reader = Reader {
            user: exchange.user,
            group: self.groups.get(&exchange.user).map(|group| *group),
            sent: exchange.sent,
            done: exchange.done,
        };
        let looked = look(response, &mut |text, spot| {
            let folded = fold(text);
            let mut seen = self.seen_in(&reader, &folded);
            let field = || field_of(&spot(), &exchange.request.url);
            for fact in self.memory.scoped.at(&folded, field) {
                if fact.owner == Some(reader.user) {
                    seen.own += 1;
                } else if !self.may_see(&reader, &fact)
                    && !self.memory.contested(field().as_deref(), &fact)
                {
                    seen.foreign.push((0..folded.len(), fact));
                }
            }
            own = own.saturating_add(seen.own);
            for (range, fact) in seen.foreign {
                // A credential that is issued twice is the rule's own affair.
                if fact.origin == Origin::Session && is_issued(exchange, &fact) {
                    continue;
                }
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
                let field = || field_of(&spot, &exchange.request.url);
                let lesson = self.memory.lesson(None, &fact);
                let lesson = lesson.or_else(|| self.memory.lesson(Some(field()?.as_str()), &fact));
                Some(Sighting {
                    owner,
                    fact: Arc::clone(&fact.name),
                    visibility: fact.visibility,
                    origin: fact.origin,
                    spot,
                    hash: self.settings.hasher.hash(fact.folded()),
                    preview: mask(fact.folded()),
                    owner_in_flight: in_flight.of(owner),
                    lesson,
                    shared: self.sharing.told(owner, fact.folded(), exchange.user),
                })
            })
            .collect();
    }

    /// Whether `user` may be shown the `value` of `owner`, shared with them in
    /// whatever way, by a request that was sent and done at these moments.
    pub fn may_be_shown(
        &self,
        user: UserId,
        owner: UserId,
        value: &str,
        sent: Timestamp,
        done: Timestamp,
    ) -> bool {
        let reader = Reader {
            user,
            group: self.groups.get(&user).map(|group| *group),
            sent,
            done,
        };
        let folded = fold(value);
        let mut shown = self.sharing.covers(owner, &folded, user, sent, done);
        self.index.scan(&folded, |range, fact| {
            let whole = range.start == 0 && range.end == folded.len();
            shown |= whole && fact.owner == Some(owner) && self.may_see(&reader, fact);
        });
        let shared =
            |_: &str, fact: &IndexedFact| fact.owner == Some(owner) && self.may_see(&reader, fact);
        shown || self.memory.scoped.any(&folded, shared)
    }

    /// Whether `fact` is no secret from `reader`: their own, shared with them, or
    /// of nobody in particular.
    fn may_see(&self, reader: &Reader, fact: &IndexedFact) -> bool {
        let Some(owner) = fact.owner else { return true };
        fact.visibility == Visibility::Public
            || owner == reader.user
            || (fact.visibility == Visibility::Group && Some(fact.group) == reader.group)
            || self.memory.contested(None, fact)
            || self.sharing.by_role(reader.user, reader.group, fact)
            || self
                .sharing
                .covers(owner, fact.folded(), reader.user, reader.sent, reader.done)
    }

    /// The known facts in a folded text, as they concern `reader`.
    fn seen_in(&self, reader: &Reader, folded: &str) -> Seen {
        let mut matches: Vec<(std::ops::Range<usize>, Arc<IndexedFact>)> = Vec::new();
        self.index.scan(folded, |range, fact| {
            matches.push((range, Arc::new(fact.clone())));
        });
        if matches.is_empty() {
            return Seen::default();
        }
        let (innocents, suspects): (Vec<_>, Vec<_>) = matches
            .into_iter()
            .partition(|(_, fact)| self.may_see(reader, fact));
        // That a session cookie comes back is no sign that data would be noticed.
        let own = innocents
            .iter()
            .filter(|(_, fact)| fact.owner == Some(reader.user) && fact.origin != Origin::Session)
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
                let folded = fold(&text);
                self.index.scan(&folded, |_, fact| {
                    values.insert(fact.folded().to_owned());
                });
                if !self.memory.scoped.is_empty() {
                    // Short values, as whole words of what was sent.
                    let words = folded.split(|c: char| !c.is_alphanumeric() && c != '-');
                    let short = words.filter(|word| self.memory.scoped.any(word, |_, _| true));
                    values.extend(short.map(str::to_owned));
                }
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

/// The one who was answered.
#[derive(Clone, Copy, Debug)]
struct Reader {
    user: UserId,
    group: Option<u32>,
    sent: Timestamp,
    done: Timestamp,
}

/// Whether `fact` is a credential that the response issues.
fn is_issued(exchange: &Exchange, fact: &IndexedFact) -> bool {
    let mut issued = exchange.intent.issued.iter();
    issued.any(|credential| fold(&credential.value).contains(fact.folded()))
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
