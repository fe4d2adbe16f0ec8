//! Bodies: from bytes to texts.

use std::io::Read;

use crate::model::{Layer, Spot, text_of};

use super::layers::{Base, Looker};
use super::{Looked, archive, csv, embedded, events, html, json, multipart, pdf, records, xml};

/// The bytes of a body and what is said of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Body<'a> {
    pub(super) content_type: Option<&'a str>,
    pub(super) bytes: &'a [u8],
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    JsonLines,
    Html,
    Xml,
    Csv,
    Events,
    Plain,
    Binary,
}

impl Body<'_> {
    /// Looks through the body, whatever it is.
    pub(super) fn look(self, base: Base<'_>, looker: &mut Looker<'_>) -> Looked {
        if is_packed(self.bytes) && looker.is_spent() {
            looker.skip();
            return Looked::default();
        }
        if let Some(unpacked) = unpacked(self.bytes, looker.room()) {
            let mut looked = Looked::default();
            if unpacked.len() >= looker.room() {
                looker.skip();
            }
            let spot = || base.at(Spot::Layer(Layer::Compressed));
            looker.deeper(unpacked.len(), |looker| {
                let body = Body {
                    bytes: &unpacked,
                    ..self
                };
                looked = body.look(Base(Some(&spot)), looker);
            });
            return looked;
        }
        if is_container(self.bytes) {
            looker.deeper(0, |looker| {
                if pdf::is_pdf(self.bytes) {
                    pdf::look(self.bytes, base, looker);
                } else {
                    archive::look(self.bytes, base, looker);
                }
            });
            return self.in_plain(base, looker);
        }
        let media_type = self.media_type();
        if records::look(media_type.as_deref(), self.bytes, base, looker) {
            return self.in_plain(base, looker);
        }
        if media_type
            .as_deref()
            .is_some_and(|kind| kind.starts_with("multipart/"))
            && multipart::look(self, base, looker)
        {
            return Looked {
                textual: true,
                ..Looked::default()
            };
        }
        let text = text_of(self.content_type, self.bytes);
        let kind = Kind::of(media_type.as_deref(), self.bytes, &text);
        let read = match kind {
            Kind::Json => json::look(&text, base, looker) || guarded(&text, base, looker),
            Kind::JsonLines => json::look_at_lines(&text, base, looker),
            Kind::Html => html::look(&text, base, looker),
            Kind::Xml => xml::look(&text, base, looker),
            Kind::Csv => csv::look(&text, base, looker),
            Kind::Events => events::look(&text, base, looker),
            Kind::Plain => {
                looker.text(&text, "", &|| base.or(Spot::Text(0)));
                true
            }
            Kind::Binary => {
                looker.plain(&text, "", &|| base.or(Spot::Text(0)));
                true
            }
        };
        if !read {
            looker.text(&text, "", &|| base.or(Spot::Text(0)));
        }
        Looked {
            unreadable: !read,
            textual: kind != Kind::Binary,
            skipped: 0,
        }
    }

    /// What stands there in plain, besides all that was undone.
    fn in_plain(self, base: Base<'_>, looker: &mut Looker<'_>) -> Looked {
        let text = text_of(None, self.bytes);
        looker.plain(&text, "", &|| base.or(Spot::Text(0)));
        Looked {
            textual: true,
            ..Looked::default()
        }
    }

    fn media_type(self) -> Option<String> {
        let value = self.content_type?;
        let essence = value.split(';').next().unwrap_or(value).trim();
        Some(essence.to_ascii_lowercase()).filter(|essence| !essence.is_empty())
    }
}

/// JSON behind something that keeps scripts from including it.
fn guarded(text: &str, base: Base<'_>, looker: &mut Looker<'_>) -> bool {
    let document = match embedded::documents(text).as_slice() {
        [document] => *document,
        _ => return json::look_at_lines(text, base, looker),
    };
    // The guard is short; anything longer is no guard.
    let read = text.len() - document.len() <= 64 && json::look(document, base, looker);
    if read && let Some(at) = text.find(document) {
        // What is short can be somebody's data as well.
        for guard in [&text[..at], &text[at + document.len()..]] {
            looker.plain(guard, "", &|| base.or(Spot::Text(0)));
        }
    }
    read
}

