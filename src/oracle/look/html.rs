//! Looking into HTML: texts, attributes and comments, entities undone.

use scraper::{Html, Node};

use crate::model::Spot;

use super::see_decoded;

/// The HTML parser accepts everything, as browsers do, so only what is too
/// costly to read is not read.
pub(super) fn look(text: &str, see: &mut dyn FnMut(&str, &dyn Fn() -> Spot)) -> bool {
    if super::nesting::is_costly(text) {
        return false;
    }
    let page = Html::parse_document(text);
    let mut whole = String::new();
    for node in page.tree.nodes() {
        let spot = || Spot::Html(path(node));
        match node.value() {
            Node::Text(text) => {
                whole.push_str(text);
                see_decoded(text, see, &spot);
            }
            Node::Element(element) => {
                for (_, value) in element.attrs() {
                    see_decoded(value, see, &spot);
                }
            }
            Node::Comment(comment) => see_decoded(comment, see, &spot),
            _ => {}
        }
    }
    // A value can be split over elements: `<b>Ann</b> Lee`.
    see(&whole, &|| Spot::Html("text of the page".to_owned()));
    true
}

/// The nearest elements with their ids or classes, outermost first.
fn path(node: ego_tree::NodeRef<'_, Node>) -> String {
    let mut names: Vec<String> = std::iter::once(node)
        .chain(node.ancestors())
        .filter_map(|node| node.value().as_element())
        .take(4)
        .map(|element| {
            let id = element.id().filter(|id| is_plain(id));
            let class = element.classes().find(|class| is_plain(class));
            match (id, class) {
                (Some(id), _) => format!("{}#{id}", element.name()),
                (None, Some(class)) => format!("{}.{class}", element.name()),
                (None, None) => element.name().to_owned(),
            }
        })
        .collect();
    names.reverse();
    names.join(" > ")
}

/// Ids can be made of somebody's data; words without digits are not.
fn is_plain(name: &str) -> bool {
    name.len() <= 30
        && name
            .chars()
            .all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    #[test]
    fn texts_attributes_and_split_values() {
        let body = "<main id=m><p class=n>O&#39;Neil</p><a href='?u=a%40b'>x</a>\
                    <b>Ann</b> Lee<!-- left over --></main>";
        let (seen, _) = seen("text/html", body);
        let all: Vec<&str> = seen.iter().map(|(text, _)| text.as_str()).collect();
        assert!(
            seen.contains(&("O'Neil".into(), "HTML html > body > main#m > p.n".into())),
            "{seen:?}"
        );
        assert!(all.contains(&"?u=a@b"));
        assert!(all.contains(&" left over "));
        assert!(all.last().unwrap().contains("Ann Lee"));
    }
}
