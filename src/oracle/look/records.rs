//! Looking into binary records: `MessagePack`, CBOR and protocol buffers. Read as
//! plain text, a value in them often has the byte before it, which tells its
//! length, for a letter.

use crate::model::{Layer, Spot, is_plain_name, short_text_of};

use super::fields::Fields;
use super::layers::{Base, Looker};
use super::runs::base64;

/// Records within records.
const DEEPEST: u32 = 32;

/// Looks at the texts of the records in `bytes`, if the media type or the bytes
/// say that these are some; `false` when they are none.
pub(super) fn look(
    media_type: Option<&str>,
    bytes: &[u8],
    base: Base<'_>,
    looker: &mut Looker<'_>,
) -> bool {
    let kind = media_type.unwrap_or("application/octet-stream");
    let is_any = kind.ends_with("/octet-stream");
    if kind.starts_with("application/grpc") {
        return calls(kind, bytes, base, looker);
    }
    if kind.contains("protobuf") {
        return protobuf(bytes, base, looker);
    }
    // Without a name, only what is a map to its last byte.
    let is_map = |marks: &[std::ops::RangeInclusive<u8>]| {
        let first = bytes.first().copied().unwrap_or_default();
        is_any && bytes.len() > 8 && marks.iter().any(|own| own.contains(&first))
    };
    let found = if kind.contains("msgpack") || is_map(&[0x80..=0x8f, 0xde..=0xdf]) {
        Some((message_pack as Reader, Layer::MessagePack))
    } else if kind.contains("cbor") || is_map(&[0xa1..=0xbf]) {
        Some((cbor as Reader, Layer::Cbor))
    } else {
        None
    };
    let Some((reader, layer)) = found else {
        return false;
    };
    if !is_whole(reader, bytes) {
        return false;
    }
    let spot = || base.at(Spot::Layer(layer));
    let mut walk = Walk {
        base: Base(Some(&spot)),
        looker,
        path: "$".to_owned(),
    };
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some(value) = reader(&mut rest) else {
            break;
        };
        walk.value(reader, value, "", &mut rest, DEEPEST, None);
    }
    true
}

/// What begins at a place of a record.
#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
    Number(i128),
    /// So many values, or twice as many; without a number, until an end.
    Array(Option<usize>),
    Map(Option<usize>),
    End,
    /// The next value, with a mark.
    Tag,
    Other,
}

/// Reads what begins at the beginning.
type Reader = for<'a> fn(&mut &'a [u8]) -> Option<Value<'a>>;

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (own, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(own)
}

fn big_endian(bytes: &mut &[u8], length: usize) -> Option<usize> {
    let own = take(bytes, length)?;
    usize::try_from(
        own.iter()
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)),
    )
    .ok()
}

fn text<'a>(bytes: &mut &'a [u8], length: usize) -> Option<Value<'a>> {
    let own = take(bytes, length)?;
    Some(std::str::from_utf8(own).map_or(Value::Bytes(own), Value::Text))
}

fn message_pack<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
    let mark = take(bytes, 1)?[0];
    Some(match mark {
        0..=0x7f => Value::Number(mark.into()),
        0x80..=0x8f => Value::Map(Some(usize::from(mark & 0xf))),
        0x90..=0x9f => Value::Array(Some(usize::from(mark & 0xf))),
        0xa0..=0xbf => text(bytes, usize::from(mark & 0x1f))?,
        0xc4..=0xc6 => {
            let length = big_endian(bytes, 1 << (mark - 0xc4))?;
            Value::Bytes(take(bytes, length)?)
        }
        0xc7..=0xc9 => {
            let length = big_endian(bytes, 1 << (mark - 0xc7))?;
            take(bytes, length.checked_add(1)?)?;
            Value::Other
        }
        0xca => {
            take(bytes, 4)?;
            Value::Other
        }
        0xcb => {
            take(bytes, 8)?;
            Value::Other
        }
        0xcc..=0xcf => Value::Number(i128::try_from(big_endian(bytes, 1 << (mark - 0xcc))?).ok()?),
        0xd0..=0xd3 => {
            take(bytes, 1 << (mark - 0xd0))?;
            Value::Other
        }
        0xd4..=0xd8 => {
            take(bytes, 1 + (1 << (mark - 0xd4)))?;
            Value::Other
        }
        0xd9..=0xdb => {
            let length = big_endian(bytes, 1 << (mark - 0xd9))?;
            text(bytes, length)?
        }
        0xdc | 0xdd => Value::Array(Some(big_endian(bytes, 2 << (mark - 0xdc))?)),
        0xde | 0xdf => Value::Map(Some(big_endian(bytes, 2 << (mark - 0xde))?)),
        0xc1 => return None,
        0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => Value::Other,
    })
}

