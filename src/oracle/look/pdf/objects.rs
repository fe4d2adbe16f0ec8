//! The objects of a file, found by their marks rather than by its tables: those
//! can be broken, and a file that was cut has none.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::bytes::inflated;
use super::tokens::{Token, Tokens, of_hex};

/// Objects of one file.
const MOST_OBJECTS: usize = 50_000;

/// What describes an object is cut behind this.
pub(super) const LONGEST_HEAD: usize = 64 * 1024;

/// Filters of one stream.
const MOST_FILTERS: usize = 4;

/// An object: what describes it, and its stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    pub(super) head: &'a [u8],
    pub(super) stream: Option<&'a [u8]>,
}

/// All objects by their numbers; of several with one number the last counts.
#[derive(Debug, Default)]
pub(super) struct File<'a> {
    pub(super) objects: BTreeMap<u32, Object<'a>>,
    pub(super) is_encrypted: bool,
    /// There are more than are read.
    pub(super) has_more: bool,
}

impl<'a> File<'a> {
    /// Reads `bytes`; what is packed in it takes at most `room` bytes, of which it
    /// leaves the rest, and is kept in `packed`.
    pub(super) fn read(bytes: &'a [u8], packed: &'a mut Vec<Packed>, room: &mut usize) -> Self {
        let mut file = Self::default();
        let mut at = 0;
        while let Some(found) = find(&bytes[at..], b" obj") {
            let mark = at + found;
            at = mark + 4;
            let Some(number) = number_before(&bytes[..mark]) else {
                continue;
            };
            if file.objects.len() >= MOST_OBJECTS {
                file.has_more = true;
                break;
            }
            let (object, end) = object(bytes, at);
            file.objects.insert(number, object);
            at = end;
        }
        file.is_encrypted = reference(bytes, b"/Encrypt").is_some();
        for object in file.objects.values() {
            if holds(object.head, b"/ObjStm")
                && let Some(content) = object.decoded(room)
            {
                let first = number_of(object.head, b"/First ").unwrap_or_default();
                packed.push(Packed { content, first });
            }
        }
        let packed: &'a [Packed] = packed;
        for own in packed {
            file.add_packed(own);
        }
        file
    }

    /// The objects of a stream of objects: first their numbers and places.
    fn add_packed(&mut self, packed: &'a Packed) {
        let Some((list, objects)) = packed.content.split_at_checked(packed.first) else {
            return;
        };
        let numbers: Vec<usize> = Tokens::of(list)
            .map_while(|token| match token {
                Token::Number(number) => Some(whole(number) as usize),
                _ => None,
            })
            .collect();
        let pairs = numbers.as_chunks::<2>().0;
        let mut behind = 0;
        for (index, [number, place]) in pairs.iter().enumerate() {
            if self.objects.len() >= MOST_OBJECTS {
                self.has_more = true;
                return;
            }
            let end = pairs
                .get(index + 1)
                .map_or(objects.len(), |[_, next]| *next);
            let end = end.min(objects.len());
            let head = objects.get(*place..end);
            if let (Some(head), Ok(number)) = (head, u32::try_from(*number)) {
                // They stand one behind the other, or the same would be read for each.
                if *place < behind {
                    self.has_more = true;
                    continue;
                }
                behind = end;
                let object = Object { head, stream: None };
                self.objects.entry(number).or_insert(object);
            }
        }
    }
}

/// A stream of objects, unpacked.
#[derive(Debug)]
pub(super) struct Packed {
    content: Vec<u8>,
    /// Where the first of them begins.
    first: usize,
}

impl Object<'_> {
    /// Whether the stream is none that a page shows.
    pub(super) fn is_no_page(&self) -> bool {
        const OTHERS: [&[u8]; 8] = [
            b"/Image",
            b"/XRef",
            b"/ObjStm",
            b"/Length1",
            b"/CIDFontType0C",
            b"/Type1C",
            b"/FunctionType",
            b"/Alternate",
        ];
        OTHERS.iter().any(|mark| holds(self.head, mark))
    }

    /// Whether the stream is a file of its own, or says something of this one.
    pub(super) fn is_attached(&self) -> bool {
        holds(self.head, b"/EmbeddedFile") || holds(self.head, b"/Metadata")
    }

    /// The stream as it was before it was packed, as far as there is `room` for it
    /// and for what it was in between; `None` when it cannot be read.
    pub(super) fn decoded(&self, room: &mut usize) -> Option<Vec<u8>> {
        let stream = self.stream?;
        let mut content = Cow::Borrowed(&stream[..stream.len().min(*room)]);
        let filters = filters(self.head)?;
        if filters.is_empty() {
            *room -= content.len();
        }
        for filter in filters {
            let mut undone = match filter {
                b"FlateDecode" | b"Fl" => inflated(&content, *room),
                b"ASCII85Decode" | b"A85" => ascii_85(&content)?,
                b"ASCIIHexDecode" | b"AHx" => of_hex(&content),
                _ => return None,
            };
            undone.truncate(*room);
            *room -= undone.len();
            content = Cow::Owned(undone);
        }
        Some(content.into_owned())
    }
}

