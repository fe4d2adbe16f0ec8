//! Pages: lists that go on behind their first page.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use crate::http::{CaptureError, Selector};
use crate::model::Received;

/// Pages of one list that are followed.
pub(super) const MOST_PAGES: usize = 500;

/// Values of one list after which no further page is asked for: a user has less,
/// and a hostile service has no end of them.
pub(super) const MOST_VALUES: usize = 100_000;

/// How a list goes on behind its first page.
#[derive(Clone, Debug)]
pub enum Pages {
    /// The address of the next page is here, and nothing on the last one. Of a
    /// `Link` header it is the one with `rel="next"`.
    Link(Selector),
    /// What leads to the next page is here, and nothing on the last one; it goes
    /// into this value of the query.
    Cursor(Selector, String),
    /// They are counted in this value of the query, up to one that is empty. The
    /// first is number 1, unless its own query says otherwise.
    Counted(String),
    /// What was shown is counted in this value of the query, up to a page that
    /// is empty.
    Skipped(String),
}

/// What comes behind a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// This page.
    Page(Url),
    /// Nothing, as the page itself says.
    Told,
    /// Nothing leads on.
    Silent,
    /// Nobody knows.
    Unclear,
}

/// One link of a `Link` header, with its parameters (RFC 8288). A comma may stand
/// within the address, and the crate for such headers splits there.
#[expect(
    clippy::expect_used,
    reason = "a constant pattern, compiled by the tests"
)]
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"<([^>]*)>((?:\s*;\s*[^\s;,="]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]*))?)*)"#)
        .expect("a constant pattern")
});

/// The relation of a link, of which there may be several.
#[expect(
    clippy::expect_used,
    reason = "a constant pattern, compiled by the tests"
)]
static RELATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i);\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))"#).expect("a constant pattern")
});

impl Pages {
    /// What comes behind the page at `url` that was answered by `response`. With
    /// it, `shown` values were shown, `here` of them by this page.
    pub(super) fn next(&self, url: &Url, response: &Received, shown: usize, here: usize) -> Next {
        match self {
            Self::Link(Selector::Header(name)) if name.eq_ignore_ascii_case("link") => {
                linked(url, response)
            }
            Self::Link(at) => match told(at, response) {
                Ok(Some(link)) => url.join(link.trim()).map_or(Next::Unclear, Next::Page),
                Ok(None) => Next::Told,
                Err(next) => next,
            },
            Self::Cursor(at, name) => match told(at, response) {
                Ok(Some(cursor)) => Next::Page(with(url, name, &cursor)),
                Ok(None) => Next::Told,
                Err(next) => next,
            },
            Self::Counted(_) | Self::Skipped(_) if here == 0 => Next::Told,
            Self::Counted(name) => match number(url, name) {
                Some(page) => Next::Page(with(url, name, &(page + 1).to_string())),
                None => Next::Page(with(url, name, "2")),
            },
            Self::Skipped(name) => Next::Page(with(url, name, &shown.to_string())),
        }
    }

    /// Whether a page that does not exist is the end of the list.
    pub(super) fn may_overrun(&self) -> bool {
        matches!(self, Self::Counted(_) | Self::Skipped(_))
    }
}

/// What stands at `at`: `None` when the response says that there is nothing.
fn told(at: &Selector, response: &Received) -> Result<Option<String>, Next> {
    match at.read(response) {
        Ok(reading) => {
            use serde_json::Value;
            let nothing = matches!(&reading.json, Some(Value::Null | Value::Bool(false)))
                || reading.text.trim().is_empty();
            let odd = matches!(
                &reading.json,
                Some(Value::Bool(true) | Value::Array(_) | Value::Object(_))
            );
            match (nothing, odd) {
                (true, _) => Ok(None),
                (false, true) => Err(Next::Unclear),
                (false, false) => Ok(Some(reading.text)),
            }
        }
        Err(CaptureError::Nothing(_)) => Err(Next::Silent),
        Err(_) => Err(Next::Unclear),
    }
}

fn linked(url: &Url, response: &Received) -> Next {
    let mut any = false;
    for (_, value) in response.headers.iter().filter(|(name, _)| name == "link") {
        for link in LINK.captures_iter(value) {
            any = true;
            let relation = RELATION.captures(&link[2]);
            let relation = relation
                .as_ref()
                .and_then(|found| found.get(1).or_else(|| found.get(2)))
                .map_or("", |found| found.as_str());
            if relation
                .split_whitespace()
                .any(|own| own.eq_ignore_ascii_case("next"))
            {
                return url.join(&link[1]).map_or(Next::Unclear, Next::Page);
            }
        }
    }
    // Links to the first and the former page, and none to a next one.
    if any { Next::Told } else { Next::Silent }
}

