//! Who the virtual users are.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::element::Count;
use super::facts::FactSetting;
use super::locale::Locale;
use super::reader::Reader;

/// Who the virtual users are.
#[derive(Clone, Debug)]
pub struct PopulationConfig {
    /// Equal seeds make equal users.
    pub seed: u64,
    /// Where they come from, by turns.
    pub locales: Vec<Locale>,
    /// How many users share a group, such as a household.
    pub group_size: u32,
    /// A file of accounts that the service already knows.
    pub accounts: Option<PathBuf>,
    /// What the profile says about facts, by their names.
    pub visibility: BTreeMap<String, FactSetting>,
}

impl PopulationConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let locales = reader.list(
            "population.locales",
            vec![Locale::En, Locale::De, Locale::Fr],
        );
        if locales.is_empty() && reader.rank("population.locales") > 0 {
            let origin = reader.origin("population.locales");
            let message = "Found no good locale, expected at least one such as \"en\".";
            reader.problem(origin, "population.locales", message.into());
        }
        Self {
            seed: reader.value("population.seed", 1),
            locales,
            group_size: reader.value("population.group-size", Count(1)).0,
            accounts: reader.path("population.accounts"),
            visibility: FactSetting::read_all(reader),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{problems, profile};
    use super::*;

    #[test]
    fn populations_have_defaults() {
        let population = profile("").population;
        assert_eq!((population.seed, population.group_size), (1, 1));
        assert_eq!(population.locales, [Locale::En, Locale::De, Locale::Fr]);
        assert_eq!(population.accounts, None);
        assert!(population.visibility.is_empty());
    }

    #[test]
    fn populations_can_be_written() {
        let population = profile(
            "population = { seed = 7, locales = ['ja'], group-size = 4, accounts = 'a.csv' }",
        )
        .population;
        assert_eq!((population.seed, population.group_size), (7, 4));
        assert_eq!(population.locales, [Locale::Ja]);
        assert_eq!(population.accounts, Some(PathBuf::from("a.csv")));
    }

    #[test]
    fn somebody_comes_from_somewhere() {
        assert_eq!(
            problems("population.locales = []"),
            [
                "fpt.toml:2: `population.locales`: Found no good locale, expected at least one such \
              as \"en\"."
            ]
        );
        assert!(problems("population.seed = -1")[0].contains("expected a whole number from 0"));
        assert!(problems("population.group-size = 0")[0].contains("at least 1"));
    }
}
