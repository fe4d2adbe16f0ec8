//! What a profile says about roles.

use std::collections::{BTreeMap, BTreeSet};

use super::element::{Count, Element};
use super::nearest::one_of;
use super::reader::Reader;

/// What a profile says about one role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleSetting {
    /// So many of the first users have it.
    pub users: u32,
    /// The facts of others that it may see.
    pub sees: Vec<String>,
    /// Only of people of the own group.
    pub own_group: bool,
}

impl RoleSetting {
    /// Every role of `[profiles.NAME.roles.ROLE]`.
    pub(super) fn read_all(reader: &mut Reader<'_>) -> BTreeMap<String, Self> {
        let names: BTreeSet<_> = reader
            .below("roles")
            .into_iter()
            .map(|rest| match rest.rsplit_once('.') {
                Some((name, _)) => name.to_owned(),
                // No table: asking for its keys lets the reader refuse it.
                None => rest,
            })
            .collect();
        names
            .into_iter()
            .map(|name| {
                let of = reader.value(&format!("roles.{name}.of"), Of::Everyone);
                let setting = Self {
                    users: reader
                        .optional(&format!("roles.{name}.users"))
                        .map_or(0, |Count(users)| users),
                    sees: reader.list(&format!("roles.{name}.sees"), Vec::new()),
                    own_group: of == Of::Group,
                };
                (name, setting)
            })
            .collect()
    }
}

/// Whose facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Everyone,
    Group,
}

impl Element for Of {
    const EXPECTED: &'static str = "\"everyone\" or \"group\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(
            text,
            &[("everyone", Self::Everyone), ("group", Self::Group)],
        )
    }

    fn show(&self) -> String {
        match self {
            Self::Everyone => "everyone",
            Self::Group => "group",
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{load, problems};
    use super::*;

    #[test]
    fn roles_are_set_by_name() {
        let text = "[profiles.a.roles.staff]\nusers = 3\nsees = ['member_id']\n\
                    [profiles.a.roles.nurse]\nsees = ['full_name']\nof = 'group'";
        let roles = load(text, None, &[], &[]).unwrap().roles;
        let staff = RoleSetting {
            users: 3,
            sees: vec!["member_id".to_owned()],
            own_group: false,
        };
        assert_eq!(roles["staff"], staff);
        assert!(roles["nurse"].own_group);
        let told = problems("roles.staff.of = 'all'");
        assert!(told.len() == 1 && told[0].contains("everyone"), "{told:?}");
    }
}
