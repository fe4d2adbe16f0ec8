//! Locales: whose names and addresses people have.

use std::fmt;

use super::element::Element;
use super::nearest::one_of;

/// A language with its names, addresses and phone numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Locale {
    /// English, with North American phone numbers.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Italian.
    It,
    /// Dutch.
    Nl,
    /// Brazilian Portuguese.
    PtBr,
    /// Japanese.
    Ja,
}

impl Locale {
    /// Every locale.
    pub const ALL: [Self; 7] = [
        Self::En,
        Self::De,
        Self::Fr,
        Self::It,
        Self::Nl,
        Self::PtBr,
        Self::Ja,
    ];

    /// The locale's name, such as `pt-br`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::It => "it",
            Self::Nl => "nl",
            Self::PtBr => "pt-br",
            Self::Ja => "ja",
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Element for Locale {
    const EXPECTED: &'static str = "a locale such as \"en\" or \"de\"";

    fn parse(text: &str) -> Result<Self, String> {
        // `pt_BR` is the same to people.
        let names = Self::ALL.map(|locale| (locale.name(), locale));
        one_of(&text.to_lowercase().replace('_', "-"), &names)
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
        for (name, locale) in Locale::ALL.map(|locale| (locale.name(), locale)) {
            assert_eq!(Locale::parse(name), Ok(locale));
            assert_eq!(locale.to_string(), name);
        }
        assert_eq!(Locale::parse("pt_BR"), Ok(Locale::PtBr));
        assert!(Locale::parse("tlh").is_err());
    }
}
