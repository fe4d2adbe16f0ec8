//! Ways of writing streets, addresses and names: with titles, and as words.

use super::*;

#[test]
fn streets_are_known_in_their_spellings() {
    let facts = [
        (1, "street", "Bahnhofstraße 12"),
        (2, "street", "Mühlenweg 101"),
        (3, "street", "Goethestr. 87"),
        (4, "address", "12 Station Road, Avon"),
        (5, "address", "Mühlgasse 64, 87775 Großlinden"),
    ];
    for (text, owner) in [
        ("BAHNHOFSTRASSE 12", 1),
        ("Bahnhofstrasse 12", 1),
        ("Bahnhofstr. 12", 1),
        ("Bahnhofstr 12", 1),
        ("BAHNHOFSTRASSE 12, 99084 ERFURT", 1),
        ("Muehlenweg 101", 2),
        ("Muhlenweg 101", 2),
        ("Goethestraße 87", 3),
        ("GOETHESTRASSE 87", 3),
        ("12 Station Rd, Avon", 4),
        ("12 Station Rd., Avon", 4),
        ("Mühlgasse 64 · 87775 Großlinden", 5),
        ("Mühlgasse 64 | 87775 Großlinden", 5),
        ("Mühlgasse 64|87775 Großlinden", 5),
        ("Mühlgasse 64 – 87775 Großlinden", 5),
        ("Mühlgasse 64; 87775 Großlinden", 5),
        ("Muehlgasse 64 - 87775 Grosslinden", 5),
    ] {
        assert_eq!(accused(&facts, 0, text), [owner], "{text}");
    }
    for text in [
        "Bahnhofstr. 121",
        "Goethestraße 8",
        "Muehlenweg 101a",
        "12 Station St, Avon",
        "Mühlgasse 64 · 87776 Großlinden",
        "Mühlgasse 64-87775 Großlinden",
    ] {
        assert_eq!(accused(&facts, 0, text), [0; 0], "{text}");
    }
}

#[test]
fn names_are_found_among_titles_and_in_the_genitive() {
    let facts = [
        (1, "full_name", "Björn Lindner"),
        (2, "full_name", "Anna Schmidt"),
        (3, "phone", "0151 16924504"),
    ];
    for (text, owner) in [
        ("Lindner, Dr. Björn", 1),
        ("Lindner, Frau Björn", 1),
        ("LINDNER, Prof. Dr. med. BJOERN", 1),
        ("Herr Schmidt, Anna", 2),
        ("Frau Dr. Schmidt, Anna", 2),
        ("Schmidt, Anna, geb. 1970", 2),
        ("Schmidt, Anna, *1970", 2),
        ("Anna Schmidts Termine", 2),
        ("ein Blick in Anna Schmidts Patientenakte", 2),
        ("Frau Anna Schmidt, 1970", 2),
    ] {
        assert_eq!(accused(&facts, 0, text), [owner], "{text}");
    }
    for text in [
        "Peter Schmidt, Frau Anna Weber",
        "Herr Schmidt, Frau Anna",
        "Herr Peter Schmidt, Anna",
        "Herr Schmidt, Anna Weber",
        "Schmidt, Anna, Karl",
        "Anna Schmidts",
        "Anna Schmidts, Karl Weber",
        "Dr. Anna Schmidts Kinder",
        "0151 | 16924504",
        "Lindner | Björn",
    ] {
        assert_eq!(accused(&facts, 0, text), [0; 0], "{text}");
    }
}

#[test]
fn names_that_are_words_are_names_where_they_are_written_so() {
    for (text, hint) in [
        ("Dear May Long, your results are here", ""),
        ("DEAR MAY LONG", ""),
        ("Long, May", ""),
        ("Befund_May_Long.pdf", ""),
        ("may long", "full_name"),
        ("may long", "customerName"),
    ] {
        assert_eq!(found(text, hint), ["May Long"], "{text}");
    }
    for text in [
        "The wait may long outlast the treatment",
        "May long weekends be yours",
        "you may\nlong for it",
        "/blog/may-long",
        "long may it last",
        "May Long Road 5",
        "Clinic May Long",
    ] {
        assert_eq!(found(text, "text"), [""; 0], "{text}");
    }
}
