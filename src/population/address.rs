//! Addresses: one line, in the order of the country.

use super::Locale;
use super::places::{PLACES, Places};

const HOUSES: u64 = 199;
const POSTCODES: u64 = 90_000;

/// How many addresses every locale has.
pub(super) const ADDRESSES: u64 = (PLACES * PLACES) as u64 * HOUSES * POSTCODES;

/// The address of `code` (below [`ADDRESSES`]).
///
/// Two codes make two addresses, and none is a part of another: within a
/// locale street, house number, postcode and town stand in one order with
/// numbers between, and no town is in two locales.
pub(super) fn address(locale: Locale, code: u64) -> String {
    let Places { streets, towns } = Places::of(locale);
    let (code, street) = choose(code, streets);
    let (code, town) = choose(code, towns);
    let house = code % HOUSES + 1;
    let postcode = code / HOUSES % POSTCODES + 10_000;
    match locale {
        Locale::En => format!("{house} {street}, {town} {postcode}"),
        Locale::De | Locale::It => format!("{street} {house}, {postcode} {town}"),
        Locale::Fr => format!("{house} {street}, {postcode} {town}"),
        Locale::Nl => {
            let letter = char::from(b'A' + (postcode % 10) as u8);
            let digits = postcode / 10;
            format!("{street} {house}, {digits} {letter}K {town}")
        }
        Locale::PtBr => format!("{street}, {house}, {postcode}-000 {town}"),
        Locale::Ja => {
            let (district, block) = (postcode / 100, postcode % 100);
            format!("{district}-{block:02}00 {town} {street} {house}")
        }
    }
}

/// One of `places` by the lowest part of `code`, and what is left of it.
fn choose(code: u64, places: &[&'static str; PLACES]) -> (u64, &'static str) {
    let count = PLACES as u64;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "below the number of places"
    )]
    let place = places[(code % count) as usize];
    (code / count, place)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::fold::fold;
    use super::super::names::NameGrid;
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(|char: char| !char.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(fold)
            .collect()
    }

    #[test]
    fn addresses_follow_the_country() {
        assert_eq!(address(Locale::En, 0), "1 Juniper Drive, Millbrook 10000");
        assert_eq!(address(Locale::De, 0), "Ahornstraße 1, 10000 Neufelden");
        assert_eq!(address(Locale::Nl, 0), "Beukenlaan 1, 1000 AK Nieuwdrecht");
        assert_eq!(address(Locale::Ja, 0), "100-0000 緑野市 若葉通り 1");
        let last = ADDRESSES - 1;
        assert_eq!(
            address(Locale::En, last),
            "199 Saddler Court, Larkstead 99999"
        );
        assert_eq!(
            address(Locale::Nl, last),
            "Marktsteeg 199, 9999 JK Meerdonk"
        );
    }

    #[test]
    fn neighbouring_codes_differ_everywhere() {
        for locale in Locale::ALL {
            let lines: BTreeSet<String> = (0..20_000).map(|code| address(locale, code)).collect();
            assert_eq!(lines.len(), 20_000, "{locale}");
        }
    }

    #[test]
    fn towns_are_single_words_of_one_locale() {
        let mut towns = BTreeSet::new();
        for locale in Locale::ALL {
            for town in Places::of(locale).towns {
                assert!(town.chars().all(char::is_alphanumeric), "{town:?}");
                assert!(towns.insert(fold(town)), "{town}");
            }
        }
        for street in Locale::ALL
            .into_iter()
            .flat_map(|locale| Places::of(locale).streets)
        {
            for word in words(street) {
                assert!(!towns.contains(&word), "{word}");
            }
        }
    }

    #[test]
    fn no_street_ends_with_another() {
        for locale in Locale::ALL {
            let streets = Places::of(locale).streets.map(words);
            for (place, one) in streets.iter().enumerate() {
                for (other_place, other) in streets.iter().enumerate() {
                    assert!(
                        place == other_place || !one.ends_with(other),
                        "{one:?} {other:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn no_word_is_a_last_name() {
        let names: BTreeSet<String> = NameGrid::of(&Locale::ALL)
            .iter()
            .flat_map(NameGrid::lasts)
            .map(fold)
            .collect();
        for locale in Locale::ALL {
            let Places { streets, towns } = Places::of(locale);
            for word in streets.iter().chain(towns).flat_map(|text| words(text)) {
                assert!(!names.contains(&word), "{word}");
            }
        }
    }
}
