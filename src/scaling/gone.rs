//! Instances that are gone, by the control plane's word, and answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use serde::Serialize;

use crate::model::{InstanceId, Timestamp};

use super::{InstanceState, Snapshot};

/// Word of an end may be faster than the last answers, and word of a start
/// slower than the first ones.
const GRACE: Duration = Duration::from_secs(1);

/// An instance that answered after it had been called gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Undead {
    /// Which. Its incarnation is known, so that it is no other of its name.
    pub instance: InstanceId,
    /// When the control plane first called it gone.
    pub gone: Timestamp,
    /// Its answers to requests that were sent more than a second later.
    pub answers: u64,
}

impl Display for Undead {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let requests = match self.answers {
            1 => "1 request that was".to_owned(),
            more => format!("{more} requests that were"),
        };
        write!(
            f,
            "{} was called gone at {} and answered {requests} sent more than a second later",
            self.instance, self.gone
        )
    }
}

/// Who was there, is gone, and answers. Only whose incarnation is known can be
/// followed: a name alone may be another's later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Gone {
    was_ready: BTreeSet<InstanceId>,
    since: BTreeMap<InstanceId, Absence>,
    undead: BTreeMap<InstanceId, Undead>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Absence {
    from: Timestamp,
    /// When requests were sent that it answered. They count when it is still
    /// called gone later on: somebody may have started it again.
    answered: Vec<Timestamp>,
}

impl Gone {
    /// Asked at `asked`, the control plane said `snapshot` at `at`.
    pub(super) fn looked(&mut self, snapshot: &Snapshot, asked: Timestamp, at: Timestamp) {
        let known = |id: &InstanceId| !id.incarnation.is_empty();
        let there: BTreeSet<&InstanceId> = snapshot
            .instances
            .iter()
            .filter(|own| own.state != InstanceState::Gone)
            .map(|own| &own.id)
            .collect();
        for id in snapshot.ready().into_iter().filter(known) {
            self.was_ready.insert(id);
        }
        self.since.retain(|id, _| !there.contains(id));
        for id in self.was_ready.iter().filter(|id| !there.contains(id)) {
            let absence = self.since.entry(id.clone()).or_insert(Absence {
                from: at,
                answered: Vec::new(),
            });
            let before = absence.answered.len();
            absence.answered.retain(|sent| *sent + GRACE > asked);
            let certain = before - absence.answered.len();
            if certain > 0 {
                let undead = self.undead.entry(id.clone()).or_insert_with(|| Undead {
                    instance: id.clone(),
                    gone: absence.from,
                    answers: 0,
                });
                undead.answers += certain as u64;
            }
        }
    }

    /// `instance` answered a request that was sent at `sent`.
    pub(super) fn answered(&mut self, instance: &InstanceId, sent: Timestamp) {
        if let Some(absence) = self.since.get_mut(instance)
            && sent > absence.from + GRACE
        {
            absence.answered.push(sent);
        }
    }

    pub(super) fn undead(&self) -> Vec<Undead> {
        self.undead.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Observed;
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::after(Duration::from_millis(millis))
    }

    fn id(name: &str, incarnation: &str) -> InstanceId {
        InstanceId {
            name: name.to_owned(),
            incarnation: incarnation.to_owned(),
        }
    }

    /// Looks each second at what is said of `one`, which answers a request
    /// half a second after each look. Gives how many answers are held against
    /// it.
    fn answers(one: &InstanceId, said: &[Option<InstanceState>]) -> u64 {
        let mut gone = Gone::default();
        for (second, state) in (0_u64..).zip(said) {
            let seen = state.map(|state| Observed::new(one.clone(), state));
            let snapshot = Snapshot {
                desired: None,
                instances: seen.into_iter().collect(),
            };
            let asked = at(second * 1_000);
            gone.looked(&snapshot, asked, asked);
            gone.answered(one, asked + Duration::from_millis(500));
        }
        gone.undead().iter().map(|own| own.answers).sum()
    }

    #[test]
    fn who_is_gone_does_not_answer() {
        use InstanceState::{Draining, Gone, Ready, Starting};
        let known = id("n1", "a");
        for (said, count) in [
            // The grace on both sides: 1.5 s and later, until one second before
            // the last look.
            (&[Some(Ready), None, None, None, None, None][..], 2),
            (&[Some(Ready), Some(Gone), Some(Gone), None, None, None], 2),
            (&[Some(Ready), None], 0),
            // It finishes what it has begun, for long.
            (
                &[Some(Ready), Some(Draining), Some(Draining), Some(Draining)],
                0,
            ),
            // It was started again, which the control plane told later.
            (
                &[
                    Some(Ready),
                    Some(Gone),
                    Some(Gone),
                    Some(Starting),
                    Some(Ready),
                ],
                0,
            ),
            (
                &[
                    Some(Ready),
                    Some(Gone),
                    Some(Gone),
                    Some(Ready),
                    Some(Ready),
                ],
                0,
            ),
            // Nobody ever said that it was there.
            (&[None, None, None, None, None], 0),
        ] {
            assert_eq!(answers(&known, said), count, "{said:?}");
        }
        // It could be another one of the same name.
        let unknown = id("n1", "");
        assert_eq!(answers(&unknown, &[Some(Ready), None, None, None, None]), 0);
    }
}
