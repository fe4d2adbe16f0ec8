//! Looking into XML: texts and attributes, entities undone.

use roxmltree::{Document, Node, ParsingOptions};

use crate::model::{Spot, UNTOLD, is_plain_name};

use super::fields::Fields;
use super::layers::{Base, Looker};
use super::outline::{Refused, outline};

/// How much of an element with other elements in its text is put together.
const LONGEST_MIXED: usize = 4_096;
const MOST_MIXED: usize = 256;

/// Elements around a single value.
const DEEPEST_VALUE: usize = 4;

/// The document in `text`, unless it is no XML or would take too long; the latter
/// is counted. Document types are refused, so entities that grow without end
/// cannot be declared.
pub(super) fn read<'t>(text: &'t str, looker: &mut Looker<'_>) -> Option<Document<'t>> {
    match outline(text) {
        Ok(_) => {}
        Err(Refused::NoXml(_)) => return None,
        Err(Refused::Deep(_) | Refused::Long) => {
            looker.skip();
            return None;
        }
    }
    let options = ParsingOptions {
        nodes_limit: 1_000_000,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).ok()
}

/// `false` when the text cannot be read as XML.
pub(super) fn look(text: &str, base: Base<'_>, looker: &mut Looker<'_>) -> bool {
    let Some(document) = read(text, looker) else {
        return false;
    };
    for node in document.descendants() {
        look_at_node(node, base, looker);
    }
    true
}

fn look_at_node(node: Node<'_, '_>, base: Base<'_>, looker: &mut Looker<'_>) {
    let spot = || base.at(Spot::Xml(path(node)));
    if let Some(text) = node.text().filter(|_| !node.is_element()) {
        let element = node.parent().map_or("", |parent| parent.tag_name().name());
        looker.text(text, element, &spot);
    }
    if let Some(value) = node.pi().and_then(|own| own.value) {
        looker.text(value, "", &spot);
    }
    let mut fields = Fields::default();
    for attribute in node.attributes() {
        let name = attribute.name();
        looker.text(attribute.value(), name, &|| {
            base.at(Spot::Xml(format!("{}/@{}", path(node), told(name))))
        });
        fields.push(name, attribute.value());
    }
    let (mut elements, mut texts) = (0, 0);
    for child in node.children().take(MOST_MIXED) {
        if child.is_element() {
            elements += 1;
            fields.push(child.tag_name().name(), value_of(child));
        } else if child.text().is_some_and(|text| !text.trim().is_empty()) {
            texts += 1;
        }
    }
    fields.look(looker, &spot_of(&spot));
    if elements > 0 && (texts > 0 || is_paragraph(node)) {
        let mut mixed = String::new();
        for inner in node.descendants().take(MOST_MIXED) {
            let left = LONGEST_MIXED.saturating_sub(mixed.len());
            if left == 0 {
                break;
            }
            if inner.is_text() {
                // Each text is also looked at as a whole, by itself.
                let text = inner.text().unwrap_or_default();
                mixed.push_str(&text[..text.floor_char_boundary(left)]);
            } else if texts == 0 {
                mixed.push_str(set_apart(inner));
            }
        }
        looker.text(&mixed, node.tag_name().name(), &spot);
    }
}

/// Whether the texts of the elements in it are one text, as documents of office
/// programs and drawings have it.
fn is_paragraph(node: Node<'_, '_>) -> bool {
    let mut inner = node
        .descendants()
        .skip(1)
        .take(MOST_MIXED)
        .filter(Node::is_element)
        .map(|element| element.tag_name().name());
    match node.tag_name().name() {
        // What holds paragraphs and cells is no line of text.
        "p" | "si" => !inner.any(|name| matches!(name, "p" | "td" | "tc" | "table")),
        "text" => inner.all(|name| matches!(name, "tspan" | "textPath" | "a")),
        _ => false,
    }
}

/// What stands before an element of a paragraph: in a drawing, one with a
/// place of its own begins another line.
fn set_apart(node: Node<'_, '_>) -> &'static str {
    match node.tag_name().name() {
        // Somebody began another line or column on purpose.
        "tab" | "br" | "cr" => "\u{c}\n",
        "tspan" if node.has_attribute("y") || node.has_attribute("dy") => "\u{c}\n",
        _ => "",
    }
}