fn cbor<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
    let mark = take(bytes, 1)?[0];
    let (major, minor) = (mark >> 5, mark & 0x1f);
    let length = match minor {
        0..=23 => Some(usize::from(minor)),
        24..=27 => Some(big_endian(bytes, 1 << (minor - 24))?),
        31 => None,
        _ => return None,
    };
    Some(match (major, length) {
        (0, Some(number)) => Value::Number(i128::try_from(number).ok()?),
        (2, Some(length)) => Value::Bytes(take(bytes, length)?),
        (3, Some(length)) => text(bytes, length)?,
        // In pieces until an end.
        (2..=4, length) => Value::Array(length),
        (5, length) => Value::Map(length),
        (6, Some(_)) => Value::Tag,
        (7, None) => Value::End,
        (1 | 7, Some(_)) => Value::Other,
        _ => return None,
    })
}

/// Whether `bytes` are such values to the last byte.
fn is_whole(reader: Reader, bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        if passed(reader, &mut rest, DEEPEST).is_none() {
            return false;
        }
    }
    !bytes.is_empty()
}

/// Goes on behind one value; `Some(true)` when it was an end.
fn passed(reader: Reader, rest: &mut &[u8], depth: u32) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    let (count, each) = match reader(rest)? {
        Value::Array(count) => (count, 1),
        Value::Map(count) => (count, 2),
        Value::Tag => (Some(1), 1),
        Value::End => return Some(true),
        _ => return Some(false),
    };
    let count = match count {
        Some(count) => Some(count.checked_mul(each)?),
        None => None,
    };
    let mut number = 0;
    while count.is_none_or(|count| number < count) {
        if passed(reader, rest, depth)? {
            return count.is_none().then_some(false);
        }
        number += 1;
    }
    Some(false)
}

struct Walk<'w, 's, 'b> {
    looker: &'w mut Looker<'s>,
    base: Base<'b>,
    path: String,
}

impl Walk<'_, '_, '_> {
    /// Looks at `value`, of which `rest` follows, and tells its text to the
    /// record around it.
    fn value(
        &mut self,
        reader: Reader,
        value: Value<'_>,
        hint: &str,
        rest: &mut &[u8],
        depth: u32,
        around: Option<&mut Fields>,
    ) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match value {
            Value::Text(text) => {
                self.text(text, hint);
                if let Some(fields) = around {
                    fields.push(hint, text);
                }
            }
            Value::Number(number) => self.text(&number.to_string(), hint),
            Value::Bytes(bytes) => {
                let (base, path) = (self.base, &self.path);
                let spot = || base.at(Spot::Json(path.clone()));
                self.looker.decoded(bytes, hint, &spot);
            }
            Value::Tag => {
                if let Some(inner) = reader(rest) {
                    self.value(reader, inner, hint, rest, depth, around);
                }
            }
            Value::Array(count) => {
                let mut number = 0;
                while count.is_none_or(|count| number < count) {
                    let Some(inner) = reader(rest) else { return };
                    if matches!(inner, Value::End) {
                        return;
                    }
                    self.within(&format!("[{number}]"), |walk| {
                        walk.value(reader, inner, hint, rest, depth, None);
                    });
                    number += 1;
                }
            }
            Value::Map(count) => self.map(reader, count, rest, depth),
            Value::End | Value::Other => {}
        }
    }

    fn map(&mut self, reader: Reader, count: Option<usize>, rest: &mut &[u8], depth: u32) {
        let mut fields = Fields::default();
        let mut number = 0;
        while count.is_none_or(|count| number < count) {
            let Some(key) = reader(rest) else { break };
            let name = match key {
                Value::End => break,
                Value::Text(text) => text,
                _ => "",
            };
            let step = if is_plain_name(name) {
                format!(".{name}")
            } else {
                "[?]".to_owned()
            };
            self.within(&step, |walk| {
                if name.is_empty() {
                    walk.value(reader, key, "", rest, depth, None);
                } else {
                    walk.text(name, "");
                }
                if let Some(inner) = reader(rest) {
                    walk.value(reader, inner, name, rest, depth, Some(&mut fields));
                }
            });
            number += 1;
        }
        let (base, path) = (self.base, &self.path);
        fields.look(self.looker, &|_| base.at(Spot::Json(path.clone())));
    }

    fn within(&mut self, step: &str, look: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(step);
        look(self);
        self.path.truncate(length);
    }

    fn text(&mut self, text: &str, hint: &str) {
        let (base, path) = (self.base, &self.path);
        self.looker
            .text(text, hint, &|| base.at(Spot::Json(path.clone())));
    }
}

