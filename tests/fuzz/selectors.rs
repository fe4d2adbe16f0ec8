//! What steps read from hostile bodies.

use std::panic::AssertUnwindSafe;

use fpt::http::Selector;
use fpt::model::Received;

use crate::corpus::{Script, seeds};

/// A reading is a part of the body, decoded or written again.
const MOST_PER_BYTE: usize = 16;

fn selectors() -> Vec<Selector> {
    let mut selectors = vec![
        Selector::Header("content-type".into()),
        Selector::Cookie("sid".into()),
        Selector::Csv {
            column: "email".into(),
            row: 2,
        },
        Selector::Body,
    ];
    for path in ["$", "$..*", "$.items[?@.id==18].email", "$['a'][-1]"] {
        selectors.push(Selector::json(path).unwrap());
    }
    for css in [
        "p",
        "a@href",
        "div > *",
        ".x .x:nth-child(2n+1)",
        "input[name=csrf]@value",
    ] {
        selectors.push(Selector::css(css).unwrap());
    }
    for xpath in [
        "//no",
        "//*/@*",
        "count(//*)",
        "/a/b[2]/text()",
        "string(//comment())",
    ] {
        selectors.push(Selector::xpath(xpath).unwrap());
    }
    for pattern in [r"\((.+)\)", r"(?s).*@(\S+)", r"(a|aa)+$"] {
        selectors.push(Selector::regex(pattern).unwrap());
    }
    selectors
}

#[test]
fn selectors_on_hostile_bodies() {
    let selectors = AssertUnwindSafe(selectors());
    let kinds = ["json", "html", "xml", "csv", "plain"];
    let bodies: Vec<Vec<u8>> = kinds.iter().flat_map(|kind| seeds(kind)).collect();
    bolero::check!().with_max_len(256).for_each(|bytes: &[u8]| {
        let mut script = Script::new(bytes);
        let selector = &selectors[script.pick(selectors.len())];
        let body = script.body(&bodies);
        let response = Received {
            status: 200,
            headers: vec![
                ("content-type".into(), "text/plain".into()),
                (
                    "set-cookie".into(),
                    String::from_utf8_lossy(&body).into_owned(),
                ),
            ],
            body: body.into(),
            ..Received::default()
        };
        match selector.read(&response) {
            Ok(reading) => {
                let most = response.body.len() * MOST_PER_BYTE + 64;
                assert!(
                    reading.text.len() <= most,
                    "{} bytes by {selector}",
                    reading.text.len()
                );
            }
            // A message must not quote the body, which is anybody's data.
            Err(error) => assert!(!error.to_string().contains("fuzz.example"), "{error}"),
        }
    });
}

#[test]
fn selectors_of_any_text() {
    let texts = seeds("selectors");
    let texts: Vec<Vec<u8>> = texts
        .iter()
        .flat_map(|file| file.split(|byte| *byte == b'\n').map(<[u8]>::to_vec))
        .collect();
    let answer = |body: &'static [u8]| Received {
        status: 200,
        body: body.into(),
        ..Received::default()
    };
    let json = answer(br#"{"a":[{"b":1},{"b":"x"}],"items":[{"id":18,"email":"a@b"}]}"#);
    let xml = answer(b"<a x='1'><b>2</b><b>x<!--y--><c/></b></a>");
    bolero::check!().with_max_len(64).for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(&Script::new(bytes).body(&texts)).into_owned();
        let text = text.get(..200).unwrap_or(&text);
        let selectors = [
            Selector::json(text),
            Selector::css(text),
            Selector::regex(text),
        ];
        for selector in selectors.into_iter().flatten() {
            let _ = selector.read(&json);
        }
        if let Ok(selector) = Selector::xpath(text) {
            let _ = selector.read(&xml);
        }
    });
}
