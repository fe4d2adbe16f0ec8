//! Looking into archives: what is packed in a ZIP, which documents and tables of
//! office programs are, too, and in a tar.
//!
//! A ZIP is read from its beginning, entry by entry, and not by the list at its
//! end: one that was cut has none.

use std::io::Read;

use crate::model::{Layer, Spot, short_text_of};

use super::bytes::Body;
use super::layers::{Base, Looker};
use super::sheets::{self, Shared};

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
    let mut texts = entries
        .iter()
        .find(|own| own.name == "xl/sharedStrings.xml")
        .map(|own| Shared::read(&own.content, looker))
        .unwrap_or_default();
    for (number, entry) in (1..).zip(&entries) {
        let spot = || base.at(Spot::Part(told(&entry.name, number)));
        looker.text(&entry.name, "", &spot);
        if entry.content.is_empty() {
            continue;
        }
        looker.deeper(entry.content.len(), |looker| {
            if entry.name.starts_with("xl/worksheets/") {
                sheets::look(&entry.content, &mut texts, Base(Some(&spot)), looker);
            }
            let body = Body {
                content_type: content_type(&entry.name),
                bytes: &entry.content,
            };
            body.look(Base(Some(&spot)), looker);
        });
    }
}

/// The names that office programs give by themselves are told; others, such as
/// those of files put into a document, can be anything.
fn told(name: &str, number: usize) -> String {
    const FOLDERS: &[&str] = &[
        "docProps",
        "notesSlides",
        "ppt",
        "slides",
        "word",
        "worksheets",
        "xl",
    ];
    const FILES: &[&str] = &[
        "app",
        "comments",
        "content",
        "core",
        "custom",
        "document",
        "endnotes",
        "footer",
        "footnotes",
        "header",
        "meta",
        "notesSlide",
        "presentation",
        "settings",
        "sharedStrings",
        "sheet",
        "slide",
        "styles",
        "workbook",
    ];
    let (folders, file) = name.rsplit_once('/').unwrap_or(("", name));
    let is_given = file.strip_suffix(".xml").is_some_and(|file| {
        let word = file.trim_end_matches(|letter: char| letter.is_ascii_digit());
        FILES.contains(&word) && file.len() - word.len() <= 3
    }) && folders
        .split_terminator('/')
        .all(|own| FOLDERS.contains(&own));
    if is_given {
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
    let mut is_sound = true;
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
                let (found, length, is_own_sound) = inflated(&content[..end], room);
                is_sound &= is_own_sound;
                (found, length)
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
        if is_streamed && let Some(next) = find(&bytes[at..], b"PK") {
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
    (entries, is_whole && is_sound)
}

/// What can be inflated before an error or the bound, how long it was, and
/// whether there was no error.
fn inflated(bytes: &[u8], room: usize) -> (Vec<u8>, usize, bool) {
    let mut decoder = flate2::bufread::DeflateDecoder::new(bytes);
    let mut found = Vec::new();
    let mut chunk = [0; 8192];
    let mut is_sound = true;
    while found.len() < room {
        match decoder.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => found.extend_from_slice(&chunk[..length]),
            Err(_) => {
                is_sound = false;
                break;
            }
        }
    }
    found.truncate(room);
    let length = usize::try_from(decoder.total_in()).unwrap_or(bytes.len());
    (found, length.min(bytes.len()), is_sound)
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
mod tests;
