//! Looking into XML: texts and attributes, entities undone.

use roxmltree::{Document, Node, ParsingOptions};

use crate::model::{Spot, UNTOLD, is_plain_name};

use super::see_decoded;

/// `false` when the text is no XML. Document types are refused, so entities
/// that grow without end cannot be declared.
pub(super) fn look(text: &str, see: &mut dyn FnMut(&str, &dyn Fn() -> Spot)) -> bool {
    let options = ParsingOptions {
        nodes_limit: 1_000_000,
        ..ParsingOptions::default()
    };
    let Ok(document) = Document::parse_with_options(text, options) else {
        return false;
    };
    for node in document.descendants() {
        let spot = || Spot::Xml(path(node));
        if let Some(text) = node.text().filter(|_| !node.is_element()) {
            see_decoded(text, see, &spot);
        }
        for attribute in node.attributes() {
            see_decoded(attribute.value(), see, &|| {
                Spot::Xml(format!("{}/@{}", path(node), told(attribute.name())))
            });
        }
    }
    true
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
    use super::super::tests::seen;

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
    fn growing_entities_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"xxxx\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>";
        assert!(seen("text/xml", bomb).1.unreadable);
    }
}
