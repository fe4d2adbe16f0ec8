//! Guarantees over time: what was acknowledged lasts, is seen by who did it,
//! and what is exclusive belongs to one.
//!
//! Each checker is pure and knows only what observations told it, in the order
//! in which they were judged; each takes a constant time for an operation. They
//! are after Jepsen's checkers and the session guarantees of Terry and others.
//! Outcomes are three-valued: what is unknown accuses nobody.

mod breach;
mod caps;
mod counter;
mod coverage;
mod hashing;
mod keys;
mod list;
mod once;
#[cfg(test)]
mod operation;
mod refused;
mod register;
mod session;
mod set;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod simulation;
mod slot;
mod span;
mod stand_ins;
mod sum;
mod suspicion;
mod telling;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Dealings, Effect, ErrorClass, Followed, Invocation, Outcome, Passage, Rule, Shown, UserId,
    ValueHash, Verb, What, Whole, written_name,
};

use super::Observation;
use super::observation::{Echo, Relation};
use breach::{Read, Scope, Write};
use caps::Caps;
use counter::Counter;
pub(super) use hashing::hashed;
use keys::Keys;
use list::AppendList;
use once::{Once, Showing};
use refused::{Refusal, Refused};
use register::Register;
use session::SessionEcho;
use set::DurableSet;
use slot::Slots;
use span::{Actor, Reads, SESSIONS, Span};
use stand_ins::StandIns;
use sum::Sum;
use suspicion::Manner;

type Kind = Arc<str>;

/// The sessions of a user, by their numbers.
type Echoes = BTreeMap<u32, SessionEcho<Arc<Observation>>>;

/// What one user reads at one place, by address.
type Sums = BTreeMap<Option<ValueHash>, Sum<Arc<Observation>>>;

/// A guarantee that was not kept, before it is a finding.
#[derive(Debug)]
pub(super) struct Contradiction {
    pub(super) rule: Rule,
    pub(super) owner: Option<UserId>,
    pub(super) message: String,
    /// The write that was acknowledged.
    pub(super) write: Option<Passage>,
    /// The read that was wrong, when it is an earlier one.
    pub(super) read: Option<Arc<Observation>>,
}

/// All checkers of a campaign.
#[derive(Debug, Default)]
pub(super) struct Consistency {
    sets: BTreeMap<Kind, DurableSet<Arc<Passage>, Arc<Observation>>>,
    slots: BTreeMap<Kind, Slots<Arc<Passage>>>,
    registers: BTreeMap<(Kind, UserId), Register<Arc<Passage>, Arc<Observation>>>,
    /// What places show in place of values.
    stand_ins: StandIns,
    counters: BTreeMap<Kind, Counter<Arc<Observation>>>,
    lists: BTreeMap<(Kind, UserId), AppendList<Arc<Passage>, Arc<Observation>>>,
    added_once: Once,
    /// By user, and by route and place of the count.
    sessions: BTreeMap<(UserId, (String, Kind)), Echoes>,
    /// Requests of unknown outcome of each user.
    unknown: BTreeMap<UserId, i64>,
    /// By place and user, and by address.
    sums: BTreeMap<(Kind, UserId), Sums>,
    refused: Refused<Arc<Passage>, Arc<Observation>>,
    /// Reads of sessions that are over.
    reads_before: Reads,
    keys: Keys<Arc<Passage>>,
    caps: BTreeMap<Kind, Caps>,
    /// Users who were signed in when they wrote something.
    members: BTreeSet<UserId>,
}

