//! Places that are called after people: Grace Hill Road, John Smith Memorial
//! Hospital, Rue Marie Curie. They are nobody.

use std::ops::Range;

/// What such a place is, behind the name.
const BEHIND: [&str; 44] = [
    "academy",
    "airport",
    "allee",
    "apotheke",
    "arena",
    "avenue",
    "boulevard",
    "bridge",
    "brücke",
    "campus",
    "cathedral",
    "center",
    "centre",
    "chapel",
    "clinic",
    "college",
    "crescent",
    "foundation",
    "gardens",
    "gasse",
    "gymnasium",
    "hospital",
    "institut",
    "institute",
    "klinik",
    "klinikum",
    "krankenhaus",
    "lane",
    "library",
    "memorial",
    "museum",
    "park",
    "pharmacy",
    "platz",
    "practice",
    "road",
    "school",
    "schule",
    "square",
    "stadium",
    "stiftung",
    "strasse",
    "straße",
    "street",
];

/// The same before it.
const BEFORE: [&str; 15] = [
    "avenue",
    "boulevard",
    "calle",
    "clinic",
    "clinique",
    "hospital",
    "hôpital",
    "klinik",
    "klinikum",
    "lycée",
    "piazza",
    "plaza",
    "praça",
    "rua",
    "rue",
];

/// Whether the name at `place` of `text` is that of a road, a hospital and the
/// like: what it is stands right beside it, written like a name, too.
pub(super) fn is_a_place(text: &str, place: &Range<usize>) -> bool {
    let (Some(before), Some(name), Some(after)) = (
        text.get(..place.start),
        text.get(place.clone()),
        text.get(place.end..),
    ) else {
        return false;
    };
    let is_name = name.contains(' ') && !name.contains(|c: char| c.is_ascii_digit() || c == '@');
    let is_among = |word: &str, known: &[&str]| {
        word.starts_with(char::is_uppercase) && known.contains(&word.to_lowercase().as_str())
    };
    is_name
        && (after
            .strip_prefix([' ', '-'])
            .and_then(|rest| rest.split(|c: char| !c.is_alphabetic()).next())
            .is_some_and(|word| is_among(word, &BEHIND))
            || before
                .strip_suffix(' ')
                .and_then(|rest| rest.rsplit(|c: char| !c.is_alphabetic()).next())
                .is_some_and(|word| is_among(word, &BEFORE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> bool {
        is_called_after("Grace Hill", text)
    }

    fn is_called_after(value: &str, text: &str) -> bool {
        let start = text.find(value).unwrap();
        is_a_place(text, &(start..start + value.len()))
    }

    #[test]
    fn places_are_told_from_people() {
        for text in [
            "5 Grace Hill Road, Town",
            "Clinic Grace Hill",
            "Grace Hill Memorial Hospital",
            "Grace Hill-Straße 3",
            "Grace Hill ROAD",
            "12, Rue Grace Hill",
        ] {
            assert!(place(text), "{text}");
        }
        for text in [
            "Dear Grace Hill, welcome",
            "Patient Grace Hill",
            "Grace Hill hospital stay",
            "the clinic Grace Hill chose",
            "Clinic: Grace Hill",
            "Grace Hill, Road",
            "Grace Hill",
            "Grace Hill Roadman",
        ] {
            assert!(!place(text), "{text}");
        }
    }

    #[test]
    fn places_are_called_after_whole_names_alone() {
        for (value, text) in [
            ("Rosenthal", "Rosenthal Road"),
            ("12 Grace Hill", "Clinic 12 Grace Hill"),
            ("grace hill@x.test", "Clinic grace hill@x.test"),
        ] {
            assert!(!is_called_after(value, text), "{text}");
        }
    }
}
