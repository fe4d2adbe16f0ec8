//! Fields that together are one value: first and last name, area code and
//! number.
//!
//! Fields are put together by their names alone, and only when these say that
//! they are parts of the same thing. Neighbours are not enough: a patient's
//! first name stands beside a doctor's last name.

use percent_encoding::percent_decode_str;

use crate::model::Spot;

use super::layers::{Looker, Spotted};

/// Longer texts are no names and no numbers.
const LONGEST: usize = 64;

/// What a field holds of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    First,
    Middle,
    Last,
    /// `name`: whatever the other field is not.
    Name,
    Country,
    Area,
    Number,
}

/// Fields of one object, row, element or form.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// What it holds, of whom, its name and its text.
    found: Vec<(Part, String, String, String)>,
}

impl Fields {
    /// Takes note of a field, if its name says that it is a part of something.
    pub(super) fn push(&mut self, name: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST || name.len() > LONGEST || self.found.len() > 64
        {
            return;
        }
        if let Some((part, of)) = part(name) {
            self.found
                .push((part, of, name.to_owned(), text.to_owned()));
        }
    }

    /// Looks at what the fields are together.
    pub(super) fn look(&self, looker: &mut Looker<'_>, spot: &dyn Fn(&str) -> Spot) {
        if self.found.len() < 2 {
            return;
        }
        let of_part = |wanted: Part, of: &str| {
            self.found
                .iter()
                .filter(move |(part, own, ..)| *part == wanted && own == of)
                .map(|(_, _, name, text)| (name.as_str(), text.as_str()))
                .collect::<Vec<_>>()
        };
        for (part, of, name, text) in &self.found {
            let text = text.as_str();
            match part {
                Part::First => {
                    for last in [Part::Last, Part::Name] {
                        for (_, last) in of_part(last, of) {
                            looker.joined(&format!("{text} {last}"), &|| spot(name));
                            for (_, middle) in of_part(Part::Middle, of) {
                                looker.joined(&format!("{text} {middle} {last}"), &|| spot(name));
                            }
                        }
                    }
                }
                Part::Last => {
                    for (_, first) in of_part(Part::Name, of) {
                        looker.joined(&format!("{first} {text}"), &|| spot(name));
                    }
                }
                Part::Number => {
                    let countries = of_part(Part::Country, of);
                    let areas = of_part(Part::Area, of);
                    for (_, area) in &areas {
                        looker.joined(&format!("{area} {text}"), &|| spot(name));
                        for (_, country) in &countries {
                            let country = country.trim_start_matches(['+', '0']);
                            let area = area.trim_start_matches('0');
                            looker.joined(&format!("+{country} {area} {text}"), &|| spot(name));
                        }
                    }
                    for (_, country) in &countries {
                        let country = country.trim_start_matches(['+', '0']);
                        let text = text.trim_start_matches('0');
                        looker.joined(&format!("+{country} {text}"), &|| spot(name));
                    }
                }
                Part::Middle | Part::Name | Part::Country | Part::Area => {}
            }
        }
    }
}

/// What the field `name` is a part of, and whose by the rest of its name:
/// `patientFirstName` is a first name of a patient.
fn part(name: &str) -> Option<(Part, String)> {
    let words = words(name);
    let mut part = None;
    let mut of = Vec::new();
    for word in &words {
        let own = match word.as_str() {
            "first" | "given" | "fore" | "firstname" | "givenname" | "forename" | "fname"
            | "vorname" | "prenom" | "prénom" | "nombre" | "nome" | "voornaam" => Part::First,
            "middle" | "middlename" => Part::Middle,
            "last" | "family" | "sur" | "lastname" | "familyname" | "surname" | "lname"
            | "nachname" | "familienname" | "nom" | "apellido" | "apellidos" | "cognome"
            | "achternaam" | "sobrenome" => Part::Last,
            "name" | "names" => Part::Name,
            "country" | "countrycode" | "dial" | "dialcode" | "dialing" | "landesvorwahl" => {
                Part::Country
            }
            "area" | "areacode" | "prefix" | "vorwahl" | "npa" | "ndc" => Part::Area,
            "number" | "local" | "subscriber" | "phone" | "telephone" | "tel" | "mobile"
            | "cell" | "fax" | "rufnummer" | "telefon" | "phonenumber" | "localnumber" | "line" => {
                Part::Number
            }
            "code" => continue,
            _ => {
                of.push(word.as_str());
                continue;
            }
        };
        part = Some(match (part, own) {
            // `first name`, `phone country code`.
            (Some(more), Part::Name | Part::Number) => more,
            _ => own,
        });
    }
    Some((part?, of.concat()))
}

/// The words of a name, in lower case: `firstName`, `first_name`, `First-Name`.
pub(in crate::oracle) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut begins = true;
    let mut after_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            begins = true;
            after_lower = false;
            continue;
        }
        if begins || (c.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        begins = false;
        after_lower = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// The fields of a form or a query: `first=Ann&last=Lee`.
pub(super) fn look_at_form(text: &str, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let is_form = query.split('&').take(4).all(|pair| {
        pair.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "<>\"{;".contains(c))
        })
    });
    if !is_form {
        return;
    }
    let mut fields = Fields::default();
    for pair in query.split(['&', '#']) {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        let spaced = value.replace('+', " ");
        let value = percent_decode_str(&spaced).decode_utf8_lossy();
        if spaced.contains(' ') {
            looker.plain(&value, name, spot);
        }
        fields.push(name, &value);
    }
    fields.look(looker, &|_| spot());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_by_their_names() {
        for (name, wanted) in [
            ("firstName", Some((Part::First, ""))),
            ("patient_last_name", Some((Part::Last, "patient"))),
            ("doctorLastName", Some((Part::Last, "doctor"))),
            ("name", Some((Part::Name, ""))),
            ("areaCode", Some((Part::Area, ""))),
            ("phoneNumber", Some((Part::Number, ""))),
            ("phoneCountryCode", Some((Part::Country, ""))),
            ("colour", None),
        ] {
            let wanted = wanted.map(|(part, of): (Part, &str)| (part, of.to_owned()));
            assert_eq!(part(name), wanted, "{name}");
        }
    }
}
