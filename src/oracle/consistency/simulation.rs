//! The checkers against a simulated service: correct ones, however badly the
//! network treats them, are accused of nothing; broken ones are found out at
//! every seed.
//!
//! Discrete events, drawn from a seed: lost requests and answers, writes that
//! apply long after everybody has given up on them, refusals and an outage.

mod bank;
mod dealt;
mod store;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::operation::{Kind, Op, moment, observation};
use super::{Consistency, Contradiction};
use crate::model::{Attempt, Invocation, UserId, ValueHasher, What, Whole};
use bank::Bank;
use store::Store;

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
    Phantoms,
    ForeignSession,
    DamagedValues,
    TornTransfers,
    LostTransfers,
    DoubledTransfers,
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
    bank: Bank,
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
            bank: Bank::default(),
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
        match self.rng.random_range(0..30) {
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
            26 => Kind::Invalid(fresh),
            27 => {
                let accounts = Bank::ACCOUNTS;
                let from = self.rng.random_range(0..accounts);
                Kind::Transfer(from, (from + self.rng.random_range(1..accounts)) % accounts)
            }
            28..=29 => Kind::Audit,
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
                Kind::Save(id) | Kind::Invalid(id) => id,
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
            fate => {
                // A balancer has sent it twice, and hands on the second answer.
                if fate == 12 && matches!(op.kind, Kind::Save(_)) {
                    op.status = Some(422);
                }
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
            Kind::Read => {
                let value = shown.registers.get(&user).copied();
                what = value.map(|value| What::Value(self.written(value)));
            }
            Kind::Sequence => {
                what = Some(What::Sequence {
                    values: shown.lists.get(&user).cloned().unwrap_or_default(),
                    whole: Whole::Yes,
                });
            }
            Kind::Count => what = Some(What::Count(self.counter)),
            Kind::Echo => what = Some(self.echo(user, session)),
            Kind::Raise if self.bug == Bug::LostUpdates => {
                let read = self.counter;
                self.schedule(self.now + 40_000, Event::Second(at, read + 1));
            }
            // Done twice, such as by a balancer that sends it once more.
            Kind::Raise if self.bug == Bug::DoubledRaises && self.chance(10) => self.counter += 2,
            Kind::Raise => self.counter += 1,
            Kind::Claim(slot) => self.claim(at, slot),
            Kind::Invalid(id) => {
                if status == Some(200) {
                    self.ops[at].status = Some(422);
                }
                if self.bug == Bug::Phantoms && id.is_multiple_of(3) {
                    self.primary.apply(user, Kind::Save(id), self.bug);
                }
            }
            Kind::Transfer(from, to) => {
                if let Some(later) = self.bank.transfer(from, to, self.ops.len(), self.bug) {
                    self.schedule(self.now + 40_000, Event::Second(at, later));
                }
            }
            Kind::Audit => what = Some(self.bank.audit()),
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

    fn echo(&mut self, user: u32, session: u32) -> What<u64> {
        // Some are sent several times by a balancer.
        let times = i64::from(self.chance(2)) * self.rng.random_range(1..=3);
        let count = self.echoes.entry((user, session)).or_default();
        *count += 1 + times;
        if self.bug == Bug::ForeignSession && (13..5_000).contains(count) {
            *count += 5_000;
        }
        if self.bug == Bug::ForgottenSession && self.ops.len().is_multiple_of(97) {
            *count = 1;
        }
        What::Requests(*count)
    }

    fn claim(&mut self, at: usize, slot: u64) {
        let Op { user, status, .. } = self.ops[at];
        let free = !self.slots.contains_key(&slot);
        if !free && status == Some(200) {
            self.ops[at].status = Some(409);
        } else if free && self.bug == Bug::ClaimInTwoSteps {
            self.schedule(self.now + 20_000, Event::Second(at, 0));
        } else if free {
            self.slots.insert(slot, user);
        }
    }

    /// How the service writes a value: some of them in a way of its own.
    fn written(&mut self, value: u64) -> u64 {
        let damaged = self.bug == Bug::DamagedValues && self.chance(20);
        match value.is_multiple_of(5) {
            true => value + 10_000_000,
            false if damaged => value + 20_000_000,
            false => value,
        }
    }

    fn second(&mut self, at: usize, value: i64) {
        match self.ops[at].kind {
            Kind::Raise => self.counter = value,
            Kind::Transfer(_, to) => self.bank.accounts[to] += value,
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
        let kinds = [
            Kind::List,
            Kind::Read,
            Kind::Count,
            Kind::Sequence,
            Kind::Audit,
        ];
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
