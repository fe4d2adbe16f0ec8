//! The board: what users keep and what they were given, for others to probe.

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
    posted: DashMap<UserId, Posted>,
}

/// What one user holds.
#[derive(Clone, Debug, Default)]
struct Posted {
    kept: Arc<Kept>,
    learned: Arc<Kept>,
}

impl Posted {
    fn has(&self, name: &str) -> bool {
        self.kept.contains_key(name) || self.learned.contains_key(name)
    }
}

impl Board {
    /// `user` now holds the values `kept` and has learned the facts `learned`.
    pub(crate) fn post(&self, user: UserId, kept: Arc<Kept>, learned: Arc<Kept>) {
        self.posted.insert(user, Posted { kept, learned });
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
        let identity = |person: &Arc<Person>, posted: Posted| {
            Arc::new(Identity {
                person: Arc::clone(person),
                learned: posted.learned,
                kept: posted.kept,
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
                .map(|person| identity(person, Posted::default()));
        }
        let mut holders: Vec<(UserId, Posted)> = self
            .posted
            .iter()
            .filter(|entry| *entry.key() != me)
            .filter(|entry| names.iter().all(|name| entry.value().has(name)))
            .map(|entry| (*entry.key(), entry.value().clone()))
            .collect();
        if holders.is_empty() {
            return None;
        }
        // The map's order is not the same on every machine.
        holders.sort_by_key(|(id, _)| *id);
        let (other, posted) = holders.swap_remove(rng.random_range(0..holders.len()));
        population
            .person(other)
            .map(|person| identity(person, posted))
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
        board.post(UserId(0), kept("a"), Arc::default());
        board.post(UserId(1), kept("b"), Arc::default());
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
        let names = ["a".to_owned(), "number".to_owned()];
        assert!(
            board
                .draw(UserId(1), &population, &names, &mut rng)
                .is_none()
        );
        board.post(UserId(0), kept("a"), kept("number"));
        let other = board
            .draw(UserId(1), &population, &names, &mut rng)
            .unwrap();
        assert!(other.learned.contains_key("number"));
    }
}
