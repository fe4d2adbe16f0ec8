//! Archives as programs write them, and broken ones.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::tests::{seen, seen_bytes};
use super::{MOST_ENTRIES, inflated, told};

const VALUE: &str = "ann@x.test";

/// A ZIP of these files, with their lengths before or behind them.
fn zip(files: &[(&str, &str)], is_streamed: bool) -> Vec<u8> {
    let mut zip = Vec::new();
    for (name, content) in files {
        let level = flate2::Compression::default();
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
        encoder.write_all(content.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        let length = u32::try_from(packed.len()).unwrap().to_le_bytes();
        let told = if is_streamed { [0; 4] } else { length };
        let flags = if is_streamed { 8 } else { 0 };
        zip.extend_from_slice(b"PK\x03\x04\x14\0");
        zip.extend_from_slice(&[flags, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        zip.extend_from_slice(&told);
        zip.extend_from_slice(&told);
        zip.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        zip.extend_from_slice(&[0, 0]);
        zip.extend_from_slice(name.as_bytes());
        zip.extend_from_slice(&packed);
        if is_streamed {
            zip.extend_from_slice(b"PK\x07\x08\0\0\0\0");
            zip.extend_from_slice(&length);
            zip.extend_from_slice(&length);
        }
    }
    zip.extend_from_slice(b"PK\x01\x02");
    zip
}

#[test]
fn what_is_in_archives_is_looked_at() {
    let files = [
        ("readme.txt", "hello hello hello"),
        ("m/data.json", "{\"mail\":\"ann@x.test\"}"),
    ];
    let place = (
        VALUE.to_owned(),
        "archive > part 2 > JSON $.mail".to_owned(),
    );
    for is_streamed in [false, true] {
        let body = zip(&files, is_streamed);
        for media_type in ["application/zip", "application/octet-stream", "text/plain"] {
            let (seen, looked) = seen_bytes(media_type, &body);
            assert!(
                seen.contains(&place),
                "{media_type} {is_streamed}: {seen:?}"
            );
            assert_eq!(looked.skipped, 0);
        }
        let json = serde_json::json!({ "file": STANDARD.encode(&body) }).to_string();
        let (seen, _) = seen("application/json", &json);
        let inner = (
            VALUE.to_owned(),
            format!("JSON $.file > base64 > {}", place.1),
        );
        assert!(seen.contains(&inner), "{seen:?}");
    }
    let (seen, _) = seen_bytes(
        "application/zip",
        &zip(&[("Befund_Ann_Lee.pdf", "")], false),
    );
    assert!(seen.contains(&("Befund_Ann_Lee.pdf".into(), "archive > part 1".into())));
}

#[test]
fn documents_and_tables_are_read_as_such() {
    let document = "<w:document xmlns:w='w'><w:p><w:r><w:t>Dear Ann</w:t></w:r><w:r>\
                    <w:t xml:space='preserve'> Lee</w:t></w:r></w:p><w:p><w:r><w:t>Bo</w:t><w:br/><w:t>Fox</w:t></w:r></w:p></w:document>";
    let (seen, _) = seen_bytes(
        "application/zip",
        &zip(&[("word/document.xml", document)], true),
    );
    let place = (
        "Dear Ann Lee".to_owned(),
        "archive > part word/document.xml > XML /document/p".to_owned(),
    );
    assert!(seen.contains(&place), "{seen:?}");
    // Lines that were begun on purpose are no broken name.
    assert!(seen.iter().any(|(text, _)| text == "Bo\u{c}\nFox"));
    let sheet = "<worksheet><sheetData><row><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c></row>\
                 <row><c r='A2' t='inlineStr'><is><t>Ann</t></is></c><c r='B2' t='s'><v>2</v></c></row>\
                 <row><c r='B3' t='s'><v>3</v></c></row></sheetData></worksheet>";
    let texts = "<sst><si><t>First name</t></si><si><t>Last name</t></si><si><r><t>L</t></r><r><t>ee</t></r></si><si><t>Fox</t></si></sst>";
    let files = [
        ("xl/sharedStrings.xml", texts),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let (seen, _) = seen_bytes("application/zip", &zip(&files, false));
    let place = (
        "Ann Lee".to_owned(),
        "archive > part xl/worksheets/sheet1.xml > CSV row 1 column 1".to_owned(),
    );
    assert!(seen.contains(&place), "{seen:?}");
    assert!(!seen.iter().any(|(text, _)| text == "Ann Fox"));
}

#[test]
fn files_of_a_tar_are_bodies_of_their_own() {
    let content = "{\"mail\":\"ann@x.test\"}";
    let mut tar = vec![0; 512];
    tar[..6].copy_from_slice(b"m.json");
    tar[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    tar[257..262].copy_from_slice(b"ustar");
    tar.extend_from_slice(content.as_bytes());
    tar.resize(512 * 4, 0);
    let (seen, looked) = seen_bytes("application/x-tar", &tar);
    let place = (
        VALUE.to_owned(),
        "archive > part 1 > JSON $.mail".to_owned(),
    );
    assert!(seen.contains(&place), "{seen:?}");
    assert_eq!(looked.skipped, 0);
}

#[test]
fn bombs_locks_and_cut_archives_are_bounded_and_counted() {
    let bomb = "a".repeat(20 << 20);
    let whole = zip(&[("a.txt", &bomb), ("b.txt", VALUE)], true);
    assert!(seen_bytes("application/zip", &whole).1.skipped > 0);
    let mut locked = zip(&[("a.txt", VALUE)], false);
    locked[6] = 1;
    assert!(seen_bytes("application/zip", &locked).1.skipped > 0);
    let whole = zip(&[("a.txt", VALUE), ("b.txt", "other")], false);
    for end in 4..whole.len() {
        seen_bytes("application/zip", &whole[..end]);
    }
    let (seen, looked) = seen_bytes("application/zip", &whole[..whole.len() - 20]);
    assert!(seen.iter().any(|(text, _)| text == VALUE) && looked.skipped > 0);
}

/// A file in a ZIP.
struct Filed<'a> {
    flags: u16,
    method: u16,
    name: &'a str,
    extra: &'a [u8],
    packed: Vec<u8>,
    /// What stands behind it when its length comes there.
    behind: &'a [u8],
}

/// A file that is stored as it is.
fn stored<'a>(name: &'a str, content: &str) -> Filed<'a> {
    Filed {
        flags: 0,
        method: 0,
        name,
        extra: b"",
        packed: content.as_bytes().to_vec(),
        behind: b"",
    }
}

/// A file that is packed.
fn deflated<'a>(name: &'a str, content: &str) -> Filed<'a> {
    let level = flate2::Compression::default();
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(content.as_bytes()).unwrap();
    Filed {
        method: 8,
        packed: encoder.finish().unwrap(),
        ..stored(name, "")
    }
}

