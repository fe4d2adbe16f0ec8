//! The checkers against a simulated service: correct ones, however badly the
//! network treats them, are accused of nothing; broken ones are found out at
//! every seed.
//!
//! Discrete events, drawn from a seed: lost requests and answers, writes that
//! apply long after everybody has given up on them, refusals and an outage.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::operation::{Kind, Op, moment, observation};
use super::{Consistency, Contradiction};
use crate::model::{
    Attempt, Dealings, Effect, Invocation, Shown, UserId, ValueHash, ValueHasher, Verb, What, Whole,
};

const USERS: u32 = 20;
const OPERATIONS: usize = 10_000;
/// Wanted at a time.
const SLOTS: u64 = 8;
const OUTAGE: (u64, u64) = (60_000_000, 65_000_000);
const LAG: u64 = 300_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    StaleReplica,
    FailOver,
    LostUpdates,
    ClaimInTwoSteps,
    SwappedOrder,
    ForgottenSession,
    LostDeletes,
    DoubledRaises,
    LostValues,
    DoubledWrites,
}

#[derive(Clone, Debug)]
enum Event {
    Send(u32),
    Apply(usize),
    /// The second step of something that is done in two.
    Second(usize, i64),
    Replicate(u32, Kind),
    Judge(usize),
    FailOver,
}

#[derive(Clone, Debug, Default)]
struct Store {
    things: BTreeMap<u32, BTreeSet<u64>>,
    registers: BTreeMap<u32, u64>,
    lists: BTreeMap<u32, Vec<u64>>,
}

impl Store {
    fn apply(&mut self, user: u32, kind: Kind, bug: Bug) {
        match kind {
            Kind::Save(id) => {
                self.things.entry(user).or_default().insert(id);
            }
            Kind::Delete(id) if bug != Bug::LostDeletes || !id.is_multiple_of(7) => {
                self.things.entry(user).or_default().remove(&id);
            }
            Kind::Write(value) => {
                self.registers.insert(user, value);
            }
            Kind::Append(value) => {
                let list = self.lists.entry(user).or_default();
                let swapped =
                    bug == Bug::SwappedOrder && value.is_multiple_of(5) && !list.is_empty();
                let at = list.len() - usize::from(swapped);
                list.insert(at, value);
            }
            _ => {}
        }
    }
}

pub(super) struct Simulation {
    bug: Bug,
    rng: ChaCha8Rng,
    events: BinaryHeap<Reverse<(u64, u64, usize)>>,
    log: Vec<Event>,
    sequence: u64,
    now: u64,
    ops: Vec<Op>,
    primary: Store,
    replica: Store,
    recent: Vec<(u64, u32, Kind)>,
    slots: BTreeMap<u64, u32>,
    counter: i64,
    echoes: BTreeMap<(u32, u32), i64>,
    /// What each user believes to have.
    own: BTreeMap<u32, Vec<u64>>,
    held: BTreeMap<u32, Vec<u64>>,
    sessions: BTreeMap<u32, u32>,
    pub(super) checkers: Consistency,
    pub(super) found: Vec<Contradiction>,
    hasher: ValueHasher,
}

impl Simulation {
    pub(super) fn new(seed: u64, bug: Bug) -> Self {
        Self {
            bug,
            rng: ChaCha8Rng::seed_from_u64(seed),
            events: BinaryHeap::new(),
            log: Vec::new(),
            sequence: 0,
            now: 0,
            ops: Vec::new(),
            primary: Store::default(),
            replica: Store::default(),
            recent: Vec::new(),
            slots: BTreeMap::new(),
            counter: 17,
            echoes: BTreeMap::new(),
            own: BTreeMap::new(),
            held: BTreeMap::new(),
            sessions: BTreeMap::new(),
            checkers: Consistency::default(),
            found: Vec::new(),
            hasher: ValueHasher::new([5; 32]),
        }
    }

    /// Runs to its end, the read-back.
    pub(super) fn run(self) -> Self {
        self.run_until(|_| false)
    }

