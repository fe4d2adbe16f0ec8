//! Gatherings: users who wait for each other, to do the same at one instant.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::Permit;

/// Where users gather, by what they are about to do.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    groups: Mutex<BTreeMap<String, Vec<Waiting>>>,
    numbers: AtomicU64,
}

/// One who waits, by number.
type Waiting = (u64, oneshot::Sender<Permit>);

/// Somebody's place in a group.
#[derive(Debug)]
pub(super) enum Place {
    /// The group is complete; these are the others.
    Last(Vec<oneshot::Sender<Permit>>),
    /// One who waits, by number, until the last one has come.
    Waiting(u64, oneshot::Receiver<Permit>),
}

impl Gathering {
    /// Joins those who are about to do `what`.
    pub(super) fn join(&self, what: &str, size: NonZeroU32) -> Place {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let group = groups.entry(what.to_owned()).or_default();
        group.retain(|(_, waiting)| !waiting.is_closed());
        if group.len() + 1 >= size.get() as usize {
            let group = groups.remove(what).unwrap_or_default();
            return Place::Last(group.into_iter().map(|(_, waiting)| waiting).collect());
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (call, called) = oneshot::channel();
        group.push((number, call));
        Place::Waiting(number, called)
    }

    /// Leaves the group; `false` when it was complete already.
    pub(super) fn leave(&self, what: &str, number: u64) -> bool {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(group) = groups.get_mut(what) else {
            return false;
        };
        let before = group.len();
        group.retain(|(own, _)| *own != number);
        group.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> NonZeroU32 {
        NonZeroU32::new(2).unwrap()
    }

    #[test]
    fn the_last_one_calls_the_others() {
        let gathering = Gathering::default();
        let Place::Waiting(_, called) = gathering.join("GET /me", two()) else {
            panic!("alone");
        };
        assert!(matches!(
            gathering.join("GET /you", two()),
            Place::Waiting(..)
        ));
        let Place::Last(others) = gathering.join("GET /me", two()) else {
            panic!("two are enough");
        };
        assert_eq!(others.len(), 1);
        drop(called);
        assert!(matches!(
            gathering.join("GET /me", two()),
            Place::Waiting(..)
        ));
    }

    #[test]
    fn who_leaves_is_not_waited_for() {
        let gathering = Gathering::default();
        let Place::Waiting(number, _called) = gathering.join("a", two()) else {
            panic!("alone");
        };
        assert!(gathering.leave("a", number));
        assert!(!gathering.leave("a", number));
        assert!(matches!(gathering.join("a", two()), Place::Waiting(..)));
    }
}
