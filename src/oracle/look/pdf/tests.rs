//! Files as generators write them.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::tests::{seen, seen_bytes};

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A file of these objects: what describes each, and its stream.
fn file(objects: &[(&str, Option<&[u8]>)]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    for (number, (head, stream)) in (1..).zip(objects) {
        file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        match stream {
            None => file.extend_from_slice(format!("<<{head}>>").as_bytes()),
            Some(stream) => {
                let packed = deflated(stream);
                let length = packed.len();
                let head = format!("<</Filter /FlateDecode /Length {length} {head}>>\nstream\r\n");
                file.extend_from_slice(head.as_bytes());
                file.extend_from_slice(&packed);
                file.extend_from_slice(b"\nendstream");
            }
        }
        file.extend_from_slice(b"\nendobj\n");
    }
    file.extend_from_slice(b"trailer\n<</Root 1 0 R>>\n%%EOF");
    file
}

/// A page with Latin letters.
fn page(content: &str) -> Vec<u8> {
    file(&[
        (
            "/Type /Page /Contents 2 0 R /Resources <</Font <</F1 3 0 R>>>>",
            None,
        ),
        ("", Some(content.as_bytes())),
        ("/Type /Font /Subtype /Type1 /BaseFont /Helvetica", None),
    ])
}

#[test]
fn texts_of_pages_are_read() {
    for (content, text) in [
        (
            "BT /F1 12 Tf 72 720 Td (Dear Ann Lee,) Tj ET",
            "Dear Ann Lee,",
        ),
        ("BT /F1 12 Tf [(An) 20 (n) -300 (Lee)] TJ ET", "Ann Lee"),
        ("BT /F1 12 Tf <416E6E204C6565> Tj ET", "Ann Lee"),
        ("BT (M\\374ller \\(Ann\\)) Tj ET", "M\u{fc}ller (Ann)"),
        // A bold word between others.
        (
            "BT (Dear ) Tj /F1 9 Tf 20 0 Td (Ann) Tj 20 0 Td ( Lee) Tj ET",
            "Dear Ann Lee",
        ),
        (
            "BT 72 700 Td (Dear Ann) Tj ET BT 99 700 Td ( Lee) Tj ET",
            "Dear Ann Lee",
        ),
        ("BI /W 1 ID (\\)) EI BT (Ann Lee) Tj ET", "Ann Lee"),
    ] {
        let (seen, looked) = seen_bytes("application/pdf", &page(content));
        let place = (text.to_owned(), "PDF > part 1".to_owned());
        assert!(seen.contains(&place), "{content}: {seen:?}");
        assert_eq!(looked.skipped, 0, "{content}");
    }
    let body = serde_json::json!({ "data": STANDARD.encode(page("BT (Ann Lee) Tj ET")) });
    let (seen, _) = seen("application/json", &body.to_string());
    let place = (
        "Ann Lee".to_owned(),
        "JSON $.data > base64 > PDF > part 1".to_owned(),
    );
    assert!(seen.contains(&place), "{seen:?}");
}

#[test]
fn labels_of_a_block_say_what_stands_behind_them() {
    let content = "BT 12 TL (First name: Ann) Tj T* (Last name: Lee) Tj ET";
    let (seen, _) = seen_bytes("application/pdf", &page(content));
    let place = ("Ann Lee".to_owned(), "PDF > part 1".to_owned());
    assert!(seen.contains(&place), "{seen:?}");
    let content = "BT (First name: Ann) Tj ET BT (Last name: Lee) Tj ET";
    let (seen, _) = seen_bytes("application/pdf", &page(content));
    assert!(!seen.contains(&place), "{seen:?}");
}

#[test]
fn cells_and_lines_are_no_names_together() {
    for content in [
        "BT (Ann) Tj 100 0 Td (Lee) Tj ET",
        "BT 1 0 0 1 72 700 Tm (Ann) Tj 1 0 0 1 172 700 Tm (Lee) Tj ET",
        "BT (Ann) Tj ET BT (Lee) Tj ET",
        "BT 12 TL (Ann) Tj T* (Lee) Tj ET",
        "BT 72 700 Td (Ann ) Tj ET BT 72 680 Td (Lee) Tj ET",
        "BT 72 700 Td (Ann ) Tj ET 1 0 0 1 0 9 cm BT 72 700 Td (Lee) Tj ET",
    ] {
        let (seen, _) = seen_bytes("application/pdf", &page(content));
        let together = seen
            .iter()
            .any(|(text, _)| text.contains("Ann Lee") || text.contains("Ann\nLee"));
        assert!(!together, "{content}: {seen:?}");
    }
}