impl Kind {
    fn of(media_type: Option<&str>, bytes: &[u8], text: &str) -> Self {
        let Some(kind) = media_type else {
            return Self::by_beginning(bytes, text);
        };
        match kind {
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/jsonlines"
            | "application/json-seq"
            | "application/stream+json"
            | "application/x-json-stream" => Self::JsonLines,
            kind if kind.ends_with("/json") || kind.ends_with("+json") => Self::Json,
            "text/html" | "application/xhtml+xml" => Self::Html,
            kind if kind.ends_with("/xml") || kind.ends_with("+xml") => Self::Xml,
            "text/csv" | "text/tab-separated-values" | "application/csv" => Self::Csv,
            "text/event-stream" => Self::Events,
            kind if kind.starts_with("text/") => Self::Plain,
            kind if ["image/", "audio/", "video/", "font/"]
                .iter()
                .any(|binary| kind.starts_with(binary)) =>
            {
                Self::Binary
            }
            "application/octet-stream" | "binary/octet-stream" => Self::by_beginning(bytes, text),
            "application/pdf"
            | "application/zip"
            | "application/gzip"
            | "application/protobuf"
            | "application/x-protobuf"
            | "application/grpc"
            | "application/wasm" => Self::Binary,
            _ if is_binary(bytes) => Self::Binary,
            _ => Self::Plain,
        }
    }

    /// Without a media type the first character has to do.
    fn by_beginning(bytes: &[u8], text: &str) -> Self {
        let trimmed = text.trim_start();
        match trimmed.as_bytes().first() {
            Some(b'{' | b'[') => Self::Json,
            Some(b'<') if trimmed.starts_with("<?xml") => Self::Xml,
            Some(b'<') => Self::Html,
            _ if is_binary(bytes) => Self::Binary,
            _ => Self::Plain,
        }
    }
}

/// Whether these are not the bytes of a text: too many of them are control
/// characters.
fn is_binary(bytes: &[u8]) -> bool {
    if is_utf_16(bytes) {
        return false;
    }
    let head = &bytes[..bytes.len().min(1024)];
    let controls = head
        .iter()
        .filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127))
        .count();
    controls * 20 > head.len()
}

/// Whether a text in UTF-16 begins here, by its byte order mark.
pub(super) fn is_utf_16(bytes: &[u8]) -> bool {
    bytes.len() >= 4 && matches!(bytes[..2], [0xff, 0xfe] | [0xfe, 0xff])
}

/// What bytes out of a text are.
pub(super) enum Decoded {
    /// A text.
    Text(String),
    /// Something compressed, a document or an archive.
    Packed,
    /// Something else with text in it.
    Binary(String),
    /// Nothing that can be read.
    Nothing,
}

/// Tells what `bytes` are.
pub(super) fn decoded(bytes: &[u8]) -> Decoded {
    if is_packed(bytes) || is_container(bytes) {
        return Decoded::Packed;
    }
    if [&b"\x89PNG"[..], b"\xff\xd8\xff", b"GIF8", b"RIFF", b"wOF"]
        .iter()
        .any(|magic| bytes.starts_with(magic))
    {
        return Decoded::Nothing;
    }
    let text = text_of(None, bytes);
    if is_binary(bytes) {
        Decoded::Binary(text)
    } else {
        Decoded::Text(text)
    }
}

/// Whether something compressed begins here.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    match bytes {
        [0x1f, 0x8b, 8, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => true,
        // The header of zlib is a multiple of 31; a text never begins so.
        [0x78, level @ (0x01 | 0x9c | 0xda), ..] => (0x7800 + u16::from(*level)).is_multiple_of(31),
        _ => false,
    }
}

/// Whether a document or an archive begins here, which holds further bodies.
pub(super) fn is_container(bytes: &[u8]) -> bool {
    pdf::is_pdf(bytes) || archive::is_zip(bytes) || archive::is_tar(bytes)
}

/// What is packed in `bytes`, at most `room` bytes of it and as far as it is
/// whole; `None` when nothing is.
fn unpacked(bytes: &[u8], room: usize) -> Option<Vec<u8>> {
    if !is_packed(bytes) {
        return None;
    }
    let found = match bytes[0] {
        0x1f => read_all(flate2::read::MultiGzDecoder::new(bytes), room),
        0x28 => read_all(zstd::stream::read::Decoder::new(bytes).ok()?, room),
        _ => inflated(bytes, room),
    };
    Some(found).filter(|found| !found.is_empty())
}

/// `body` without the codings that the header `content-encoding` still names;
/// `None` when it names none that can be undone.
pub(super) fn content_codings(codings: &str, body: &[u8], room: usize) -> Option<Vec<u8>> {
    let mut undone: Option<Vec<u8>> = None;
    for coding in codings.rsplit(',') {
        let bytes = undone.as_deref().unwrap_or(body);
        let next = match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => read_all(flate2::read::MultiGzDecoder::new(bytes), room),
            "deflate" if is_packed(bytes) => inflated(bytes, room),
            "deflate" => deflated(bytes, room),
            "br" => read_all(brotli_decompressor::Decompressor::new(bytes, 4096), room),
            "zstd" => read_all(zstd::stream::read::Decoder::new(bytes).ok()?, room),
            _ => continue,
        };
        if next.is_empty() {
            return undone;
        }
        undone = Some(next);
    }
    undone
}

