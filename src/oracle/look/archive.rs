//! Looking into archives: what is packed in a ZIP, which documents and tables of
//! office programs are, too, and in a tar.
//!
//! A ZIP is read from its beginning, entry by entry, and not by the list at its
//! end: one that was cut has none.

use std::io::Read;

use crate::model::{Layer, Spot, short_text_of};

use super::bytes::Body;
use super::layers::{Base, Looker};
use super::sheets;

/// Entries of one archive that are looked at.
const MOST_ENTRIES: usize = 2_000;

const LOCAL: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const BLOCK: usize = 512;

/// Whether a ZIP begins here.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL)
}

/// Whether a tar begins here.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// A file of an archive.
#[derive(Debug)]
struct Entry {
    name: String,
    content: Vec<u8>,
}

/// Looks at the name and the content of every entry.
pub(super) fn look(bytes: &[u8], base: Base<'_>, looker: &mut Looker<'_>) {
    let spot = || base.at(Spot::Layer(Layer::Archive));
    let base = Base(Some(&spot));
    let (entries, is_whole) = if is_zip(bytes) {
        zip(bytes, looker.room())
    } else {
        tar(bytes)
    };
    if !is_whole {
        looker.skip();
    }
    let texts = entries
        .iter()
        .find(|own| own.name == "xl/sharedStrings.xml")
        .map(|own| sheets::shared_texts(&own.content))
        .unwrap_or_default();
    for (number, entry) in (1..).zip(&entries) {
        let spot = || base.at(Spot::Part(told(&entry.name, number)));
        looker.text(&entry.name, "", &spot);
        if entry.content.is_empty() {
            continue;
        }
        looker.deeper(entry.content.len(), |looker| {
            if entry.name.starts_with("xl/worksheets/") {
                sheets::look(&entry.content, &texts, Base(Some(&spot)), looker);
            }
            let body = Body {
                content_type: content_type(&entry.name),
                bytes: &entry.content,
            };
            body.look(Base(Some(&spot)), looker);
        });
    }
}

/// The names that office programs give are told; others can be anything.
fn told(name: &str, number: usize) -> String {
    const OFFICE: [&str; 6] = [
        "xl/",
        "word/",
        "ppt/",
        "docProps/",
        "content.xml",
        "meta.xml",
    ];
    if OFFICE.iter().any(|own| name.starts_with(own))
        && name.len() <= 60
        && name.bytes().filter(u8::is_ascii_digit).count() <= 3
    {
        name.to_owned()
    } else {
        number.to_string()
    }
}

fn content_type(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "xml" | "rels" => "application/xml",
        "json" => "application/json",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "txt" | "md" => "text/plain",
        _ => return None,
    })
}

/// The entries of a ZIP, which take at most `room` bytes, and whether these are
/// all of them.
fn zip(bytes: &[u8], room: usize) -> (Vec<Entry>, bool) {
    let mut entries = Vec::new();
    let mut room = room;
    let mut at = 0;
    while bytes[at..].starts_with(LOCAL) {
        let Some((head, rest)) = bytes[at..].split_at_checked(30) else {
            return (entries, false);
        };
        let short = |place: usize| usize::from(u16::from_le_bytes([head[place], head[place + 1]]));
        let (flags, method) = (short(6), short(8));
        let long = |place: usize| short(place) | short(place + 2) << 16;
        let (packed, name, extra) = (long(18), short(26), short(28));
        let (Some(name), Some(content)) = (rest.get(..name), rest.get(name + extra..)) else {
            return (entries, false);
        };
        if entries.len() >= MOST_ENTRIES || flags & 1 != 0 || room == 0 {
            // Too many, or locked.
            return (entries, false);
        }
        // Its length comes behind what was written as it was made.
        let is_streamed = flags & 8 != 0;
        let (found, length) = match method {
            8 => {
                let end = if is_streamed {
                    content.len()
                } else {
                    packed.min(content.len())
                };
                inflated(&content[..end], room)
            }
            0 if is_streamed => {
                let end = find(content, DESCRIPTOR).unwrap_or(content.len());
                (content[..end.min(room)].to_vec(), end)
            }
            0 => {
                let end = packed.min(content.len());
                (content[..end.min(room)].to_vec(), end)
            }
            _ => (Vec::new(), packed),
        };
        let is_unread = !matches!(method, 0 | 8) || found.len() >= room;
        room = room.saturating_sub(found.len());
        entries.push(Entry {
            name: short_text_of(name),
            content: found,
        });
        if is_unread {
            return (entries, false);
        }
        let length = if is_streamed || method != 8 {
            length
        } else {
            packed
        };
        at = (bytes.len() - content.len())
            .saturating_add(length)
            .min(bytes.len());
        if is_streamed && let Some(next) = find(&bytes[at..bytes.len().min(at + 32)], b"PK") {
            at += next;
            if bytes[at..].starts_with(DESCRIPTOR) {
                at = (at + 16).min(bytes.len());
                // The lengths have four bytes each, or eight.
                if !bytes[at..].starts_with(b"PK") {
                    at = (at + 8).min(bytes.len());
                }
            }
        }
    }
    // The list follows.
    let is_whole = bytes[at..].starts_with(b"PK");
    (entries, is_whole)
}

/// What can be inflated before an error or the bound, and how long it was.
fn inflated(bytes: &[u8], room: usize) -> (Vec<u8>, usize) {
    let mut decoder = flate2::bufread::DeflateDecoder::new(bytes);
    let mut found = Vec::new();
    let mut chunk = [0; 8192];
    while found.len() < room
        && let Ok(length @ 1..) = decoder.read(&mut chunk)
    {
        found.extend_from_slice(&chunk[..length]);
    }
    found.truncate(room);
    let length = usize::try_from(decoder.total_in()).unwrap_or(bytes.len());
    (found, length.min(bytes.len()))
}

/// The same of a tar: a head with the name and the length, then the content.
fn tar(bytes: &[u8]) -> (Vec<Entry>, bool) {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while let Some((head, behind)) = rest.split_at_checked(BLOCK) {
        let name = head[..100]
            .split(|byte| *byte == 0)
            .next()
            .unwrap_or_default();
        if name.is_empty() {
            return (entries, true);
        }
        let digits = head[124..136]
            .iter()
            .filter(|byte| matches!(byte, b'0'..=b'7'));
        let length = digits.fold(0_usize, |sum, digit| {
            sum.saturating_mul(8)
                .saturating_add(usize::from(digit - b'0'))
        });
        let end = length.min(behind.len());
        if entries.len() >= MOST_ENTRIES {
            return (entries, false);
        }
        entries.push(Entry {
            name: short_text_of(name),
            content: behind[..end].to_vec(),
        });
        let padded = length.div_ceil(BLOCK).saturating_mul(BLOCK);
        let Some(next) = behind.get(padded..) else {
            return (entries, end == length);
        };
        rest = next;
    }
    (entries, true)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::super::tests::{seen, seen_bytes};

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
}
