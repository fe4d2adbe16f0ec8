//! What a profile says about facts.

use std::collections::{BTreeMap, BTreeSet};

use super::element::Element;
use super::nearest::one_of;
use super::reader::Reader;
use crate::model::Visibility;

/// What a profile says about one fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactSetting {
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// Whether it is too common to accuse anyone.
    pub weak: Option<bool>,
}

impl FactSetting {
    /// Every fact of `[profiles.NAME.facts.FACT]`.
    pub(super) fn read_all(reader: &mut Reader<'_>) -> BTreeMap<String, Self> {
        let names: BTreeSet<_> = reader
            .below("facts")
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
                let setting = Self {
                    visibility: reader.optional(&format!("facts.{name}.visibility")),
                    weak: reader.optional(&format!("facts.{name}.weak")),
                };
                (name, setting)
            })
            .collect()
    }
}

impl Element for Visibility {
    const EXPECTED: &'static str = "\"private\", \"group\" or \"public\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(
            text,
            &[
                ("private", Self::Private),
                ("group", Self::Group),
                ("public", Self::Public),
            ],
        )
    }

    fn show(&self) -> String {
        match self {
            Self::Private => "private",
            Self::Group => "group",
            Self::Public => "public",
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{load, problems};
    use super::*;

    #[test]
    fn facts_are_set_by_name() {
        let text = "[profiles.a.facts.address]\nvisibility = 'group'\n\
                    [profiles.a.facts.member_id]\nweak = false";
        let environment = [("FPT_FACTS_MEMBER_ID_VISIBILITY", "public")];
        let flags = [("facts.birthday.weak", "true")];
        let profile = load(text, None, &environment, &flags).unwrap();
        let facts: Vec<_> = profile
            .population
            .visibility
            .iter()
            .map(|(name, fact)| (name.as_str(), fact.visibility, fact.weak))
            .collect();
        assert_eq!(
            facts,
            [
                ("address", Some(Visibility::Group), None),
                ("birthday", None, Some(true)),
                ("member_id", Some(Visibility::Public), Some(false)),
            ]
        );
    }

    #[test]
    fn facts_are_checked() {
        for (text, expected) in [
            ("facts.a.visibility = 'grup'", "Did you mean `group`?"),
            (
                "facts.a.week = true",
                "There is no such setting. Did you mean `facts.a.weak`?",
            ),
            (
                "facts.a = 'group'",
                "Found a text, expected a table: [profiles.NAME.facts.a].",
            ),
            (
                "facts = 3",
                "Found a whole number, expected a table: [profiles.NAME.facts].",
            ),
        ] {
            let told = problems(text);
            assert!(told.len() == 1 && told[0].ends_with(expected), "{told:?}");
        }
    }

    #[test]
    fn a_visibility_round_trips() {
        for text in ["private", "group", "public"] {
            assert_eq!(Visibility::parse(text).unwrap().show(), text);
        }
    }
}