impl Consistency {
    /// A request is about to be sent.
    pub(super) fn invoked(&mut self, coming: &Invocation) {
        let (user, at) = (coming.user, coming.at);
        let dealings = &coming.dealings;
        self.added_once.announced(dealings);
        for effect in &dealings.effects {
            match effect.verb {
                Verb::Saved => self
                    .refused
                    .saving(user, &effect.of, effect.value, effect.coined),
                _ => self.refused.named(effect.value),
            }
            let (of, value) = (Arc::clone(&effect.of), effect.value);
            match effect.verb {
                Verb::Saved => self.sets.entry(of).or_default().saving(user, value),
                Verb::Deleted => self.sets.entry(of).or_default().deleting(user, value),
                Verb::Claimed => {}
                Verb::Released => self.slots.entry(of).or_default().releasing(value, user, at),
                Verb::Wrote => {
                    let register = self.registers.entry((of, user)).or_default();
                    register.writing(value, at);
                }
                Verb::Raised => self.counters.entry(of).or_default().raising(effect.by),
                Verb::Appended => self.lists.entry((of, user)).or_default().appending(),
            }
        }
        for id in undeclared(dealings) {
            self.refused.named(id);
            for set in self.sets.values_mut() {
                set.disturbing(id);
            }
        }
        for kind in &dealings.clears {
            self.sets.entry(Arc::clone(kind)).or_default().cleared(user);
        }
        let releases = |effect: &Effect<ValueHash>| effect.verb == Verb::Released;
        if dealings.touches && !dealings.effects.iter().any(releases) {
            for slots in self.slots.values_mut() {
                for user in std::iter::once(user).chain(coming.probed) {
                    slots.releasing_all(user, at);
                }
            }
        }
    }

    /// A request was judged otherwise; now by what it did and showed.
    pub(super) fn observe(&mut self, seen: &Observation) -> Vec<Contradiction> {
        let span = Span {
            sent: seen.sent,
            done: seen.done,
        };
        let mut found = self.count_request(seen, span);
        let Some(dealings) = &seen.dealings else {
            return found;
        };
        let actor = Actor {
            user: seen.user,
            session: seen.session,
        };
        if !dealings.effects.is_empty() {
            if seen.signed_in {
                self.members.insert(seen.user);
            }
            let write = Arc::new(passage(seen));
            for effect in &dealings.effects {
                self.effect(effect, dealings, seen, actor, span, &write, &mut found);
            }
        }
        // Declared only when it was done: announced as something undeclared.
        let later = dealings.effects.iter().filter(|effect| !effect.foretold);
        for id in later.map(|effect| effect.value) {
            if dealings.named.contains(&id) {
                for set in self.sets.values_mut() {
                    set.disturbed(id, span, Outcome::Fail, true);
                }
            }
        }
        for id in undeclared(dealings) {
            let outcome = softened(seen, seen.outcome);
            for set in self.sets.values_mut() {
                set.disturbed(id, span, outcome, true);
            }
        }
        if self.is_trustworthy(seen) {
            for shown in &dealings.shown {
                self.shown(shown, dealings, seen, actor, span, &mut found);
            }
        }
        telling::gathered(found)
    }

