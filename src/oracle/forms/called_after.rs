//! Places and firms that are called after people: Grace Hill Road, John Smith
//! Memorial Hospital, Rue Marie Curie, Anna Schmidt Ltd. They are nobody.

use std::ops::Range;

/// What such a place is, behind the name.
const BEHIND: [&str; 60] = [
    "academy",
    "airport",
    "allee",
    "apotheke",
    "arena",
    "auditorium",
    "avenue",
    "award",
    "awards",
    "boulevard",
    "bridge",
    "brücke",
    "building",
    "campus",
    "cathedral",
    "center",
    "centre",
    "chapel",
    "clinic",
    "college",
    "crescent",
    "fellowship",
    "foundation",
    "fund",
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
    "lecture",
    "library",
    "medal",
    "memorial",
    "museum",
    "park",
    "pavilion",
    "pharmacy",
    "platz",
    "practice",
    "prize",
    "road",
    "scholarship",
    "school",
    "schule",
    "square",
    "stadium",
    "stiftung",
    "stipendium",
    "strasse",
    "straße",
    "street",
    "theater",
    "theatre",
    "verlag",
    "wing",
];

/// What it is behind a hyphen alone: with a space between it can be what follows
/// somebody's name in a table.
const BEHIND_HYPHEN: [&str; 8] = [
    "halle", "haus", "hof", "preis", "ring", "saal", "weg", "zentrum",
];

/// What it is before the name.
const BEFORE: [&str; 33] = [
    "apotheke",
    "arztpraxis",
    "avenue",
    "boulevard",
    "calle",
    "clinic",
    "clinique",
    "collège",
    "ecole",
    "firma",
    "fondation",
    "gemeinschaftspraxis",
    "hospital",
    "hôpital",
    "institut",
    "kanzlei",
    "klinik",
    "klinikum",
    "lycée",
    "pharmacie",
    "piazza",
    "place",
    "plaza",
    "praxis",
    "praça",
    "rua",
    "rue",
    "stiftung",
    "université",
    "via",
    "viale",
    "zahnarztpraxis",
    "école",
];

/// Those of them that are written small in their languages, and are no words of
/// another one.
const BEFORE_IN_SMALL: [&str; 15] = [
    "avenue",
    "boulevard",
    "calle",
    "clinique",
    "collège",
    "ecole",
    "fondation",
    "hôpital",
    "lycée",
    "pharmacie",
    "rua",
    "rue",
    "université",
    "viale",
    "école",
];

/// What a firm is, behind a name, letter by letter.
const FIRMS: [&str; 13] = [
    "Corp", "GbR", "GmbH", "Inc", "KGaA", "LLC", "LLP", "Ltd", "OHG", "PLC", "SARL", "Srl", "mbH",
];

/// The same where nothing goes on behind it: a court and a treatment are called so, too.
const FIRMS_AT_THE_END: [&str; 2] = ["AG", "KG"];

/// Who else a firm is of.
const PARTNERS: [&str; 10] = [
    "associates",
    "co",
    "cie",
    "company",
    "kollegen",
    "partner",
    "partners",
    "sons",
    "söhne",
    "sohn",
];

/// Whether the name at `place` of `text` is that of a road, a hospital, a firm and the
/// like: what it is stands right beside it, written like a name, too.
pub(super) fn is_a_place(text: &str, place: &Range<usize>) -> bool {
    let (Some(before), Some(name), Some(after)) = (
        text.get(..place.start),
        text.get(place.clone()),
        text.get(place.end..),
    ) else {
        return false;
    };
    let is_name =
        name.contains([' ', '-']) && !name.contains(|c: char| c.is_ascii_digit() || c == '@');
    is_name && (is_told_behind(after) || is_firm(after) || is_told_before(before, after))
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default()
}

fn is_among(word: &str, known: &[&str]) -> bool {
    known.contains(&word.to_lowercase().as_str())
}

fn is_told_behind(after: &str) -> bool {
    let Some(rest) = after.strip_prefix([' ', '-']) else {
        return false;
    };
    let word = first_word(rest);
    // `Building: B` is another field.
    let is_label = rest
        .get(word.len()..)
        .is_some_and(|behind| behind.starts_with(':'));
    word.starts_with(char::is_uppercase)
        && !is_label
        && (is_among(word, &BEHIND) || (after.starts_with('-') && is_among(word, &BEHIND_HYPHEN)))
}

