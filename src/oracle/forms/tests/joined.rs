//! Values that go on, and what is called after somebody.

use super::*;

#[test]
fn what_goes_on_is_somebody_or_something_else() {
    let facts = [
        (1, "full_name", "Stefan Bauer"),
        (2, "full_name", "Peter Müller"),
        (3, "email", "a.b@mailbox.test"),
        (4, "street", "Bahnhofstraße 12"),
        (4, "postal_code", "99084"),
        (5, "phone", "+49304857765"),
        (6, "full_name", "Karin Vogt-Lindner"),
        (7, "full_name", "Anna Schmidt"),
    ];
    for text in [
        "Prof. Dr. Stefan Bauer-Groß",
        "stefan_bauer-gross.pdf",
        "Hans-Peter Müller",
        "Hans-Peter Mueller",
        "write to a.b@mailbox.test.org",
        "Bahnhofstraße 12-200",
        "BAHNHOFSTRASSE 12-200",
        "Bahnhofstraße 12, 01067 Dresden",
        "Bahnhofstr. 12, 01067 Dresden",
        "+49304857765-12",
        "Karin Vogt",
        "Anna Schmidt GmbH",
        "12 rue Anna-Schmidt",
        "Anna Schmidtson",
    ] {
        assert_eq!(accused(&facts, 0, text), [0; 0], "{text}");
    }
    for (text, owner) in [
        ("Dear Stefan Bauer-", 1),
        ("Stefan Bauer - Dashboard", 1),
        ("user-Stefan Bauer", 1),
        ("befund-stefan-bauer.pdf", 1),
        ("stefan-bauer", 1),
        ("write to a.b@mailbox.test.", 3),
        ("a.b@mailbox.test.Next sentence", 3),
        ("Bahnhofstraße 12, 99084 Erfurt", 4),
        ("Bahnhofstraße 12", 4),
        ("+49304857765", 5),
        ("Karin Vogt-Lindner", 6),
        ("sent via Anna Schmidt", 7),
    ] {
        assert_eq!(accused(&facts, 0, text), [owner], "{text}");
    }
}

#[test]
fn words_joined_to_names_with_spaces_are_learned_as_labels() {
    let facts = [
        (1, "full_name", "Stefan Bauer"),
        (2, "full_name", "Peter Müller"),
        (3, "full_name", "Karin Vogt"),
        (4, "full_name", "Anna Schmidt"),
    ];
    let (index, forms) = knowing(&facts);
    let accuses = |text: &str| {
        let found = forms.find(&index, text, "", GlimpseKind::Whole);
        found.is_sure()
    };
    assert!(!accuses("Kurvenblatt-Anna Schmidt"));
    for (user, _, name) in &facts[..3] {
        let text = format!("Kurvenblatt-{name}");
        for own in forms.find(&index, &text, "", GlimpseKind::Whole).matches {
            forms.learn_labels(UserId(*user), &own);
        }
    }
    assert!(accuses("Kurvenblatt-Anna Schmidt"));
}