#[test]
fn fonts_tell_what_their_codes_stand_for() {
    let mut table =
        "/CIDInit /ProcSet findresource begin 1 begincodespacerange <0000> <FFFF>\n".to_owned();
    write!(
        table,
        "2 beginbfchar <0003> <0020> <0010> <00FC> endbfchar \
         2 beginbfrange <0024> <0026> <0041> <0030> <0031> [<006E> <00650065>] endbfrange"
    )
    .unwrap();
    let font = "/Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 5 0 R";
    let page = "/Type /Page /Contents [2 0 R] /Resources 3 0 R";
    let content: &[u8] = b"BT /F1 12 Tf <002400300030000300260031> Tj ET";
    let whole = file(&[
        (page, None),
        ("", Some(content)),
        ("/Font <</F1 4 0 R>>", None),
        (font, None),
        ("", Some(table.as_bytes())),
    ]);
    let (seen, looked) = seen_bytes("application/octet-stream", &whole);
    let place = ("Ann Cee".to_owned(), "PDF > part 1".to_owned());
    assert!(seen.contains(&place), "{seen:?}");
    assert_eq!(looked.skipped, 0);
    // Without a table, and with a lock, nobody can tell; that is counted.
    let unknown = file(&[
        (page, None),
        ("", Some(content)),
        ("/Font <</F1 4 0 R>>", None),
        ("/Type /Font /Subtype /Type0 /Encoding /Identity-H", None),
    ]);
    assert!(seen_bytes("application/pdf", &unknown).1.skipped > 0);
    let mut locked = whole;
    locked.extend_from_slice(b"trailer <</Encrypt 9 0 R>>");
    assert!(seen_bytes("application/pdf", &locked).1.skipped > 0);
}

#[test]
fn forms_and_packed_objects_are_read() {
    let objects = "11 0 12 30 <</T (name) /V (Ann Lee)      ><</T (b) /V <FEFF004D00FC>>>";
    let first = objects.find('<').unwrap();
    let objects = objects.replacen("     ><", "     >><", 1);
    let whole = file(&[(
        &format!("/Type /ObjStm /N 2 /First {first}"),
        Some(objects.as_bytes()),
    )]);
    let (seen, _) = seen_bytes("application/pdf", &whole);
    let place = ("Ann Lee".to_owned(), "PDF > field V".to_owned());
    assert!(seen.contains(&place), "{seen:?}");
}

#[test]
fn hostile_files_are_bounded() {
    let bomb = vec![b' '; 80 << 20];
    let (_, looked) = seen_bytes("application/pdf", &file(&[("", Some(&bomb))]));
    assert!(looked.skipped > 0);
    let many = format!("%PDF-1.4\n{}", "1 0 obj <</Contents [".repeat(100_000));
    seen_bytes("application/pdf", many.as_bytes());
    let brackets = page(&format!("BT {} Tj ET", "(".repeat(100_000)));
    seen_bytes("application/pdf", &brackets);
}

/// A font of which the letter `a` stands for `letters`.
fn table(letters: &str) -> String {
    let mut table = "1 beginbfchar <61> <".to_owned();
    for unit in letters.encode_utf16() {
        write!(table, "{unit:04x}").unwrap();
    }
    table + "> endbfchar"
}

