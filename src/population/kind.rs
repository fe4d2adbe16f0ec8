//! Kinds: what generated facts there are, and what each is worth.

use crate::model::Visibility;

/// The name of the fact that a household shares.
pub(super) const ADDRESS: &str = "address";

/// The one generated secret.
pub(super) const PASSWORD: &str = "password";

/// One kind of generated fact.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) visibility: Visibility,
    /// Several people may well have the same value.
    pub(super) weak: bool,
}

/// What columns of first names and of last names are called, in plain letters.
/// Either is the name of many others, too.
const NAMES_OF_MANY: [&str; 22] = [
    "firstname",
    "givenname",
    "forename",
    "middlename",
    "vorname",
    "rufname",
    "prenom",
    "prénom",
    "nombre",
    "nome",
    "voornaam",
    "lastname",
    "surname",
    "familyname",
    "maidenname",
    "nachname",
    "familienname",
    "geburtsname",
    "apellido",
    "apellidos",
    "cognome",
    "achternaam",
];

impl Kind {
    /// Every kind, in the order in which people carry them.
    pub(super) const ALL: [Self; 11] = [
        Self::strong("email"),
        Self::strong("member_id"),
        Self::strong("full_name"),
        Self::weak("first_name"),
        Self::weak("last_name"),
        Self::strong("phone"),
        Self::weak("birth_date"),
        Self {
            name: ADDRESS,
            visibility: Visibility::Group,
            weak: false,
        },
        Self::strong("insurance_number"),
        Self::strong("canary"),
        Self::weak("number"),
    ];

    /// Whether a fact of this name is weak whoever made it. Birthdays of an
    /// accounts file with few lines may all differ, and would still be seen
    /// in places that have nothing to do with the person.
    pub(super) fn is_weak_by_nature(name: &str) -> bool {
        let plain: String = name
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        Self::ALL.iter().any(|kind| kind.weak && kind.name == name)
            || NAMES_OF_MANY.contains(&plain.as_str())
    }

    const fn strong(name: &'static str) -> Self {
        Self {
            name,
            visibility: Visibility::Private,
            weak: false,
        }
    }

    const fn weak(name: &'static str) -> Self {
        Self {
            name,
            visibility: Visibility::Private,
            weak: true,
        }
    }
}
