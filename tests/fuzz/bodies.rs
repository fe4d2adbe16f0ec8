//! Looking at responses.

use fpt::model::Received;
use fpt::oracle::fold;
use fpt::oracle::look::look;

use crate::corpus::{MARKER, Script, seeds};

/// Characters that may be told for each that came: decoded, joined, and each
/// once more without its percent-encoding.
const MOST_PER_BYTE: usize = 64;

/// What may be told of little that holds layer in layer.
const MOST_OF_LITTLE: usize = 8 << 20;

/// What a look came to.
#[derive(Debug, Default)]
pub(crate) struct Told {
    texts: usize,
    characters: usize,
    /// Seeds number their markers.
    pub(crate) markers: Vec<String>,
    unreadable: bool,
}

impl Told {
    /// The one place that knows how looking tells what it sees.
    pub(crate) fn of(response: &Received) -> Self {
        let mut told = Self::default();
        let looked = look(response, &mut |glimpse| {
            told.take(glimpse.text, &|| (glimpse.spot)().to_string());
        });
        told.unreadable = looked.unreadable;
        told
    }

    fn take(&mut self, text: &str, spot: &dyn Fn() -> String) {
        self.texts += 1;
        self.characters += text.len();
        let folded = fold(text);
        assert_eq!(fold(&folded), folded, "folded is folded");
        self.markers.extend(markers(&folded));
        if self.texts < 100 {
            let spot = spot();
            assert!(!spot.contains(MARKER), "{spot} tells a value");
        }
    }

    pub(crate) fn check(&self, received: usize) {
        let most = received * MOST_PER_BYTE + MOST_OF_LITTLE;
        assert!(
            self.characters <= most && self.texts <= most,
            "{} texts with {} bytes of {received}",
            self.texts,
            self.characters
        );
    }
}

/// Every marker in `text`, with its number.
fn markers(text: &str) -> Vec<String> {
    let (name, host) = MARKER.split_once('@').unwrap();
    let found = text.match_indices(name).filter_map(|(at, _)| {
        let rest = &text[at + name.len()..];
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let behind = rest[digits..].strip_prefix('@')?;
        behind
            .starts_with(host)
            .then(|| format!("{name}{}", &rest[..digits]))
    });
    found.collect()
}

pub(crate) fn response(media_type: &str, body: Vec<u8>) -> Received {
    let mut response = Received {
        status: 200,
        body: body.into(),
        ..Received::default()
    };
    if !media_type.is_empty() {
        response
            .headers
            .push(("content-type".into(), media_type.into()));
    }
    response
}

/// Whether a reader of its own sees the marker in the body, one that takes less
/// for text than looking does. What cannot be read is text.
type Reader = fn(&str) -> bool;

fn read_as_text(text: &str) -> bool {
    text.contains(MARKER)
}

/// Of a key that comes twice, the last one counts here.
fn read_as_json(text: &str) -> bool {
    fn holds(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => text.contains(MARKER),
            serde_json::Value::Array(items) => items.iter().any(holds),
            serde_json::Value::Object(fields) => fields
                .iter()
                .any(|(key, value)| key.contains(MARKER) || holds(value)),
            _ => false,
        }
    }
    serde_json::from_str(text).map_or_else(|_| read_as_text(text), |value| holds(&value))
}

/// The texts, attributes and comments of the tree that a browser builds.
fn read_as_html(text: &str) -> bool {
    let page = scraper::Html::parse_document(text);
    page.tree.values().any(|node| match node {
        scraper::Node::Text(text) => text.contains(MARKER),
        scraper::Node::Comment(text) => text.contains(MARKER),
        scraper::Node::Element(element) => element.attrs().any(|(_, value)| value.contains(MARKER)),
        _ => false,
    })
}

fn read_as_xml(text: &str) -> bool {
    let Ok(document) = roxmltree::Document::parse(text) else {
        return read_as_text(text);
    };
    document.descendants().any(|node| {
        let in_attributes = || node.attributes().any(|own| own.value().contains(MARKER));
        node.is_text() && node.text().is_some_and(|text| text.contains(MARKER)) || in_attributes()
    })
}