#[test]
fn pages_have_fonts_of_their_own_under_the_same_names() {
    let (ann, lee) = (table("Ann"), table("Lee"));
    let show: &[u8] = b"BT /F1 9 Tf (a) Tj ET";
    let fonts = [
        ("/Type/Font/Subtype/TrueType/ToUnicode 3 0 R", None),
        ("/Type/Font/Subtype/TrueType/ToUnicode 4 0 R", None),
        ("", Some(ann.as_bytes())),
        ("", Some(lee.as_bytes())),
    ];
    for (what, first, second) in [
        (
            "in the page",
            "/Type/Page/Contents 7 0 R/Resources<</Font<</F1 1 0 R/F2 2 0 R>>>>",
            "/Type/Page/Contents 8 0 R/Resources<</Font<</F2 1 0 R/F1 2 0 R>>>>",
        ),
        (
            "beside the page",
            "/Type/Page/Contents 7 0 R/Resources 9 0 R",
            "/Type/Page/Contents [8 0 R]/Resources 10 0 R",
        ),
        (
            "in a list of fonts",
            "/Type/Page/Contents[7 0 R]/Resources<</Font 11 0 R>>",
            "/Type/Page/Contents[9 0 R 8 0 R]/Resources<</Font 12 0 R>>",
        ),
    ] {
        let objects = [
            &fonts[..],
            &[
                (first, None),
                (second, None),
                ("", Some(show)),
                ("", Some(show)),
                ("/FontDescriptor 1 0 R/Font<</F1 1 0 R>>", None),
                ("/FontName/F9/Font <</F1 2 0 R>>", None),
                ("/F1 1 0 R", None),
                ("/F1 2 0 R", None),
            ],
        ]
        .concat();
        let (seen, looked) = seen_bytes("application/pdf", &file(&objects));
        for (text, part) in [("Ann", 1), ("Lee", 2)] {
            let place = (text.to_owned(), format!("PDF > part {part}"));
            assert!(seen.contains(&place), "{what}: {seen:?}");
        }
        assert_eq!(looked.skipped, 0, "{what}");
    }
    // What is drawn on several pages brings its fonts along.
    let objects = [
        &fonts[..],
        &[
            (
                "/Type/XObject/Subtype/Form/Resources<</Font<</F1 1 0 R>>>>",
                Some(show),
            ),
            ("/Type/Page/Contents 5 0 R/Font<</F1 2 0 R>>", None),
        ],
    ]
    .concat();
    let (seen, _) = seen_bytes("application/pdf", &file(&objects));
    assert!(
        seen.contains(&("Ann".into(), "PDF > part 1".into())),
        "{seen:?}"
    );
}

/// A file with so many fonts, the tables of which are shared by so many each, and
/// a page with the last of them.
fn fonts(count: usize, sharing: usize) -> Vec<u8> {
    let whole = "1 beginbfrange <0000> <FFFF> <0041> endbfrange";
    let tables = count / sharing;
    let heads: Vec<String> = (0..count)
        .map(|number| format!("/Subtype/Type0/ToUnicode {} 0 R", 3 + number % tables))
        .collect();
    let page = format!(
        "/Type/Page/Contents 2 0 R/Font<</F1 {} 0 R>>",
        2 + tables + count
    );
    let mut objects = vec![
        (page.as_str(), None),
        ("", Some(&b"BT /F1 9 Tf <00000001> Tj ET"[..])),
    ];
    objects.extend((0..tables).map(|_| ("", Some(whole.as_bytes()))));
    objects.extend(heads.iter().map(|head| (head.as_str(), None)));
    file(&objects)
}

#[test]
fn tables_that_fonts_share_are_read_once_and_endless_ones_counted() {
    let place = ("AB".to_owned(), "PDF > part 1".to_owned());
    for (count, sharing, is_whole) in [(1, 1, true), (250, 250, true), (240, 40, false)] {
        let (seen, looked) = seen_bytes("application/pdf", &fonts(count, sharing));
        assert_eq!(looked.skipped == 0, is_whole, "{count} {sharing}");
        assert!(seen.contains(&place), "{seen:?}");
    }
}

#[test]
fn fonts_of_other_pages_are_not_copied_for_each_page() {
    let named = (0..200).fold(String::new(), |all, number| {
        all + &format!("/G{number} 1 0 R")
    });
    let list = format!("/Font<<{named}>>");
    let mut objects: Vec<(&str, Option<&[u8]>)> = vec![(list.as_str(), None); 2];
    objects.extend(vec![("", Some(&b"BT (Ann Lee) Tj ET"[..])); 3_000]);
    let (seen, looked) = seen_bytes("application/pdf", &file(&objects));
    let found = seen.iter().filter(|(text, _)| text == "Ann Lee");
    assert_eq!((found.count(), looked.skipped), (3_000, 0));
}