/// `url` with `value` for `name` in its query.
fn with(url: &Url, name: &str, value: &str) -> Url {
    let mut next = url.clone();
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(own, _)| own != name)
        .map(|(own, value)| (own.into_owned(), value.into_owned()))
        .collect();
    next.query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .append_pair(name, value);
    next
}

fn number(url: &Url, name: &str) -> Option<u64> {
    let (_, value) = url.query_pairs().find(|(own, _)| own == name)?;
    value.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse("http://host.test").unwrap().join(text).unwrap()
    }

    fn page(body: &str) -> Received {
        Received {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.to_owned().into(),
            cut: false,
        }
    }

    fn behind(pages: &Pages, at: &str, body: &str, shown: usize, here: usize) -> Next {
        pages.next(&url(at), &page(body), shown, here)
    }

    #[test]
    fn links_in_the_body_lead_on() {
        let pages = Pages::Link(Selector::json("$.next").unwrap());
        for (body, next) in [
            (r#"{"next":"/a?page=2"}"#, Next::Page(url("/a?page=2"))),
            (r#"{"next":"?page=2"}"#, Next::Page(url("/a?page=2"))),
            (r#"{"next":"http://host.test/b"}"#, Next::Page(url("/b"))),
            (r#"{"next":null}"#, Next::Told),
            (r#"{"next":""}"#, Next::Told),
            (r#"{"next":false}"#, Next::Told),
            (r#"{"a":1}"#, Next::Silent),
            (r#"{"next":true}"#, Next::Unclear),
            (r#"{"next":{"href":"/b"}}"#, Next::Unclear),
            ("<html>", Next::Unclear),
        ] {
            assert_eq!(behind(&pages, "/a", body, 5, 5), next, "{body}");
        }
    }

    #[test]
    fn links_in_the_header_lead_on() {
        let pages = Pages::Link(Selector::Header("Link".into()));
        for (value, next) in [
            (
                r#"</a?page=1>; rel="first", </a?x=1,2&page=3>; title="a, b; c"; rel="next""#,
                Next::Page(url("/a?x=1,2&page=3")),
            ),
            ("</a?page=3>; rel=next", Next::Page(url("/a?page=3"))),
            (
                r#"<?page=3>;crossorigin;REL="last next""#,
                Next::Page(url("/a?page=3")),
            ),
            (r#"</a?page=1>; rel="prev""#, Next::Told),
            ("", Next::Silent),
        ] {
            let mut response = page("[]");
            if !value.is_empty() {
                response.headers.push(("link".into(), value.into()));
            }
            let found = pages.next(&url("/a"), &response, 5, 5);
            assert_eq!(found, next, "{value}");
        }
    }

    #[test]
    fn cursors_go_into_the_query() {
        let pages = Pages::Cursor(Selector::json("$.meta.next").unwrap(), "after".into());
        let next = behind(
            &pages,
            "/a?size=5&after=x",
            r#"{"meta":{"next":"y&z="}}"#,
            5,
            5,
        );
        assert_eq!(next, Next::Page(url("/a?size=5&after=y%26z%3D")));
        let next = behind(&pages, "/a", r#"{"meta":{"next":17}}"#, 5, 5);
        assert_eq!(next, Next::Page(url("/a?after=17")));
        assert_eq!(
            behind(&pages, "/a", r#"{"meta":{"next":null}}"#, 5, 5),
            Next::Told
        );
    }

    #[test]
    fn pages_and_what_was_shown_are_counted_up_to_an_empty_page() {
        let pages = Pages::Counted("page".into());
        assert_eq!(
            behind(&pages, "/a", "[]", 5, 5),
            Next::Page(url("/a?page=2"))
        );
        assert_eq!(
            behind(&pages, "/a?page=0&size=5", "[]", 5, 5),
            Next::Page(url("/a?size=5&page=1"))
        );
        assert_eq!(behind(&pages, "/a?page=3", "[]", 10, 0), Next::Told);
        let pages = Pages::Skipped("offset".into());
        assert_eq!(
            behind(&pages, "/a?limit=5", "[]", 5, 5),
            Next::Page(url("/a?limit=5&offset=5"))
        );
        assert_eq!(
            behind(&pages, "/a?limit=5&offset=5", "[]", 7, 2),
            Next::Page(url("/a?limit=5&offset=7"))
        );
    }
}
