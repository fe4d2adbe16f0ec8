//! What a population is to be like.

use std::collections::BTreeMap;

use crate::model::Visibility;

use super::kind::{ADDRESS, Kind};
use super::{FactSetting, Locale};

/// The largest population: as many as tags of six digits tell apart.
pub const MAX_USERS: u32 = 1_000_000;

/// What a population is to be like. Of an accounts file only the
/// [`settings`](Self::settings) matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Decides everything about generated people.
    pub seed: u64,
    /// Whose names people have, household by household in turn. A locale
    /// listed twice is given to twice as many households.
    pub locales: Vec<Locale>,
    /// How many people share an address, at least 1.
    pub group_size: u32,
    /// What is known better about single facts, by the fact's name. Names
    /// that the population does not have are left for facts learned later.
    pub settings: BTreeMap<String, FactSetting>,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            seed: 1,
            locales: Locale::ALL.to_vec(),
            group_size: 1,
            settings: BTreeMap::new(),
        }
    }
}

impl Spec {
    pub(super) fn setting(&self, fact: &str) -> FactSetting {
        self.settings.get(fact).copied().unwrap_or_default()
    }

    /// Refuses what could not be kept, or would accuse the innocent.
    pub(super) fn check(&self, count: u32) -> Result<(), SpecError> {
        if count == 0 {
            return Err(SpecError::Nobody);
        }
        if count > MAX_USERS {
            return Err(SpecError::TooMany(count));
        }
        if self.locales.is_empty() {
            return Err(SpecError::NoLocale);
        }
        if self.group_size == 0 {
            return Err(SpecError::NoGroupSize);
        }
        let repeating = |kind: &&Kind| kind.weak && self.setting(kind.name).weak == Some(false);
        if let Some(kind) = Kind::ALL.iter().find(repeating) {
            return Err(SpecError::AlwaysWeak(kind.name));
        }
        let private = self.setting(ADDRESS).visibility == Some(Visibility::Private);
        if private && self.group_size > 1 {
            return Err(SpecError::SharedAddress(self.group_size));
        }
        Ok(())
    }
}

/// Why no population can be made from a spec.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// No users.
    #[error("a population of 0 users tests nothing; ask for at least 1")]
    Nobody,
    /// More users than tags.
    #[error("{0} users are too many; a population has at most {MAX_USERS}")]
    TooMany(u32),
    /// No locales.
    #[error("no locale is given; use one or more of en, de, fr, it, nl, pt-br, ja")]
    NoLocale,
    /// Groups of nobody.
    #[error("a group size of 0 leaves everybody without a group; use 1 or more")]
    NoGroupSize,
    /// A generated fact that repeats cannot be strong.
    #[error(
        "generated `{0}` repeats between users, so it cannot accuse anyone; remove `weak = false` \
         from `{0}`, or read accounts in which it is unique"
    )]
    AlwaysWeak(&'static str),
    /// A shared address cannot be private.
    #[error(
        "the {0} people of a group share one address, so it cannot be private; leave the \
         visibility of `address` at `group`, or set the group size to 1"
    )]
    SharedAddress(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_specs_are_refused() {
        let good = Spec::default();
        assert_eq!(good.check(1), Ok(()));
        assert_eq!(good.check(0), Err(SpecError::Nobody));
        assert_eq!(good.check(MAX_USERS), Ok(()));
        assert_eq!(
            good.check(MAX_USERS + 1),
            Err(SpecError::TooMany(1_000_001))
        );
        let mut spec = good.clone();
        spec.locales.clear();
        assert_eq!(spec.check(1), Err(SpecError::NoLocale));
        let mut spec = good.clone();
        spec.group_size = 0;
        assert_eq!(spec.check(1), Err(SpecError::NoGroupSize));
    }

    #[test]
    fn settings_cannot_make_shared_values_accuse() {
        let with = |fact: &str, setting| Spec {
            group_size: 2,
            settings: BTreeMap::from([(fact.to_owned(), setting)]),
            ..Spec::default()
        };
        let strong = FactSetting {
            weak: Some(false),
            ..FactSetting::default()
        };
        let private = FactSetting {
            visibility: Some(Visibility::Private),
            ..FactSetting::default()
        };
        assert_eq!(
            with("birth_date", strong).check(1),
            Err(SpecError::AlwaysWeak("birth_date"))
        );
        assert_eq!(with("email", strong).check(1), Ok(()));
        assert_eq!(
            with("address", private).check(1),
            Err(SpecError::SharedAddress(2))
        );
        assert_eq!(with("order_id", strong).check(1), Ok(()));
    }
}
