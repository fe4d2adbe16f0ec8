//! Reading a value from JSON by a `JSONPath`.

use serde_json::Value;
use serde_json_path::{JsonPath, PathElement};

use crate::model::{UNTOLD, is_plain_name};

use super::capture::CaptureError;

/// The first value that `path` finds in `text`, and where it stands.
pub(super) fn read(path: &JsonPath, text: &str) -> Result<Option<(Value, String)>, CaptureError> {
    let body: Value = serde_json::from_str(text).map_err(|error| CaptureError::Body {
        expected: "JSON",
        // serde_json's own text can quote the body, so only the place is told.
        reason: format!("line {} column {}", error.line(), error.column()),
    })?;
    // A path to each of them would take a hundred times as much memory.
    let Some(node) = path.query(&body).first() else {
        return Ok(None);
    };
    let mut way = way(&body, node).unwrap_or_default();
    way.reverse();
    Ok(Some((node.clone(), dotted(&way))))
}

/// The way from `from` to `node`, which is inside it, innermost first.
fn way<'b>(from: &'b Value, node: &Value) -> Option<Vec<PathElement<'b>>> {
    if std::ptr::eq(from, node) {
        return Some(Vec::new());
    }
    let behind = |element, inner| {
        let mut way = way(inner, node)?;
        way.push(element);
        Some(way)
    };
    match from {
        Value::Object(entries) => entries
            .iter()
            .find_map(|(key, inner)| behind(PathElement::Name(key), inner)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, inner)| behind(PathElement::Index(index), inner)),
        _ => None,
    }
}

/// A path with plain names after dots, as people write it. An index is told, a
/// key that is no plain name is not.
fn dotted(way: &[PathElement<'_>]) -> String {
    let mut dotted = "$".to_owned();
    for element in way {
        match element {
            PathElement::Name(name) if is_plain_name(name) && !name.contains('-') => {
                dotted.push('.');
                dotted.push_str(name);
            }
            PathElement::Name(_) => dotted.push_str(&format!("[{UNTOLD}]")),
            PathElement::Index(index) => dotted.push_str(&format!("[{index}]")),
        }
    }
    dotted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str, body: &str) -> Option<String> {
        let path = JsonPath::parse(path).unwrap();
        read(&path, body).unwrap().map(|(_, place)| place)
    }

    #[test]
    fn places_are_told_without_keys_that_can_be_data() {
        for (path, body, told) in [
            ("$", "7", Some("$")),
            ("$[1]", "[7,7]", Some("$[1]")),
            ("$..id", r#"{"a":[{},{"id":7}],"id":7}"#, Some("$.id")),
            ("$.a[1].id", r#"{"a":[{},{"id":7}]}"#, Some("$.a[1].id")),
            ("$..mail", r#"{"ann@x.test":{"mail":7}}"#, Some("$[?].mail")),
            (
                "$..mail",
                r#"{"[a] ann@x.test [b]":{"mail":7}}"#,
                Some("$[?].mail"),
            ),
            (
                "$..mail",
                r#"{"it's ['ann'] of":[{"mail":7}]}"#,
                Some("$[?][0].mail"),
            ),
            ("$['first-name']", r#"{"first-name":7}"#, Some("$[?]")),
            ("$.b", r#"{"a":7}"#, None),
        ] {
            assert_eq!(place(path, body).as_deref(), told, "{path} in {body}");
        }
    }

    #[test]
    fn the_first_of_very_many_is_read_without_a_path_to_each() {
        let body = format!("[{}{{\"id\":1}}]", "{\"id\":1},".repeat(440_000));
        assert_eq!(place("$..id", &body).as_deref(), Some("$[0].id"));
    }
}
