//! Probing by itself: a user repeats what another one asked for with an id of
//! their own.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt as _;

use crate::campaign::context::Observed;
use crate::campaign::existence::{self, is_denial};
use crate::campaign::failure::StepFailure;
use crate::campaign::foreign_access::{Id, Offer, never_issued};
use crate::campaign::request::{Content, Purpose, Request};
use crate::campaign::template::{Identity, Kept, Templates};
use crate::model::{
    Exchange, HazardKind, Probe, Received, SeenHazard, StepRef, UserId, is_graphql_query,
};

use super::VirtualUser;

/// One of so many iterations is followed by a probe.
const ONE_IN: u32 = 3;

/// Further answers to what never existed that a difference has to be seen from.
const CONFIRMATIONS: u32 = 2;

impl VirtualUser {
    /// Offers the last request for others to repeat, when it carried an id of
    /// the user's own and was answered.
    pub(super) fn offer(&mut self, pending: &[Exchange], observed: Observed) {
        let context = Arc::clone(&self.context);
        if context.settings.probing.is_none() || self.establishing || observed.accused {
            return;
        }
        let (Some(request), Some(last)) = (&self.last_request, pending.last()) else {
            return;
        };
        let once = pending.iter().filter(|exchange| exchange.hop == 0).count() == 1;
        let answered = last.error.is_none() && last.response.as_ref().is_some_and(Received::grants);
        let allowed = &context.profile.oracle.probe_methods;
        let ordinary = request.purpose == Purpose::Ordinary
            && last.intent.probe.is_none()
            && !last.intent.denial_expected
            && !request.probes()
            && (allowed
                .iter()
                .any(|method| request.method == method.as_str())
                || reads_by_graphql(request, last.response.as_ref()));
        if !(once && answered && ordinary) {
            return;
        }
        let ids = self.ids_in(request);
        // What is everybody's shows no fact of the one who asks, or no step
        // says that its id is one.
        let eyes = context.oracle.eyes();
        let private = observed.own > 0 || ids.iter().any(|id| eyes.is_own(self.id(), &id.value));
        if ids.is_empty() || !private {
            return;
        }
        let identity = Arc::new(Identity {
            person: Arc::clone(&self.person),
            learned: Arc::clone(&self.learned),
            kept: Arc::clone(&self.kept),
        });
        let signed_in = last.intent.signed_in;
        let offer = Offer::new(identity, request.clone(), ids, last.done, signed_in);
        context.foreign.offer(offer);
    }