#[test]
fn streams_within_streams_take_what_room_there_is_once() {
    let bomb = deflated(&deflated(&vec![b' '; 16 << 20]));
    let head = format!("/Filter [/Fl /Fl /Crypt] /Length {}", bomb.len());
    let one = [
        format!("<<{head}>>stream\n").as_bytes(),
        &bomb,
        b"\nendstream endobj\n",
    ]
    .concat();
    let mut whole = page("BT (Ann Lee) Tj ET");
    for number in 10..3_000 {
        whole.extend_from_slice(format!("{number} 0 obj ").as_bytes());
        whole.extend_from_slice(&one);
    }
    let (seen, looked) = seen_bytes("application/pdf", &whole);
    assert!(seen.iter().any(|(text, _)| text == "Ann Lee") && looked.skipped > 0);
}

#[test]
fn what_no_page_shows_is_no_text() {
    let show: &[u8] = b"BT (Ann Lee) Tj ET";
    let place = ("Ann Lee".to_owned(), "PDF > part 1".to_owned());
    for (head, is_shown) in [
        ("", true),
        ("/Type/XObject/Subtype/Form", true),
        ("/Type/XObject/Subtype/Image/Width 1", false),
        ("/Type/XRef", false),
        ("/Length1 9", false),
        ("/Subtype/Type1C", false),
        ("/FunctionType 4", false),
        ("/N 3/Alternate/DeviceRGB", false),
    ] {
        let (seen, looked) = seen_bytes("application/pdf", &file(&[(head, Some(show))]));
        assert_eq!(seen.contains(&place), is_shown, "{head}: {seen:?}");
        assert_eq!(looked.skipped, 0, "{head}");
    }
    // Tables of fonts are none, nor do they count as pages.
    let (seen, _) = seen_bytes(
        "application/pdf",
        &file(&[
            ("", Some(&b"BT (Bo Fox) Tj ET"[..])),
            ("/Type/Font/ToUnicode 1 0 R", None),
            ("", Some(show)),
        ]),
    );
    assert!(seen.contains(&place), "{seen:?}");
    assert!(!seen.iter().any(|(text, _)| text == "Bo Fox"), "{seen:?}");
}

#[test]
fn files_in_a_file_and_what_is_said_of_it_are_bodies_of_their_own() {
    for (head, content, spot) in [
        (
            "/Type/EmbeddedFile/Subtype/application#2Fjson",
            "{\"mail\":\"ann@x.test\"}",
            "PDF > JSON $.mail",
        ),
        (
            "/Type/Metadata/Subtype/XML",
            "<?xml version='1.0'?><a><mail>ann@x.test</mail></a>",
            "PDF > XML /a/mail",
        ),
    ] {
        let (seen, _) = seen_bytes(
            "application/pdf",
            &file(&[(head, Some(content.as_bytes()))]),
        );
        let place = ("ann@x.test".to_owned(), spot.to_owned());
        assert!(seen.contains(&place), "{head}: {seen:?}");
    }
}

#[test]
fn texts_beside_pages_are_told_by_their_keys() {
    let head = "/Title (Befund) /Author <FEFF004A00FC> /Keywords () /A <</URI (/me/ann)>> \
                /Mine (Ann Lee) /Contents (Hello)";
    let (seen, _) = seen_bytes("application/pdf", &file(&[(head, None)]));
    for (text, field) in [
        ("Befund", "Title"),
        ("J\u{fc}", "Author"),
        ("/me/ann", "URI"),
        // Others can be anything.
        ("Ann Lee", "?"),
        ("Hello", "Contents"),
    ] {
        let place = (text.to_owned(), format!("PDF > field {field}"));
        assert!(seen.contains(&place), "{seen:?}");
    }
    assert!(seen.iter().all(|(text, _)| !text.is_empty()), "{seen:?}");
}

#[test]
fn a_name_that_a_full_line_broke_is_whole() {
    let full = "x".repeat(super::FULL - 4) + " Ann";
    let short = &full[1..];
    for (content, is_whole) in [
        (format!("BT ({full}) Tj T* (Lee) Tj ET"), true),
        (format!("BT ({short}) Tj T* (Lee) Tj ET"), false),
        // Cells of one row.
        (format!("BT ({full}) Tj 300 0 Td (Lee) Tj ET"), false),
    ] {
        let (seen, _) = seen_bytes("application/pdf", &page(&content));
        let found = seen.iter().any(|(text, _)| text.contains("Ann\nLee"));
        assert_eq!(found, is_whole, "{content}: {seen:?}");
    }
}
