//! Roles: users who may see more than their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::Profile;
use crate::model::UserId;
use crate::oracle::{Eyes, RoleRights};
use crate::population::{Person, Population};

/// The column of an accounts file that tells a user's role.
pub const ROLE_COLUMN: &str = "role";

/// Who has which role, and what a role may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// So many of the first users have the role.
    pub first: BTreeMap<String, u32>,
    /// What each role may see.
    pub rights: Vec<(String, Arc<RoleRights>)>,
}

/// The names in `text`, with commas or `and` between them.
pub fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .flat_map(|part| part.split(" and "))
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

impl Roles {
    /// Those of `profile`.
    pub(super) fn of(profile: &Profile) -> Self {
        let mut roles = Self::default();
        for (role, setting) in &profile.roles {
            if setting.users > 0 {
                roles.first.insert(role.clone(), setting.users);
            }
            if !setting.sees.is_empty() {
                roles.allow(role, &setting.sees.join(","), setting.own_group);
            }
        }
        roles
    }

    /// Users with `role` may see `facts` of everybody, or of those of their own
    /// group.
    pub fn allow(&mut self, role: &str, facts: &str, own_group: bool) {
        let facts: BTreeSet<String> = names_in(facts).map(str::to_owned).collect();
        let rights = Arc::new(RoleRights { facts, own_group });
        self.rights.push((role.to_owned(), rights));
    }

    /// Makes known to `eyes` what each of `population` may see; gives the roles
    /// that nobody has.
    pub(super) fn apply(&self, population: &Population, eyes: &Eyes) -> Vec<String> {
        let mut nobody = BTreeSet::new();
        for (role, rights) in &self.rights {
            let mut holders = population
                .iter()
                .filter(|person| self.holds(person, role))
                .peekable();
            if holders.peek().is_none() {
                nobody.insert(role.clone());
            }
            for person in holders {
                eyes.sharing().allow(person.id, rights);
            }
        }
        nobody.into_iter().collect()
    }

    fn holds(&self, person: &Person, role: &str) -> bool {
        let UserId(number) = person.id;
        let first = self.first.get(role).is_some_and(|first| number < *first);
        first
            || person
                .value(ROLE_COLUMN)
                .is_some_and(|own| names_in(own).any(|own| own == role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_people_list_them() {
        for (text, names) in [
            ("member_id", vec!["member_id"]),
            ("member_id, full_name", vec!["member_id", "full_name"]),
            ("a, b and c", vec!["a", "b", "c"]),
            ("", vec![]),
        ] {
            assert_eq!(names_in(text).collect::<Vec<_>>(), names, "{text}");
        }
    }
}
