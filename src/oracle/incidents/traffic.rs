//! What the judge saw, as far as patterns are read from it: bounded, and cheap
//! for every response.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::model::{
    ErrorClass, InstanceId, Provocation, Provoked, RequestId, Timestamp, UserId, ValueHash, When,
};
use crate::oracle::Observation;

use super::generations::Generations;
use super::writes::{Writes, is_write};

/// Responses that are remembered one by one.
const RECENT: usize = 2_048;

/// Entries of each of the larger memories.
const REMEMBERED: usize = 20_000;

/// Routes and instances that are told apart.
const MOST_NAMES: usize = 1_000;

/// For how long a request that was broken off can be what spoilt another.
const AFTER_BREAK: Duration = Duration::from_secs(5);

/// Who counts as active beside a response: seen so long before it.
const ACTIVE: Duration = Duration::from_secs(5);

/// Numbers for names, so that what is remembered is small.
#[derive(Debug)]
struct Names<T>(BTreeMap<T, u32>);

impl<T: Ord + Clone> Names<T> {
    const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The number of `name`; all beyond the limit have the same.
    fn number<Q>(&mut self, name: &Q) -> u32
    where
        T: std::borrow::Borrow<Q>,
        Q: Ord + ToOwned<Owned = T> + ?Sized,
    {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        if self.0.len() < MOST_NAMES {
            self.0.insert(name.to_owned(), next);
        }
        next
    }
}

/// A request that has been judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    pub(super) request: RequestId,
    pub(super) user: UserId,
    pub(super) route: u32,
    pub(super) url: Option<ValueHash>,
    pub(super) instance: Option<u32>,
    pub(super) sent: Timestamp,
    pub(super) done: Timestamp,
}

impl Passed {
    /// Whether the two ask for the same. Steps and redirects lead to one address
    /// by routes of different names.
    fn is_alike(&self, other: &Self) -> bool {
        self.route == other.route || (self.url.is_some() && self.url == other.url)
    }

    /// Whether the two were under way together on the same route.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.is_alike(other)
            && self.user != other.user
            && self.sent <= other.done
            && other.sent <= self.done
    }

    /// Whether the two were, as far as is known, at the same instance.
    pub(super) fn shares_instance(&self, other: &Self) -> bool {
        match (self.instance, other.instance) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        }
    }
}

/// Answers on one route.
#[derive(Clone, Debug, Default)]
pub(super) struct RouteSeen {
    /// By instance.
    pub(super) instances: BTreeMap<InstanceId, u64>,
    /// By scale window.
    pub(super) windows: BTreeMap<String, u64>,
    /// Probes that were answered, but for those of what a probe had spent.
    pub(super) probes: u64,
    /// Those of them that were denied as what is not there: 404 or 410.
    pub(super) probes_not_there: u64,
    /// With something provoked, to the very request or to one that overlapped.
    pub(super) provoked: BTreeMap<Provocation, u64>,
    /// Without any effect, to a user whose last write an instance is known for.
    pub(super) after_write: u64,
    /// Those of another instance than that.
    pub(super) elsewhere: u64,
}

/// Whose data an address showed, answer after answer.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    /// Whose.
    pub(super) shown: UserId,
    /// When it began, if it began with an answer to themselves.
    pub(super) filled: Option<Timestamp>,
    /// Others who were shown it.
    pub(super) viewers: BTreeSet<UserId>,
}

/// A credential, when it was first given to somebody.
#[derive(Clone, Debug)]
pub(super) struct Issued {
    pub(super) name: String,
    pub(super) user: UserId,
    pub(super) done: Timestamp,
    pub(super) signs_in: bool,
}

/// The session of a user.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    pub(super) session: u32,
    pub(super) began: Timestamp,
    /// Who answered it.
    pub(super) instances: BTreeSet<InstanceId>,
    /// How often it was answered.
    pub(super) answers: u64,
    /// When it was last answered.
    pub(super) last: Timestamp,
}

/// Everything remembered of the traffic.
#[derive(Debug)]
pub(super) struct Traffic {
    routes: Names<String>,
    instance_names: Names<InstanceId>,
    recent: VecDeque<Passed>,
    seen: BTreeMap<String, RouteSeen>,
    broken: Generations<RequestId, ErrorClass>,
    last_break: Generations<UserId, Timestamp>,
    granted: Generations<ValueHash, ()>,
    /// Probes that were denied, and when.
    denied: Generations<ValueHash, Timestamp>,
    /// Routes of probes that were denied as of what is not there.
    not_there: Generations<ValueHash, String>,
    answered: Generations<(UserId, ValueHash), Timestamp>,
    stretches: Generations<(ValueHash, Option<u32>), Stretch>,
    issued: Generations<ValueHash, Issued>,
    trails: Generations<UserId, Trail>,
    pub(super) writes: Writes,
    /// When each instance answered last.
    pub(super) last_answer: BTreeMap<InstanceId, Timestamp>,
    /// Who answered in each window.
    pub(super) in_window: BTreeMap<String, BTreeSet<InstanceId>>,
}

