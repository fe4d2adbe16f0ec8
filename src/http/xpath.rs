//! Reading a value from XML by an `XPath`.

use sxd_xpath::nodeset::Node;
use sxd_xpath::{Context, Factory, Value, XPath};

use crate::oracle::look::{Refused, outline};

use super::capture::CaptureError;
use super::listing::gathered;
use super::nesting::costly_xpath;

/// What is no letter of a name, and what is none at its beginning.
const ENDS_NAME: &str = " \t\r\n/()[]@,|+=!<>*$:";
const BEGINS_NO_NAME: &str = "-.0123456789";

fn wrong(path: &str, reason: String) -> CaptureError {
    CaptureError::Selector {
        kind: "XPath",
        text: path.to_owned(),
        reason,
    }
}

fn broken(reason: String) -> CaptureError {
    CaptureError::Body {
        expected: "XML",
        reason,
    }
}

pub(super) fn compile(path: &str) -> Result<XPath, CaptureError> {
    if let Some(reason) = costly_xpath(path) {
        return Err(wrong(path, reason));
    }
    Factory::new()
        .build(path)
        .map_err(|error| wrong(path, error.to_string()))?
        .ok_or_else(|| wrong(path, "it is empty".to_owned()))
}

/// The first value that `path` finds in `text`.
pub(super) fn read(path: &str, text: &str) -> Result<Option<String>, CaptureError> {
    evaluate(path, text, |value| match value {
        Value::Nodeset(nodes) => nodes.document_order_first().map(|n| n.string_value()),
        other => Some(other.string()),
    })
}

/// All values that `path` finds in `text`, in the order of the document.
pub(super) fn read_all(path: &str, text: &str) -> Result<Vec<String>, CaptureError> {
    let found = evaluate(path, text, |value| match value {
        Value::Nodeset(nodes) => {
            let nodes = nodes.document_order();
            gathered(nodes.iter().map(Node::string_value))
        }
        other => Some(vec![other.string()]),
    })?;
    found.ok_or_else(|| wrong(path, "it finds the same text over and over".to_owned()))
}

/// What `take` makes of what `path` finds in `text`. A prefix in the path means
/// what the document declares it to mean.
fn evaluate<T>(
    path: &str,
    text: &str,
    take: impl FnOnce(Value<'_>) -> T,
) -> Result<T, CaptureError> {
    let xpath = compile(path)?;
    let declared = outline(text).map_err(refused)?;
    let mut context = Context::new();
    // Evaluating a prefix that means nothing would panic.
    for prefix in prefixes(path) {
        let uri = declared
            .get(prefix)
            .ok_or_else(|| broken(format!("nothing declares the prefix `{prefix}`")))?;
        context.set_namespace(prefix, uri);
    }
    let package = sxd_document::parser::parse(text)
        .map_err(|error| broken(format!("at byte {}", error.location())))?;
    let value = xpath
        .evaluate(&context, package.as_document().root())
        .map_err(|error| wrong(path, error.to_string()))?;
    Ok(take(value))
}

fn refused(why: Refused) -> CaptureError {
    broken(match why {
        Refused::NoXml(place) => format!("at byte {place}"),
        Refused::Deep(most) => format!("elements nest deeper than {most}"),
        Refused::Long => "its tags would take too long to read".to_owned(),
    })
}

/// Every name in `path` before a single colon.
fn prefixes(path: &str) -> Vec<&str> {
    let mut prefixes = Vec::new();
    let (mut quote, mut name) = (None, 0..0);
    let mut letters = path.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let end = at + letter.len_utf8();
        match (letter, quote) {
            (_, Some(own)) => quote = Some(own).filter(|own| *own != letter),
            ('\'' | '"', None) => quote = Some(letter),
            // Two of them end the name of an axis.
            (':', None) if letters.next_if(|(_, next)| *next == ':').is_some() => {}
            (':', None) if !name.is_empty() && name.end == at => {
                prefixes.push(&path[name.clone()]);
            }
            _ if name.end == at && !name.is_empty() && !ENDS_NAME.contains(letter) => {
                name.end = end;
            }
            _ if !ENDS_NAME.contains(letter) && !BEGINS_NO_NAME.contains(letter) => name = at..end,
            _ => {}
        }
    }
    prefixes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: &str = "<soap:Envelope xmlns:soap='http://e.example/soap'>\
        <soap:Body><m:Slot xmlns:m='urn:a&amp;b' m:id='7'>9:30</m:Slot>\
        <Slot>10:00</Slot></soap:Body></soap:Envelope>";

    fn text(path: &str) -> String {
        read(path, ENVELOPE).unwrap().unwrap()
    }

    #[test]
    fn a_prefix_means_what_the_document_declares() {
        assert_eq!(text("/soap:Envelope/soap:Body/m:Slot"), "9:30");
        assert_eq!(text("//m:Slot/@m:id"), "7");
        assert_eq!(text("//Slot"), "10:00");
        assert_eq!(text("//child::m:*[. = 'x:y' or 1]"), "9:30");
    }

    #[test]
    fn a_prefix_that_nothing_declares_is_told() {
        for path in ["//x:Slot", "//@x:id", "x:f()", "//*[self::x:Slot]"] {
            let error = read(path, ENVELOPE).unwrap_err().to_string();
            let expected = "the body is not XML: nothing declares the prefix `x`";
            assert_eq!(error, expected, "{path}");
        }
    }

    #[test]
    fn prefixes_are_names_before_one_colon() {
        for (path, expected) in [
            ("//a/b[c]", &[][..]),
            ("a:b/child::c:d[@e-1.f:*]", &["a", "c", "e-1.f"]),
            ("ancestor-or-self::a", &[]),
            ("'a:b' | \"c:'d:e\" | f:g", &["f"]),
            ("größe:x", &["größe"]),
            ("\u{1f600}\u{301}:x", &["\u{1f600}\u{301}"]),
            ("3-a:b + .5 - -c1:d", &["a", "c1"]),
            (": a : b::", &[]),
        ] {
            assert_eq!(prefixes(path), expected, "{path}");
        }
    }

    #[test]
    fn a_document_that_nests_without_end_is_refused() {
        let deep = |depth: usize| format!("{}x{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert_eq!(read("//a", &deep(512)).unwrap().unwrap(), "x");
        let error = read("//a", &deep(200_000)).unwrap_err().to_string();
        assert!(error.ends_with("elements nest deeper than 512"), "{error}");
        let flat = format!("<a>{}</a>", "<b/><c></c>".repeat(1_000));
        assert_eq!(read("count(//c)", &flat).unwrap().unwrap(), "1000");
    }

    #[test]
    fn a_document_of_endless_tags_is_refused() {
        let tag = |count: usize, name: &str| {
            let attributes = (0..count).map(|number| format!(" {name}{number}='1'"));
            format!("<a{}>x</a>", attributes.collect::<String>())
        };
        for name in ["a", "xmlns:a"] {
            let error = read("//a", &tag(100_000, name)).unwrap_err().to_string();
            let expected = "its tags would take too long to read";
            assert!(error.ends_with(expected), "{error}");
            assert_eq!(read("//a", &tag(1_000, name)).unwrap().unwrap(), "x");
        }
    }

    #[test]
    fn what_is_no_xml_is_told_by_its_place() {
        for body in ["", "no XML", "<a><b></a>", "<a", "<a>&b;</a>"] {
            let error = read("//a", body).unwrap_err().to_string();
            assert!(
                error.starts_with("the body is not XML: at byte "),
                "{body}: {error}"
            );
        }
    }
}