/// What zlib packed in `bytes`, at most `room` bytes of it.
pub(super) fn inflated(bytes: &[u8], room: usize) -> Vec<u8> {
    read_all(flate2::read::ZlibDecoder::new(bytes), room)
}

/// What is deflated in `bytes`, at most `room` bytes of it.
pub(super) fn deflated(bytes: &[u8], room: usize) -> Vec<u8> {
    read_all(flate2::read::DeflateDecoder::new(bytes), room)
}

/// What can be read before an error or the bound.
fn read_all(reader: impl Read, room: usize) -> Vec<u8> {
    let mut reader = reader.take(room as u64);
    let mut found = Vec::new();
    let mut chunk = [0; 8192];
    while let Ok(length @ 1..) = reader.read(&mut chunk) {
        found.extend_from_slice(&chunk[..length]);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::look;
    use super::super::tests::{seen, seen_bytes};
    use super::*;
    use crate::model::Received;

    const VALUE: &str = "ann@x.test";

    /// Where the value is seen in a body of this media type, or of none.
    fn spots(media_type: Option<&str>, body: &str) -> (Vec<String>, Looked) {
        let media_type = media_type.map(|own| ("content-type".to_owned(), own.to_owned()));
        let response = Received {
            headers: media_type.into_iter().collect(),
            body: body.to_owned().into(),
            ..Received::default()
        };
        let mut found = Vec::new();
        let looked = look(&response, &mut |glimpse| {
            if glimpse.text == VALUE {
                found.push((glimpse.spot)().to_string());
            }
        });
        (found, looked)
    }

    #[test]
    fn without_a_media_type_bodies_are_known_by_their_beginning() {
        for media_type in [
            None,
            Some(""),
            Some("; charset=utf-8"),
            Some("application/octet-stream"),
            Some("binary/octet-stream"),
        ] {
            for (body, spot) in [
                ("{\"mail\":\"ann@x.test\"}", "JSON $.mail"),
                (" [\"ann@x.test\"]", "JSON $[0]"),
                ("<p>ann@x.test</p>", "HTML p"),
                ("<?xml version='1.0'?><a>ann@x.test</a>", "XML /a"),
                ("ann@x.test", "body at byte 0"),
            ] {
                let (found, looked) = spots(media_type, body);
                assert_eq!(found, [spot], "{media_type:?} {body}");
                assert!(looked.textual && !looked.unreadable);
            }
        }
    }

    #[test]
    fn media_types_say_how_bodies_are_read() {
        for (media_type, body, spot) in [
            (
                "Application/JSON; charset=utf-8",
                "\"ann@x.test\"",
                "JSON $",
            ),
            ("application/problem+json", "\"ann@x.test\"", "JSON $"),
            (
                "application/xhtml+xml",
                "<p class=m>ann@x.test</p>",
                "HTML p.m",
            ),
            ("image/svg+xml", "<a>ann@x.test</a>", "XML /a"),
            ("text/xml", "<a>ann@x.test</a>", "XML /a"),
            (
                "application/csv",
                "no,mail\n7,ann@x.test",
                "CSV row 1 column mail",
            ),
            (
                "text/tab-separated-values",
                "no\tmail\n7\tann@x.test",
                "CSV row 1 column mail",
            ),
            ("application/jsonl", "1\n\"ann@x.test\"", "line 2 > JSON $"),
            ("text/event-stream", "data: ann@x.test\n\n", "event message"),
            ("text/x-vcard", "ann@x.test", "body at byte 0"),
        ] {
            let (found, looked) = spots(Some(media_type), body);
            assert_eq!(found, [spot], "{media_type}");
            assert!(looked.textual && !looked.unreadable, "{media_type}");
        }
    }

    #[test]
    fn what_is_no_text_is_no_text_that_a_person_reads() {
        for (media_type, body, textual) in [
            ("text/plain", "\u{1}\u{2}\u{3}", true),
            ("application/x-dump", "\u{1}\u{2}\u{3}", false),
            ("application/x-dump", "Hello", true),
            ("image/x-xpixmap", "Hello", false),
            ("font/woff", "Hello", false),
            ("application/pdf", "Hello", false),
            ("application/x-protobuf", "Hello", false),
            ("application/octet-stream", "\u{1}\u{2}\u{3}", false),
            ("application/octet-stream", "Hello", true),
            // One control character of twenty can be a text's, two cannot.
            ("application/x-dump", "Dear Ann Lee, hello\u{7}", true),
            ("application/x-dump", "Dear Ann Lee, hell\u{7}\u{7}", false),
            (
                "application/x-dump",
                "\tDear\r\n\u{c}Ann\u{1b}[0m Lee\n\n\n",
                true,
            ),
        ] {
            assert_eq!(
                seen(media_type, body).1.textual,
                textual,
                "{media_type}: {body:?}"
            );
        }
        let marked: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("Ann Lee".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let (seen, looked) = seen_bytes("application/x-dump", &marked);
        assert!(
            looked.textual && seen.iter().any(|(text, _)| text.ends_with("Ann Lee")),
            "{seen:?}"
        );
        let body = "--b\r\n\r\nann@x.test\r\n--b--\r\n";
        assert!(
            super::super::tests::seen("multipart/mixed; boundary=b", body)
                .1
                .textual
        );
    }

    #[test]
    fn what_stands_in_plain_around_packed_things_is_seen() {
        for (media_type, body) in [
            ("application/pdf", "%PDF-1.7\n% ann@x.test\n%%EOF"),
            ("application/zip", "PK\u{3}\u{4} ann@x.test"),
            ("application/msgpack", "\u{7} ann@x.test"),
        ] {
            let (seen, looked) = seen(media_type, body);
            let found = seen
                .iter()
                .any(|(text, spot)| text.contains(VALUE) && spot == "body at byte 0");
            assert!(found && looked.textual, "{media_type}: {seen:?}");
        }
    }

    #[test]
    fn only_something_short_guards_json() {
        let document = format!("{{\"mail\":\"{VALUE}\",\"note\":\"{}\"}}", "x".repeat(90));
        for (guard, is_guard) in [
            (")]}',\n".to_owned(), true),
            (")".repeat(64), true),
            (")".repeat(65), false),
        ] {
            let (found, looked) = spots(Some("application/json"), &(guard + &document));
            assert_eq!(looked.unreadable, !is_guard);
            let spot = if is_guard {
                "JSON $.mail"
            } else {
                "body at byte 0 > JSON $.mail"
            };
            assert_eq!(found, [spot]);
        }
        let around = format!("/*{VALUE}*/{document};//");
        let (seen, _) = seen("application/json", &around);
        let place = (format!("/*{VALUE}*/"), "body at byte 0".to_owned());
        assert!(seen.contains(&place), "{seen:?}");
        assert!(
            seen.contains(&(";//".to_owned(), "body at byte 0".to_owned())),
            "{seen:?}"
        );
    }

    /// `bytes` as brotli has them when it packs nothing.
    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let length = u8::try_from(bytes.len() - 1).unwrap();
        let head = [0x0b | (length & 1) << 7, length >> 1, 0x80];
        [&head[..], bytes, &[3]].concat()
    }

    #[test]
    fn codings_that_a_header_names_are_undone_in_their_order() {
        let json = b"{\"mail\":\"ann@x.test\"}";
        let level = flate2::Compression::default();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
        gzip.write_all(json).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), level);
        raw.write_all(json).unwrap();
        let raw = raw.finish().unwrap();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
        zlib.write_all(json).unwrap();
        let zlib = zlib.finish().unwrap();
        let zstd = zstd::stream::encode_all(&json[..], 0).unwrap();
        for (codings, body) in [
            ("gzip", gzip.clone()),
            ("X-GZIP", gzip.clone()),
            ("deflate", raw),
            ("deflate", zlib),
            ("br", brotli(json)),
            ("zstd", zstd.clone()),
            ("identity, gzip", gzip.clone()),
            ("gzip, br", brotli(&gzip)),
            ("zstd , br", brotli(&zstd)),
        ] {
            let undone = content_codings(codings, &body, 1 << 20);
            assert_eq!(undone.as_deref(), Some(&json[..]), "{codings}");
        }
        for (codings, body) in [
            ("", &gzip[..]),
            ("identity", &gzip),
            ("gzip", json),
            ("br", b""),
            ("zstd", json),
        ] {
            assert_eq!(content_codings(codings, body, 1 << 20), None, "{codings}");
        }
        assert_eq!(
            content_codings("gzip", &gzip, 7).as_deref(),
            Some(&json[..7])
        );
    }

    #[test]
    fn what_is_packed_is_known_by_its_first_bytes() {
        for (bytes, is_known) in [
            (&b"\x1f\x8b\x08\0"[..], true),
            (b"\x28\xb5\x2f\xfd\0", true),
            (b"\x78\x01\0", true),
            (b"\x78\x9c\0", true),
            (b"\x78\xda\0", true),
            (b"x^2", false),
            (b"(", false),
            (b"", false),
        ] {
            assert_eq!(is_packed(bytes), is_known, "{}", bytes.escape_ascii());
        }
    }
}
