//! Forms: what is the same value, and what only looks like it.

mod joined;
mod written;

use super::matches::MOST;
use super::*;

const FACTS: &[(&str, &str)] = &[
    ("full_name", "Anna Müller"),
    ("full_name", "Ann B. Lee-Walker"),
    ("full_name", "Peter van der Berg"),
    ("phone", "+4915116924504"),
    ("phone", "+15554780620"),
    ("mobile", "030 1234567"),
    ("member_id", "M-K48210573"),
    ("insurance_number", "K482105733"),
    ("card", "4111 1111 1111 1111"),
    ("ssn", "123-45-6789"),
    ("id", "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
    ("address", "Mühlgasse 64, 87775 Großlinden"),
    ("tax", "12345678909"),
    ("company", "12345678000195"),
    ("phone", "+441772355600"),
    ("order", "20260301-09"),
    ("email", "anna.lee@x.test"),
    ("personal_number", "19900101-1234"),
    ("civic_number", "199202021530"),
    ("full_name", "May Long"),
];

fn fact(name: &str, value: &str, weak: bool) -> Fact {
    Fact {
        name: name.into(),
        value: value.to_owned(),
        visibility: Visibility::Private,
        origin: Origin::Account,
        weak,
    }
}

/// Everybody has one fact.
fn known() -> (FactIndex, Forms) {
    let index = FactIndex::with_room_for(100);
    let forms = Forms::default();
    for (user, (name, value)) in (0..).zip(FACTS) {
        let fact = fact(name, value, false);
        index.insert(UserId(user), user, &fact);
        forms.learn(&index, UserId(user), user, &fact);
    }
    (index, forms)
}

/// Values of the users in `facts`, with their names.
fn knowing(facts: &[(u32, &str, &str)]) -> (FactIndex, Forms) {
    let index = FactIndex::with_room_for(10);
    let forms = Forms::default();
    for (user, name, value) in facts {
        let fact = fact(name, value, false);
        index.insert(UserId(*user), *user, &fact);
        forms.learn(&index, UserId(*user), *user, &fact);
    }
    (index, forms)
}

/// Whose values accuse in `text`, which is shown to `user`.
fn accused(facts: &[(u32, &str, &str)], user: u32, text: &str) -> Vec<u32> {
    let (index, forms) = knowing(facts);
    let (_, accusing) = forms
        .find(&index, text, "", GlimpseKind::Whole)
        .sides(|fact| fact.owner == Some(UserId(user)));
    accusing
        .iter()
        .filter_map(|own| Some(own.fact.owner?.0))
        .collect()
}

/// The values found in `text`, each once.
fn found(text: &str, hint: &str) -> Vec<&'static str> {
    let (index, forms) = known();
    let mut values: Vec<&str> = forms
        .find(&index, text, hint, GlimpseKind::Whole)
        .sides(|_| false)
        .1
        .iter()
        .filter_map(|own| Some(FACTS[own.fact.owner?.0 as usize].1))
        .collect();
    values.dedup();
    values
}

