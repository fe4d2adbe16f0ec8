//! Labels: words that stand before a value in keys, file names and paths, and do
//! not belong to it.

/// Joined to a value by one of these, a label is still no part of it.
pub(super) fn is_joint(c: char) -> bool {
    matches!(c, '.' | '_' | '+' | '-')
}

/// Whether `word`, in lower case, says what comes behind it, as in
/// `user-anna.lee@x.test` or `Arztbrief_Anna_Lee.pdf`, or is a number. What
/// people are called is none: behind `mary-` it is another person.
pub(super) fn is_label(word: &str) -> bool {
    LABELS.binary_search(&word).is_ok()
        || ["s", "e", "n", "en"].into_iter().any(|ending| {
            word.strip_suffix(ending).is_some_and(|one| {
                one.len() >= SHORTEST_OF_SEVERAL && LABELS.binary_search(&one).is_ok()
            })
        })
        || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What has fewer letters makes no plural: it may be somebody's name.
const SHORTEST_OF_SEVERAL: usize = 5;

/// In order of the alphabet.
const LABELS: [&str; 138] = [
    "account",
    "address",
    "allergies",
    "antrag",
    "appointment",
    "arztbrief",
    "attachment",
    "attest",
    "ausweis",
    "auth",
    "avatar",
    "backup",
    "befund",
    "befunde",
    "bericht",
    "bescheid",
    "bescheinigung",
    "bewerbung",
    "bill",
    "booking",
    "brief",
    "by",
    "cache",
    "card",
    "cart",
    "cert",
    "certificate",
    "chat",
    "claim",
    "client",
    "contact",
    "contract",
    "copy",
    "csv",
    "customer",
    "cv",
    "data",
    "datei",
    "diagnose",
    "diagnosis",
    "doc",
    "document",
    "dokument",
    "dossier",
    "download",
    "draft",
    "email",
    "employee",
    "entlassungsbrief",
    "export",
    "file",
    "final",
    "for",
    "form",
    "from",
    "history",
    "id",
    "image",
    "img",
    "impfpass",
    "import",
    "inbox",
    "insurance",
    "invoice",
    "key",
    "kontoauszug",
    "kunde",
    "lab",
    "labor",
    "laboratory",
    "laborbefund",
    "laborwerte",
    "lebenslauf",
    "letter",
    "lock",
    "log",
    "login",
    "mail",
    "mailto",
    "medication",
    "medikationsplan",
    "member",
    "mri",
    "name",
    "note",
    "notes",
    "of",
    "order",
    "owner",
    "passport",
    "patient",
    "patientin",
    "payment",
    "pdf",
    "person",
    "photo",
    "policy",
    "prescription",
    "profil",
    "profile",
    "queue",
    "quittung",
    "quote",
    "receipt",
    "rechnung",
    "record",
    "records",
    "referral",
    "report",
    "result",
    "results",
    "resume",
    "rezept",
    "scan",
    "session",
    "signature",
    "statement",
    "sub",
    "summary",
    "temp",
    "termin",
    "ticket",
    "tmp",
    "to",
    "token",
    "transcript",
    "ueberweisung",
    "upload",
    "uploads",
    "user",
    "username",
    "users",
    "vaccination",
    "vertrag",
    "visit",
    "xray",
    "zeugnis",
    "überweisung",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_told_from_names() {
        assert!(LABELS.is_sorted());
        for (word, label) in [
            ("user", true),
            ("export", true),
            ("2026", true),
            ("termine", true),
            ("rechnungen", true),
            ("orders", true),
            ("bills", false),
            ("lars", false),
            ("mary", false),
            ("v1", false),
            ("", false),
        ] {
            assert_eq!(is_label(word), label, "{word}");
        }
    }
}
