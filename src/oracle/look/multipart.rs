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
    let parts = parts(body.bytes, boundary.as_bytes());
    if parts.len() > MOST_PARTS {
        looker.skip();
    }
    for (number, part) in (1..).zip(parts.iter().copied().take(MOST_PARTS)) {
        look_at_part(part, number, base, looker);
    }
    !parts.is_empty()
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

/// The head of a part and its content, an empty line between them.
fn split_head(part: &[u8]) -> (&[u8], &[u8]) {
    for (separator, length) in [(&b"\r\n\r\n"[..], 4), (b"\n\n", 2)] {
        let found = part.windows(length).position(|window| window == separator);
        if let Some(at) = found {
            return (&part[..at], &part[at + length..]);
        }
    }
    (&[], part)
}

/// What stands between the lines of `boundary`.
fn parts<'a>(bytes: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut line = b"--".to_vec();
    line.extend_from_slice(boundary);
    let mut parts = Vec::new();
    let mut begin: Option<usize> = None;
    let mut at = 0;
    while let Some(found) = bytes[at..]
        .windows(line.len())
        .position(|window| window == line)
    {
        let here = at + found;
        if let Some(begin) = begin {
            let part = &bytes[begin..here];
            parts.push(part.strip_suffix(b"\r\n").unwrap_or(part));
        }
        let behind = here + line.len();
        if bytes[behind..].starts_with(b"--") {
            return parts;
        }
        let next = bytes[behind..].iter().position(|byte| *byte == b'\n');
        at = next.map_or(bytes.len(), |next| behind + next + 1);
        begin = Some(at);
    }
    // The body was cut within a part.
    if let Some(begin) = begin.filter(|begin| *begin < bytes.len()) {
        parts.push(&bytes[begin..]);
    }
    parts
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