/// The filters in the order in which they are undone; `None` for too many.
fn filters(head: &[u8]) -> Option<Vec<&[u8]>> {
    let Some(at) = find(head, b"/Filter") else {
        return Some(Vec::new());
    };
    let mut found = Vec::new();
    let mut in_array = false;
    for token in Tokens::of(&head[at + 7..]) {
        match token {
            Token::Open => in_array = true,
            Token::Name(name) => found.push(name),
            _ => break,
        }
        if !in_array || found.len() > MOST_FILTERS {
            break;
        }
    }
    (found.len() <= MOST_FILTERS).then_some(found)
}

fn ascii_85(text: &[u8]) -> Option<Vec<u8>> {
    let mut found = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    for byte in text {
        match byte {
            b'z' if group.is_empty() => found.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            b'~' => break,
            byte if byte.is_ascii_whitespace() => {}
            _ => return None,
        }
        if group.len() == 5 {
            found.extend_from_slice(&of_85(&group));
            group.clear();
        }
    }
    if let Some(length) = group.len().checked_sub(1) {
        group.resize(5, 84);
        found.extend_from_slice(&of_85(&group)[..length]);
    }
    Some(found)
}

fn of_85(group: &[u8]) -> [u8; 4] {
    let number = group.iter().fold(0_u32, |sum, digit| {
        sum.wrapping_mul(85).wrapping_add(u32::from(*digit))
    });
    number.to_be_bytes()
}

/// The object whose body begins at `start`, and where to go on.
fn object(bytes: &[u8], start: usize) -> (Object<'_>, usize) {
    let rest = &bytes[start..];
    let window = &rest[..rest.len().min(LONGEST_HEAD)];
    let end = find(window, b"endobj").unwrap_or(window.len());
    let Some(stream) = find(&window[..end], b"stream") else {
        let object = Object {
            head: &window[..end],
            stream: None,
        };
        return (object, start + end);
    };
    let head = &rest[..stream];
    let mut begin = stream + b"stream".len();
    begin += usize::from(rest.get(begin) == Some(&b'\r'));
    begin += usize::from(rest.get(begin) == Some(&b'\n'));
    let content = rest.get(begin..).unwrap_or_default();
    let told = number_of(head, b"/Length ").filter(|length| {
        let behind = content.get(*length..).unwrap_or_default();
        find(&behind[..behind.len().min(16)], b"endstream").is_some()
    });
    let length = told
        .or_else(|| find(content, b"endstream"))
        .unwrap_or(content.len());
    let object = Object {
        head,
        stream: Some(&content[..length]),
    };
    (object, start + begin + length)
}

/// The number under `key`, unless it is told elsewhere.
fn number_of(head: &[u8], key: &[u8]) -> Option<usize> {
    let at = find(head, key)? + key.len();
    let mut tokens = Tokens::of(&head[at..]);
    match (tokens.next()?, tokens.next()) {
        (Token::Number(_), Some(Token::Number(_))) => None,
        (Token::Number(number), _) if number >= 0.0 => Some(whole(number) as usize),
        _ => None,
    }
}

/// The number of the object whose mark stands behind `bytes`: `12 0`.
fn number_before(bytes: &[u8]) -> Option<u32> {
    let digits = |bytes: &[u8]| {
        let length = bytes
            .iter()
            .rev()
            .take(10)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        (length > 0).then_some(length)
    };
    let generation = digits(bytes)?;
    let bytes = bytes[..bytes.len() - generation].strip_suffix(b" ")?;
    let length = digits(bytes)?;
    std::str::from_utf8(&bytes[bytes.len() - length..])
        .ok()?
        .parse()
        .ok()
}

/// The object that `head` refers to under `key`.
pub(super) fn reference(head: &[u8], key: &[u8]) -> Option<u32> {
    let at = find(head, key)? + key.len();
    references(head.get(at..)?).next()
}

/// The objects that `text` refers to at its beginning: one, or an array of them.
pub(super) fn references(text: &[u8]) -> impl Iterator<Item = u32> {
    let mut tokens = Tokens::of(text).peekable();
    let in_array = matches!(tokens.peek(), Some(Token::Open));
    if in_array {
        tokens.next();
    }
    let mut is_done = false;
    std::iter::from_fn(move || {
        if is_done {
            return None;
        }
        is_done = !in_array;
        let (Token::Number(number), Token::Number(_)) = (tokens.next()?, tokens.next()?) else {
            return None;
        };
        matches!(tokens.next()?, Token::Word(b"R")).then(|| whole(number))
    })
}

/// Whether `mark` stands in `head`, and is no beginning of a longer name.
pub(super) fn holds(head: &[u8], mark: &[u8]) -> bool {
    let mut at = 0;
    while let Some(found) = find(&head[at..], mark) {
        at += found + mark.len();
        if !head.get(at).is_some_and(u8::is_ascii_alphanumeric) {
            return true;
        }
    }
    false
}

pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted[0];
    let mut at = 0;
    while let Some(found) = bytes.get(at..)?.iter().position(|byte| *byte == first) {
        at += found;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// A number of a file without what stands behind its point.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts from floating point saturate"
)]
pub(super) fn whole(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests;