    /// Takes note of a request that services may count in its session.
    fn count_request(&mut self, seen: &Observation, span: Span) -> Vec<Contradiction> {
        let mut found = Vec::new();
        if seen.outcome == Outcome::Info {
            *self.unknown.entry(seen.user).or_default() += 1;
        }
        if self.sessions.is_empty() {
            return found;
        }
        let unknown = self.unknown.get(&seen.user).copied().unwrap_or(0);
        let from = (seen.user, (String::new(), Kind::from("")));
        let own = self.sessions.range_mut(from..);
        let own = own.take_while(|((user, _), _)| *user == seen.user);
        let shown = seen.dealings.iter().flat_map(|own| &own.shown);
        let is_read = |place: &Kind| {
            let mut shown = shown.clone();
            shown.any(|own| own.of == *place && matches!(own.what, What::Requests(_)))
        };
        for ((_, (route, place)), echoes) in own {
            for echo in echoes.values_mut() {
                let wrong = echo.sent(span, unknown);
                found.extend(wrong.map(|wrong| telling::forgotten(seen, &wrong)));
            }
            let Some(echo) = echoes.get_mut(&seen.session) else {
                continue;
            };
            if seen.signs_in || seen.signs_out {
                echo.begin_anew();
            } else if *route == seen.route
                && seen.outcome == Outcome::Ok
                && seen.hop == 0
                && !seen.from_cache
                && !is_read(place)
            {
                echo.asked(span);
            }
        }
        found
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one effect with everything that is known of its request"
    )]
    fn effect(
        &mut self,
        effect: &Effect<ValueHash>,
        dealings: &Dealings<ValueHash>,
        seen: &Observation,
        actor: Actor,
        span: Span,
        write: &Arc<Passage>,
        found: &mut Vec<Contradiction>,
    ) {
        let (of, value) = (Arc::clone(&effect.of), effect.value);
        let outcome = outcome_of(effect, seen);
        let announced = effect.foretold;
        let done = || Write {
            actor,
            span,
            outcome,
            announced,
            conflict: dealings.key.is_some() && matches!(seen.status, Some(409 | 412)),
            lasting: lasting(effect),
            evidence: Arc::clone(write),
        };
        match effect.verb {
            Verb::Saved => {
                self.note_refusal(effect, seen, outcome, write);
                if let (Some(key), Outcome::Ok) = (dealings.key, outcome) {
                    let purpose = format!("{} {of}", seen.route);
                    let twice = self.keys.gave(
                        seen.user,
                        key,
                        &purpose,
                        value,
                        seen.done,
                        Arc::clone(write),
                    );
                    found.extend(twice.map(|twice| telling::twice(&of, seen, &twice)));
                }
                self.sets.entry(of).or_default().saved(value, done());
            }
            Verb::Deleted => self.sets.entry(of).or_default().deleted(value, done()),
            Verb::Claimed => {
                let doubled = self.slots.entry(Arc::clone(&of)).or_default().claimed(
                    value,
                    actor,
                    span,
                    outcome,
                    lasting(effect),
                    Arc::clone(write),
                );
                let told = |doubled| telling::doubled(&of, seen, &doubled);
                found.extend(doubled.into_iter().next().map(told));
            }
            Verb::Released => {
                if !announced {
                    let slots = self.slots.entry(of).or_default();
                    slots.releasing(value, actor.user, span.sent);
                }
            }
            Verb::Wrote => self.registers.entry((of, actor.user)).or_default().wrote(
                value,
                actor,
                span,
                outcome,
                Arc::clone(write),
            ),
            Verb::Raised => {
                let counter = self.counters.entry(of).or_default();
                counter.raised(effect.by, span, outcome, announced);
            }
            Verb::Appended => {
                self.added_once.ended(value, outcome, seen);
                let list = self.lists.entry((of, actor.user)).or_default();
                list.appended(value, (actor, span), outcome, announced, Arc::clone(write));
            }
        }
    }

    /// Whether a request that was to save something was surely refused.
    fn note_refusal(
        &mut self,
        effect: &Effect<ValueHash>,
        seen: &Observation,
        outcome: Outcome,
        write: &Arc<Passage>,
    ) {
        let step: Kind = format!("{} {}", seen.step.place, seen.route).into();
        // Also where a check before the declaration did not hold.
        if seen.outcome == Outcome::Ok {
            self.refused.worked(&step);
        }
        if !effect.foretold {
            self.refused.named(effect.value);
            return;
        }
        let refusal = refusal(seen, step).filter(|_| outcome == Outcome::Fail);
        self.refused
            .saved(effect.value, refusal, seen.done, Arc::clone(write));
    }

    fn shown(
        &mut self,
        shown: &Shown<ValueHash>,
        dealings: &Dealings<ValueHash>,
        seen: &Observation,
        actor: Actor,
        span: Span,
        found: &mut Vec<Contradiction>,
    ) {
        let of = &shown.of;
        let manner = Manner {
            sweep: dealings.read_back,
            eventual: shown.eventual,
        };
        let evidence = || Arc::new(seen.clone());
        let whole = |whole: Whole| match whole {
            Whole::Yes | Whole::Followed => true,
            Whole::IfOwn => seen.own_sightings > 0,
            Whole::No => false,
        };
        match &shown.what {
            What::Listed { values, whole: how } => {
                let ids: BTreeSet<ValueHash> = values.iter().copied().collect();
                let caps = self.caps.entry(Arc::clone(of)).or_default();
                let capped = *how != Whole::Followed && caps.looks_capped(&ids);
                let full = whole(*how) && !capped;
                let scope = if full {
                    Scope::All(&ids)
                } else {
                    Scope::Some(&ids)
                };
                self.read(scope, shown, manner, seen, actor, span, found);
            }
            What::Found { value, present } => {
                let scope = Scope::One(*value, *present);
                self.read(scope, shown, manner, seen, actor, span, found);
            }
            What::Value(value) => {
                let key = (Arc::clone(of), actor.user);
                let register = self.registers.entry(key).or_default();
                let (route, at) = (seen.route.as_str(), shown.at.as_deref());
                let stands_in = register.due_at(*value, span).is_some_and(|due| {
                    let place = (written_name(of), route, at);
                    self.stand_ins.is_one(place, *value, due)
                });
                let how = (manner, (route, at), stands_in);
                let older = register.read(*value, actor, span, how, evidence);
                found.extend(older.map(|older| telling::older(of, seen, &older)));
            }
            What::Count(value) => {
                let counter = self.counters.entry(Arc::clone(of)).or_default();
                let wrong = counter.read(*value, span, (manner, shown.users_only), evidence);
                found.extend(wrong.map(|wrong| telling::miscounted(of, seen, &wrong)));
            }
            What::Sequence { values, whole: how } if whole(*how) => {
                let key = (Arc::clone(of), actor.user);
                let list = self.lists.entry(key).or_default();
                let broken = list.read(values, actor, span, manner, evidence);
                found.extend(broken.map(|broken| telling::broken(of, seen, &broken)));
                let paged = *how == Whole::Followed;
                let showing = Showing {
                    place: (
                        written_name(of).into(),
                        seen.route.clone(),
                        shown.at.clone(),
                    ),
                    values,
                    span,
                    torn: paged && list.is_moving(span),
                    paged,
                };
                let twofold = self.added_once.read(showing, list.acknowledged());
                found.extend(twofold.map(|own| telling::twofold(of, seen, &own)));
            }
            What::Sequence { .. } => {}
            What::Requests(count) => {
                let key = (actor.user, (seen.route.clone(), Arc::clone(of)));
                let echoes = self.sessions.entry(key).or_default();
                let echo = echoes.entry(actor.session).or_default();
                let forgotten = echo.read(*count, span, evidence);
                if echoes.len() > SESSIONS
                    && let Some((_, oldest)) = echoes.pop_first()
                {
                    self.reads_before.add(oldest.reads());
                }
                found.extend(forgotten.map(|lost| telling::forgotten(seen, &lost)));
            }
            What::Sum {
                sum,
                total,
                whole: how,
            } => {
                let key = (Arc::clone(of), actor.user);
                let places = self.sums.entry(key).or_default();
                let own = places.entry(seen.url_hash).or_default();
                if !matches!(how, Whole::Yes | Whole::Followed) {
                    own.unclear();
                    return;
                }
                let uneven = own.read(*sum, *total, manner, evidence);
                found.extend(uneven.map(|own| telling::uneven(of, seen, &own)));
                if places.len() > SESSIONS
                    && let Some((_, oldest)) = places.pop_first()
                {
                    self.reads_before.add(oldest.reads());
                }
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one read with everything that is known of its request"
    )]
    fn read(
        &mut self,
        scope: Scope<'_>,
        shown: &Shown<ValueHash>,
        manner: Manner,
        seen: &Observation,
        actor: Actor,
        span: Span,
        found: &mut Vec<Contradiction>,
    ) {
        let read = Read {
            actor,
            span,
            scope,
            manner,
            evidence: Arc::new(seen.clone()),
        };
        let there = self
            .refused
            .read(actor.user, &shown.of, (scope, span), manner, || {
                Arc::clone(&read.evidence)
            });
        found.extend(there.iter().map(|own| telling::phantom(&shown.of, own)));
        let set = self.sets.entry(Arc::clone(&shown.of)).or_default();
        let breaches = set.read(&read);
        found.extend(
            breaches
                .iter()
                .map(|breach| telling::breach(&shown.of, seen, breach)),
        );
    }

    /// Whether a response tells what the user's own things are: it is an
    /// answer, whole, and nobody else's.
    fn is_trustworthy(&self, seen: &Observation) -> bool {
        let foreign = !seen.sightings.is_empty()
            || matches!(seen.echo, Some(Echo::Another(_)))
            || seen
                .identities
                .iter()
                .any(|identity| identity.relation != Relation::Own);
        let answered =
            seen.error.is_none() && !seen.cut && matches!(seen.status, Some(200..300 | 404 | 410));
        let signed_out = !seen.signed_in && self.members.contains(&seen.user);
        answered
            && !foreign
            && !signed_out
            && !seen.anonymous
            && !seen.denial_expected
            && seen.probed.is_none()
    }

    /// Whether `user` has anything of `kind` that was not yet read back as it
    /// should be.
    pub(super) fn is_owed(&self, kind: &str, user: UserId) -> bool {
        self.sets.get(kind).is_some_and(|set| set.is_owed(user)) || self.refused.is_owed(kind, user)
    }

    /// Whether what is called `name`, as `user` sees it, was not yet read back
    /// as it should be.
    pub(super) fn is_unread(&self, followed: Followed, name: &str, user: UserId) -> bool {
        let name: Kind = name.into();
        match followed {
            Followed::Value => {
                let register = self.registers.get(&(name, user));
                register.is_some_and(Register::is_owed)
            }
            Followed::Counter => self.counters.get(&name).is_some_and(Counter::is_owed),
            Followed::List => {
                let list = self.lists.get(&(name, user));
                list.is_some_and(AppendList::is_owed)
            }
            Followed::Sum => {
                let sums = self.sums.get(&(name, user)).into_iter();
                sums.flat_map(BTreeMap::values).any(Sum::is_owed)
            }
        }
    }
}