impl Traffic {
    pub(super) fn new() -> Self {
        Self {
            routes: Names::new(),
            instance_names: Names::new(),
            recent: VecDeque::new(),
            seen: BTreeMap::new(),
            broken: Generations::of(REMEMBERED),
            last_break: Generations::of(REMEMBERED),
            granted: Generations::of(REMEMBERED),
            denied: Generations::of(REMEMBERED),
            not_there: Generations::of(REMEMBERED),
            answered: Generations::of(REMEMBERED),
            stretches: Generations::of(REMEMBERED),
            issued: Generations::of(REMEMBERED),
            trails: Generations::of(REMEMBERED),
            writes: Writes::new(),
            last_answer: BTreeMap::new(),
            in_window: BTreeMap::new(),
        }
    }

    /// The request as it is remembered.
    pub(super) fn passed(&mut self, seen: &Observation) -> Passed {
        Passed {
            request: seen.request,
            user: seen.user,
            route: self.routes.number(seen.route.as_str()),
            url: seen.url_hash,
            instance: seen
                .instance
                .as_ref()
                .map(|instance| self.instance_names.number(instance)),
            sent: seen.sent,
            done: seen.done,
        }
    }

    /// Remembers a response, once its findings have been looked at.
    pub(super) fn remember(&mut self, seen: &Observation, passed: Passed, provoked: &[Provoked]) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(passed);
        if let Some(error) = seen.error
            && matches!(
                error,
                ErrorClass::Abandoned
                    | ErrorClass::Timeout
                    | ErrorClass::Reset
                    | ErrorClass::StaleReuse
            )
        {
            self.broken.insert(seen.request, error);
            self.last_break.insert(seen.user, seen.done);
        }
        if seen.status.is_none() || seen.error.is_some() {
            return;
        }
        self.count(seen);
        self.count_provoked(seen, provoked);
        self.follow_writes(seen, provoked);
        self.follow_address(seen, passed.instance);
        self.follow_session(seen);
        for credential in &seen.issued {
            if self.issued.get(&credential.hash).is_none() {
                let issued = Issued {
                    name: credential.name.clone(),
                    user: seen.user,
                    done: seen.done,
                    signs_in: seen.signs_in,
                };
                self.issued.insert(credential.hash, issued);
            }
        }
    }

    fn count(&mut self, seen: &Observation) {
        self.follow_denial(seen);
        if !self.seen.contains_key(&seen.route) && self.seen.len() < MOST_NAMES {
            self.seen.insert(seen.route.clone(), RouteSeen::default());
        }
        let Some(route) = self.seen.get_mut(&seen.route) else {
            return;
        };
        bump(&mut route.windows, &seen.window);
        if seen.denial_expected {
            // What was granted once may be gone afterwards: its denial speaks
            // for no check.
            let spent = seen
                .url_hash
                .is_some_and(|url| self.granted.get(&url).is_some());
            let granted = !seen.denied && seen.status.is_some_and(|status| status < 300);
            route.probes += u64::from(granted || !spent);
            let not_there = !spent && matches!(seen.status, Some(404 | 410));
            route.probes_not_there += u64::from(not_there);
            match seen.url_hash {
                Some(url) if granted => {
                    // The denial at the same time may have come second.
                    let denied = self.denied.take(&url);
                    let second = denied.is_some_and(|denied| denied >= seen.sent);
                    route.probes -= u64::from(second);
                    self.granted.insert(url, ());
                }
                Some(url) if !spent => {
                    self.denied.insert(url, seen.done);
                    if not_there {
                        self.not_there.insert(url, seen.route.clone());
                    }
                }
                _ => {}
            }
        }
        let Some(instance) = &seen.instance else {
            return;
        };
        let known = self.last_answer.len();
        if known < MOST_NAMES || self.last_answer.contains_key(instance) {
            bump(&mut route.instances, instance);
            match self.last_answer.get_mut(instance) {
                Some(last) => *last = (*last).max(seen.done),
                None => {
                    self.last_answer.insert(instance.clone(), seen.done);
                }
            }
            let window = match self.in_window.get_mut(&seen.window) {
                Some(window) => window,
                None => self.in_window.entry(seen.window.clone()).or_default(),
            };
            if !window.contains(instance) {
                window.insert(instance.clone());
            }
        }
    }

    /// What is shown after a probe of it was denied was there all the time.
    fn follow_denial(&mut self, seen: &Observation) {
        let shown = !seen.denied && seen.status.is_some_and(|status| status < 300);
        let Some(url) = seen.url_hash.filter(|_| shown) else {
            return;
        };
        if let Some(route) = self.not_there.take(&url)
            && let Some(route) = self.seen.get_mut(&route)
        {
            route.probes_not_there -= 1;
        }
    }

    fn count_provoked(&mut self, seen: &Observation, provoked: &[Provoked]) {
        let Some(route) = self.seen.get_mut(&seen.route) else {
            return;
        };
        for own in provoked.iter().filter(|own| own.when != When::Before) {
            *route.provoked.entry(own.what).or_default() += 1;
        }
    }

    fn follow_writes(&mut self, seen: &Observation, provoked: &[Provoked]) {
        if is_write(seen) {
            self.writes.take(seen, provoked);
            return;
        }
        let (Some(route), Some(instance)) = (self.seen.get_mut(&seen.route), &seen.instance) else {
            return;
        };
        if let Some(of_write) = self.writes.last_of(seen.user) {
            route.after_write += 1;
            route.elsewhere += u64::from(of_write != instance);
        }
    }

    /// Whose data the address shows: of the user themselves, or somebody else's.
    fn follow_address(&mut self, seen: &Observation, instance: Option<u32>) {
        let Some(url) = seen.url_hash else { return };
        let shown = match seen.sightings.first() {
            Some(sighting) => sighting.owner,
            None if seen.own_sightings > 0 => seen.user,
            None => return,
        };
        if shown == seen.user {
            self.answered.insert((seen.user, url), seen.done);
        }
        let key = (url, instance);
        let mut stretch = self
            .stretches
            .take(&key)
            .filter(|stretch| stretch.shown == shown)
            .unwrap_or_else(|| Stretch {
                shown,
                filled: (shown == seen.user).then_some(seen.done),
                viewers: BTreeSet::new(),
            });
        if shown != seen.user {
            stretch.viewers.insert(seen.user);
        }
        self.stretches.insert(key, stretch);
    }

    fn follow_session(&mut self, seen: &Observation) {
        let goes_on = seen.signed_in || seen.signs_in;
        if !goes_on || seen.anonymous || seen.status.is_some_and(|status| status >= 400) {
            return;
        }
        let mut trail = self
            .trails
            .take(&seen.user)
            .filter(|trail| trail.session == seen.session)
            .unwrap_or_else(|| Trail {
                session: seen.session,
                began: seen.done,
                instances: BTreeSet::new(),
                answers: 0,
                last: seen.done,
            });
        trail.answers += 1;
        trail.last = trail.last.max(seen.done);
        if let Some(instance) = &seen.instance
            && trail.instances.len() < 4
            && !trail.instances.contains(instance)
        {
            trail.instances.insert(instance.clone());
        }
        self.trails.insert(seen.user, trail);
    }

    /// Requests that were judged before.
    pub(super) fn recent(&self) -> impl Iterator<Item = &Passed> {
        self.recent.iter().rev()
    }

    /// Who was answered before `passed`, on the same route and instance.
    pub(super) fn previous(&self, passed: &Passed) -> Option<UserId> {
        let same = |other: &&Passed| passed.is_alike(other) && other.instance == passed.instance;
        self.recent().find(same).map(|other| other.user)
    }

    /// Others who were active on the route shortly before or during `passed`.
    pub(super) fn active(&self, passed: &Passed) -> BTreeSet<UserId> {
        self.recent
            .iter()
            .filter(|other| passed.is_alike(other) && other.user != passed.user)
            .filter(|other| passed.sent.since(other.done) <= ACTIVE)
            .map(|other| other.user)
            .collect()
    }

    /// Answers on `route`.
    pub(super) fn route(&self, route: &str) -> Option<&RouteSeen> {
        self.seen.get(route)
    }

    /// Why there was no answer to `request` that its user waited for.
    pub(super) fn broken(&self, request: RequestId) -> Option<ErrorClass> {
        self.broken.get(&request).copied()
    }

    /// Whether `user` broke a request off shortly before `passed` was done.
    pub(super) fn broke_off(&self, user: UserId, passed: &Passed) -> bool {
        self.last_break
            .get(&user)
            .is_some_and(|broke| *broke <= passed.done && passed.done.since(*broke) <= AFTER_BREAK)
    }

    /// When `user` was last shown their own data at this address.
    pub(super) fn answered(&self, user: UserId, url: ValueHash) -> Option<Timestamp> {
        self.answered.get(&(user, url)).copied()
    }

    /// Whose data the address showed so far.
    pub(super) fn stretch(&self, url: ValueHash, instance: Option<u32>) -> Option<&Stretch> {
        self.stretches.get(&(url, instance))
    }

    /// Who was given the credential first.
    pub(super) fn issued(&self, credential: ValueHash) -> Option<&Issued> {
        self.issued.get(&credential)
    }

    /// The session of `user`.
    pub(super) fn trail(&self, user: UserId) -> Option<&Trail> {
        self.trails.get(&user)
    }

    /// The sessions of all users.
    pub(super) fn trails(&self) -> impl Iterator<Item = (&UserId, &Trail)> {
        self.trails.iter()
    }
}

fn bump<Q, K>(counts: &mut BTreeMap<K, u64>, key: &Q)
where
    K: Ord + std::borrow::Borrow<Q>,
    Q: Ord + ToOwned<Owned = K> + ?Sized,
{
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => {
            counts.insert(key.to_owned(), 1);
        }
    }
}
