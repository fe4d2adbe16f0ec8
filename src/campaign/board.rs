//! The board: what users keep, for others to probe.

use std::sync::Arc;

use dashmap::DashMap;
use rand::{Rng, RngExt};

use crate::model::UserId;
use crate::population::{Person, Population};

use super::template::{Identity, Kept};

/// Values that users hold at the moment, so that another user can try to get
/// at them while the owner is active.
#[derive(Debug, Default)]
pub(crate) struct Board {
    posted: DashMap<UserId, Arc<Kept>>,
}

impl Board {
    /// `user` now holds `kept`.
    pub(crate) fn post(&self, user: UserId, kept: Arc<Kept>) {
        self.posted.insert(user, kept);
    }

    /// Draws a user other than `me` who holds all of `names`; `None` when there
    /// is none at the moment.
    pub(crate) fn draw(
        &self,
        me: UserId,
        population: &Population,
        names: &[String],
        rng: &mut impl Rng,
    ) -> Option<Arc<Identity>> {
        let identity = |person: &Arc<Person>, kept: Arc<Kept>| {
            Arc::new(Identity {
                person: Arc::clone(person),
                learned: Kept::new(),
                kept,
            })
        };
        if names.is_empty() {
            let count = u32::try_from(population.len()).unwrap_or(u32::MAX);
            let other = match count {
                0 | 1 => return None,
                _ => {
                    let drawn = rng.random_range(0..count - 1);
                    UserId(if drawn >= me.0 { drawn + 1 } else { drawn })
                }
            };
            return population
                .person(other)
                .map(|person| identity(person, Arc::default()));
        }
        let mut holders: Vec<(UserId, Arc<Kept>)> = self
            .posted
            .iter()
            .filter(|entry| *entry.key() != me)
            .filter(|entry| names.iter().all(|name| entry.value().contains_key(name)))
            .map(|entry| (*entry.key(), Arc::clone(entry.value())))
            .collect();
        if holders.is_empty() {
            return None;
        }
        // The map's order is not the same on every machine.
        holders.sort_by_key(|(id, _)| *id);
        let (other, kept) = holders.swap_remove(rng.random_range(0..holders.len()));
        population
            .person(other)
            .map(|person| identity(person, kept))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::population::Spec;

    #[test]
    fn only_holders_are_drawn_and_never_oneself() {
        let population = Population::generate(&Spec::default(), 3).unwrap();
        let board = Board::default();
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let names = ["a".to_owned()];
        let kept = |name: &str| Arc::new(Kept::from([(name.to_owned(), "1".to_owned())]));
        board.post(UserId(0), kept("a"));
        board.post(UserId(1), kept("b"));
        assert!(
            board
                .draw(UserId(0), &population, &names, &mut rng)
                .is_none()
        );
        let other = board
            .draw(UserId(1), &population, &names, &mut rng)
            .unwrap();
        assert_eq!(other.person.id, UserId(0));
        for _ in 0..50 {
            let other = board.draw(UserId(1), &population, &[], &mut rng).unwrap();
            assert_ne!(other.person.id, UserId(1));
        }
    }
}
