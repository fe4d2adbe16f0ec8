//! A setting as it was written, before anybody knows what it means.

use toml_edit::Item;

use super::Origin;
use crate::model::Place;

/// A written value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) value: Written,
    pub(super) origin: Origin,
}

/// What was written.
#[derive(Clone, Debug)]
pub(super) enum Written {
    /// A TOML string.
    Text(String),
    /// A TOML integer.
    Integer(i64),
    /// A TOML boolean.
    Boolean(bool),
    /// A TOML array; every item has a line of its own.
    List(Vec<Setting>),
    /// An environment variable or a flag: text that takes the type expected.
    Untyped(String),
    /// A table without content.
    EmptyTable,
    /// Anything no setting can be, named as a message names it.
    Other(&'static str),
}

impl Written {
    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Untyped(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Boolean(_) => "true or false",
            Self::List(_) => "a list",
            Self::EmptyTable => "a table",
            Self::Other(kind) => kind,
        }
    }
}

/// Tells the line of a byte offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Lines<'_> {
    /// The place of a span; the first line when there is none.
    pub(super) fn place(self, span: Option<std::ops::Range<usize>>) -> Place {
        let start = span.map_or(0, |span| span.start).min(self.text.len());
        let before = self.text.as_bytes()[..start].split(|byte| *byte == b'\n');
        Place::new(self.file, before.count())
    }

    pub(super) fn origin(self, span: Option<std::ops::Range<usize>>) -> Origin {
        Origin::File(self.place(span))
    }
}

/// Every value of `item`, which is called `key` and stands at `origin`, by
/// dotted key.
pub(super) fn flatten(
    key: &str,
    item: &Item,
    origin: Origin,
    lines: Lines<'_>,
) -> Vec<(String, Setting)> {
    let mut found = Vec::new();
    collect(key, item, origin, lines, &mut found);
    found
}

fn collect(
    key: &str,
    item: &Item,
    origin: Origin,
    lines: Lines<'_>,
    found: &mut Vec<(String, Setting)>,
) {
    let Some(table) = item.as_table_like().filter(|table| !table.is_empty()) else {
        let value = written(item, lines);
        found.push((key.to_owned(), Setting { value, origin }));
        return;
    };
    for (name, child) in table.iter() {
        let span = table
            .key(name)
            .and_then(toml_edit::Key::span)
            .or_else(|| child.span());
        collect(
            &format!("{key}.{name}"),
            child,
            lines.origin(span),
            lines,
            found,
        );
    }
}

fn written(item: &Item, lines: Lines<'_>) -> Written {
    match item {
        Item::Value(value) => from_value(value, lines),
        Item::Table(_) => Written::EmptyTable,
        Item::ArrayOfTables(_) => Written::Other("a list of tables"),
        Item::None => Written::Other("nothing"),
    }
}

fn from_value(value: &toml_edit::Value, lines: Lines<'_>) -> Written {
    use toml_edit::Value;
    match value {
        Value::String(text) => Written::Text(text.value().clone()),
        Value::Integer(number) => Written::Integer(*number.value()),
        Value::Boolean(truth) => Written::Boolean(*truth.value()),
        Value::Float(_) => Written::Other("a number with a fraction"),
        Value::Datetime(_) => Written::Other("a date"),
        Value::InlineTable(_) => Written::EmptyTable,
        Value::Array(array) => Written::List(
            array
                .iter()
                .map(|item| Setting {
                    origin: lines.origin(item.span()),
                    value: from_value(item, lines),
                })
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_key_and_line() {
        let text = "a = 1\n[b]\nc.d = true\ne = [\n 1,\n 'x' ]\n[b.f]\n[[g]]\n";
        let document = toml_edit::Document::parse(text).unwrap();
        let lines = Lines { file: "f", text };
        let told: Vec<_> = flatten("x", document.as_item(), Origin::Default, lines)
            .into_iter()
            .map(|(key, setting)| format!("{key} {} {}", setting.origin, setting.value.kind()))
            .collect();
        assert_eq!(
            told,
            [
                "x.a f:1 a whole number",
                "x.b.c.d f:3 true or false",
                "x.b.e f:4 a list",
                "x.b.f f:7 a table",
                "x.g f:8 a list of tables",
            ]
        );
    }
}
