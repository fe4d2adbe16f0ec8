//! Whether a row is the header row, or the first account of a file without one.
//!
//! The names of columns are told, and `annalee,hunter2` are names that a
//! template could say, too.

use crate::model::words;
use crate::population::kind::Kind;
use crate::population::{Secret, Spec};

use super::enroll::GROUP;
use super::personal::is_personal;

/// Words of the names that columns have.
const WORDS: [&str; 40] = [
    "age", "alias", "birth", "city", "clave", "code", "company", "country", "cpf", "date", "dob",
    "gender", "id", "key", "lang", "language", "mail", "name", "nick", "nif", "no", "nom",
    "nombre", "nome", "nr", "num", "ort", "otp", "plan", "plz", "role", "sex", "since", "state",
    "status", "title", "type", "uid", "visit", "zip",
];

/// What such words begin or end with where languages join them.
const PARTS: [&str; 34] = [
    "account", "address", "adress", "benutzer", "client", "contrase", "correo", "customer",
    "datum", "email", "fecha", "geburt", "handy", "kennung", "kennwort", "konto", "kunde",
    "locale", "login", "member", "mitglied", "mobil", "naam", "number", "numero", "nummer",
    "passw", "patient", "phone", "strasse", "telefon", "tenant", "user", "usuario",
];

/// Whether one of `names` is such as columns have, or the settings know it.
pub(super) fn is_header(names: &[String], spec: &Spec) -> bool {
    names.iter().any(|name| {
        name == GROUP
            || Secret::is_named_by(name)
            || Kind::ALL.iter().any(|kind| kind.name == name)
            || Kind::is_weak_by_nature(name)
            || is_personal(name)
            || spec.settings.contains_key(name)
            || words(name).iter().any(|word| is_known(word))
    })
}

fn is_known(word: &str) -> bool {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    WORDS.contains(&word)
        || PARTS
            .iter()
            .any(|part| word.starts_with(part) || word.ends_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_told_from_accounts() {
        let header = |row: &str| {
            let names: Vec<String> = row.split(',').map(str::to_owned).collect();
            is_header(&names, &Spec::default())
        };
        for row in [
            "email,hunter2",
            "login,word",
            "customer_no,x",
            "x,customerNo",
            "KUNDENNUMMER,x",
            "x,Vorname",
            "usuario,clave",
            "group,x",
            "canary",
            "USER_ID_2,x",
            "x,admin_password",
        ] {
            assert!(header(row), "{row}");
        }
        for row in [
            "annalee,hunter2",
            "Maria,Norbert",
            "bob",
            "david_2,sideways",
        ] {
            assert!(!header(row), "{row}");
        }
    }
}
