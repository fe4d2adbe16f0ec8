//! The dispatcher: one task that hands out permits.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::{Rng, RngExt};
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::sleep_until;

use crate::model::{Clock, Timestamp};

use super::gathering::{Gathering, Place};
use super::schedule::seeded;
use super::{Ceiling, Due, RunClock, Schedule};

/// How long a due permit waits for a user to be ready before it is missed.
const PATIENCE: Duration = Duration::from_millis(50);

/// Leave to send transactions now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    /// When the transaction was due.
    pub due: Timestamp,
    /// When it was last seen to hold. What is sent by it is sent at this moment:
    /// it counts in the second of it, even if the machine dawdles afterwards.
    pub at: Timestamp,
}

/// There are no more permits: the load is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the load is over")]
pub struct LoadOver;

/// Where users wait for permits.
#[derive(Clone, Debug)]
pub struct Permits {
    queue: Arc<Queue>,
    ceiling: Ceiling,
    gathering: Arc<Gathering>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    users: Vec<Waiter>,
    closed: bool,
}

#[derive(Debug)]
struct Waiter {
    count: NonZeroU32,
    leave: oneshot::Sender<Permit>,
}

impl Permits {
    /// Permits under `ceiling`.
    pub fn under(ceiling: Ceiling) -> Self {
        Self {
            queue: Arc::default(),
            ceiling,
            gathering: Arc::default(),
        }
    }

    /// `permit` if it still holds, or else another one: on a busy machine the
    /// second in which it counts can be over before anything is sent, and the
    /// next one may be full.
    ///
    /// # Errors
    ///
    /// [`LoadOver`] when no more are handed out.
    pub async fn confirm(&self, mut permit: Permit) -> Result<Permit, LoadOver> {
        loop {
            let holds = self.ceiling.still_holds(permit.at);
            if let Some(at) = holds.or_else(|| self.ceiling.admit(NonZeroU32::MIN)) {
                return Ok(Permit { at, ..permit });
            }
            permit = self.one().await?;
        }
    }

    /// Waits for a permit.
    ///
    /// # Errors
    ///
    /// [`LoadOver`] when no more are handed out.
    pub async fn one(&self) -> Result<Permit, LoadOver> {
        self.several(NonZeroU32::MIN).await
    }

    /// Waits for `count` permits that all hold at the same moment.
    ///
    /// # Errors
    ///
    /// [`LoadOver`] when no more are handed out.
    pub async fn several(&self, count: NonZeroU32) -> Result<Permit, LoadOver> {
        let (leave, granted) = oneshot::channel();
        {
            let mut waiting = self.lock();
            if waiting.closed {
                return Err(LoadOver);
            }
            waiting.users.push(Waiter { count, leave });
        }
        self.queue.arrived.notify_one();
        granted.await.map_err(|_closed| LoadOver)
    }

    /// Waits until `size` users want to send `what`, then for permits that all
    /// hold at the same moment. Who has waited for `patience` goes alone; gives
    /// whether there were others.
    ///
    /// # Errors
    ///
    /// [`LoadOver`] when no more are handed out.
    pub async fn together(
        &self,
        what: &str,
        size: NonZeroU32,
        patience: Duration,
    ) -> Result<(Permit, bool), LoadOver> {
        if size == NonZeroU32::MIN {
            return Ok((self.one().await?, false));
        }
        match self.gathering.join(what, size) {
            Place::Last(others) => {
                let permit = self.several(size).await?;
                for other in others {
                    // Who has gone in the meantime leaves a permit unused.
                    let _ = other.send(permit);
                }
                Ok((permit, true))
            }
            Place::Waiting(number, mut called) => {
                let waited = tokio::time::timeout(patience, &mut called).await;
                let permit = match waited {
                    Ok(permit) => permit.ok(),
                    Err(_elapsed) if self.gathering.leave(what, number) => None,
                    // The group is complete, and its permits are on their way.
                    Err(_elapsed) => called.await.ok(),
                };
                match permit {
                    Some(permit) => Ok((permit, true)),
                    None => Ok((self.one().await?, false)),
                }
            }
        }
    }

    /// Opens for another phase of load.
    pub fn open(&self) {
        self.lock().closed = false;
    }

    /// Sends everybody away who waits now or later.
    pub fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.users.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.queue
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a phase of load came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Transactions that became due.
    pub due: u64,
    /// Transactions that users were let send.
    pub released: u64,
    /// Due transactions for which no user was ready in time.
    pub missed: u64,
    /// Due transactions that the ceiling held back.
    pub held_back: u64,
    /// The same by stage, up to the last one that had any.
    pub stages: Vec<StageCount>,
}

/// What one stage of the load came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageCount {
    /// Transactions that became due in it.
    pub due: u64,
    /// Those of them that users were let send.
    pub released: u64,
}