/// The messages of calls: each behind a byte of marks and its length.
fn calls(kind: &str, bytes: &[u8], base: Base<'_>, looker: &mut Looker<'_>) -> bool {
    let decoded: Vec<u8>;
    let mut rest = bytes;
    if kind.starts_with("application/grpc-web-text") {
        // Several texts of base64, one behind the other.
        let pieces = bytes.split_inclusive(|byte| *byte == b'=');
        decoded = pieces.filter_map(base64).flatten().collect();
        rest = &decoded;
    }
    let mut found = false;
    while let Some(head) = take(&mut rest, 1)
        && let Some(length) = big_endian(&mut rest, 4)
    {
        let length = length.min(rest.len());
        let message = take(&mut rest, length).unwrap_or_default();
        if head[0] & 0x80 != 0 {
            // Trailers, in lines.
            let text = short_text_of(message);
            looker.text(&text, "", &|| base.or(Spot::Text(0)));
        } else if head[0] == 0 {
            found |= protobuf(message, base, looker);
        } else {
            looker.decoded(message, "", &|| base.or(Spot::Text(0)));
        }
    }
    found
}

fn protobuf(bytes: &[u8], base: Base<'_>, looker: &mut Looker<'_>) -> bool {
    if bytes.is_empty() || fields_of(bytes).is_none() {
        return false;
    }
    let spot = || base.at(Spot::Layer(Layer::Protobuf));
    let mut walk = Walk {
        base: Base(Some(&spot)),
        looker,
        path: "$".to_owned(),
    };
    walk.message(bytes, DEEPEST);
    true
}

impl Walk<'_, '_, '_> {
    fn message(&mut self, bytes: &[u8], depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        for (number, content) in fields_of(bytes).unwrap_or_default() {
            self.within(&format!(".{number}"), |walk| {
                match std::str::from_utf8(content) {
                    Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => {
                        walk.text(text, "");
                    }
                    _ if fields_of(content).is_some() => walk.message(content, depth),
                    _ => {
                        let (base, path) = (walk.base, &walk.path);
                        let spot = || base.at(Spot::Json(path.clone()));
                        walk.looker.decoded(content, "", &spot);
                    }
                }
            });
        }
    }
}

/// The fields of a message that have a length, with their numbers; `None` when
/// these bytes are no message.
fn fields_of(bytes: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        if key >> 3 == 0 {
            return None;
        }
        match key & 7 {
            0 => {
                varint(&mut rest)?;
            }
            1 => {
                take(&mut rest, 8)?;
            }
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                found.push((key >> 3, take(&mut rest, length)?));
            }
            5 => {
                take(&mut rest, 4)?;
            }
            _ => return None,
        }
    }
    Some(found)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..10 {
        let byte = take(bytes, 1)?[0];
        number |= u64::from(byte & 0x7f) << (7 * place).min(63);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests;
