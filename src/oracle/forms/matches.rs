//! The matches of one text, while they are looked for.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::model::{FactName, UserId};

use super::found::{Found, Match};

/// Matches of one text that are kept. A page for a person shows a few, and what
/// comes behind so many is told as not looked at. One value of a large group is
/// as many matches as the group has members.
pub(super) const MOST: usize = 100_000;

/// Where a match stands, whose it is, and what.
type Key = (usize, usize, Option<UserId>, FactName);

/// What was found so far. A hostile text holds very many values, so nothing here
/// takes longer for each the more there are.
#[derive(Debug, Default)]
pub(super) struct Matches {
    all: Vec<Match>,
    /// The first of each key in `all`.
    known: HashMap<Key, usize>,
    /// There are more than are kept.
    more: bool,
}

impl Matches {
    /// Adds a value that stands there as it is known.
    pub(super) fn add(&mut self, new: Match) {
        if self.all.len() >= MOST {
            self.more = true;
            return;
        }
        self.known.entry(key(&new)).or_insert(self.all.len());
        self.all.push(new);
    }

    /// Adds what may have been found before, in another form: the surer of both
    /// counts. Gives what is known of it now, unless there is no room for it.
    pub(super) fn unite(&mut self, new: Match) -> Option<&mut Match> {
        match self.known.entry(key(&new)) {
            Entry::Occupied(at) => {
                let own = self.all.get_mut(*at.get())?;
                own.certainty = own.certainty.min(new.certainty);
                Some(own)
            }
            Entry::Vacant(_) if self.all.len() >= MOST => {
                self.more = true;
                None
            }
            Entry::Vacant(room) => {
                room.insert(self.all.len());
                self.all.push(new);
                self.all.last_mut()
            }
        }
    }

    /// Notes that there are more than were looked at.
    pub(super) fn leave_out(&mut self) {
        self.more = true;
    }

    /// All of them together.
    pub(super) fn found(self) -> Found {
        Found::of(self.all, self.more)
    }
}

fn key(own: &Match) -> Key {
    let (owner, name) = own.whose();
    (own.range.start, own.range.end, owner, name)
}