    /// Runs until what was found is `enough`, or to its end.
    pub(super) fn run_until(mut self, enough: impl Fn(&[Contradiction]) -> bool) -> Self {
        let mut known = 0;
        for user in 0..USERS {
            let at = self.rng.random_range(0..200_000);
            self.schedule(at, Event::Send(user));
        }
        if self.bug == Bug::FailOver {
            for at in 1..40 {
                self.schedule(at * 4_000_000, Event::FailOver);
            }
        }
        while let Some(Reverse((at, _, event))) = self.events.pop() {
            self.now = at;
            match self.log[event].clone() {
                Event::Send(user) => {
                    if self.ops.len() < OPERATIONS {
                        self.send(user);
                    }
                }
                Event::Apply(op) => self.apply(op),
                Event::Second(op, value) => self.second(op, value),
                Event::Replicate(user, kind) => self.replica.apply(user, kind, self.bug),
                Event::Judge(op) => {
                    self.judge(op);
                    if self.found.len() > known && enough(&self.found) {
                        return self;
                    }
                    known = self.found.len();
                    let pause = self.rng.random_range(1_000..400_000);
                    self.schedule(self.now + pause, Event::Send(self.ops[op].user));
                }
                Event::FailOver => self.fail_over(),
            }
        }
        self.sweep();
        self
    }

