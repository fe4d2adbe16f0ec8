//! Looking into multipart bodies: every part with its own headers and encoding.

use crate::model::{Layer, Spot, UNTOLD, is_plain_name, short_text_of};

use super::bytes::Body;
use super::escapes;
use super::layers::{Base, Looker};
use super::runs::base64;

/// Parts that are looked at.
const MOST_PARTS: usize = 1_000;

/// `false` when there are no parts.
pub(super) fn look(body: Body<'_>, base: Base<'_>, looker: &mut Looker<'_>) -> bool {
    let Some(boundary) = body
        .content_type
        .and_then(|kind| parameter(kind, "boundary"))
    else {
        return false;
    };
    let found = parts(body.bytes, boundary.as_bytes());
    if found.between.is_empty() {
        return false;
    }
    if found.between.len() > MOST_PARTS {
        looker.skip();
    }
    for (number, part) in (1..).zip(found.between.into_iter().take(MOST_PARTS)) {
        look_at_part(part, number, base, looker);
    }
    // Nobody is meant to see these, and anybody can.
    for (name, text) in [("preamble", found.before), ("epilogue", found.behind)] {
        if !text.trim_ascii().is_empty() {
            let spot = || base.at(Spot::Part(name.to_owned()));
            looker.text(&short_text_of(text), "", &spot);
        }
    }
    true
}

fn look_at_part(part: &[u8], number: usize, base: Base<'_>, looker: &mut Looker<'_>) {
    let (head, content) = split_head(part);
    let head = short_text_of(head)
        .replace("\r\n ", " ")
        .replace("\r\n\t", " ");
    let headers: Vec<(String, &str)> = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()))
        .collect();
    let header = |wanted: &str| {
        headers
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| *value)
    };
    let name = header("content-disposition").and_then(|value| parameter(value, "name"));
    let told = match name {
        Some(name) if is_plain_name(name) => name.to_owned(),
        Some(_) => UNTOLD.to_owned(),
        None => number.to_string(),
    };
    let spot = || base.at(Spot::Part(told.clone()));
    for (name, value) in &headers {
        let plain = is_plain_name(name);
        let in_header = || {
            let told = if plain { name } else { UNTOLD };
            spot().with(Spot::Header(told.to_owned()))
        };
        looker.text(value, name, &in_header);
        if !plain {
            looker.text(name, "", &in_header);
        }
    }
    // What is no header is seen nevertheless.
    for line in head.lines().filter(|line| !line.contains(':')) {
        looker.text(line, "", &spot);
    }
    let coding = header("content-transfer-encoding").unwrap_or_default();
    let decoded = match coding.to_ascii_lowercase().as_str() {
        "base64" => {
            let packed: Vec<u8> = content
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect();
            base64(&packed).map(|bytes| (Layer::Base64, bytes))
        }
        "quoted-printable" => {
            escapes::quoted_printable_bytes(content).map(|bytes| (Layer::QuotedPrintable, bytes))
        }
        _ => None,
    };
    let content_type = header("content-type").or(name.map(|_| "text/plain"));
    looker.deeper(content.len(), |looker| {
        if let Some((layer, bytes)) = &decoded {
            let spot = || spot().with(Spot::Layer(*layer));
            let body = Body {
                content_type,
                bytes,
            };
            body.look(Base(Some(&spot)), looker);
        } else {
            let body = Body {
                content_type,
                bytes: content,
            };
            body.look(Base(Some(&spot)), looker);
        }
    });
}

/// The head of a part and its content, an empty line between them. It comes
/// first where there is no head.
fn split_head(part: &[u8]) -> (&[u8], &[u8]) {
    if let Some(content) = part
        .strip_prefix(b"\r\n")
        .or_else(|| part.strip_prefix(b"\n"))
    {
        return (&[], content);
    }
    let ends = [&b"\r\n\r\n"[..], b"\n\n"].into_iter();
    let found = ends.filter_map(|end| {
        let mut windows = part.windows(end.len());
        let at = windows.position(|window| window == end)?;
        Some((&part[..at], &part[at + end.len()..]))
    });
    found
        .min_by_key(|(head, _)| head.len())
        .unwrap_or((&[], part))
}

/// A body in its parts.
#[derive(Debug, Default)]
struct Parts<'a> {
    /// What stands between two of the lines.
    between: Vec<&'a [u8]>,
    /// What stands before all of them.
    before: &'a [u8],
    /// What stands behind all of them.
    behind: &'a [u8],
}

/// What stands between the lines that end with `boundary`.
fn parts<'a>(bytes: &'a [u8], boundary: &[u8]) -> Parts<'a> {
    let delimiter = [b"--", boundary].concat();
    let mut found = Parts::default();
    let mut begin: Option<usize> = None;
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let start = at;
        at += line.len();
        let line = line.trim_ascii_end();
        let next = line.strip_suffix(delimiter.as_slice());
        let last = || line.strip_suffix(b"--")?.strip_suffix(delimiter.as_slice());
        let Some(before) = next.or_else(last) else {
            continue;
        };
        let end = start + before.len();
        match begin {
            Some(begin) => found.between.push(without_line_end(&bytes[begin..end])),
            None => found.before = &bytes[..end],
        }
        begin = Some(at);
        if next.is_none() {
            found.behind = &bytes[at..];
            return found;
        }
    }
    // The body was cut within a part.
    let last = begin.map(|begin| &bytes[begin..]);
    found.between.extend(last.filter(|last| !last.is_empty()));
    found
}

