//! Looking into JSON: every key and every value, escapes undone.
//!
//! The text is walked while it is read, without a tree of values: keys keep
//! their order, and a key that is there twice is seen twice.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::{Layer, Spot, is_plain_name};

use super::fields::{self, Fields};
use super::layers::{Base, Looker};

/// Whether `text` is JSON, without looking at it.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// `false` when the text is no JSON. `serde_json` refuses nesting deeper than
/// 128, so hostile depth ends here as unreadable.
pub(super) fn look(text: &str, base: Base<'_>, looker: &mut Looker<'_>) -> bool {
    if !is_json(text) {
        return false;
    }
    let mut path = Vec::new();
    let walk = Walk {
        looker,
        path: &mut path,
        base,
        around: Around::Nothing,
    };
    walk.deserialize(&mut serde_json::Deserializer::from_str(text))
        .is_ok()
}

/// Many documents, one behind the other. `false` when something else is among
/// them, or nothing.
pub(super) fn look_at_lines(text: &str, base: Base<'_>, looker: &mut Looker<'_>) -> bool {
    // Record separators announce each document of a JSON text sequence.
    let text = text.replace('\u{1e}', " ");
    let mut at = 0;
    let mut number = 0;
    loop {
        let rest = &text[at..];
        let mut documents = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        match documents.next() {
            Some(Ok(_)) => {}
            Some(Err(_)) => break,
            None => return number > 0,
        }
        let length = documents.byte_offset();
        number += 1;
        let spot = || base.at(Spot::Line(number));
        if !look(&rest[..length], Base(Some(&spot)), looker) {
            break;
        }
        at += length;
    }
    false
}

#[derive(Debug)]
enum Segment {
    Key(String),
    Index(usize),
}

struct Walk<'w, 's, 'b> {
    looker: &'w mut Looker<'s>,
    path: &'w mut Vec<Segment>,
    base: Base<'b>,
    around: Around<'w>,
}

