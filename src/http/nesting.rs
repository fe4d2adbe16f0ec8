//! How deeply a page nests, told before it is parsed: what an HTML parser does
//! for each tag grows with the elements that are open, so a page of nothing but
//! `<div>` would keep it busy for minutes.

use crate::oracle::look::has_swollen_tag;

/// Browsers do not nest more deeply either.
const DEEPEST: usize = 512;

/// Tags times open elements. A page of 20 000 tags at depth 40 is far below.
const MOST_WORK: usize = 4_000_000;

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
}
