//! Tags that would take too long to read.
//!
//! What is a tag, a comment or a quoted value is told as the tokenizer of HTML
//! tells it: whoever reads a quote where it sees none misses the tags behind.

/// Attributes of one tag that no honest page needs. An attribute costs the
/// tokenizer a look at all those before it.
const MOST_ATTRIBUTES: usize = 4_000;

/// Elements with text in which nothing is a tag.
const RAW: [&str; 8] = [
    "iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp",
];

/// Whether some tag of `text` has so many attributes that reading them would
/// take minutes.
pub(crate) fn has_swollen_tag(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name = rest.strip_prefix('/').unwrap_or(rest);
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            rest = behind_comment(rest);
            continue;
        }
        let (attributes, end) = tag_at(rest);
        if attributes > MOST_ATTRIBUTES {
            return true;
        }
        let tag = rest;
        rest = &rest[end..];
        let raw = RAW.iter().find(|name| is_called(tag, name));
        if let Some(name) = raw {
            rest = from_end_tag(rest, name);
        }
    }
    false
}

/// The end of the comment, or the like, that `text` is from behind its `<` on,
/// and what follows it; all of it when it is none.
fn behind_comment(text: &str) -> &str {
    let Some(comment) = text.strip_prefix("!--") else {
        // A lone end tag, a document type, an instruction: no value in these
        // hides their end.
        return if text.starts_with(['!', '?', '/']) {
            text.split_once('>').map_or("", |(_, behind)| behind)
        } else {
            text
        };
    };
    let end = comment.match_indices('>').map(|(at, _)| at).find(|at| {
        let inside = &comment[..*at];
        matches!(inside, "" | "-") || inside.ends_with("--") || inside.ends_with("--!")
    });
    end.map_or("", |end| &comment[end..])
}

/// `text` from the end tag of the element `name` on.
fn from_end_tag<'a>(text: &'a str, name: &str) -> &'a str {
    let mut ends = text.match_indices("</");
    let end = ends.find(|(at, _)| is_called(&text[at + 2..], name));
    end.map_or("", |(at, _)| &text[at..])
}

/// Whether the tag that begins with `text` is called `name`.
fn is_called(text: &str, name: &str) -> bool {
    text.strip_prefix(name)
        .is_some_and(|more| more.starts_with(|c: char| c == '>' || c == '/' || is_space(c)))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// Where in a tag something stands.
#[derive(Clone, Copy)]
enum Place {
    /// In its own name.
    Tag,
    /// Before an attribute.
    Between,
    Name,
    /// Behind the name of an attribute, where its value can follow.
    Behind,
    /// Before a value.
    Before,
    Value,
    Quoted(char),
}

/// The attributes in the tag that `text` is from behind its `<` on, and where
/// its end is.
fn tag_at(text: &str) -> (usize, usize) {
    let begins = usize::from(text.starts_with('/'));
    let (mut place, mut attributes) = (Place::Tag, 0_usize);
    for (at, c) in text.char_indices().skip(begins) {
        place = match (place, c) {
            (Place::Quoted(quote), _) if c == quote => Place::Between,
            (Place::Quoted(_), _) => place,
            (_, '>') => return (attributes, at),
            (Place::Before, '"' | '\'') => Place::Quoted(c),
            (Place::Name | Place::Behind, '=') => Place::Before,
            (Place::Tag | Place::Between | Place::Name | Place::Behind, '/') => Place::Between,
            (Place::Name | Place::Behind, _) if is_space(c) => Place::Behind,
            (Place::Before, _) if is_space(c) => Place::Before,
            (_, _) if is_space(c) => Place::Between,
            (Place::Between | Place::Behind, _) => {
                attributes += 1;
                if attributes > MOST_ATTRIBUTES {
                    break;
                }
                Place::Name
            }
            (Place::Before, _) => Place::Value,
            _ => place,
        };
    }
    (attributes, text.len())
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;

    fn swollen() -> String {
        let many: Vec<String> = (0..5_000).map(|number| format!("a{number}")).collect();
        format!("<x {}>", many.join(" "))
    }

    #[test]
    fn a_tag_of_nothing_but_attributes_is_read_as_text() {
        let many: Vec<String> = (0..300_000).map(|number| format!("a{number}")).collect();
        let (seen, looked) = seen("text/html", &format!("<a {}>x</a>", many.join(" ")));
        assert!(looked.unreadable);
        assert_eq!(seen.len(), 1);
    }

    #[test]
    fn nothing_before_a_swollen_tag_hides_it() {
        for before in [
            "",
            "<p '>",
            "<p \">",
            "<p ='>",
            "<p='>",
            "<p a=b='>",
            "<p a=' '/'>",
            "1 <' 2",
            "a < b='",
            "<!-- a='b -->",
            "<!-- > <p a=' -->",
            "<!--><p a='-->'>",
            "<!--- <p a=' --->",
            "<!doctype html '>",
            "</ a='>",
            "</p '>",
            "<?xml a='?>",
            "<script-x>",
            "<script>a='<p b='</scripts></script>",
            "<script src=x>a='<p b='</script>",
            "<script/>a='<p b='</script>",
            "<p a= 'b=' >",
            "<p a = 'b='>",
            "<p a = b='>",
            "<xmp><p a='</xmp>",
        ] {
            let page = format!("{before}{}", swollen());
            assert!(has_swollen_tag(&page), "{before}");
        }
        assert!(has_swollen_tag(&swollen().replace(' ', "\u{c}")));
        assert!(has_swollen_tag(&swollen().replace(' ', "/")));
        let quoted = swollen().replace(" a", "=''a");
        assert!(has_swollen_tag(&quoted.replacen("=''", " ", 1)));
    }

    #[test]
    fn a_tag_may_have_so_many_attributes() {
        for (attributes, is_swollen) in [(MOST_ATTRIBUTES, false), (MOST_ATTRIBUTES + 1, true)] {
            let page = format!("<x{}>", " a".repeat(attributes));
            assert_eq!(has_swollen_tag(&page), is_swollen, "{attributes}");
        }
    }

    #[test]
    fn honest_pages_have_no_swollen_tags() {
        let long = "a ' \" < = ".repeat(5_000);
        for page in [
            format!("<p>{}</p>", long.replace('<', "")),
            format!("<!-- {long} --><p>"),
            format!("<script>{long}</script><p>"),
            format!("<p title='{}'>x", long.replace('\'', "")),
            format!("<p>1 < 2 {long}"),
        ] {
            assert!(!has_swollen_tag(&page), "{}", &page[..40]);
        }
    }
}
