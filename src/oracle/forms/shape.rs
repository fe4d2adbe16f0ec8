//! The shape of a value, which tells how else it may be written.

use crate::model::words;

use super::{date, number, phone};

/// Of what kind a value looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Two to five words of letters.
    Name,
    /// Words and numbers.
    Address,
    /// Digits, or letters and digits, in groups.
    Id,
    Phone,
    Date,
    Other,
}

impl Shape {
    /// The shape of `value`, which a column or a profile calls `name`.
    pub(super) fn of(name: &str, value: &str) -> Self {
        let value = value.trim();
        let digits = value.chars().filter(char::is_ascii_digit).count();
        let letters = value.chars().filter(|c| c.is_alphabetic()).count();
        if value.len() > 200 || value.contains(['@', '\u{1}']) {
            return Self::Other;
        }
        if digits == 0 {
            return if is_name(value) {
                Self::Name
            } else {
                Self::Other
            };
        }
        if !date::days(value).is_empty() && date::is_whole(value) {
            return Self::Date;
        }
        if letters == 0 && phone::is_phone(value, words(name).iter().any(|w| is_phone_word(w))) {
            return Self::Phone;
        }
        if number::is_id(value) {
            return Self::Id;
        }
        let words = value.split_whitespace().count();
        if letters >= 6 && (words >= 3 || (words == 2 && ends_with_house(value))) {
            return Self::Address;
        }
        Self::Other
    }
}

/// Whether the last word is the number of a house: `Bahnhofstraße 12a`.
fn ends_with_house(value: &str) -> bool {
    value
        .rsplit(char::is_whitespace)
        .next()
        .is_some_and(|word| word.len() <= 5 && word.starts_with(|c: char| c.is_ascii_digit()))
}

/// Words by which fields with phone numbers are called.
pub(super) fn is_phone_word(word: &str) -> bool {
    [
        "phone",
        "tel",
        "mobil",
        "cell",
        "fax",
        "handy",
        "rufnummer",
        "call",
        "sms",
        "whatsapp",
        "contact",
        "celular",
        "movil",
        "gsm",
        "msisdn",
    ]
    .iter()
    .any(|known| word.starts_with(known) || word.ends_with(known))
}

fn is_name(value: &str) -> bool {
    let words = value.split_whitespace().count();
    let letters = value.chars().filter(|c| c.is_alphabetic());
    let told: usize = letters.map(|c| if is_han(c) { 2 } else { 1 }).sum();
    (2..=5).contains(&words)
        && told >= 6
        && value.len() <= 80
        && value.chars().all(|c| {
            c.is_alphabetic() || c.is_whitespace() || "'’.-\u{2010}".contains(c) || accent_mark(c)
        })
}

/// A letter that tells more than one of an alphabet: names have three or four.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}')
}

/// A mark that stands behind its letter.
fn accent_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_shapes() {
        for (name, value, shape) in [
            ("full_name", "Anna Schmidt", Shape::Name),
            ("full_name", "Anna B. Müller-Lüdenscheidt", Shape::Name),
            ("first_name", "Anna", Shape::Other),
            ("email", "anna@x.test", Shape::Other),
            ("member_id", "M-K48210573", Shape::Id),
            ("insurance_number", "N353782940", Shape::Id),
            ("card", "4111 1111 1111 1111", Shape::Id),
            ("canary", "cnry-d9dd6d1983dadf09", Shape::Id),
            ("id", "f47ac10b-58cc-4372-a567-0e02b2c3d479", Shape::Id),
            ("order", "A-17", Shape::Other),
            ("phone", "+4915116924504", Shape::Phone),
            ("mobile", "5554780620", Shape::Phone),
            ("birth_date", "1961-12-10", Shape::Date),
            ("born", "10.12.1961", Shape::Date),
            ("address", "Mühlgasse 64, 87775 Großlinden", Shape::Address),
            ("street", "Bahnhofstraße 12a", Shape::Address),
            ("street", "Weg 12", Shape::Other),
            ("street", "Bahnhofstraße 123456", Shape::Other),
            ("password", "Kv9~g7bdzgzhyW3dHt3U", Shape::Other),
            // Names: words and letters enough, and nothing else.
            ("full_name", "Anna Mu\u{308}ller", Shape::Name),
            ("full_name", "Bo Lina", Shape::Name),
            ("full_name", "Bo Lin", Shape::Other),
            ("full_name", "林 太郎", Shape::Name),
            ("full_name", "林 茜", Shape::Other),
            ("full_name", "Maria de la Cruz Vega", Shape::Name),
            ("full_name", "Maria de la Santa Cruz Vega", Shape::Other),
            ("last_name", "Schmidt", Shape::Other),
            ("firm", "Schmidt & Sons", Shape::Other),
            ("sender", "Anna Lee <anna.lee1@x.test>", Shape::Other),
            // Telephone numbers: by what they are called, or as they are written.
            ("kontakt", "+4915116924504", Shape::Phone),
            ("kontakt", "004915116924504", Shape::Phone),
            ("kontakt", "(555) 478-0620", Shape::Phone),
            ("kontakt", "030 1234567", Shape::Phone),
            ("kontakt", "0301234567", Shape::Id),
            ("kontakt", "555 478 0620", Shape::Id),
            ("phone", "030 1234567, 8", Shape::Other),
        ] {
            assert_eq!(Shape::of(name, value), shape, "{name} {value}");
        }
    }

    #[test]
    fn long_values_have_no_shape() {
        for (length, shape) in [(200, Shape::Address), (201, Shape::Other)] {
            let value = format!("12 Long {}", "x".repeat(length - 8));
            assert_eq!(Shape::of("address", &value), shape, "{length}");
        }
        for (length, shape) in [(80, Shape::Name), (81, Shape::Other)] {
            let value = format!("Anna {}", "x".repeat(length - 5));
            assert_eq!(Shape::of("full_name", &value), shape, "{length}");
        }
    }
}