/// What an element holds when it is one value: its text, its attribute `value`,
/// or what the only element in it holds.
fn value_of<'a>(element: Node<'a, '_>) -> &'a str {
    let mut element = element;
    for _ in 0..DEEPEST_VALUE {
        let text = element.text().unwrap_or_default();
        if !text.trim().is_empty() {
            return text;
        }
        let mut inner = element.children().filter(Node::is_element);
        match (inner.next(), inner.next()) {
            (Some(only), None) => element = only,
            (None, _) => return element.attribute("value").unwrap_or_default(),
            _ => return "",
        }
    }
    ""
}

/// The same spot for all fields.
fn spot_of(spot: &dyn Fn() -> Spot) -> impl Fn(&str) -> Spot {
    move |_| spot()
}

fn path(node: Node<'_, '_>) -> String {
    let mut names: Vec<&str> = node
        .ancestors()
        .filter(Node::is_element)
        .map(|element| told(element.tag_name().name()))
        .collect();
    names.reverse();
    format!("/{}", names.join("/"))
}

fn told(name: &str) -> &str {
    if is_plain_name(name) { name } else { UNTOLD }
}

#[cfg(test)]
mod tests {
    use super::super::Glimpse;
    use super::super::budget::Budget;
    use super::super::tests::seen;
    use super::*;

    #[test]
    fn texts_and_attributes_with_their_paths() {
        let (seen, looked) = seen("application/xml", "<a><b c='1&amp;2'>O&apos;Neil</b></a>");
        assert_eq!(
            seen,
            [
                ("1&2".into(), "XML /a/b/@c".into()),
                ("O'Neil".into(), "XML /a/b".into()),
            ]
        );
        assert!(!looked.unreadable);
    }

    #[test]
    fn endless_documents_are_refused() {
        let mut see = |_: Glimpse<'_>| {};
        let mut looker = Looker::new(&mut see, Budget::for_body(0));
        let endless = format!("<a>{}</a>", "<b/>".repeat(1_000_000));
        assert!(!look(&endless, Base::default(), &mut looker));
    }

    #[test]
    fn documents_that_take_too_long_are_looked_at_as_text_and_counted() {
        let attributes = (0..100_000).fold(String::new(), |all, number| {
            all + &format!(" a{number}='1'")
        });
        for hostile in [
            format!("<a{attributes}>ann@x.test</a>"),
            format!("<a{}>ann@x.test</a>", attributes.replace(" a", " xmlns:a")),
            format!("{}ann@x.test{}", "<a>".repeat(1_000), "</a>".repeat(1_000)),
        ] {
            let (seen, looked) = seen("application/xml", &hostile);
            assert!(looked.unreadable && looked.skipped > 0);
            assert!(seen.iter().any(|(text, _)| text.contains("ann@x.test")));
        }
        let benign = format!("<a>{}</a>", "<b c='1'>ann@x.test</b>".repeat(10_000));
        let (seen, looked) = seen("application/xml", &benign);
        assert_eq!((looked.unreadable, looked.skipped), (false, 0));
        let found = seen.iter().filter(|(_, spot)| spot == "XML /a/b");
        assert_eq!(found.count(), 10_000);
    }

    #[test]
    fn texts_are_put_together_up_to_a_bound() {
        let long = "\u{fc}".repeat(1 << 20);
        let nested = format!("{}{long}{}", "<a>x".repeat(200), "</a>".repeat(200));
        let (all, _) = seen("application/xml", &nested);
        let length: usize = all.iter().map(|(text, _)| text.len()).sum();
        assert!(length < 3 * nested.len(), "{length}");
        assert!(all.iter().any(|(text, _)| text.ends_with(&long)));
        let (all, _) = seen("application/xml", "<a>Dear <b>Ann</b> Lee</a>");
        assert!(
            all.contains(&("Dear Ann Lee".into(), "XML /a".into())),
            "{all:?}"
        );
    }

    #[test]
    fn lines_and_columns_of_a_paragraph_stay_apart() {
        for body in [
            "<p><t>0151 169</t><br/><t>24504</t></p>",
            "<p><t>0151 169</t><tab/><t>24504</t></p>",
            "<svg><text><tspan y='1'>0151 169</tspan><tspan y='2'>24504</tspan></text></svg>",
            "<svg><text><tspan>0151 169</tspan><tspan dy='9'>24504</tspan></text></svg>",
        ] {
            let (seen, _) = seen("application/xml", body);
            let found = seen.iter().any(|(text, _)| text == "0151 16924504");
            assert!(!found, "{body}: {seen:?}");
        }
    }

    #[test]
    fn growing_entities_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"xxxx\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>";
        assert!(seen("text/xml", bomb).1.unreadable);
    }
}