impl Dispatched {
    fn stage(&mut self, number: usize) -> &mut StageCount {
        if self.stages.len() <= number {
            self.stages.resize(number + 1, StageCount::default());
        }
        &mut self.stages[number]
    }
}

/// Hands out `permits` by `schedule` under their ceiling until the schedule ends or
/// `stop` turns true, then closes `permits`.
pub async fn dispatch(
    schedule: Schedule,
    permits: Permits,
    clock: RunClock,
    seed: u64,
    mut stop: watch::Receiver<bool>,
) -> Dispatched {
    permits.open();
    let mut desk = Desk {
        schedule: schedule.peekable(),
        coming: VecDeque::new(),
        owed: VecDeque::new(),
        ceiling: permits.ceiling.clone(),
        clock,
        rng: seeded(seed),
        count: Dispatched::default(),
    };
    loop {
        if *stop.borrow_and_update() {
            break;
        }
        desk.give_up_old();
        desk.collect_due();
        while desk.serve(&permits) {}
        let Some(wake) = desk.next_moment() else {
            break;
        };
        tokio::select! {
            () = sleep_until(clock.instant(wake)) => {}
            () = permits.queue.arrived.notified(), if !desk.owed.is_empty() => {}
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
    permits.close();
    desk.count
}

/// The dispatcher's own table: what is due, and what has been handed out.
struct Desk<R> {
    schedule: Peekable<Schedule>,
    /// Due later in a second that has been looked at.
    coming: VecDeque<Due>,
    /// Due and not yet handed out.
    owed: VecDeque<Due>,
    ceiling: Ceiling,
    clock: RunClock,
    rng: R,
    count: Dispatched,
}

impl<R: Rng> Desk<R> {
    fn next_moment(&mut self) -> Option<Timestamp> {
        let next_due = match self.coming.front() {
            Some(due) => Some(due.at),
            None => self.schedule.peek().map(|due| due.at),
        };
        let expiry = self.owed.front().map(|due| due.at + PATIENCE);
        next_due.into_iter().chain(expiry).min()
    }

    fn collect_due(&mut self) {
        let now = self.clock.now();
        while let Some(second) = match self.coming.front() {
            Some(due) => (due.at <= now).then_some(due.second),
            None => self
                .schedule
                .peek()
                .and_then(|due| (due.at <= now).then_some(due.second)),
        } {
            self.look_ahead(second);
            if let Some(due) = self.coming.pop_front() {
                self.became_due(due);
                self.owed.push_back(due);
            }
        }
    }

    fn became_due(&mut self, due: Due) {
        self.count.due += 1;
        self.count.stage(due.stage).due += 1;
    }

    /// Makes all that is due in `second` known.
    fn look_ahead(&mut self, second: u64) {
        while let Some(due) = self.schedule.next_if(|due| due.second <= second) {
            self.coming.push_back(due);
        }
    }

    fn give_up_old(&mut self) {
        let now = self.clock.now();
        while self
            .owed
            .front()
            .is_some_and(|due| now.since(due.at) >= PATIENCE)
        {
            self.owed.pop_front();
            self.count.missed += 1;
        }
    }

    /// Hands the oldest owed permit to a waiting user; `false` when nothing is
    /// owed or nobody can use it.
    fn serve(&mut self, permits: &Permits) -> bool {
        let Some(&due) = self.owed.front() else {
            return false;
        };
        self.look_ahead(due.second);
        let same_second = |list: &VecDeque<Due>| {
            list.iter()
                .take_while(|own| own.second == due.second)
                .count()
        };
        let left = same_second(&self.owed) + same_second(&self.coming);
        let Some(waiter) = pick(&permits.queue, left, &mut self.rng) else {
            return false;
        };
        let count = waiter.count.get();
        let Some(at) = self.ceiling.admit(waiter.count) else {
            self.owed.pop_front();
            self.count.held_back += 1;
            permits.lock().users.push(waiter);
            return true;
        };
        if waiter.leave.send(Permit { due: due.at, at }).is_ok() {
            self.take(count);
            self.count.released += u64::from(count);
            self.count.stage(due.stage).released += u64::from(count);
        }
        true
    }

    /// Uses up `count` due times of the present second, those to come included:
    /// several at once never make a second hold more than its share.
    fn take(&mut self, count: u32) {
        for _ in 0..count {
            if self.owed.pop_front().is_some() {
                continue;
            }
            if let Some(due) = self.coming.pop_front() {
                self.became_due(due);
            }
        }
    }
}

/// Who goes next. Somebody who needs several at once goes first while the
/// second still has `left` enough, or they might wait for ever; otherwise the
/// user is drawn at random, because taking turns would march all users through
/// their journey in step.
fn pick(queue: &Queue, left: usize, rng: &mut impl Rng) -> Option<Waiter> {
    let mut waiting = queue.waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let users = &mut waiting.users;
    users.retain(|waiter| !waiter.leave.is_closed());
    let group = users
        .iter()
        .position(|waiter| waiter.count.get() > 1 && waiter.count.get() as usize <= left);
    if let Some(index) = group {
        return Some(users.swap_remove(index));
    }
    let singles = users
        .iter()
        .filter(|waiter| waiter.count.get() == 1)
        .count();
    if singles == 0 {
        return None;
    }
    let nth = rng.random_range(0..singles);
    let index = users
        .iter()
        .enumerate()
        .filter(|(_, waiter)| waiter.count.get() == 1)
        .nth(nth)
        .map(|(index, _)| index)?;
    Some(users.swap_remove(index))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Arrivals;
    use crate::model::Rate;

    struct Bench {
        clock: RunClock,
        permits: Permits,
        stop: watch::Sender<bool>,
    }

    impl Bench {
        fn new(ceiling: u32) -> Self {
            let clock = RunClock::new();
            let rate = Rate::per_second(ceiling).unwrap();
            let ceiling = Ceiling::new(rate, clock.grid(), Arc::new(clock));
            Self {
                clock,
                permits: Permits::under(ceiling),
                stop: watch::Sender::new(false),
            }
        }

        async fn run(&self, tps: u32, seconds: u64) -> Dispatched {
            let schedule = Schedule::new(
                Rate::per_second(tps).unwrap(),
                Arrivals::Random,
                self.clock.grid(),
                self.clock.now(),
                Some(Duration::from_secs(seconds)),
                1,
            );
            dispatch(
                schedule,
                self.permits.clone(),
                self.clock,
                2,
                self.stop.subscribe(),
            )
            .await
        }
    }

    /// A user who always wants the next permits, and notes in which second it
    /// got them.
    async fn eager(
        permits: Permits,
        clock: RunClock,
        count: u32,
        seen: Arc<Mutex<BTreeMap<u64, u32>>>,
    ) -> u32 {
        let mut got = 0;
        let count = NonZeroU32::new(count).unwrap();
        while permits.several(count).await.is_ok() {
            let second = clock.grid().second(clock.now());
            *seen.lock().unwrap().entry(second).or_default() += count.get();
            got += count.get();
        }
        got
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_is_exact_and_no_second_exceeds_it() {
        let bench = Bench::new(50);
        let seen = Arc::default();
        let users: Vec<_> = (0..20)
            .map(|_| {
                tokio::spawn(eager(
                    bench.permits.clone(),
                    bench.clock,
                    1,
                    Arc::clone(&seen),
                ))
            })
            .collect();
        tokio::task::yield_now().await;
        let dispatched = bench.run(50, 60).await;
        assert_eq!(dispatched.due, 3000);
        assert_eq!(dispatched.released, 3000, "{dispatched:?}");
        assert!(seen.lock().unwrap().values().all(|&count| count <= 50));
        let mut shares = Vec::new();
        for user in users {
            shares.push(user.await.unwrap());
        }
        assert!(shares.iter().all(|&share| share > 75), "unfair: {shares:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_ceiling_wins_over_the_schedule() {
        let bench = Bench::new(5);
        let seen = Arc::default();
        let user = tokio::spawn(eager(
            bench.permits.clone(),
            bench.clock,
            1,
            Arc::clone(&seen),
        ));
        tokio::task::yield_now().await;
        let dispatched = bench.run(50, 10).await;
        assert!(dispatched.released <= 55, "{dispatched:?}");
        assert!(
            dispatched.held_back + dispatched.missed >= 445,
            "{dispatched:?}"
        );
        assert!(seen.lock().unwrap().values().all(|&count| count <= 5));
        user.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn several_at_once_stay_inside_their_second() {
        let bench = Bench::new(5);
        let seen = Arc::default();
        let triple = tokio::spawn(eager(
            bench.permits.clone(),
            bench.clock,
            3,
            Arc::clone(&seen),
        ));
        let single = tokio::spawn(eager(
            bench.permits.clone(),
            bench.clock,
            1,
            Arc::clone(&seen),
        ));
        tokio::task::yield_now().await;
        let dispatched = bench.run(5, 40).await;
        assert!(dispatched.released >= 195, "{dispatched:?}");
        assert!(
            seen.lock().unwrap().values().all(|&count| count <= 5),
            "{seen:?}"
        );
        assert!(triple.await.unwrap() >= 60);
        assert!(single.await.unwrap() >= 40);
    }

    #[tokio::test(start_paused = true)]
    async fn permits_nobody_wants_are_missed_and_not_bunched() {
        let bench = Bench::new(50);
        let dispatched = bench.run(50, 10).await;
        assert_eq!(dispatched.missed, 500);
        assert_eq!(bench.permits.one().await, Err(LoadOver));
    }
}
