//! How deeply a page or a path nests, told before it is parsed. What an HTML
//! parser does for each tag grows with the elements that are open, so a page of
//! nothing but `<div>` would keep it busy for minutes. One of `JSONPath` takes
//! twice as long for each filter inside another, and one of `XPath` calls itself
//! at each bracket until the stack is full.

use crate::oracle::look::has_swollen_tag;

/// Browsers do not nest more deeply either.
const DEEPEST: usize = 512;

/// Tags times open elements. A page of 20 000 tags at depth 40 is far below.
const MOST_WORK: usize = 4_000_000;

/// Filters of a `JSONPath`. Where they stand inside each other, each looks at all
/// values for each value that the one around it looks at.
const MOST_FILTERS: usize = 5;

/// Brackets and parentheses of an `XPath`.
const MOST_BRACKETS: usize = 256;

/// Elements that never have an end tag, and those that end by themselves where
/// the next one begins.
const ENDS_BY_ITSELF: &[&str] = &[
    "area", "base", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li",
    "link", "meta", "optgroup", "option", "p", "param", "rp", "rt", "source", "tbody", "td",
    "tfoot", "th", "thead", "tr", "track", "wbr",
];

/// Elements with text in which nothing is a tag.
const RAW: &[&str] = &["script", "style", "textarea", "title"];

/// Whether parsing `page` could take too long. Errs on the side of caution:
/// an end tag ends one element, even where a parser would end several.
pub(super) fn is_costly(page: &str) -> bool {
    if has_swollen_tag(page) {
        return true;
    }
    let mut open: Vec<&str> = Vec::new();
    let mut work = 0_usize;
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end..]);
            continue;
        }
        let (ends, tag) = match rest.strip_prefix('/') {
            Some(tag) => (true, tag),
            None => (false, rest),
        };
        let length = tag
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
            .unwrap_or(tag.len());
        let (name, after) = tag.split_at(length);
        if !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            continue;
        }
        rest = after;
        work = work.saturating_add(open.len() + 1);
        if ends {
            if let Some(at) = open.iter().rposition(|own| own.eq_ignore_ascii_case(name)) {
                open.remove(at);
            }
        } else if RAW.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            rest = behind_end(rest, name);
        } else if !ENDS_BY_ITSELF
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name))
        {
            open.push(name);
        }
        if open.len() > DEEPEST || work > MOST_WORK {
            return true;
        }
    }
    false
}

/// Why parsing `path`, a `JSONPath`, could take too long.
pub(super) fn costly_json_path(path: &str) -> Option<String> {
    let mut filters = 0;
    let mut quote = None;
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', Some(_)) => {
                letters.next();
            }
            (_, Some(end)) => quote = Some(end).filter(|_| letter != end),
            ('\'' | '"', None) => quote = Some(letter),
            ('?', None) => filters += 1,
            _ => {}
        }
    }
    (filters > MOST_FILTERS).then(|| format!("it has more than {MOST_FILTERS} filters `[?...]`"))
}

/// Why parsing `path`, an `XPath`, could need too much of the stack.
pub(super) fn costly_xpath(path: &str) -> Option<String> {
    let brackets = path.matches(['[', '(']).count();
    (brackets > MOST_BRACKETS)
        .then(|| format!("it has more than {MOST_BRACKETS} brackets and parentheses"))
}

/// What follows the end tag of `name`; nothing when there is none.
fn behind_end<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        let found = rest.get(..name.len());
        if found.is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return rest;
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_pages_are_not_costly() {
        let table = format!(
            "<table>{}</table>",
            "<tr><td><b>a</b><td>b<br>".repeat(10_000)
        );
        let script = format!("<script>{}</script>", "if (a<b) c();".repeat(10_000));
        let items = "<ul>".repeat(20) + &"<li><a href=x>y</a>".repeat(5_000);
        for page in [
            "",
            "<",
            "</",
            "a < b",
            "<!-- <div>",
            &table,
            &script,
            &items,
        ] {
            assert!(!is_costly(page), "{}", page.get(..40).unwrap_or(page));
        }
    }

    #[test]
    fn pages_that_never_end_what_they_begin_are() {
        for page in [
            "<div>",
            "<b><div></b>",
            "<DIV></span>",
            "<x-y><script></script>",
        ] {
            assert!(is_costly(&page.repeat(1_000)), "{page}");
        }
        let many = (0..500).fold(String::new(), |page, id| format!("{page}<b id={id}>"));
        assert!(is_costly(&(many + &"<p>".repeat(100_000))));
    }
    #[test]
    fn few_filters_are_not_costly_and_many_are() {
        let filters = |count: usize| format!("$.a{}{}", "[?@.b".repeat(count), "]".repeat(count));
        assert_eq!(costly_json_path(&filters(5)), None);
        let why = costly_json_path(&filters(6)).unwrap();
        assert_eq!(why, "it has more than 5 filters `[?...]`");
        let spaced = filters(6).replace("[?", "[ 'a', ?");
        assert!(costly_json_path(&spaced).is_some(), "{spaced}");
    }

    #[test]
    fn a_question_mark_in_quotes_is_no_filter() {
        let words = r#"$[?@.a == 'x?\'?????' || @.b == "it's ?????"]"#;
        assert_eq!(costly_json_path(words), None);
        let hidden = format!("$['it\\'s ']{}", "[?@.a == 'x']".repeat(6));
        assert!(costly_json_path(&hidden).is_some(), "{hidden}");
    }

    #[test]
    fn an_xpath_of_many_brackets_is_costly() {
        let path = |count: usize| format!("{}b{}", "//a[(".repeat(count), ")]".repeat(count));
        assert_eq!(costly_xpath(&path(128)), None);
        let why = costly_xpath(&path(129)).unwrap();
        assert_eq!(why, "it has more than 256 brackets and parentheses");
    }
}