#[test]
fn values_are_found_in_their_forms() {
    for (text, value) in [
        ("Anna Muller", "Anna Müller"),
        ("ANNA MUELLER", "Anna Müller"),
        ("Anna Mu\u{308}ller", "Anna Müller"),
        ("Müller, Anna", "Anna Müller"),
        ("MÜLLER Anna", "Anna Müller"),
        ("Patient: Mueller, Anna (1961)", "Anna Müller"),
        ("Hello Anna Muller!", "Anna Müller"),
        ("van der Berg, Peter", "Peter van der Berg"),
        ("Lee-Walker, Ann B.", "Ann B. Lee-Walker"),
        ("Patient: Müller, Anna. Born in 1961.", "Anna Müller"),
        ("Anna Muller's card", "Anna Müller"),
        ("Anna Muller’s card", "Anna Müller"),
        ("{'name': 'Anna Muller', 'card': 1}", "Anna Müller"),
        (
            "Mühlgasse 64\n87775 Großlinden",
            "Mühlgasse 64, 87775 Großlinden",
        ),
        (
            "Muehlgasse 64, 87775 Grosslinden",
            "Mühlgasse 64, 87775 Großlinden",
        ),
        ("0151 16924504", "+4915116924504"),
        ("call 0151/169 245 04 now", "+4915116924504"),
        ("+49 (0)151 16924504", "+4915116924504"),
        ("+49 151-16924504", "+4915116924504"),
        ("0049 151 16924504", "+4915116924504"),
        ("tel:+49-151-16924504", "+4915116924504"),
        ("4915116924504", "+4915116924504"),
        ("011 49 151 16924504", "+4915116924504"),
        ("0151 16924504, 0171 2345678", "+4915116924504"),
        ("０１５１ １６９２４５０４", "+4915116924504"),
        ("(555) 478-0620", "+15554780620"),
        ("555.478.0620", "+15554780620"),
        ("1-555-478-0620", "+15554780620"),
        ("+49 30 1234567", "030 1234567"),
        ("(030) 123 45 67", "030 1234567"),
        ("MK48210573", "M-K48210573"),
        ("m k48 210 573", "M-K48210573"),
        ("/members/MK48210573/card", "M-K48210573"),
        ("K-48210573-3", "K482105733"),
        ("4111-1111-1111-1111", "4111 1111 1111 1111"),
        ("Card 4111111111111111 exp", "4111 1111 1111 1111"),
        (
            "f47ac10b58cc4372a5670e02b2c3d479",
            "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        ),
        ("123.456.789-09", "12345678909"),
        ("12.345.678/0001-95", "12345678000195"),
        ("M-K48 210 573", "M-K48210573"),
        ("K 482-105-733", "K482105733"),
        ("K 482-105 733", "K482105733"),
        // Beside other numbers and words.
        ("/2026/MK48210573/7", "M-K48210573"),
        ("12 MK48210573 7", "M-K48210573"),
        ("12 - MK48210573", "M-K48210573"),
        ("MK48210573-card", "M-K48210573"),
        ("会員番号K-48210573-3様", "K482105733"),
        ("2026030109", "20260301-09"),
        ("+44 1772 355600", "+441772355600"),
        ("01772 355600", "+441772355600"),
        ("/patients/anna-muller", "Anna Müller"),
        (
            "attachment; filename=\"Arztbrief_Anna_Müller.pdf\"",
            "Anna Müller",
        ),
        ("Mueller_Anna.pdf", "Anna Müller"),
        ("/users/peter-van-der-berg/card", "Peter van der Berg"),
        ("x-cache-key: user-anna.lee@x.test", "anna.lee@x.test"),
        ("export_anna.lee@x.test.csv", "anna.lee@x.test"),
    ] {
        assert_eq!(found(text, ""), [value], "{text}");
    }
    assert_eq!(found("123456789", "patientSsn"), ["123-45-6789"]);
    assert_eq!(found("1772355600", "phone"), ["+441772355600"]);
    // Stamps, where a field is called so.
    for (text, hint, value) in [
        ("199001011234", "personalNumber", "19900101-1234"),
        ("19900101 1234", "personalNumber", "19900101-1234"),
        ("19920202-1530", "civicNumber", "199202021530"),
        ("20260301 09", "orderNumber", "20260301-09"),
        // What is written as a date with the time of day is no number beside one, either.
        (
            "19900101-1234 / 1992-02-02 1530",
            "civicNumber",
            "19900101-1234",
        ),
    ] {
        assert_eq!(found(text, hint), [value], "{text}");
    }
}

#[test]
fn what_only_looks_alike_is_not_found() {
    for text in [
        // Longer names, and lists of names.
        "Anna Muller-Schmidt",
        "Peter Müller, Anna Schmidt",
        "Schmidt Anna Müllerová",
        "Peter Mueller Anna Weber",
        "Lisa Müller, Anna, Tom",
        "Peter Müller, Anna",
        "Müller, Anna Schmidt",
        "Jo-Anna Muller",
        "D'Anna Muller",
        "D’Anna Muller",
        "'Rosa D\\'Anna Muller'",
        "'Rosa D''Anna Muller'",
        "Anna Muller'ova",
        "maylong",
        "Muller",
        // Parts of longer numbers.
        "4915116924504123",
        "0151 16924504 12 34",
        "9-4111-1111-1111-1111",
        "12-4111-1111-1111-1111",
        // Several numbers: their separators change to and fro.
        "41-11-11 11 11 11-11 11",
        "123-456.789-09",
        // The beginning of one that ends otherwise.
        "4111.1111.1111.1111-23",
        "MK482105731",
        "MK48210573-2",
        "XMK48210573",
        "ÄK-48210573-3",
        "K-48210573-3ä",
        "4111--1111--1111--1111",
        // With the mark of a footnote.
        "Service line 0151 1692450⁴",
        // Another country.
        "+43 151 16924504",
        // Separate lines and cells.
        "4111-1111\n1111-1111",
        "0151\t16924504",
        "MK48,210573",
        // Nine digits can be anything.
        "123456789",
        "order 123 456 7890",
        // Moments.
        "2026-03-01 09:00",
        "20260301 09:00",
        "199001011234",
        "1772355600",
        // Somebody, or something, called otherwise.
        "/streets/anna-muller-strasse",
        "/people/maria-anna-muller",
        "/people/maria.anna.muller",
        "maria_anna_muller",
        "anna.muller@x.test",
        "/card?of=anna.muller%40x.test",
        "/sign-in?return=%2Fcard%3Fof%3Danna.muller%2540x.test",
        "anna.muller&#64;x.test",
        "anna.muller\\x40x.test",
        "mary-anna.lee@x.test",
        "joanna.lee@x.test",
    ] {
        assert_eq!(found(text, ""), [""; 0], "{text}");
    }
    assert_eq!(found("123456789", "orderCount"), [""; 0]);
    assert_eq!(found("1772355600", "iat"), [""; 0]);
    assert_eq!(found("199001011234", "createdAt"), [""; 0]);
    assert_eq!(found("2026-03-01 09:00", "orderTime"), [""; 0]);
}

#[test]
fn an_address_behind_a_label_is_none_when_the_whole_is_somebodys() {
    let index = FactIndex::with_room_for(10);
    let forms = Forms::default();
    for (user, value) in [(0, "anna.lee@x.test"), (1, "user-anna.lee@x.test")] {
        index.insert(UserId(user), user, &fact("email", value, false));
    }
    for (text, owner) in [
        ("user-anna.lee@x.test", 1),
        ("id_anna.lee@x.test", 0),
        ("anna.lee@x.test", 0),
    ] {
        let (_, found) = forms
            .find(&index, text, "", GlimpseKind::Whole)
            .sides(|_| false);
        let owners: Vec<_> = found.iter().map(|own| own.fact.owner).collect();
        assert_eq!(owners, [Some(UserId(owner))], "{text}");
    }
}

#[test]
fn patchwork_is_searched_for_known_values_alone() {
    let (index, forms) = known();
    for (text, count) in [
        ("Müller Anna", 0),
        ("0151 16924504", 0),
        ("Anna Müller", 1),
        ("Mühlgasse 64 87775 Großlinden", 1),
    ] {
        let found = forms.find(&index, text, "", GlimpseKind::Patchwork);
        assert_eq!(found.sides(|_| false).1.len(), count, "{text}");
    }
}

#[test]
fn each_value_is_told_once_where_it_stands() {
    let facts = [
        (0, "phone", "+15554780620"),
        (0, "mobile", "555 478 0620"),
        (1, "card", "4111 1111 1111 1111"),
        (2, "full_name", "Anna Müller"),
        (3, "phone", "+4915116924504"),
        (4, "born", "1961-12-10T00:00:00Z"),
    ];
    let (index, forms) = knowing(&facts);
    for (text, expected) in [
        (
            "1-555-478-0620",
            &[("phone", "1-555-478-0620"), ("mobile", "1-555-478-0620")][..],
        ),
        ("4111 1111 1111 1111", &[("card", "4111 1111 1111 1111")]),
        ("Anna Mu\u{308}ller", &[("full_name", "Anna Mu\u{308}ller")]),
        (
            "0151 16924504, 0049 151 16924504",
            &[("phone", "0151 16924504"), ("phone", "0049 151 16924504")],
        ),
        ("1961-12-10T00:00:00Z", &[("born", "1961-12-10T00:00:00Z")]),
        // In their order, whatever they were found by.
        (
            "0151 16924504 Anna Muller",
            &[("phone", "0151 16924504"), ("full_name", "Anna Muller")],
        ),
    ] {
        let found = forms.find(&index, text, "", GlimpseKind::Whole);
        let found: Vec<(&str, &str)> = found
            .matches
            .iter()
            .map(|own| (&*own.fact.name, &text[own.range.clone()]))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn what_explains_a_value_stands_where_it_does() {
    let facts = [
        (0, "full_name", "Anna Müller"),
        (1, "phone", "+4915116924504"),
        (2, "mobile", "0151 16924504"),
    ];
    for (user, text, owners) in [
        (0, "Anna Müller +4915116924504", &[1][..]),
        (0, "+4915116924504 Anna Müller", &[1]),
        // Who has the very value is meant, and not who has a similar one.
        (0, "0151 16924504", &[2]),
        (1, "0151 16924504", &[]),
        (2, "0151 16924504", &[]),
        (2, "+4915116924504", &[]),
        (2, "(+4915116924504)", &[]),
        (2, "0151 16924504 Anna Muller", &[0]),
        (0, "(0151 16924504)", &[2]),
        (0, "(+4915116924504)", &[1]),
    ] {
        assert_eq!(accused(&facts, user, text), owners, "{text} to {user}");
    }
    // One number, filed in two ways.
    for (own, other, text) in [
        ("4915116924504", "+49 151 16924504", "+4915116924504"),
        ("555 478 0620", "+1 555 478 0620", "(555 478 0620)"),
        ("(555) 478 0620", "555 478 0620", "(555) 478 0620"),
    ] {
        let facts = [(1, "phone", own), (2, "phone", other)];
        assert_eq!(accused(&facts, 1, text), [0; 0], "{text}");
    }
    let (index, forms) = knowing(&[(1, "phone", "030 1234567")]);
    let found = forms.find(&index, "(030 1234567)", "", GlimpseKind::Whole);
    assert_eq!(found.matches.len(), 1, "told once");
}

/// Each was compared with all others of the text.
#[test]
fn a_text_of_very_many_values_takes_no_longer_for_each() {
    let facts = [
        (0, "full_name", "Anna Müller"),
        (1, "phone", "+4915116924504"),
        (2, "mobile", "0151 16924504"),
        (3, "full_name", "Peter van der Berg"),
    ];
    // Exact ones and forms, own and foreign ones.
    let text = "Anna Müller, Muller Anna; 0151 16924504\n".repeat(10_000);
    let accused = accused(&facts, 0, &(text + "van der Berg, Peter"));
    assert_eq!(accused.len(), 10_001);
    assert_eq!((accused[0], accused[9_999], accused[10_000]), (2, 2, 3));
}

#[test]
fn of_a_text_so_many_values_are_kept() {
    let (index, forms) = knowing(&[(0, "email", "ann@x.test"), (1, "email", "lee@x.test")]);
    for (length, more) in [(MOST - 1, false), (MOST, true), (3 * MOST, true)] {
        let text = "ann@x.test ".repeat(length) + "lee@x.test";
        let found = forms.find(&index, &text, "", GlimpseKind::Whole);
        assert_eq!((found.matches.len(), found.more), (MOST, more), "{length}");
    }
}

/// Each id was compared with all moments of the text.
#[test]
fn ids_are_found_among_very_many_moments() {
    let text = "20260301-0900, ".repeat(100_000) + "199001011234";
    assert_eq!(found(&text, "personal number"), ["19900101-1234"]);
    assert_eq!(found(&text, ""), [""; 0]);
}

#[test]
fn ids_are_told_whatever_they_are_made_of() {
    for (value, text) in [
        ("KRKV-482105", "KRKV 482105"),
        ("KRKV-482105", "No. KRKV/482105, open"),
        ("AB-CD-482105", "AB/CD/482105"),
        ("AB-CD-482105", "of AB CD 482105"),
        // Behind letters that begin no id.
        ("12345678909", "CPF nº123.456.789-09"),
        ("M-K48210573", "회원번호M K48210573"),
        (
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "da39a3ee 5e6b4b0d 3255bfef 95601890 afd80709",
        ),
    ] {
        let found = accused(&[(1, "policy", value)], 0, text);
        assert_eq!(found, [1], "{text}");
    }
}

#[test]
fn names_in_scripts_without_spaces_are_known_without_theirs() {
    let facts = [
        (1, "full_name", "田中 翔 陸"),
        (2, "full_name", "アンナ シュミット"),
        (3, "full_name", "ハン ナ"),
    ];
    for (text, owners) in [
        ("田中翔陸", &[1][..]),
        ("氏名：田中翔陸", &[1]),
        ("アンナシュミット", &[2]),
        // Somebody called otherwise.
        ("小田中翔陸", &[]),
        ("田中翔", &[]),
        // Another name altogether, which three letters of sounds are.
        ("ハンナ", &[]),
    ] {
        assert_eq!(accused(&facts, 0, text), owners, "{text}");
    }
}

#[test]
fn what_has_digits_is_no_name_whose_words_are_joined() {
    let facts = [(1, "nickname", "Anna Lee2"), (2, "full_name", "Anna Lee")];
    assert_eq!(accused(&facts, 0, "/people/anna-lee"), [2]);
    assert_eq!(accused(&facts, 0, "/people/anna-lee2"), [0; 0]);
}

#[test]
fn a_response_shows_a_value_in_whatever_form() {
    for (name, value, body, shown) in [
        (
            "phone",
            "+4915116924504",
            "{\"a\":1,\"call\":\"0151 16924504\",\"b\":2}",
            true,
        ),
        (
            "phone",
            "+4915116924504",
            "{\"call\":\"0151 16924505\"}",
            false,
        ),
        ("member_id", "M-10", "{\"no\":\"M-10\",\"b\":2}", true),
        ("member_id", "M-10", "{\"no\":\"M-11\"}", false),
        (
            "full_name",
            "Anna Müller",
            "{\"name\":\"MUELLER, ANNA\"}",
            true,
        ),
        (
            "full_name",
            "Anna Müller",
            "{\"name\":\"Anna Muller-Lee\"}",
            false,
        ),
    ] {
        let response = Received {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.into(),
            cut: false,
        };
        assert_eq!(shows(&response, name, value), shown, "{value} in {body}");
    }
}

#[test]
fn a_similar_value_of_somebody_else_is_not_taken_for_a_form() {
    let index = FactIndex::with_room_for(10);
    let forms = Forms::default();
    for (user, (value, weak)) in [
        ("Anna Müller", false),
        ("Anna Muller", false),
        ("Anna Mueller", true),
        ("Anna Mueller", true),
    ]
    .into_iter()
    .enumerate()
    {
        let user = u32::try_from(user).unwrap();
        let fact = fact("full_name", value, weak);
        index.insert(UserId(user), user, &fact);
        forms.learn(&index, UserId(user), user, &fact);
    }
    for (text, owners) in [
        ("Anna Müller", &[0][..]),
        ("Anna Muller", &[1]),
        ("Anna Mueller", &[]),
    ] {
        let found = forms.find(&index, text, "", GlimpseKind::Whole);
        let own: Vec<u32> = found
            .sides(|_| false)
            .1
            .iter()
            .filter_map(|own| Some(own.fact.owner?.0))
            .collect();
        assert_eq!(own, owners, "{text}");
    }
}

#[test]
fn dates_accuse_only_when_they_are_not_weak() {
    let forms_of_day = |weak: bool, text: &str| {
        let index = FactIndex::with_room_for(1);
        let forms = Forms::default();
        let fact = fact("birth_date", "1961-12-10", weak);
        index.insert(UserId(0), 0, &fact);
        forms.learn(&index, UserId(0), 0, &fact);
        forms
            .find(&index, text, "", GlimpseKind::Whole)
            .sides(|_| false)
            .1
            .len()
    };
    for text in [
        "10.12.1961",
        "12/10/1961",
        "born 10 December 1961 in Berlin",
        "10. Dezember 1961",
        "Dec 10, 1961",
        "10 de dezembro de 1961",
        "10 décembre 1961",
        "1961年12月10日",
        "19611210",
        "1961-12-10T00:00:00Z",
    ] {
        assert_eq!(forms_of_day(false, text), 1, "{text}");
        assert_eq!(forms_of_day(true, text), 0, "{text}");
    }
    for text in ["11.12.1961", "10 1961", "1961-12-1", "December 1961"] {
        assert_eq!(forms_of_day(false, text), 0, "{text}");
    }
}

#[test]
fn the_same_value_is_recognized_in_an_identity_field() {
    for (name, value, other, same) in [
        ("phone", "+4915116924504", "0151 16924504", true),
        ("phone", "+4915116924504", "0151 16924505", false),
        ("phone", "+15554780620", "5554780620", true),
        ("member_id", "M-1001", "m1001", true),
        ("member_id", "M-1001", "M-10010", false),
        ("member_id", "M-1001", "M:1001", false),
        ("full_name", "Anna Müller", "Anna Müller (Köln)", false),
        ("phone", "+15554780620", "(555) 478-0620", true),
        ("birth_date", "1961-12-10", "10.12.1961", true),
        ("birth_date", "1961-12-10", "11.12.1961", false),
        ("full_name", "Anna Müller", "MUELLER, ANNA", true),
        (
            "full_name",
            "Anna Müller",
            "Anna Müller-Lüdenscheidt",
            false,
        ),
        ("email", "a@x.test", "A@x.test", true),
    ] {
        assert_eq!(is_same(name, value, other), same, "{value} {other}");
    }
}
