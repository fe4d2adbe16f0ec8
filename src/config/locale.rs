//! Languages and countries that users come from.

use std::fmt;

use super::element::Element;
use super::nearest::one_of;

/// Where a user comes from: decides names, addresses and their scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Locale {
    /// English.
    En,
    /// German: umlauts and sharp s.
    De,
    /// French: accents.
    Fr,
    /// Italian.
    It,
    /// Dutch: prefixes of names.
    Nl,
    /// Brazilian Portuguese.
    PtBr,
    /// Japanese: another script, and the family name first.
    Ja,
}

const NAMES: [(&str, Locale); 7] = [
    ("en", Locale::En),
    ("de", Locale::De),
    ("fr", Locale::Fr),
    ("it", Locale::It),
    ("nl", Locale::Nl),
    ("pt-br", Locale::PtBr),
    ("ja", Locale::Ja),
];

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::It => "it",
            Self::Nl => "nl",
            Self::PtBr => "pt-br",
            Self::Ja => "ja",
        })
    }
}

impl Element for Locale {
    const EXPECTED: &'static str = "a locale such as \"en\" or \"de\"";

    fn parse(text: &str) -> Result<Self, String> {
        // `pt_BR` is the same to people.
        one_of(&text.to_lowercase().replace('_', "-"), &NAMES)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_round_trip() {
        for (name, locale) in NAMES {
            assert_eq!(Locale::parse(name), Ok(locale));
            assert_eq!(locale.to_string(), name);
        }
        assert_eq!(Locale::parse("pt_BR"), Ok(Locale::PtBr));
        assert!(Locale::parse("tlh").is_err());
    }
}