/// How long what was saved or claimed lasts, when it ends by itself.
fn lasting(effect: &Effect<ValueHash>) -> Option<Duration> {
    let milliseconds = u64::try_from(effect.by).ok().filter(|by| *by > 0);
    milliseconds.map(Duration::from_millis)
}

/// What a request names without saying what it does to it.
fn undeclared(dealings: &Dealings<ValueHash>) -> Vec<ValueHash> {
    let declared = |id: &ValueHash| dealings.effects.iter().any(|effect| effect.value == *id);
    let named = dealings.named.iter().copied();
    named.filter(|id| !declared(id)).collect()
}

/// What is known about an effect. Without the step that declares it, a success
/// is none: what stood before it did not hold.
fn outcome_of(effect: &Effect<ValueHash>, seen: &Observation) -> Outcome {
    match (seen.outcome, effect.verb) {
        (Outcome::Ok, _) if !effect.confirmed => Outcome::Info,
        (outcome, Verb::Deleted | Verb::Released) => softened(seen, outcome),
        // A balancer that sends it twice gets the second answer.
        (Outcome::Fail, Verb::Wrote) if matches!(seen.status, Some(409 | 412)) => Outcome::Info,
        (outcome, _) => outcome,
    }
}

/// A deletion that finds nothing may be the second try of a balancer whose
/// first one did it.
fn softened(seen: &Observation, outcome: Outcome) -> Outcome {
    match (outcome, seen.status) {
        (Outcome::Fail, Some(404 | 410)) => Outcome::Info,
        (outcome, _) => outcome,
    }
}

/// How a request was refused, so that nothing can have come of it. Not so by
/// an answer that says that it is there already, nor behind a redirect, nor on
/// the way to a sign-in page, which may do it after the sign-in.
fn refusal(seen: &Observation, step: Kind) -> Option<Refusal> {
    match (seen.error, seen.status) {
        _ if seen.hop > 0 || seen.anonymous => None,
        (Some(ErrorClass::Connect | ErrorClass::Tls), None) => Some(Refusal::NeverLeft),
        (None, Some(409 | 412)) => None,
        (None, Some(status)) => Some(Refusal::Answered(step, status)),
        _ => None,
    }
}

fn passage(seen: &Observation) -> Passage {
    Passage {
        request: seen.request,
        route: seen.route.clone(),
        place: seen.step.place.clone(),
        sent: seen.sent,
        done: Some(seen.done),
        instance: seen.instance.clone(),
    }
}
