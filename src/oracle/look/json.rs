//! Looking into JSON: every key and every value, escapes undone.

use std::fmt::Write as _;

use serde_json::Value;

use crate::model::{Spot, is_plain_name};

use super::see_decoded;

/// `false` when the text is no JSON. `serde_json` refuses nesting deeper than
/// 128, so hostile depth ends here as unreadable.
pub(super) fn look(text: &str, see: &mut dyn FnMut(&str, &dyn Fn() -> Spot)) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return false;
    };
    walk(&value, &mut Vec::new(), see);
    true
}

enum Segment<'a> {
    Key(&'a str),
    Index(usize),
}

fn walk<'a>(
    value: &'a Value,
    path: &mut Vec<Segment<'a>>,
    see: &mut dyn FnMut(&str, &dyn Fn() -> Spot),
) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => see(&number.to_string(), &|| spot(path)),
        Value::String(text) => see_decoded(text, see, &|| spot(path)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Segment::Index(index));
                walk(item, path, see);
                path.pop();
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                path.push(Segment::Key(key));
                see(key, &|| spot(path));
                walk(field, path, see);
                path.pop();
            }
        }
    }
}

/// The path in dot form where names allow it, as people write it.
fn spot(path: &[Segment<'_>]) -> Spot {
    let mut text = "$".to_owned();
    for segment in path {
        // Writing to a String cannot fail.
        let _ = match segment {
            Segment::Key(key) if is_plain_name(key) && !key.contains('-') => write!(text, ".{key}"),
            Segment::Key(_) => write!(text, "[?]"),
            Segment::Index(index) => write!(text, "[{index}]"),
        };
    }
    Spot::Json(text)
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    #[test]
    fn keys_and_values_with_their_paths() {
        let body = r#"{"a":[{"b":"x\u00fcy"}, 17], "ann@x.test": true}"#;
        let (seen, looked) = seen("application/problem+json", body);
        let expect = [
            ("a", "JSON $.a"),
            ("b", "JSON $.a[0].b"),
            ("xüy", "JSON $.a[0].b"),
            ("17", "JSON $.a[1]"),
            ("ann@x.test", "JSON $[?]"),
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
    fn hostile_depth_is_unreadable_and_harmless() {
        let (_, looked) = seen("application/json", &"[".repeat(100_000));
        assert!(looked.unreadable);
    }
}
