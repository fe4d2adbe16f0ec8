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
        || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// In order of the alphabet.
const LABELS: [&str; 90] = [
    "account",
    "address",
    "appointment",
    "arztbrief",
    "attachment",
    "auth",
    "avatar",
    "backup",
    "befund",
    "bericht",
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
    "client",
    "contact",
    "contract",
    "copy",
    "csv",
    "customer",
    "data",
    "doc",
    "document",
    "download",
    "draft",
    "email",
    "employee",
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
    "import",
    "inbox",
    "invoice",
    "key",
    "letter",
    "lock",
    "log",
    "login",
    "mail",
    "mailto",
    "medication",
    "member",
    "of",
    "order",
    "owner",
    "patient",
    "payment",
    "pdf",
    "person",
    "photo",
    "prescription",
    "profile",
    "queue",
    "rechnung",
    "record",
    "records",
    "referral",
    "report",
    "result",
    "results",
    "rezept",
    "scan",
    "session",
    "signature",
    "statement",
    "sub",
    "summary",
    "temp",
    "ticket",
    "tmp",
    "to",
    "token",
    "upload",
    "uploads",
    "user",
    "username",
    "users",
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
            ("mary", false),
            ("v1", false),
            ("", false),
        ] {
            assert_eq!(is_label(word), label, "{word}");
        }
    }
}
