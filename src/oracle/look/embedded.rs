//! JSON somewhere within a text: behind a guard against inclusion (`)]}'`), as
//! the argument of a callback, in a script, in a line of a log.

use serde::de::IgnoredAny;

/// Beginnings that are tried in one text.
const MOST_TRIED: usize = 64;

/// Every document with a quoted name or text near its beginning.
pub(super) fn documents(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut tried) = (0, 0);
    while let Some(next) = bytes[at..]
        .iter()
        .position(|byte| matches!(byte, b'{' | b'['))
    {
        at += next;
        let quoted = bytes[at + 1..]
            .iter()
            .take(64)
            .find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'{' | b'['))
            == Some(&b'"');
        if !quoted {
            at += 1;
            continue;
        }
        tried += 1;
        if tried > MOST_TRIED {
            break;
        }
        let mut documents =
            serde_json::Deserializer::from_str(&text[at..]).into_iter::<IgnoredAny>();
        if let Some(Ok(_)) = documents.next() {
            let length = documents.byte_offset();
            found.push(&text[at..at + length]);
            at += length;
        } else {
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::documents;

    #[test]
    fn so_many_beginnings_are_tried() {
        let broken = "{\"a\" ";
        for (before, found) in [(63, &["{\"b\":1}"][..]), (64, &[])] {
            let text = broken.repeat(before) + "{\"b\":1}";
            assert_eq!(documents(&text), found, "{before}");
        }
        // A name or a text has to be near.
        for (spaces, found) in [(63, 1), (64, 0)] {
            let text = format!("x = {{{}\"a\": 1}}", " ".repeat(spaces));
            assert_eq!(documents(&text).len(), found, "{spaces}");
        }
        // Others cost nothing.
        let text = "{ a }".repeat(1_000) + "{\"b\":1}";
        assert_eq!(documents(&text), ["{\"b\":1}"]);
    }

    #[test]
    fn documents_are_found_among_other_text() {
        for (text, found) in [
            (")]}',\n{\"a\":1}", &["{\"a\":1}"][..]),
            ("callback({\"a\":[1]});", &["{\"a\":[1]}"]),
            (
                "x = [{\"a\":1}]; y = {\"b\":2}",
                &["[{\"a\":1}]", "{\"b\":2}"],
            ),
            ("if (a) { \"b\" } else { c }", &[]),
            ("s:j:{\"a\":1}.sig", &["{\"a\":1}"]),
            ("x = {\n  \"a\": 1\n}", &["{\n  \"a\": 1\n}"]),
            ("x = [ [ \"a\" ] ]", &["[ [ \"a\" ] ]"]),
            ("{{\"a\": 1}}", &["{\"a\": 1}"]),
        ] {
            assert_eq!(documents(text), found, "{text}");
        }
    }
}
