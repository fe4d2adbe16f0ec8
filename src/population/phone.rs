//! Phone numbers in international form.

use super::Locale;

/// How many phone numbers every locale has at least.
pub(super) const PHONES: u64 = 8_000_000;

/// The phone number of `code` (below [`PHONES`]) in the locale's country.
///
/// Of mobile ranges, where there is no area code to match an address; in
/// North America of the area code 555, which nobody has. No number is the
/// beginning or end of another, with or without country code: within a country
/// all have one length, and between countries the national numbers differ in
/// length or in their first digits.
pub(super) fn phone(locale: Locale, code: u64) -> String {
    let (country, prefix, digits, first) = match locale {
        // An exchange begins with 2 or more.
        Locale::En => ("1", "555", 7, 2_000_000),
        Locale::De => ("49", "15", 9, 110_000_000),
        Locale::Fr => ("33", "7", 8, 50_000_000),
        Locale::It => ("39", "3", 9, 280_000_000),
        Locale::Nl => ("31", "6", 8, 20_000_000),
        Locale::PtBr => ("55", "119", 8, 70_000_000),
        Locale::Ja => ("81", "90", 8, 10_000_000),
    };
    let number = first + code % PHONES;
    format!("+{country}{prefix}{number:0digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_begins_or_ends_another() {
        let numbers: Vec<String> = Locale::ALL
            .into_iter()
            .flat_map(|locale| [0, 1, PHONES - 1].map(|code| phone(locale, code)))
            .collect();
        for (place, one) in numbers.iter().enumerate() {
            assert!((12..=14).contains(&one.len()), "{one}");
            for other in numbers.iter().skip(place + 1) {
                assert!(!one.contains(other.as_str()) && !other.contains(one.as_str()));
            }
        }
    }
}