/// What a value is directly in.
enum Around<'w> {
    Nothing,
    /// An object, with its fields.
    Object(&'w mut Object),
    /// An array, with what its texts are together: `"given": ["Mary", "Ann"]`.
    Array(&'w mut Texts),
}

/// The fields of an object, and what it says of itself when it is a field:
/// `{"key": "firstName", "value": "Ann"}`.
#[derive(Debug, Default)]
struct Object {
    fields: Fields,
    name: Option<String>,
    value: Option<String>,
}

impl Object {
    fn push(&mut self, key: &str, text: &str) {
        self.fields.push(key, text);
        if text.len() > fields::LONGEST {
            return;
        }
        match key {
            "key" | "name" | "label" | "field" | "property" | "question" => {
                self.name = Some(text.to_owned());
            }
            "value" | "answer" | "#text" | "_text" | "$t" => self.value = Some(text.to_owned()),
            _ => {}
        }
    }
}

/// The texts of an array that holds nothing else, as long as they are few.
#[derive(Debug, Default)]
struct Texts {
    whole: String,
    count: usize,
    others: bool,
    /// Those of objects that are fields.
    named: Fields,
    /// The numbers that are bytes: many in a list can be a text.
    bytes: Vec<u8>,
}

/// Shorter lists of bytes hold no value that could accuse.
const FEWEST_BYTES: usize = 6;

/// Names that one person has.
const MOST_TEXTS: usize = 8;

impl Texts {
    fn push(&mut self, text: &str) {
        self.count += 1;
        if self.count <= MOST_TEXTS && text.len() <= fields::LONGEST {
            if !self.whole.is_empty() {
                self.whole.push(' ');
            }
            self.whole.push_str(text.trim());
        } else {
            self.others = true;
        }
    }
}

impl Walk<'_, '_, '_> {
    fn is_no_text(&mut self) {
        if let Around::Array(texts) = &mut self.around {
            texts.others = true;
        }
    }

    fn scalar(self, text: &str, deep: bool) {
        let Self {
            looker,
            path,
            base,
            around,
        } = self;
        let hint = hint(path);
        let spot = || base.at(spot(path));
        if deep {
            looker.text(text, hint, &spot);
        } else {
            looker.plain(text, hint, &spot);
        }
        match around {
            Around::Object(object) => object.push(hint, text),
            Around::Array(texts) => texts.push(text),
            Around::Nothing => {}
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.scalar(&number.to_string(), false);
        Ok(())
    }

    fn visit_u64<E>(mut self, number: u64) -> Result<(), E> {
        if let (Around::Array(texts), Ok(byte)) = (&mut self.around, u8::try_from(number)) {
            texts.bytes.push(byte);
        }
        self.scalar(&number.to_string(), false);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.scalar(&number.to_string(), false);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.scalar(text, true);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.is_no_text();
        let mut texts = Texts::default();
        let mut index = 0;
        loop {
            self.path.push(Segment::Index(index));
            let item = items.next_element_seed(Walk {
                looker: &mut *self.looker,
                path: &mut *self.path,
                base: self.base,
                around: Around::Array(&mut texts),
            });
            self.path.pop();
            if item?.is_none() {
                break;
            }
            index += 1;
        }
        let Self {
            looker,
            path,
            base,
            around,
        } = self;
        texts.named.look(looker, &|_| base.at(spot(path)));
        if texts.bytes.len() == index && index >= FEWEST_BYTES {
            let place = || base.at(spot(path)).with(Spot::Layer(Layer::Bytes));
            looker.decoded(&texts.bytes, hint(path), &place);
        }
        if let (Around::Object(object), Some(Segment::Key(key)), false) =
            (around, path.last(), texts.others)
        {
            object.push(key, &texts.whole);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.is_no_text();
        let Self {
            looker,
            path,
            base,
            around,
        } = self;
        let mut object = Object::default();
        while let Some(key) = entries.next_key::<String>()? {
            path.push(Segment::Key(key));
            if let Some(Segment::Key(key)) = path.last() {
                looker.text(key, "", &|| base.at(spot(path)));
            }
            entries.next_value_seed(Walk {
                looker: &mut *looker,
                path: &mut *path,
                base,
                around: Around::Object(&mut object),
            })?;
            path.pop();
        }
        object.fields.look(looker, &|name| {
            let mut way = String::new();
            write_path(path, &mut way);
            write_key(name, &mut way);
            base.at(Spot::Json(way))
        });
        match (around, object.name, object.value, path.last()) {
            (Around::Array(texts), Some(name), Some(value), _) => texts.named.push(&name, &value),
            (Around::Object(object), None, Some(value), Some(Segment::Key(key))) => {
                object.push(key, &value);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The last name in the path.
fn hint(path: &[Segment]) -> &str {
    let mut keys = path.iter().rev().filter_map(|segment| match segment {
        Segment::Key(key) => Some(key.as_str()),
        Segment::Index(_) => None,
    });
    keys.next().unwrap_or_default()
}

/// The path in dot form where names allow it, as people write it.
fn spot(path: &[Segment]) -> Spot {
    let mut text = String::new();
    write_path(path, &mut text);
    Spot::Json(text)
}

fn write_path(path: &[Segment], text: &mut String) {
    text.push('$');
    for segment in path {
        match segment {
            Segment::Key(key) => write_key(key, text),
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
}

fn write_key(key: &str, text: &mut String) {
    if is_plain_name(key) && !key.contains('-') {
        text.push('.');
        text.push_str(key);
    } else {
        text.push_str("[?]");
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    #[test]
    fn keys_and_values_with_their_paths() {
        let body = r#"{"a":[{"b":"x\u00fcy"}, 17], "ann@x.test": true, "a": "twice"}"#;
        let (seen, looked) = seen("application/problem+json", body);
        let expect = [
            ("a", "JSON $.a"),
            ("b", "JSON $.a[0].b"),
            ("xüy", "JSON $.a[0].b"),
            ("17", "JSON $.a[1]"),
            ("ann@x.test", "JSON $[?]"),
            ("twice", "JSON $.a"),
        ];
        for (text, spot) in expect {
            assert!(
                seen.contains(&(text.into(), spot.into())),
                "{text} in {seen:?}"
            );
        }
        assert!(!looked.unreadable);
    }

    #[test]
    fn lists_of_bytes_are_texts() {
        let bytes = |text: &str| format!("{:?}", text.as_bytes());
        let body = format!(
            r#"{{"note":{{"type":"Buffer","data":{}}},"pulse":[72,75],"mixed":[97,110,110,97,64,120,300]}}"#,
            bytes("{\"to\":\"ann@x.test\"}")
        );
        let (seen, looked) = seen("application/json", &body);
        let spot = "JSON $.note.data > bytes > JSON $.to";
        assert!(
            seen.contains(&("ann@x.test".into(), spot.into())),
            "{seen:?}"
        );
        assert!(!seen.iter().any(|(text, _)| text == "anna@x"), "{seen:?}");
        assert!(!looked.unreadable);
    }

    #[test]
    fn as_few_numbers_as_a_value_has_letters_are_a_text() {
        for (bytes, is_text) in [("M-4711", true), ("M-471", false)] {
            let body = format!(r#"{{"id":{:?}}}"#, bytes.as_bytes());
            let (seen, _) = seen("application/json", &body);
            let place = (bytes.to_owned(), "JSON $.id > bytes".to_owned());
            assert_eq!(seen.contains(&place), is_text, "{seen:?}");
        }
    }

    #[test]
    fn numbers_of_all_kinds_are_seen() {
        let (seen, _) = seen("application/json", "[4711, -4711, 47.11, true, null]");
        let texts: Vec<&str> = seen.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["4711", "-4711", "47.11"]);
    }

    #[test]
    fn nothing_but_white_space_is_no_json() {
        for media_type in ["application/json", "application/x-ndjson"] {
            let (_, looked) = seen(media_type, " \r\n");
            assert!(looked.unreadable, "{media_type}");
        }
    }

    #[test]
    fn one_person_has_so_many_and_so_long_names() {
        let is_whole = |given: &[&str], family: &str| {
            let body = serde_json::json!({"given": given, "family": {"value": family}});
            let (seen, _) = seen("application/json", &body.to_string());
            let whole = format!("{} {family}", given.join(" "));
            seen.iter().any(|(text, _)| *text == whole)
        };
        for (names, wanted) in [(8, true), (9, false)] {
            assert_eq!(is_whole(&vec!["Ann"; names], "Lee"), wanted, "{names}");
        }
        for (letters, wanted) in [(64, true), (65, false)] {
            let name = "e".repeat(letters);
            assert_eq!(is_whole(&["Ann"], &name), wanted, "{letters}");
            assert_eq!(is_whole(&[&name], "Lee"), wanted, "{letters}");
        }
    }

    #[test]
    fn hostile_depth_is_unreadable_and_harmless() {
        let (_, looked) = seen("application/json", &"[".repeat(100_000));
        assert!(looked.unreadable);
    }
}