/// `GmbH`, `, Inc.`, `& Partner`.
fn is_firm(after: &str) -> bool {
    let rest = after.strip_prefix(',').unwrap_or(after);
    let Some(rest) = rest.strip_prefix([' ', '-', '\u{a0}']) else {
        return false;
    };
    let word = first_word(rest);
    let ends = |behind: &str| {
        let next = behind.trim_start().chars().next();
        next.is_none_or(|c| c.is_lowercase() || ".,;)&".contains(c))
    };
    if FIRMS.contains(&word)
        || (FIRMS_AT_THE_END.contains(&word) && rest.get(word.len()..).is_some_and(ends))
    {
        return true;
    }
    let partners = ["& ", "&", "und ", "and ", "et "]
        .into_iter()
        .find_map(|and| rest.strip_prefix(and));
    partners.is_some_and(|rest| {
        let word = first_word(rest);
        let behind = rest.get(word.len()..).unwrap_or_default();
        // A partner, or what is joined to one, can have a name.
        let has_name = behind
            .strip_prefix([' ', '-'])
            .is_some_and(|name| name.starts_with(char::is_uppercase));
        let is_firm_behind = FIRMS_AT_THE_END.iter().chain(&FIRMS);
        let of_firm = |firm: &&str| first_word(behind.trim_start()) == *firm;
        word.starts_with(char::is_uppercase)
            && is_among(word, &PARTNERS)
            && (!has_name || is_firm_behind.into_iter().any(of_firm))
    })
}

fn is_told_before(before: &str, after: &str) -> bool {
    let Some(rest) = before.strip_suffix(' ') else {
        return false;
    };
    let word = rest
        .rsplit(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    if word.starts_with(char::is_uppercase) {
        return is_among(word, &BEFORE);
    }
    let ahead = rest[..rest.len() - word.len()].trim_end_matches([' ', ',']);
    match word {
        // Words as well, so that written small they need the number of a house:
        // `12 place Anna Lee`, and not `sent via Anna Lee`.
        "place" => ends_with_house(ahead),
        "via" => begins_with_house(after),
        _ => BEFORE_IN_SMALL.contains(&word),
    }
}

/// Whether the number of a house ends `text`: `12`, `12 bis`.
fn ends_with_house(text: &str) -> bool {
    let text = ["bis", "ter"]
        .into_iter()
        .find_map(|word| text.strip_suffix(word))
        .unwrap_or(text);
    text.trim_end().ends_with(|c: char| c.is_ascii_digit())
}

/// Whether the number of a house and nothing else follows in its line, or a comma
/// behind it: `via Anna Lee 12, Milano`.
fn begins_with_house(text: &str) -> bool {
    let text = text.trim_start_matches([',', ' ']);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=4).contains(&digits)
        && (text.len() == digits || text[digits..].starts_with([',', '\n', '\r']))
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
            "Grace Hill GmbH",
            "Grace Hill GmbH & Co. KG",
            "by Grace Hill AG in Basel",
            "Grace Hill Inc.",
            "Grace Hill, LLC",
            "Grace Hill Ltd",
            "Grace Hill & Partner",
            "Grace Hill & Co.",
            "Grace Hill & Co KG",
            "Grace Hill KG",
            "Grace Hill und Söhne",
            "the Grace Hill-Preis",
            "Grace Hill-Haus",
            "Grace Hill Wing, floor 2",
            "Grace Hill Prize",
            "Grace Hill Award 2026",
            "12 rue Grace Hill",
            "rue Grace Hill",
            "avenue Grace Hill",
            "12 place Grace Hill",
            "12 bis, place Grace Hill",
            "Place Grace Hill",
            "École Grace Hill",
            "à la pharmacie Grace Hill",
            "Via Grace Hill 12",
            "via Grace Hill, 12, Milano",
            "Praxis Grace Hill",
            "Apotheke Grace Hill",
            "Stiftung Grace Hill",
            "Kanzlei Grace Hill",
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
            "sent via Grace Hill",
            "sent at 10:12 via Grace Hill",
            "sent via Grace Hill, 12 May",
            "sent via Grace Hill 12 minutes ago",
            "in place Grace Hill was",
            "Grace Hill KG 24.10. 9:30",
            "Grace Hill, AG Erfurt 12 C 3/26",
            "Grace Hill & Co-Antragsteller",
            "Grace Hill und Sohn Karl",
            "Grace Hill and Partner Karl Lee",
            "Grace Hill Practice: Linden",
            "Grace Hill haus",
            "Grace Hill Haus 3",
            "Grace Hill Preis: 10",
            "Grace Hill inc",
            "Grace Hill & Karl Lee",
            "Grace Hill & co-payment",
            "Grace Hill and Partnership",
            "Grace Hill, Agnes",
            "Grace Hill, AGB",
            "Praxis: Grace Hill",
        ] {
            assert!(!place(text), "{text}");
        }
    }

    #[test]
    fn names_in_places_can_be_joined() {
        for (value, text) in [
            ("Grace-Hill", "12 rue Grace-Hill"),
            ("Grace-Hill", "Grace-Hill-Straße"),
            ("Grace-Hill", "Grace-Hill Road"),
        ] {
            assert!(is_called_after(value, text), "{text}");
        }
        assert!(!is_called_after("grace-hill", "/people/grace-hill"));
    }

    #[test]
    fn places_are_called_after_whole_names_alone() {
        for (value, text) in [
            ("Rosenthal", "Rosenthal Road"),
            ("Rosenthal", "Rosenthal GmbH"),
            ("12 Grace Hill", "Clinic 12 Grace Hill"),
            ("grace hill@x.test", "Clinic grace hill@x.test"),
        ] {
            assert!(!is_called_after(value, text), "{text}");
        }
    }
}