fn archived(files: &[Filed<'_>]) -> Vec<u8> {
    let mut zip = Vec::new();
    for file in files {
        let length = u32::try_from(file.packed.len()).unwrap();
        let told = if file.flags & 8 == 0 { length } else { 0 };
        zip.extend_from_slice(b"PK\x03\x04\x14\0");
        for number in [file.flags, file.method, 0x6b2f, 0x5a21, 0x3d1c, 0x77e1] {
            zip.extend_from_slice(&number.to_le_bytes());
        }
        zip.extend_from_slice(&told.to_le_bytes());
        zip.extend_from_slice(&[0xff; 4]);
        for length in [file.name.len(), file.extra.len()] {
            zip.extend_from_slice(&u16::try_from(length).unwrap().to_le_bytes());
        }
        zip.extend_from_slice(file.name.as_bytes());
        zip.extend_from_slice(file.extra);
        zip.extend_from_slice(&file.packed);
        zip.extend_from_slice(file.behind);
    }
    zip.extend_from_slice(b"PK\x01\x02");
    zip
}

/// The parts of a ZIP in which `VALUE` stands, and how much was skipped.
fn parts(zip: &[u8]) -> (Vec<String>, u32) {
    let (seen, looked) = seen_bytes("application/zip", zip);
    let places = seen
        .into_iter()
        .filter(|(text, spot)| text == VALUE && spot.starts_with("archive"));
    (places.map(|(_, spot)| spot).collect(), looked.skipped)
}

#[test]
fn files_are_found_however_they_are_packed() {
    let long = "0123456789abcdef".repeat(5_000);
    let name = "n".repeat(300);
    // As written by what does not know the length before.
    let signed = b"PK\x07\x08\xc1\xc2\xc3\xc4\x01\0\0\0\x02\0\0\0";
    let large = b"PK\x07\x08\xc1\xc2\xc3\xc4\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0";
    let unsigned = &signed[4..];
    for (what, first) in [
        ("stored", stored("a.txt", "hello")),
        ("long", stored("a.txt", &long)),
        ("empty", stored("a/", "")),
        ("packed", deflated("a.txt", &long)),
        (
            "extra",
            Filed {
                extra: b"UT\x05\0\x03PK\x01\x02",
                ..stored("a.txt", "hello")
            },
        ),
        ("name", stored(&name, "hello")),
        (
            "utf-8",
            Filed {
                flags: 0x800,
                ..stored("a.txt", "hello")
            },
        ),
        (
            "utf-8 streamed",
            Filed {
                flags: 0x808,
                behind: signed,
                ..deflated("a.txt", &long)
            },
        ),
        (
            "streamed",
            Filed {
                flags: 8,
                behind: large,
                ..deflated("a.txt", "hello")
            },
        ),
        (
            "unsigned",
            Filed {
                flags: 8,
                behind: unsigned,
                ..deflated("a.txt", "hello")
            },
        ),
        (
            "marks within",
            Filed {
                flags: 8,
                packed: [&b"\x01\x09\0\xf6\xff"[..], b"a PK file"].concat(),
                behind: signed,
                ..deflated("a.txt", "")
            },
        ),
        (
            "stored streamed",
            Filed {
                flags: 8,
                behind: signed,
                ..stored("a.txt", "hello")
            },
        ),
    ] {
        let zip = archived(&[first, stored("b.txt", VALUE), deflated("c.txt", VALUE)]);
        let wanted = ["archive > part 2", "archive > part 3"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(parts(&zip), (wanted, 0), "{what}");
    }
    for file in [
        stored("a.txt", VALUE),
        Filed {
            flags: 8,
            behind: signed,
            ..stored("a.txt", VALUE)
        },
        Filed {
            flags: 8,
            behind: large,
            ..deflated("a.txt", VALUE)
        },
    ] {
        let (method, flags) = (file.method, file.flags);
        let wanted = vec!["archive > part 1".to_owned()];
        assert_eq!(parts(&archived(&[file])), (wanted, 0), "{method} {flags}");
    }
}

#[test]
fn a_file_that_cannot_be_unpacked_is_counted() {
    let broken = || Filed {
        packed: vec![0xff; 40],
        ..deflated("a.txt", "")
    };
    for (what, files, places) in [
        // Its length is known, so what stands behind it is read.
        (
            "broken",
            vec![broken(), stored("b.txt", VALUE)],
            &["archive > part 2"][..],
        ),
        // It is not, so what looks like the next file is.
        (
            "broken streamed",
            vec![
                Filed {
                    flags: 8,
                    packed: vec![0xff; 400],
                    behind: b"PK\x07\x08\0\0\0\0\0\0\0\0\0\0\0\0",
                    ..deflated("a.txt", "")
                },
                stored("b.txt", VALUE),
            ],
            &["archive > part 2"],
        ),
        (
            "locked",
            vec![
                stored("b.txt", VALUE),
                Filed {
                    flags: 1,
                    ..stored("a.txt", "?")
                },
            ],
            &["archive > part 1"],
        ),
        (
            "bzip2",
            vec![
                stored("b.txt", VALUE),
                Filed {
                    method: 12,
                    ..stored("a.txt", "BZh9")
                },
            ],
            &["archive > part 1"],
        ),
    ] {
        let (found, skipped) = parts(&archived(&files));
        assert_eq!(found, places, "{what}");
        assert!(skipped > 0, "{what}");
    }
    let unread = archived(&[Filed {
        method: 12,
        ..stored("Befund_Ann_Lee.pdf", "BZh9")
    }]);
    let (seen, _) = seen_bytes("application/zip", &unread);
    let place = (
        "Befund_Ann_Lee.pdf".to_owned(),
        "archive > part 1".to_owned(),
    );
    assert!(seen.contains(&place), "{seen:?}");
}

#[test]
fn files_beyond_the_bounds_are_counted() {
    let many = |count: usize| {
        let files: Vec<Filed<'_>> = (0..count).map(|_| stored("a/", "")).collect();
        parts(&archived(&files)).1
    };
    assert_eq!((many(MOST_ENTRIES), many(MOST_ENTRIES + 1)), (0, 1));
    let level = flate2::Compression::default();
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(&vec![b'a'; 20_000]).unwrap();
    let packed = encoder.finish().unwrap();
    for (room, length) in [
        (0, 0),
        (1, 1),
        (8_192, 8_192),
        (10_000, 10_000),
        (20_000, 20_000),
        (20_001, 20_000),
    ] {
        let (found, read, is_sound) = inflated(&packed, room);
        assert_eq!((found.len(), is_sound), (length, true));
        assert!(read <= packed.len());
    }
    // What stands behind belongs to something else.
    let longer = [&packed[..], b"PK\x07\x08"].concat();
    assert_eq!(inflated(&longer, 1 << 20).1, packed.len());
}

#[test]
fn files_are_read_as_what_their_names_say() {
    for (name, content, spot) in [
        ("a.xml", "<a>ann@x.test</a>", "archive > part 1 > XML /a"),
        ("a.RELS", "<a>ann@x.test</a>", "archive > part 1 > XML /a"),
        (
            "a.json",
            "\"no\"\n\"ann@x.test\"",
            "archive > part 1 > line 2 > JSON $",
        ),
        (
            "a.csv",
            "no,mail\n7,ann@x.test",
            "archive > part 1 > CSV row 1 column mail",
        ),
        (
            "a.html",
            "Dear <p>ann@x.test</p>",
            "archive > part 1 > HTML p",
        ),
        (
            "a.htm",
            "Dear <p>ann@x.test</p>",
            "archive > part 1 > HTML p",
        ),
        ("a.txt", "ann@x.test", "archive > part 1"),
        (
            "a",
            "{\"mail\":\"ann@x.test\"}",
            "archive > part 1 > JSON $.mail",
        ),
    ] {
        let (found, skipped) = parts(&archived(&[stored(name, content)]));
        assert_eq!((found, skipped), (vec![spot.to_owned()], 0), "{name}");
    }
    let texts = |name: &str, content: &str| {
        let (seen, _) = seen_bytes("application/zip", &archived(&[stored(name, content)]));
        let own = seen
            .into_iter()
            .filter(|(_, spot)| spot == "archive > part 1");
        own.map(|(text, _)| text).collect::<Vec<_>>()
    };
    // No page, however it begins.
    for name in ["mail.txt", "mail.md"] {
        let content = "<ann@x.test> wrote";
        assert!(texts(name, content).contains(&content.to_owned()), "{name}");
    }
    // The tags of a page are no text.
    for name in ["a.html", "a.htm"] {
        let content = "Dear <p>ann@x.test</p>";
        assert!(
            !texts(name, content).contains(&content.to_owned()),
            "{name}"
        );
    }
}

#[test]
fn only_names_of_office_programs_are_told() {
    for (name, is_told) in [
        ("word/document.xml", true),
        ("xl/worksheets/sheet123.xml", true),
        ("content.xml", true),
        ("Befund_Ann_Lee.xml", false),
        ("letters/word/document.xml", false),
        // A number of somebody.
        ("xl/worksheets/sheet1234.xml", false),
        ("word/header1.xml", true),
        ("document.xml.rels", false),
        // Files that people put into a document.
        ("word/embeddings/Ann_Lee.docx", false),
        ("xl/media/sheet1.xml", false),
        ("word/ann@lee.example.xml", false),
    ] {
        assert_eq!(told(name, 7), if is_told { name } else { "7" });
    }
}

/// The head of a file in a tar.
fn head(name: &str, length: usize) -> Vec<u8> {
    let mut head = vec![0; 512];
    head[..name.len()].copy_from_slice(name.as_bytes());
    head[124..135].copy_from_slice(format!("{length:011o}").as_bytes());
    head[257..262].copy_from_slice(b"ustar");
    head
}

#[test]
fn a_tar_is_read_to_its_last_file() {
    let file = |name: &str, content: &str| {
        let mut file = head(name, content.len());
        file.extend_from_slice(content.as_bytes());
        file.resize(file.len().next_multiple_of(512), 0);
        file
    };
    let (full, longer) = ("a".repeat(512), "b".repeat(513));
    let whole = [
        file("a.txt", &full),
        file("b.txt", &longer),
        file("dir/", ""),
        file("c.txt", VALUE),
    ]
    .concat();
    let ended = [&whole[..], &[0; 1024]].concat();
    let whole = &whole[..];
    let place = vec!["archive > part 4".to_owned()];
    for (tar, found, skipped) in [
        (&ended[..], &place, 0),
        // Without an end, and cut behind the last byte of the last file.
        (whole, &place, 0),
        (&whole[..whole.len() - 512 + VALUE.len()], &place, 0),
        // Cut within it.
        (
            &whole[..whole.len() - 512 + VALUE.len() - 1],
            &Vec::new(),
            1,
        ),
    ] {
        assert_eq!(parts(tar), (found.clone(), skipped));
    }
    let (seen, _) = seen_bytes("application/x-tar", &ended);
    for (name, part) in [("a.txt", 1), ("dir/", 3), ("c.txt", 4)] {
        let place = (name.to_owned(), format!("archive > part {part}"));
        assert!(seen.contains(&place), "{seen:?}");
    }
    let many = |count: usize| {
        seen_bytes("application/x-tar", &head("a/", 0).repeat(count))
            .1
            .skipped
    };
    assert_eq!((many(MOST_ENTRIES), many(MOST_ENTRIES + 1)), (0, 1));
}