    fn schedule(&mut self, at: u64, event: Event) {
        self.sequence += 1;
        self.log.push(event);
        self.events
            .push(Reverse((at, self.sequence, self.log.len() - 1)));
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn choose(&mut self, user: u32) -> Kind {
        let fresh = self.ops.len() as u64 + 1_000;
        let own = self.own.entry(user).or_default().clone();
        let held = self.held.entry(user).or_default().clone();
        match self.rng.random_range(0..26) {
            0..=3 => Kind::Save(fresh),
            4 if !own.is_empty() => Kind::Delete(own[self.rng.random_range(0..own.len())]),
            5..=6 => Kind::List,
            7 if !own.is_empty() => Kind::Look(own[self.rng.random_range(0..own.len())]),
            8..=10 if held.is_empty() => {
                let shift = self.ops.len() as u64 / 100 * SLOTS;
                Kind::Claim(shift + self.rng.random_range(0..SLOTS))
            }
            8..=10 => Kind::Release(held[0]),
            11..=12 => Kind::Write(fresh),
            13..=14 => Kind::Read,
            15..=17 => Kind::Raise,
            18..=19 => Kind::Count,
            20..=21 => Kind::Append(fresh),
            22..=23 => Kind::Sequence,
            _ => Kind::Echo,
        }
    }

    fn send(&mut self, user: u32) {
        if self.chance(1) {
            *self.sessions.entry(user).or_default() += 1;
        }
        let session = *self.sessions.entry(user).or_default();
        let kind = self.choose(user);
        let op = Op {
            user,
            session,
            kind,
            number: self.ops.len() as u64 + 1,
            sent: self.now,
            status: Some(200),
            sweep: None,
            what: None,
            id: match kind {
                Kind::Save(id) => id,
                _ => 0,
            },
        };
        let at = self.ops.len();
        self.ops.push(op);
        let dealings = self.dealings(at, false);
        let invocation = Invocation {
            at: moment(self.now),
            user: UserId(user),
            session,
            probed: None,
            dealings,
        };
        self.checkers.invoked(&invocation);
        self.begin(at);
    }

    /// Draws what becomes of a request.
    fn begin(&mut self, at: usize) {
        let applies = self.now + self.rng.random_range(500..30_000);
        let done = applies + self.rng.random_range(500..30_000);
        let judged = done + self.rng.random_range(0..30_000);
        let down = (OUTAGE.0..OUTAGE.1).contains(&self.now);
        let fate = if down {
            self.rng.random_range(0..12)
        } else {
            self.rng.random_range(0..200)
        };
        let op = &mut self.ops[at];
        // Given up on at this moment.
        let late = done + 50_000;
        match fate {
            // Never arrives.
            0..=2 => {
                op.status = None;
                self.schedule(late, Event::Judge(at));
            }
            // The answer gets lost.
            3..=5 => {
                op.status = None;
                self.schedule(applies, Event::Apply(at));
                self.schedule(late, Event::Judge(at));
            }
            // Applies long after everybody has given up.
            6..=7 => {
                op.status = Some(504);
                let zombie = late + self.rng.random_range(0..20_000_000);
                self.schedule(zombie, Event::Apply(at));
                self.schedule(late, Event::Judge(at));
            }
            8..=9 => {
                op.status = Some(429);
                self.schedule(judged, Event::Judge(at));
            }
            10 => {
                op.status = Some(500);
                self.schedule(applies, Event::Apply(at));
                self.schedule(judged, Event::Judge(at));
            }
            11 => {
                op.status = Some(503);
                self.schedule(judged, Event::Judge(at));
            }
            _ => {
                self.schedule(applies, Event::Apply(at));
                self.schedule(judged, Event::Judge(at));
            }
        }
    }

    fn apply(&mut self, at: usize) {
        let Op {
            user,
            session,
            kind,
            status,
            ..
        } = self.ops[at].clone();
        let shown = if self.bug == Bug::StaleReplica {
            &self.replica
        } else {
            &self.primary
        };
        let mut what = None;
        match kind {
            Kind::List => {
                what = Some(What::Listed {
                    values: shown
                        .things
                        .get(&user)
                        .into_iter()
                        .flatten()
                        .copied()
                        .collect(),
                    whole: Whole::Yes,
                });
            }
            Kind::Look(id) => {
                what = Some(What::Found {
                    value: id,
                    present: shown.things.get(&user).is_some_and(|own| own.contains(&id)),
                });
            }
            Kind::Read => what = shown.registers.get(&user).copied().map(What::Value),
            Kind::Sequence => {
                what = Some(What::Sequence {
                    values: shown.lists.get(&user).cloned().unwrap_or_default(),
                    whole: Whole::Yes,
                });
            }
            Kind::Count => what = Some(What::Count(self.counter)),
            Kind::Echo => {
                let count = self.echoes.entry((user, session)).or_default();
                *count += 1;
                if self.bug == Bug::ForgottenSession && self.ops.len().is_multiple_of(97) {
                    *count = 1;
                }
                what = Some(What::Requests(*count));
            }
            Kind::Raise if self.bug == Bug::LostUpdates => {
                let read = self.counter;
                self.schedule(self.now + 40_000, Event::Second(at, read + 1));
            }
            // Done twice, such as by a balancer that sends it once more.
            Kind::Raise if self.bug == Bug::DoubledRaises && self.chance(10) => self.counter += 2,
            Kind::Raise => self.counter += 1,
            Kind::Claim(slot) => {
                let free = !self.slots.contains_key(&slot);
                if !free && status == Some(200) {
                    self.ops[at].status = Some(409);
                } else if free && self.bug == Bug::ClaimInTwoSteps {
                    self.schedule(self.now + 20_000, Event::Second(at, 0));
                } else if free {
                    self.slots.insert(slot, user);
                }
            }
            Kind::Release(slot) => {
                if self.slots.get(&slot) == Some(&user) {
                    self.slots.remove(&slot);
                }
            }
            Kind::Delete(id)
                if !self
                    .primary
                    .things
                    .get(&user)
                    .is_some_and(|own| own.contains(&id))
                    && status == Some(200) =>
            {
                self.ops[at].status = Some(404);
            }
            Kind::Save(_) | Kind::Delete(_) | Kind::Write(_) | Kind::Append(_) => {
                let lost = self.bug == Bug::LostValues
                    && matches!(kind, Kind::Write(value) if value.is_multiple_of(3));
                if !lost {
                    self.primary.apply(user, kind, self.bug);
                }
                self.recent.push((self.now, user, kind));
                self.schedule(self.now + LAG, Event::Replicate(user, kind));
            }
        }
        if status == Some(200) {
            self.ops[at].what = what;
        }
    }

    fn second(&mut self, at: usize, value: i64) {
        match self.ops[at].kind {
            Kind::Raise => self.counter = value,
            Kind::Claim(slot) => {
                self.slots.insert(slot, self.ops[at].user);
            }
            _ => {}
        }
    }

    /// The stand-by takes over and does not have the last moments.
    fn fail_over(&mut self) {
        let since = self.now.saturating_sub(LAG);
        for (at, user, kind) in std::mem::take(&mut self.recent) {
            if let Kind::Save(id) = kind
                && at >= since
            {
                self.primary.things.entry(user).or_default().remove(&id);
            }
        }
    }

    fn hash(&self, value: u64) -> ValueHash {
        self.hasher.hash(&value.to_string())
    }

    fn dealings(&self, at: usize, confirmed: bool) -> Dealings<ValueHash> {
        let op = &self.ops[at];
        let effect = |verb, of: &str, value: u64| Effect {
            verb,
            of: of.into(),
            value: self.hash(value),
            by: i64::from(verb == Verb::Raised),
            foretold: true,
            confirmed,
        };
        let effects = match op.kind {
            Kind::Save(_) => vec![effect(Verb::Saved, "note", op.id)],
            Kind::Delete(id) => vec![effect(Verb::Deleted, "note", id)],
            Kind::Claim(id) => vec![effect(Verb::Claimed, "slot", id)],
            Kind::Release(id) => vec![effect(Verb::Released, "slot", id)],
            Kind::Write(value) => vec![effect(Verb::Wrote, "name", value)],
            Kind::Raise => vec![effect(Verb::Raised, "likes", 0)],
            Kind::Append(value) => vec![effect(Verb::Appended, "log", value)],
            _ => Vec::new(),
        };
        let shown = op.what.as_ref().map(|what| {
            let (of, what) = match what {
                What::Listed { values, whole } => (
                    "note",
                    What::Listed {
                        values: values.iter().map(|own| self.hash(*own)).collect(),
                        whole: *whole,
                    },
                ),
                What::Found { value, present } => (
                    "note",
                    What::Found {
                        value: self.hash(*value),
                        present: *present,
                    },
                ),
                What::Value(value) => ("name", What::Value(self.hash(*value))),
                What::Count(count) => ("likes", What::Count(*count)),
                What::Sequence { values, whole } => (
                    "log",
                    What::Sequence {
                        values: values.iter().map(|own| self.hash(*own)).collect(),
                        whole: *whole,
                    },
                ),
                What::Requests(count) => ("requests", What::Requests(*count)),
            };
            Shown {
                of: of.into(),
                what,
                eventual: false,
                users_only: true,
            }
        });
        Dealings {
            effects,
            shown: shown.into_iter().collect(),
            read_back: op.sweep,
            ..Dealings::default()
        }
    }

    fn judge(&mut self, at: usize) {
        let op = self.ops[at].clone();
        if op.status == Some(200) {
            match op.kind {
                Kind::Save(id) => self.own.entry(op.user).or_default().push(id),
                Kind::Delete(id) => self
                    .own
                    .entry(op.user)
                    .or_default()
                    .retain(|own| *own != id),
                Kind::Claim(id) => self.held.entry(op.user).or_default().push(id),
                _ => {}
            }
        }
        if let Kind::Release(id) = op.kind {
            self.held
                .entry(op.user)
                .or_default()
                .retain(|own| *own != id);
        }
        let mut dealings = self.dealings(at, op.status == Some(200));
        if self.bug == Bug::DoubledWrites && matches!(op.kind, Kind::Save(_)) {
            // A client that repeats its request with the same key.
            let saved = self.own.get(&op.user).map_or(0, Vec::len) as u64;
            dealings.key = Some(self.hash(saved / 2));
        }
        let seen = observation(&op, self.now, dealings);
        self.found.extend(self.checkers.observe(&seen));
    }

    /// Everything is quiet; everybody reads what they have.
    fn sweep(&mut self) {
        self.replica = self.primary.clone();
        let kinds = [Kind::List, Kind::Read, Kind::Count, Kind::Sequence];
        for attempt in [Attempt::More, Attempt::More, Attempt::Last] {
            for (user, kind) in (0..USERS).flat_map(|user| kinds.map(|kind| (user, kind))) {
                self.now += 1_000_000;
                let session = *self.sessions.entry(user).or_default();
                self.ops.push(Op {
                    user,
                    session,
                    kind,
                    number: self.ops.len() as u64 + 1,
                    sent: self.now,
                    status: Some(200),
                    sweep: Some(attempt),
                    what: None,
                    id: 0,
                });
                let at = self.ops.len() - 1;
                self.apply(at);
                self.now += 1_000;
                self.judge(at);
            }
        }
    }
}
