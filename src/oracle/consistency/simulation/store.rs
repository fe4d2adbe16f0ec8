//! What a simulated service keeps.

use std::collections::{BTreeMap, BTreeSet};

use super::super::operation::Kind;
use super::Bug;

#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    pub(super) things: BTreeMap<u32, BTreeSet<u64>>,
    pub(super) registers: BTreeMap<u32, u64>,
    pub(super) lists: BTreeMap<u32, Vec<u64>>,
}

impl Store {
    pub(super) fn apply(&mut self, user: u32, kind: Kind, bug: Bug) {
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
