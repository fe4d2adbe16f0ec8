//! Accounts as JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::{Deserializer, Number, Value};

use super::lines::Lines;
use super::problem::Problems;
use super::table::{Row, Table, is_usable_name};

/// From here on a number written without quotes may lose digits.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads what objects there are and adds what is wrong with the others.
pub(super) fn read(text: &str, problems: &mut Problems) -> Table {
    let mut lines = Lines::new(text.as_bytes());
    let mut table = Table::default();
    let mut places = BTreeMap::new();
    let mut cursor = Cursor { text, at: 0 };
    if !cursor.skip('[') {
        let message = "not an array; write the accounts as `[{\"email\": \"...\"}, ...]`";
        problems.add(lines.line_at(cursor.at), message);
        table.spoilt += 1;
        return table;
    }
    if cursor.skip(']') {
        expect_end(&mut cursor, &mut lines, problems);
        return table;
    }
    loop {
        cursor.skip_space();
        let line = lines.line_at(cursor.at);
        if table.is_full(line, problems) {
            return table;
        }
        match cursor.element() {
            Ok(Some(object)) => {
                match cells(object, line, &mut table.columns, &mut places, problems) {
                    Some(cells) => table.rows.push(Row { line, cells }),
                    None => table.spoilt += 1,
                }
            }
            Ok(None) => {
                table.spoilt += 1;
                problems.add(
                    line,
                    "not an object; write each account as `{\"email\": \"...\"}`",
                );
            }
            Err(error) => {
                table.spoilt += 1;
                let line = line + error.line().saturating_sub(1);
                problems.add(line, format!("not JSON: {}", told(&error)));
                return table;
            }
        }
        if cursor.skip(',') {
            continue;
        }
        if cursor.skip(']') {
            expect_end(&mut cursor, &mut lines, problems);
        } else {
            let message = "not JSON: expected `,` or `]` after an account";
            problems.add(lines.line_at(cursor.at), message);
        }
        return table;
    }
}

fn expect_end(cursor: &mut Cursor<'_>, lines: &mut Lines<'_>, problems: &mut Problems) {
    cursor.skip_space();
    if cursor.at < cursor.text.len() {
        problems.add(
            lines.line_at(cursor.at),
            "text after the end of the array; remove it",
        );
    }
}

/// What the parser says without what it cites from the file.
fn told(error: &serde_json::Error) -> &'static str {
    if error.is_eof() {
        "the file ends too early; is a bracket missing?"
    } else {
        "a comma, a quote or a bracket is missing or too many, or values are nested too deeply"
    }
}

/// A place in the text between two accounts. The accounts are parsed one by
/// one, because only so their lines are known.
#[derive(Debug)]
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn skip(&mut self, sign: char) -> bool {
        self.skip_space();
        let found = self.text[self.at..].starts_with(sign);
        self.at += if found { sign.len_utf8() } else { 0 };
        found
    }

    /// The next element, `None` when it is no object.
    fn element(&mut self) -> serde_json::Result<Option<Object>> {
        let rest = &self.text[self.at..];
        let parsed = if rest.starts_with('{') {
            let mut stream = Deserializer::from_str(rest).into_iter::<Object>();
            let object = stream.next().transpose()?;
            (object, stream.byte_offset())
        } else {
            let mut stream = Deserializer::from_str(rest).into_iter::<Value>();
            // An end of the text in place of a value is an error, too.
            if stream.next().transpose()?.is_none() {
                serde_json::from_str::<Value>("")?;
            }
            (None, stream.byte_offset())
        };
        self.at += parsed.1;
        Ok(parsed.0)
    }
}

/// An object with its keys as they stand there: in order, twice if need be.
#[derive(Debug)]
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(Keys)
    }
}

/// The values by column, `None` when something is wrong with them.
fn cells(
    object: Object,
    line: usize,
    columns: &mut Vec<String>,
    places: &mut BTreeMap<String, usize>,
    problems: &mut Problems,
) -> Option<Vec<Option<String>>> {
    let mut good = true;
    let mut cells: Vec<Option<String>> = vec![None; columns.len()];
    let mut seen = vec![false; columns.len()];
    for (place, (key, value)) in object.0.into_iter().enumerate() {
        if !is_usable_name(&key) {
            let message = format!(
                "entry {} of the account has no usable name; use letters, digits and underscores \
                 such as `member_id`",
                place + 1
            );
            problems.add(line, message);
            good = false;
            continue;
        }
        let column = *places.entry(key).or_insert_with_key(|key| {
            columns.push(key.clone());
            cells.push(None);
            seen.push(false);
            columns.len() - 1
        });
        let name = &columns[column];
        if std::mem::replace(&mut seen[column], true) {
            problems.add(
                line,
                format!("`{name}` stands twice in one account; remove one"),
            );
            good = false;
        }
        match text_of(value) {
            Ok(text) => cells[column] = text,
            Err(reason) => {
                problems.add(line, format!("`{name}` {reason}"));
                good = false;
            }
        }
    }
    good.then_some(cells)
}

fn text_of(value: Value) -> Result<Option<String>, &'static str> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(bool) => Ok(Some(bool.to_string())),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) if is_exact(&number) => Ok(Some(number.to_string())),
        Value::Number(_) => Err("has more digits than JSON numbers keep; put it in quotes"),
        Value::Array(_) | Value::Object(_) => {
            Err("is nested; write its parts as values of their own, such as `address_city`")
        }
    }
}

fn is_exact(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|float| float.abs() < EXACT)
}
