//! The eyes: from an exchange to an observation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    Credential, Dealings, Exchange, Fact, FactName, IdentityClaim, Origin, Outcome, Received,
    RequestId, RunTag, Spot, UserId, ValueHash, ValueHasher, Visibility, mask,
};

use super::consistency::hashed;
use super::fold::fold;
use super::forms::{Cover, Forms, Found, Match, is_same};
use super::hazards::Credentials;
use super::holders::{Holders, one_owner_each};
use super::judge::another;
use super::learning::Memory;
use super::look::{Glimpse, GlimpseKind, look, look_at_its_head, look_at_piece, look_at_sent};
use super::noting::{by_cookies_alone, keeps_cookies};
use super::observation::{IdentityReading, IssuedCredential, Observation, Relation, Sighting};
use super::short_numbers::ShortNumbers;
use super::sights::{Sights, ValuesSent};
use super::typed::Typed;
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
    pub(super) settings: EyesSettings,
    index: FactIndex,
    /// Other ways of writing what is in the index.
    forms: Forms,
    /// What was seen of responses that are still arriving.
    heard: dashmap::DashMap<RequestId, Sights>,
    /// Each user's own values by name, weak ones included: identity fields are
    /// compared with these.
    pub(super) own: dashmap::DashMap<UserId, BTreeMap<Arc<str>, Vec<String>>>,
    pub(super) groups: dashmap::DashMap<UserId, u32>,
    pub(super) memory: Memory,
    pub(super) short_numbers: ShortNumbers,
    pub(super) sharing: Sharing,
    pub(super) credentials: Credentials,
    pub(super) typed: Typed,
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
            forms: Forms::default(),
            heard: dashmap::DashMap::new(),
            own: dashmap::DashMap::new(),
            groups: dashmap::DashMap::new(),
            memory: Memory::default(),
            short_numbers: ShortNumbers::default(),
            sharing: Sharing::default(),
            credentials: Credentials::default(),
            typed: Typed::default(),
        }
    }

    /// Makes `fact` known as the one of `user`, a member of `group`.
    pub fn learn(&self, user: UserId, group: u32, fact: &Fact) {
        self.know(user, group, &fact.name, &fold(&fact.value));
        self.file(user, group, fact);
    }

    /// Files `fact` in all its forms; gives whether it can be found.
    pub(super) fn file(&self, user: UserId, group: u32, fact: &Fact) -> bool {
        if self.file_short_number(user, group, fact) {
            return true;
        }
        let filed = self.index.insert(user, group, fact);
        self.forms.learn(&self.index, user, group, fact);
        filed
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

    /// How many facts can accuse.
    pub fn accusing(&self) -> u64 {
        self.index.len() + self.memory.scoped.len()
    }

    /// How many values that users were issued as their own were issued to
    /// several.
    pub fn contested(&self) -> u64 {
        self.memory.issued_to_several()
    }

    /// Declares that `value` accuses nobody.
    pub fn declare_public(&self, name: &str, value: &str) {
        self.index.insert_public(name, value);
        Forms::declare_public(&self.index, name, value);
    }

    /// The index of known facts.
    pub fn index(&self) -> &FactIndex {
        &self.index
    }

    /// `value` as evidence may hold it.
    pub fn hash(&self, value: &str) -> ValueHash {
        self.settings.hasher.hash(value)
    }

    /// `dealings` without any value.
    pub fn hashed(&self, dealings: &Dealings<String>) -> Dealings<ValueHash> {
        hashed(dealings, &self.settings.hasher)
    }

    /// Every known value in `text`, which the service calls `hint`.
    pub(super) fn find(&self, text: &str, hint: &str, kind: GlimpseKind) -> Found {
        self.forms.find(&self.index, text, hint, kind)
    }

    /// Looks at `exchange`.
    pub fn observe(&self, exchange: &Exchange, window: &str, in_flight: &InFlight) -> Observation {
        let intent = &exchange.intent;
        let status = exchange.response.as_ref().map(|response| response.status);
        let refused = exchange
            .response
            .as_ref()
            .is_some_and(|response| response.graphql_refusal().is_some());
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
                // An error of the service looks the same, and may come after
                // all was done.
                (None, Some(_)) if refused => Outcome::Info,
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
                || refused
                || intent.anonymous,
            anonymous: intent.anonymous,
            cut: exchange
                .response
                .as_ref()
                .is_some_and(|response| response.cut),
            unreadable: false,
            skipped_layers: 0,
            partly_unseen: false,
            own_sightings: 0,
            sightings: Vec::new(),
            identities: Vec::new(),
            echo: None,
            echo_header: None,
            carried: self.hashes(&exchange.request.credentials),
            issued: intent
                .issued
                .iter()
                .map(|credential| IssuedCredential {
                    name: self.told_name(&credential.name),
                    hash: self.settings.hasher.hash(&credential.value),
                    guessed: credential.guessed,
                })
                .collect(),
            probed: intent.probed,
            probe: intent.probe,
            dealings: (!intent.dealings.is_empty())
                .then(|| hashed(&intent.dealings, &self.settings.hasher)),
            hazards: Vec::new(),
            told: 0,
            open_to_all: intent.open_to_all,
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
        observation.echo = self.echo(exchange, &observation, in_flight);
        observation.echo_header =
            another(&observation).map(|_| self.settings.request_id_header.clone());
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
        let heard = self.heard.remove(&exchange.id);
        let mut sights = Sights::default();
        let url = exchange.request.url.as_str();
        let new = if let Some((_, heard)) = heard {
            sights = heard;
            look_at_its_head(response, &mut |glimpse| {
                self.glimpse(exchange.user, url, glimpse, &mut sights);
            })
        } else {
            look(response, &mut |glimpse| {
                self.glimpse(exchange.user, url, glimpse, &mut sights);
            })
        };
        let looked = sights.looked.and(new);
        observation.unreadable = looked.unreadable;
        observation.skipped_layers = looked.skipped;
        // What is not what it says it is was looked through as text.
        observation.partly_unseen = looked.skipped > 0 || (looked.textual && observation.cut);
        observation.own_sightings = sights.own;
        let streets = std::mem::take(&mut sights.elsewhere);
        for (fact, spot) in streets.at_home(|user, towns| self.forms.lives_elsewhere(user, towns)) {
            sights.add(fact, spot);
        }
        let mut foreign = std::mem::take(&mut sights.foreign);
        let granted = self.granted(&foreign, exchange);
        foreign.retain(|(fact, _)| {
            !granted.contains(fact.folded()) && !self.is_excused(fact, exchange)
        });
        if !foreign.is_empty() {
            let sent = self.values_sent(exchange);
            foreign.retain(|(fact, spot)| !sent.explain(fact, spot));
        }
        let holders = Holders::of(&foreign);
        // One sighting for each fact: the first.
        let mut known: BTreeSet<(Option<UserId>, FactName)> = BTreeSet::new();
        foreign.retain(|(fact, _)| known.insert((fact.owner, Arc::clone(&fact.name))));
        observation.sightings = one_owner_each(foreign)
            .into_iter()
            .filter_map(|(fact, spot)| {
                let owner = fact.owner?;
                Some(Sighting {
                    owner,
                    fact: Arc::clone(&fact.name),
                    visibility: fact.visibility,
                    origin: fact.origin,
                    spot: self.told(spot),
                    hash: self.settings.hasher.hash(fact.folded()),
                    preview: mask(fact.folded()),
                    owner_in_flight: in_flight.of(owner),
                    lesson: self.memory.lesson(&fact),
                    shared: self.sharing.told(owner, fact.folded(), exchange.user),
                    holders: holders.count(&fact),
                    sent_before: self.typed.before(exchange.user, fact.folded()),
                })
            })
            .collect();
        sights.own_facts
    }

    /// Looks at `piece` of the answer of `url` to `user` that is still arriving,
    /// and keeps what it saw until the response is observed.
    pub fn hear(&self, user: UserId, id: RequestId, url: &str, response: &Received, piece: &[u8]) {
        let before = self.heard.remove(&id);
        let mut sights = before.map_or_else(Sights::default, |(_, sights)| sights);
        let looked = look_at_piece(response, piece, &mut |glimpse| {
            self.glimpse(user, url, glimpse, &mut sights);
        });
        sights.looked = sights.looked.and(looked);
        self.heard.insert(id, sights);
    }

    /// Takes in what `glimpse` of the answer to `url` shows to `user`.
    fn glimpse(&self, user: UserId, url: &str, glimpse: Glimpse<'_>, sights: &mut Sights) {
        if glimpse.kind == GlimpseKind::Whole && !self.memory.scoped.is_empty() {
            self.glimpse_scoped(user, url, glimpse, sights);
        }
        self.glimpse_short_numbers(user, url, &glimpse, sights);
        if glimpse.kind == GlimpseKind::Whole && self.forms.tells_town(glimpse.hint) {
            sights.elsewhere.add_town(&(glimpse.spot)(), glimpse.text);
        }
        let seen = self.seen_in(user, glimpse);
        sights.own = sights.own.saturating_add(seen.own);
        sights.add_own(seen.own_facts);
        sights.looked.skipped = sights.looked.skipped.saturating_add(u32::from(seen.more));
        if seen.foreign.is_empty() {
            return;
        }
        // It can take a while to tell, and is the same for all.
        let whole = (glimpse.spot)();
        for own in seen.foreign {
            let spot = match &whole {
                Spot::Text(_) => Spot::Text(own.range.start),
                spot => spot.clone(),
            };
            let left = if self.forms.is_street_alone(&own.fact) {
                sights.elsewhere.add_street(own.fact, spot)
            } else {
                Some((own.fact, spot))
            };
            if let Some((fact, spot)) = left {
                sights.add(fact, spot);
            }
        }
    }

    /// The known facts in a text, as they concern `user`.
    fn seen_in(&self, user: UserId, glimpse: Glimpse<'_>) -> Seen {
        let found = self.find(glimpse.text, glimpse.hint, glimpse.kind);
        if found.matches.is_empty() {
            return Seen::default();
        }
        let more = found.more;
        // A value of the user's own, or a public one, that holds the other's
        // value explains it: equal values, and longer names.
        let (innocents, foreign) = found.sides(|fact| self.may_see(user, fact));
        for own in &innocents {
            if own.fact.owner == Some(user) {
                self.forms.learn_labels(user, own);
            }
        }
        // Whoever else a public value is of: that it stands there tells nothing.
        let public = innocents.iter().filter(|own| own.fact.owner.is_none());
        let public = Cover::of(public.map(|own| &own.range));
        let is_public = |own: &Match| public.covers(&own.range);
        let shown = || {
            let sure = innocents.iter().filter(|own| own.is_sure());
            sure.filter(|own| !is_public(own))
        };
        // That a session cookie comes back is no sign that data would be noticed.
        let own = shown()
            .filter(|own| own.fact.owner == Some(user) && own.fact.origin != Origin::Session)
            .count();
        let own_facts = shown()
            .map(|own| &own.fact)
            .filter(|fact| fact.owner == Some(user) && fact.visibility != Visibility::Public)
            .map(Arc::clone)
            .collect();
        Seen {
            own: u32::try_from(own).unwrap_or(u32::MAX),
            own_facts,
            foreign,
            more,
        }
    }

    /// The known values that the user sent along, in whatever form: an echo of
    /// one's own input accuses nobody.
    pub(super) fn values_sent(&self, exchange: &Exchange) -> ValuesSent {
        let mut values = ValuesSent::default();
        let first = exchange.intent.first.as_deref();
        for sent in std::iter::once(&exchange.request).chain(first) {
            look_at_sent(sent, &mut |glimpse| {
                if !self.memory.scoped.is_empty() {
                    // Short values, as whole words of what was sent.
                    let folded = fold(glimpse.text);
                    let words = folded.split(|c: char| !c.is_alphanumeric() && c != '-');
                    let short = words.filter(|word| self.memory.scoped.any(word, |_, _| true));
                    values.openly.extend(short.map(str::to_owned));
                }
                let found = self.find(glimpse.text, glimpse.hint, glimpse.kind);
                if found.matches.is_empty() {
                    return;
                }
                let in_token = (glimpse.spot)().is_in_token();
                for own in found.matches {
                    let values = if in_token {
                        &mut values.in_tokens
                    } else {
                        &mut values.openly
                    };
                    values.insert(own.fact.folded().to_owned());
                }
            });
        }
        values
    }

    fn identity(&self, user: UserId, claim: &IdentityClaim) -> IdentityReading {
        let value = fold(&claim.value);
        let own = self.own.get(&user).is_some_and(|facts| {
            facts.get(&claim.fact).is_some_and(|values| {
                values
                    .iter()
                    .any(|own| is_same(&claim.fact, own, &claim.value))
            })
        });
        let relation = if own {
            Relation::Own
        } else {
            let found = self.find(&claim.value, &claim.fact, GlimpseKind::Fields);
            let (_, others) = found.sides(|fact| fact.owner == Some(user) || fact.owner.is_none());
            let owner = others.iter().find_map(|other| other.fact.owner);
            owner.map_or(Relation::Stranger, Relation::Other)
        };
        IdentityReading {
            fact: Arc::clone(&claim.fact),
            spot: self.told(claim.spot.clone()),
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

/// What a text says about whom, seen from one user.
#[derive(Debug, Default)]
struct Seen {
    own: u32,
    /// Those of the user's own facts that are not public.
    own_facts: Vec<Arc<IndexedFact>>,
    foreign: Vec<Match>,
    /// There are so many values that some were left out.
    more: bool,
}
