//! The read-back: after the load, when the service is quiet, every user asks
//! for what was acknowledged as saved, and reads once more what they have read
//! of values, counters and lists.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::FutureExt as _;
use tokio::sync::watch;

use crate::model::{Attempt, Clock as _, StepRef};

use super::bound::Journey;
use super::context::CampaignContext;
use super::engine::Engine;
use super::error::CampaignError;
use super::guarantees::ReadBack;
use super::life::{Pass, establish};
use super::recorder::{Phase, RunEvent};
use super::shards::{Lead, Shards};
use super::user::VirtualUser;

/// Answers that may be none before a user is given up.
const FAILURES: u32 = 3;

impl Engine<'_> {
    /// Lets users read back what they saved. It comes under the rate of the
    /// load, and counts in none of its measures.
    pub(super) async fn read_back(&self, users: Vec<VirtualUser>) -> Result<(), CampaignError> {
        let config = self.run.profile.read_back;
        if !self.plan.settings.guarantees.are_declared() || !self.context.judging {
            return Ok(());
        }
        let owed: Vec<VirtualUser> = self
            .everybody(users)
            .into_iter()
            .filter(|user| owes(user, &self.context).next().is_some() || !user.unread().is_empty())
            .collect();
        if owed.is_empty() {
            return Ok(());
        }
        self.run.recorder.record(&RunEvent::Phase {
            phase: Phase::ReadBack,
            length: Some(config.limit),
        });
        self.context.reading_back.store(true, Ordering::Relaxed);
        // Also after an interrupt: what was acknowledged can still be lost.
        self.context.stop.send_replace(false);
        let stop = watch::Sender::new(false);
        let told = self.dispatcher(self.run.clock.now(), None, stop.subscribe())?;
        let (journey, scenario) = (Arc::clone(&self.plan.journey), self.plan.scenario.clone());
        let lead: Lead = Arc::new(move |mut user| {
            let (journey, scenario) = (Arc::clone(&journey), scenario.clone());
            async move {
                ask(&mut user, &journey, &scenario).await;
                user
            }
            .boxed_local()
        });
        let mut shards = Shards::start(owed, self.run.shards.get(), &lead, &self.context)
            .map_err(|error| CampaignError::Broken(error.to_string()))?;
        let in_time = tokio::time::timeout(config.limit, shards.done()).await;
        stop.send_replace(true);
        self.context.stop.send_replace(true);
        match in_time {
            Ok(done) => done.map_err(CampaignError::Broken)?,
            Err(_elapsed) => {
                shards.cut_off();
                // Who has not come to an end is counted as not read back.
                let _ = tokio::time::timeout(config.settle, shards.done()).await;
            }
        }
        // Ended above; its counts are of no interest.
        let _ = told.await;
        self.context.reading_back.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// `users`, and those who were cut off at the end of the load: they come
    /// anew, and know what they saved only as far as a listing tells it.
    fn everybody(&self, mut users: Vec<VirtualUser>) -> Vec<VirtualUser> {
        let there: BTreeSet<_> = users.iter().map(VirtualUser::id).collect();
        let population = self.context.population.iter();
        for person in population.take(self.plan.settings.users as usize) {
            if !there.contains(&person.id) {
                let nobody = Arc::clone(&self.nobody);
                let mut user =
                    VirtualUser::new(Arc::clone(person), Arc::clone(&self.context), nobody);
                user.come_again();
                users.push(user);
            }
        }
        users
    }
}

/// What `user` has to be asked for.
fn owes<'a>(
    user: &'a VirtualUser,
    context: &'a CampaignContext,
) -> impl Iterator<Item = &'a ReadBack> {
    let read_backs = context.settings.guarantees.read_backs.iter();
    // What is asked for one by one has to be known by its id.
    let known = move |own: &&ReadBack| own.listed.is_some() || !user.saved_of(&own.kind).is_empty();
    let owed = move |own: &&ReadBack| context.oracle.is_owed(&own.kind, user.id());
    read_backs.filter(known).filter(owed)
}

async fn ask(user: &mut VirtualUser, journey: &Journey, scenario: &str) {
    let context = Arc::clone(user.context());
    let config = context.profile.read_back;
    let (mut answered, mut failed) = (0, 0);
    while answered < config.attempts && failed < FAILURES {
        tokio::time::sleep(config.settle).await;
        let owed: Vec<ReadBack> = owes(user, &context).cloned().collect();
        let unread = user.unread();
        if (owed.is_empty() && unread.is_empty()) || context.stopping() {
            return;
        }
        if !is_ready(user, journey).await {
            failed += 1;
            continue;
        }
        let attempt = if answered + 1 == config.attempts {
            Attempt::Last
        } else {
            Attempt::More
        };
        let mut all = true;
        for read_back in owed {
            let (text, place) = &read_back.step;
            user.enter(&Arc::new(StepRef {
                scenario: scenario.into(),
                text: text.as_str().into(),
                place: place.clone(),
            }));
            if read_back.listed.is_some() {
                all &= user.read_back_all(&read_back, attempt).await;
                continue;
            }
            for id in user.saved_of(&read_back.kind) {
                all &= user.read_back_one(&read_back, &id, attempt).await;
                if user.lost {
                    break;
                }
            }
        }
        for reading in unread {
            if user.lost {
                break;
            }
            user.enter(&reading.step);
            all &= user.read_anew(&reading, attempt).await;
        }
        if all {
            answered += 1;
        } else {
            failed += 1;
        }
    }
}

/// Whether the user can ask: in their session, or in a new one.
async fn is_ready(user: &mut VirtualUser, journey: &Journey) -> bool {
    if !user.lost && (user.is_signed_in() || journey.session.is_empty()) {
        return true;
    }
    user.begin_session();
    establish(user, journey).await == Pass::Completed
}