    /// The ids of the user's own in the path, the query and the body.
    fn ids_in(&self, request: &Request) -> Vec<Id> {
        let headers: Vec<&str> = request.headers.iter().map(|(_, v)| v.as_str()).collect();
        let mut ids: Vec<Id> = Vec::new();
        for (text, _) in request.templates() {
            if headers.contains(&text) || !text.contains("user.") {
                continue;
            }
            for name in Templates::names(text).unwrap_or_default() {
                let Some(rest) = name.strip_prefix("user.") else {
                    continue;
                };
                let id = match rest.strip_prefix("kept.") {
                    Some(name) => self.kept.get(name).map(|value| (name, true, value)),
                    None => self.learned.get(rest).map(|value| (rest, false, value)),
                };
                let Some((name, kept, value)) = id else {
                    continue;
                };
                let id = Id {
                    name: name.to_owned(),
                    kept,
                    value: value.clone(),
                };
                if self.is_id(&id) && !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        ids
    }

    /// Whether a value is an id of this user's alone, and no credential.
    fn is_id(&self, id: &Id) -> bool {
        let (me, eyes) = (self.id(), self.context.oracle.eyes());
        let value = id.value.as_str();
        let shaped = (1..=128).contains(&value.len()) && !value.contains(char::is_whitespace);
        let own = if id.kept {
            self.context.foreign.is_kept_by_one(me, &id.name, value)
        } else {
            eyes.is_own(me, value)
        };
        shaped && own && !eyes.is_credential(me, value)
    }

    /// Now and then, repeats a request of somebody else's with their ids, and
    /// before it the same with ids that nobody was ever given.
    pub(in crate::campaign) async fn probe(&mut self) {
        let context = Arc::clone(&self.context);
        let Some(probing) = &context.settings.probing else {
            return;
        };
        if context.stopping() || self.rng.random_range(0..ONE_IN) != 0 {
            return;
        }
        self.settle();
        let Some(offer) = context.foreign.draw(self.person.id, &mut self.rng) else {
            return;
        };
        // Meanwhile others may have kept the same.
        let private = offer.ids.iter().any(|id| {
            !id.kept
                || context
                    .foreign
                    .is_kept_by_one(offer.owner, &id.name, &id.value)
        });
        if !private || offer.signed_in != self.is_signed_in() || self.may_be_shown(&offer, None) {
            return;
        }
        let before = (Arc::clone(&self.step), self.last_request.take());
        let place = probing.place.clone();
        self.step = Arc::new(StepRef {
            scenario: Arc::clone(&before.0.scenario),
            text: probing.text.as_str().into(),
            place: place.unwrap_or_else(|| before.0.place.clone()),
        });
        // What becomes of a probe is the oracle's to tell; an error of the
        // service, or the end of the load, is no failure of the iteration.
        let _ = self.try_probe(&offer).await;
        self.settle();
        self.ended = None;
        (self.step, self.last_request) = before;
    }

    async fn try_probe(&mut self, offer: &Offer) -> Result<(), StepFailure> {
        let Some((absent, _, ids)) = self.ask_for_nothing(offer).await else {
            return Ok(());
        };
        let eyes = Arc::clone(self.context.oracle.eyes());
        let declared = offer
            .ids
            .iter()
            .any(|id| eyes.is_own(offer.owner, &id.value));
        // Where even what never existed is answered with a success, a success
        // tells nothing.
        let refused = (400..500).contains(&absent.status) || absent.graphql_refusal().is_some();
        let probe = if declared && refused {
            Probe::Declared
        } else {
            Probe::Kept
        };
        let owner = Some(offer.owner);
        let answer = self
            .repeat(offer, &offer.identity, "other.", probe, owner)
            .await?;
        self.expect_denial();
        let span = self.pending.first().zip(self.pending.last());
        let span = span.map(|(first, last)| (first.sent, last.done));
        let shared = self.may_be_shown(offer, span);
        let mut differences = Vec::new();
        if let Some((answer, took)) = &answer
            && !shared
        {
            differences = existence::differences(answer, &absent, &ids);
            let asked = std::mem::take(&mut self.pending);
            if !differences.is_empty() {
                self.confirm(offer, answer, &mut differences).await;
            } else if is_denial(answer) {
                differences.extend(self.compare_times(offer, *took).await);
            }
            self.pending = asked;
        }
        if shared {
            // It was shared meanwhile, so its id alone tells nothing.
            for exchange in &mut self.pending {
                exchange.intent.probe = Some(Probe::Kept);
            }
        }
        if let Some(last) = self.pending.last_mut()
            && !differences.is_empty()
        {
            let message = format!(
                "the denial differs from the answer to something that never existed: {}",
                differences.join(", ")
            );
            let hazard = SeenHazard::new(HazardKind::ExistenceLeak, message);
            last.intent.hazards.push(hazard);
        }
        Ok(())
    }

    /// Keeps of `differences` those that `answer` has from further answers to what
    /// never existed: what comes and goes by itself, such as with the instance that
    /// answers, tells of nothing.
    async fn confirm(&mut self, offer: &Offer, answer: &Received, differences: &mut Vec<String>) {
        for _ in 0..CONFIRMATIONS {
            let anew = match self.ask_for_nothing(offer).await {
                Some((again, _, ids)) => existence::differences(answer, &again, &ids),
                None => Vec::new(),
            };
            differences.retain(|own| anew.contains(own));
            if differences.is_empty() {
                return;
            }
        }
    }

    /// Asks once more for what nobody was ever given, right behind a denial that
    /// `took` so long: what came first found everything cold. Gives in words what
    /// the times tell by now.
    async fn compare_times(&mut self, offer: &Offer, took: Duration) -> Option<String> {
        let context = Arc::clone(&self.context);
        let path = format!("{} {}", offer.request.method, offer.request.path);
        if !context.foreign.times.wants(&path) {
            return None;
        }
        let (answer, absent, _) = self.ask_for_nothing(offer).await?;
        let comparable = is_denial(&answer);
        comparable.then(|| context.foreign.times.add(&path, took, absent))?
    }

    /// Sends the request of `offer` with ids that nobody was ever given. Gives the
    /// answer, how long it took, and the ids beside those of the offer.
    async fn ask_for_nothing(
        &mut self,
        offer: &Offer,
    ) -> Option<(Received, Duration, Vec<(String, String)>)> {
        let (nobody, ids) = self.nobody_like(offer);
        let absent = self
            .repeat(offer, &nobody, "nobody.", Probe::Absent, None)
            .await;
        for exchange in &mut self.pending {
            exchange.intent.anonymous_expected = true;
        }
        self.settle();
        let (answer, took) = absent.ok().flatten()?;
        Some((answer, took, ids))
    }

    /// Sends the request of `offer` as this user, with the values of `whose`.
    /// Gives the answer and how long it took, redirects included.
    async fn repeat(
        &mut self,
        offer: &Offer,
        whose: &Arc<Identity>,
        called: &str,
        probe: Probe,
        probed: Option<UserId>,
    ) -> Result<Option<(Received, Duration)>, StepFailure> {
        let mut prepared = self.prepare_as(&offer.request, Some(whose))?;
        prepared.route = offer.request.path.replace("user.", called).into();
        // What the last step foretold is not what this request does.
        self.foretold = Arc::default();
        let dealings = [self.about_to(&offer.request, &prepared)];
        let chains = self
            .carry(vec![prepared], None, None, &dealings, probed)
            .await?;
        for chain in chains {
            self.file(chain.hops, Purpose::Ordinary, probed, &dealings[0]);
        }
        for exchange in &mut self.pending {
            exchange.intent.probe = Some(probe);
        }
        let last = self.pending.last().filter(|last| last.error.is_none());
        let first = self.pending.first();
        Ok(last.zip(first).and_then(|(last, first)| {
            let took = last.done.since(first.sent);
            last.response.clone().map(|answer| (answer, took))
        }))
    }

    /// The owner of `offer` with ids that nobody was ever given, and each id with
    /// what stands for it.
    fn nobody_like(&mut self, offer: &Offer) -> (Arc<Identity>, Vec<(String, String)>) {
        let mut kept = Kept::clone(&offer.identity.kept);
        let mut learned = Kept::clone(&offer.identity.learned);
        let mut ids = Vec::new();
        for id in &offer.ids {
            let mut made = never_issued(&id.value, &mut self.rng);
            while self.context.foreign.is_known(&id.name, &made) {
                made = never_issued(&id.value, &mut self.rng);
            }
            let held = if id.kept { &mut kept } else { &mut learned };
            held.insert(id.name.clone(), made.clone());
            ids.push((id.value.clone(), made));
        }
        let identity = Identity {
            person: Arc::clone(&offer.identity.person),
            learned: Arc::new(learned),
            kept: Arc::new(kept),
        };
        (Arc::new(identity), ids)
    }

    /// Whether this user may see one of the ids of `offer`: shared with them, or
    /// theirs by role, at the moments of `span` or now.
    fn may_be_shown(
        &self,
        offer: &Offer,
        span: Option<(crate::model::Timestamp, crate::model::Timestamp)>,
    ) -> bool {
        use crate::model::Clock as _;
        let now = self.context.wire.clock().now();
        let (sent, done) = span.unwrap_or((now, now));
        let eyes = self.context.oracle.eyes();
        let mut ids = offer.ids.iter();
        ids.any(|id| eyes.may_be_shown(self.person.id, offer.owner, &id.value, sent, done))
    }
}

/// Whether `request` was a GraphQL query: it reads, whatever its method.
fn reads_by_graphql(request: &Request, answer: Option<&Received>) -> bool {
    let Content::Text { media_type, text } = &request.content else {
        return false;
    };
    media_type.ends_with("json")
        && is_graphql_query(text)
        && answer.is_some_and(Received::is_graphql)
}