fn hostile(kind: &str, media_type: &str, reads: Reader) {
    let seeds = seeds(kind);
    for seed in &seeds {
        let plain = String::from_utf8_lossy(seed).into_owned();
        let told = Told::of(&response(media_type, seed.clone()));
        told.check(seed.len());
        for marker in markers(&fold(&plain)) {
            assert!(
                told.markers.contains(&marker),
                "{marker} of {kind} is not seen"
            );
        }
    }
    bolero::check!().with_max_len(256).for_each(|bytes: &[u8]| {
        let body = Script::new(bytes).body(&seeds);
        let received = body.len();
        let response = response(media_type, body);
        let told = Told::of(&response);
        told.check(received);
        // In plain: a tree also puts together what a stray tag took apart.
        let text = response.text();
        if text.contains(MARKER) && reads(&text) {
            let name = MARKER.split('@').next().unwrap();
            assert!(
                told.markers.iter().any(|own| own == name),
                "the marker is not seen in {media_type}: {text:?}"
            );
        }
    });
}

#[test]
fn json() {
    hostile("json", "application/json", read_as_json);
}

#[test]
fn html() {
    hostile("html", "text/html; charset=utf-8", read_as_html);
}

#[test]
fn xml() {
    hostile("xml", "application/xml", read_as_xml);
}

#[test]
fn csv() {
    hostile("csv", "text/csv", read_as_text);
}

#[test]
fn plain() {
    hostile("plain", "text/plain", read_as_text);
}

/// Cards, calendars, rich text and messages made of segments.
#[test]
fn messages() {
    hostile("messages", "text/plain", read_as_text);
}

#[test]
fn form() {
    hostile("form", "application/x-www-form-urlencoded", read_as_text);
}

#[test]
fn multipart() {
    // What stands before the first part is not looked at yet, so only the seeds
    // are held to being seen.
    hostile("multipart", "multipart/mixed; boundary=boundary", |_| false);
}

#[test]
fn event_stream() {
    // Text behind JSON in the data of one event is not always looked at yet, so
    // only the seeds are held to being seen.
    hostile("event-stream", "text/event-stream", |_| false);
}

#[test]
fn binary() {
    hostile("binary", "application/octet-stream", |_| false);
}

#[test]
fn without_media_type() {
    // What begins like markup is read as such, which other targets look at.
    let reads = |text: &str| !text.trim_start().starts_with('<') && read_as_json(text);
    hostile("json", "", reads);
}

/// Any kind of body under any other kind's name, and headers of all sorts.
#[test]
fn mislabelled_and_head() {
    let heads: Vec<String> = seeds("head")
        .iter()
        .flat_map(|seed| {
            String::from_utf8_lossy(seed)
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let lines: Vec<Vec<u8>> = heads.iter().map(|line| line.clone().into_bytes()).collect();
    let kinds = [
        "json",
        "html",
        "xml",
        "csv",
        "plain",
        "form",
        "multipart",
        "event-stream",
        "binary",
    ];
    let bodies: Vec<Vec<u8>> = kinds.iter().flat_map(|kind| seeds(kind)).collect();
    bolero::check!().with_max_len(256).for_each(|bytes: &[u8]| {
        let (head, body) = bytes.split_at(bytes.len() / 2);
        let mut script = Script::new(head);
        let media_type = heads[script.pick(heads.len())].clone();
        let header = String::from_utf8_lossy(&script.body(&lines)).into_owned();
        let body = Script::new(body).body(&bodies);
        let received = media_type.len() + header.len() + body.len();
        // No client lets other names through.
        let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let (name, value) = header
            .split_once(": ")
            .filter(|(name, _)| is_name(name))
            .unwrap_or(("x-any", &header));
        let response = Received {
            status: 200,
            headers: [media_type.split_once(": "), Some((name, value))]
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: body.into(),
            ..Received::default()
        };
        let told = Told::of(&response);
        told.check(received);
        if value.contains(MARKER) {
            let name = MARKER.split('@').next().unwrap();
            assert!(
                told.markers.iter().any(|own| own == name),
                "not seen in {name}: {value:?}"
            );
        }
    });
}
