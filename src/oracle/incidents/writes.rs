//! Writes that were acknowledged: where, when, and how soon the next one came.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::model::{
    InstanceId, Outcome, Provocation, Provoked, RequestId, Timestamp, UserId, Verb, When,
};
use crate::oracle::Observation;

use super::generations::Generations;

/// Writes that the next one is compared with.
const RECENT: usize = 64;

/// Writes and users that are remembered.
const REMEMBERED: usize = 20_000;

/// A write that was acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) route: String,
    pub(super) instance: Option<InstanceId>,
    pub(super) window: String,
    /// What was done on purpose to it, or to a request that overlapped it.
    pub(super) provoked: BTreeSet<Provocation>,
    sent: Timestamp,
    done: Timestamp,
    /// From its end to the beginning of the next write on the route: zero when
    /// the two were under way together.
    pub(super) next: Option<Duration>,
}

/// What is remembered of writes.
#[derive(Debug)]
pub(super) struct Writes {
    recent: VecDeque<(RequestId, Written)>,
    earlier: Generations<RequestId, Written>,
    /// The instance of each user's last write.
    last: Generations<UserId, InstanceId>,
}

/// Whether the request did something that has to last, and was told so.
pub(super) fn is_write(seen: &Observation) -> bool {
    seen.outcome == Outcome::Ok
        && seen.dealings.as_ref().is_some_and(|dealings| {
            dealings
                .effects
                .iter()
                .any(|effect| effect.confirmed && effect.verb != Verb::Released)
        })
}

impl Writes {
    pub(super) const fn new() -> Self {
        Self {
            recent: VecDeque::new(),
            earlier: Generations::of(REMEMBERED),
            last: Generations::of(REMEMBERED),
        }
    }

    /// Takes in a write, with what was provoked near it.
    pub(super) fn take(&mut self, seen: &Observation, provoked: &[Provoked]) {
        let near = provoked.iter().filter(|own| own.when != When::Before);
        let mut written = Written {
            route: seen.route.clone(),
            instance: seen.instance.clone(),
            window: seen.window.clone(),
            provoked: near.map(|own| own.what).collect(),
            sent: seen.sent,
            done: seen.done,
            next: None,
        };
        for (_, other) in &mut self.recent {
            if other.route == written.route {
                other.is_followed_by(written.sent, written.done);
                written.is_followed_by(other.sent, other.done);
            }
        }
        if self.recent.len() == RECENT
            && let Some((request, oldest)) = self.recent.pop_front()
        {
            self.earlier.insert(request, oldest);
        }
        self.recent.push_back((seen.request, written));
        match &seen.instance {
            Some(instance) => self.last.insert(seen.user, instance.clone()),
            None => drop(self.last.take(&seen.user)),
        }
    }

    /// Who answered the last write of `user`.
    pub(super) fn last_of(&self, user: UserId) -> Option<&InstanceId> {
        self.last.get(&user)
    }

    pub(super) fn get(&self, request: RequestId) -> Option<&Written> {
        let recent = self.recent.iter().find(|(own, _)| *own == request);
        recent
            .map(|(_, written)| written)
            .or_else(|| self.earlier.get(&request))
    }

    /// Everything that is remembered.
    pub(super) fn all(&self) -> impl Iterator<Item = &Written> {
        let recent = self.recent.iter().map(|(_, written)| written);
        recent.chain(self.earlier.iter().map(|(_, written)| written))
    }
}

impl Written {
    /// Another one was under way from `sent` to `done`.
    fn is_followed_by(&mut self, sent: Timestamp, done: Timestamp) {
        if done < self.sent {
            return;
        }
        let gap = sent.since(self.done);
        self.next = Some(self.next.map_or(gap, |next| next.min(gap)));
    }
}