/// `part` without the end of its last line, which belongs to the boundary.
fn without_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

/// The parameter `name` of a header value.
fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value.split(';').skip(1).find_map(|parameter| {
        let (own, value) = parameter.split_once('=')?;
        own.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;

    #[test]
    fn parts_stand_between_lines_that_end_with_the_boundary() {
        for (body, wanted) in [
            ("--b\r\none\r\n--b\r\ntwo\r\n--b--\r\n", ["", "one|two", ""]),
            ("--b\none\n\n--b\ntwo\n--b--", ["", "one\n|two", ""]),
            (
                "hello\r\n--b \r\none\r\n--b--\r\nbye",
                ["hello\r\n", "one", "bye"],
            ),
            // Cut within a part, and before one.
            ("--b\r\none\r\n--b\r\ntw", ["", "one|tw", ""]),
            ("--b\r\none\r\n--b\r\n", ["", "one", ""]),
            ("--b\r\none\r\n--b", ["", "one", ""]),
            // Behind a part that does not end its last line.
            ("--b\r\none--b\r\ntwo--b--", ["", "one|two", ""]),
            // No boundaries.
            (
                "--b\r\none --bob\r\n--b--x\r\n--b--",
                ["", "one --bob\r\n--b--x", ""],
            ),
            ("nothing", ["", "", ""]),
        ] {
            let found = parts(body.as_bytes(), b"b");
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let parts: Vec<String> = found.between.iter().map(|part| text(part)).collect();
            let whole = [text(found.before), parts.join("|"), text(found.behind)];
            assert_eq!(whole, wanted, "{body}");
        }
        assert_eq!(parts(b"--b--\r\none\r\n--b----", b"b--").between, [b"one"]);
    }

    #[test]
    fn the_head_of_a_part_ends_with_an_empty_line() {
        for (part, head, content) in [
            (
                "A: b\r\nC: d\r\n\r\none\r\n\r\ntwo",
                "A: b\r\nC: d",
                "one\r\n\r\ntwo",
            ),
            ("A: b\n\none\n\ntwo", "A: b", "one\n\ntwo"),
            ("A: b\n\none\r\n\r\ntwo", "A: b", "one\r\n\r\ntwo"),
            ("\r\none\r\n\r\ntwo", "", "one\r\n\r\ntwo"),
            ("\none\n\ntwo", "", "one\n\ntwo"),
            ("one", "", "one"),
        ] {
            let (own, rest) = split_head(part.as_bytes());
            assert_eq!((own, rest), (head.as_bytes(), content.as_bytes()), "{part}");
        }
    }

    #[test]
    fn what_stands_around_the_parts_is_seen() {
        let body = "for ann@x.test\r\n--b\r\n\r\none\r\n--b--\r\n{\"a\":\"bob@x.test\"}\r\n";
        let (seen, looked) = seen("multipart/mixed; boundary=b", body);
        for place in [
            ("for ann@x.test\r\n", "part preamble"),
            ("one", "part 1"),
            ("bob@x.test", "part epilogue > JSON $.a"),
        ] {
            let place = (place.0.to_owned(), place.1.to_owned());
            assert!(seen.contains(&place), "{seen:?}");
        }
        assert!(!looked.unreadable);
    }

    #[test]
    fn lines_that_are_no_headers_are_seen() {
        let body = "--b\r\nfor ann@x.test\r\nX-To: bob@x.test\r\n\r\none\r\n\
                    --b\r\n\r\nDear cy@x.test,\r\n\r\nhello\r\n--b--";
        let (seen, _) = seen("multipart/mixed; boundary=b", body);
        for place in [
            ("for ann@x.test", "part 1"),
            ("bob@x.test", "part 1 > header x-to"),
            ("Dear cy@x.test,\r\n\r\nhello", "part 2"),
        ] {
            let place = (place.0.to_owned(), place.1.to_owned());
            assert!(seen.contains(&place), "{seen:?}");
        }
    }

    #[test]
    fn encodings_of_parts_are_undone_before_they_are_read() {
        let body = "--b\r\nContent-Type: application/json\r\n\
                    Content-Transfer-Encoding: quoted-printable\r\n\r\n\
                    {\"a\":\"ann=40x.test\"}\r\n--b--";
        let (seen, _) = seen("multipart/mixed; boundary=b", body);
        let spot = "part 1 > quoted-printable > JSON $.a";
        assert!(
            seen.contains(&("ann@x.test".to_owned(), spot.to_owned())),
            "{seen:?}"
        );
    }

    #[test]
    fn a_part_called_like_a_person_is_seen_and_not_told() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"ann@x.test\"\r\n\r\none\r\n--b--";
        let (seen, _) = seen("multipart/form-data; boundary=b", body);
        assert!(
            seen.contains(&("one".to_owned(), "part ?".to_owned())),
            "{seen:?}"
        );
        let named = seen.iter().find(|(text, _)| text.contains("ann@x.test"));
        assert_eq!(named.unwrap().1, "part ? > header content-disposition");
    }

    #[test]
    fn so_many_parts_are_looked_at() {
        for (number, skipped) in [(MOST_PARTS, 0), (MOST_PARTS + 1, 1)] {
            let body = "--b\r\n\r\none\r\n".repeat(number) + "--b--";
            let (seen, looked) = seen("multipart/mixed; boundary=b", &body);
            let parts = seen.iter().filter(|(text, _)| text == "one").count();
            assert_eq!((parts, looked.skipped), (MOST_PARTS, skipped));
        }
    }
}
