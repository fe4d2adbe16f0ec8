//! Columns that tell people apart by nature, though two of them may share a
//! value: two John Smiths, a couple with one telephone.

/// What a column holds when its name ends so.
const PERSONAL: [&str; 16] = [
    "email",
    "mail",
    "phone",
    "telephone",
    "tel",
    "mobile",
    "cell",
    "fax",
    "address",
    "street",
    "iban",
    "fullname",
    "username",
    "login",
    "ssn",
    "passport",
];

/// Whose name a column `..._name` holds when it is a person's.
const PERSONS: [&str; 15] = [
    "full",
    "display",
    "patient",
    "member",
    "customer",
    "client",
    "user",
    "person",
    "holder",
    "insured",
    "guest",
    "employee",
    "subscriber",
    "account",
    "legal",
];

/// Whether values of the column `name` belong to few people each, so that one
/// that two of them share says nothing about the others. Of towns and clinics
/// it does: those that stand there once are other people's, too.
pub(super) fn is_personal(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        ["name"] => true,
        [.., whose, "name"] => PERSONS.contains(whose),
        [.., thing] => PERSONAL.contains(thing),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_people_are_told_from_those_of_places() {
        for name in [
            "name",
            "full_name",
            "patient_name",
            "account_holder_name",
            "email",
            "contact_email",
            "phone",
            "Mobile",
            "home_address",
            "iban",
        ] {
            assert!(is_personal(name), "{name}");
        }
        for name in [
            "city",
            "first_name",
            "last_name",
            "clinic_name",
            "company_name",
            "plan",
            "status",
            "insurer",
            "birthday",
            "_",
        ] {
            assert!(!is_personal(name), "{name}");
        }
    }
}
