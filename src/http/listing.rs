//! Listings: all values at a place of a response, and whether there may be more.

use scraper::Html;
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::model::{Received, Whole, separated};

use super::capture::Selector;
use super::nesting::is_costly;
use super::xpath;

/// All values at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The values, in the order of the response.
    pub values: Vec<String>,
    /// Whether these are all, on this page and those before it.
    pub whole: Whole,
}

/// Text that the values at a place hold together. Elements that lie within each
/// other all hold the text of the innermost one.
const MOST_TEXT: usize = 64 << 20;

/// Fields that lead to a further page, when there is anything in them.
const FURTHER: [&str; 14] = [
    "next",
    "nextpage",
    "nextpagetoken",
    "nexttoken",
    "nextcursor",
    "nextlink",
    "next_page",
    "next_page_token",
    "next_token",
    "next_cursor",
    "@odata.nextlink",
    "hasmore",
    "has_more",
    "hasnext",
];

/// Fields that count everything, on all pages.
const TOTALS: [&str; 7] = [
    "total",
    "totalcount",
    "total_count",
    "totalelements",
    "totalitems",
    "totalresults",
    "@odata.count",
];

impl Selector {
    /// All values at this place of `response`; `None` when the response is not
    /// what has such a place, or holds more there than is read, so that nothing
    /// can be said.
    pub fn read_all(&self, response: &Received) -> Option<Listing> {
        self.read_page(response, 0)
    }

    /// The same for a page behind others that showed `before` values.
    pub fn read_page(&self, response: &Received, before: usize) -> Option<Listing> {
        let mut listing = match self {
            Self::Json(path) => all_json(path, response, before)?,
            Self::Css {
                selector,
                attribute,
            } => perhaps_empty(all_css(selector, attribute.as_deref(), &response.text())?),
            Self::Regex(pattern) => {
                let text = response.text();
                let values = pattern
                    .captures_iter(&text)
                    .filter_map(|found| found.get(1).or_else(|| found.get(0)))
                    .map(|found| found.as_str().to_owned());
                perhaps_empty(values.collect())
            }
            Self::XPath(path) => perhaps_empty(xpath::read_all(path, &response.text()).ok()?),
            Self::Csv { column, row } => Listing {
                values: all_csv(column, *row, &response.text())?,
                whole: Whole::Yes,
            },
            Self::Header(_) | Self::Cookie(_) | Self::Body => {
                perhaps_empty(vec![self.read(response).ok()?.text])
            }
        };
        if leads_on(response) {
            listing.whole = Whole::No;
        }
        Some(listing)
    }
}

/// A page without a single value may be an empty list, or another page.
fn perhaps_empty(values: Vec<String>) -> Listing {
    let whole = if values.is_empty() {
        Whole::IfOwn
    } else {
        Whole::Yes
    };
    Listing { values, whole }
}

fn all_json(path: &JsonPath, response: &Received, before: usize) -> Option<Listing> {
    let body: Value = serde_json::from_str(&response.text()).ok()?;
    let values: Vec<String> = path
        .query(&body)
        .iter()
        .filter_map(|node| match node {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .collect();
    if values.is_empty() {
        // An empty list is a list; an error that is told with status 200 is
        // none, and neither is one whose elements look otherwise.
        let written = path.to_string();
        let filtered = written.contains("[?");
        let list = list_of(&written, &body)?;
        let empty = match list {
            Value::Array(items) => items.is_empty() || filtered,
            Value::Object(fields) => fields.is_empty() || filtered,
            _ => false,
        };
        if !empty {
            return None;
        }
    }
    let paged = is_paged(&body, before + values.len());
    Some(Listing {
        values,
        whole: if paged { Whole::No } else { Whole::Yes },
    })
}

/// What stands before the first wildcard or filter of a path.
fn list_of<'a>(path: &str, body: &'a Value) -> Option<&'a Value> {
    let end = ["[*]", "[?", ".*", "..", "[:", "[0:"]
        .iter()
        .filter_map(|many| path.find(many))
        .min()?;
    let before = JsonPath::parse(&path[..end]).ok()?;
    before.query(body).first()
}

/// Whether a body says that there is more than these.
fn is_paged(body: &Value, shown: usize) -> bool {
    let Value::Object(fields) = body else {
        return false;
    };
    fields.iter().any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        if FURTHER.contains(&name.as_str()) {
            return match value {
                Value::Null | Value::Bool(false) => false,
                Value::String(text) => !text.is_empty(),
                _ => true,
            };
        }
        if TOTALS.contains(&name.as_str()) {
            return value.as_u64().is_some_and(|total| total > shown as u64);
        }
        if name == "last" {
            return *value == Value::Bool(false);
        }
        let nested = ["links", "_links", "page", "paging", "pagination", "meta"];
        nested.contains(&name.as_str()) && is_paged(value, shown)
    })
}

/// Whether a header leads to a further page, or the response is a part.
fn leads_on(response: &Received) -> bool {
    let link = response.header("link").unwrap_or_default();
    let link = link.to_ascii_lowercase().replace(['"', ' '], "");
    response.status == 206 || link.contains("rel=next")
}

fn all_css(selector: &str, attribute: Option<&str>, page: &str) -> Option<Vec<String>> {
    if is_costly(page) {
        return None;
    }
    let selector = scraper::Selector::parse(selector).ok()?;
    let page = Html::parse_document(page);
    let values = page.select(&selector).filter_map(|element| {
        if let Some(name) = attribute {
            return element.value().attr(name).map(str::to_owned);
        }
        let text: String = element.text().collect();
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    });
    gathered(values)
}

/// All of `texts`; `None` when they are too long together.
pub(super) fn gathered(texts: impl Iterator<Item = String>) -> Option<Vec<String>> {
    let mut left = MOST_TEXT;
    let kept = |text: String| {
        left = left.checked_sub(text.len())?;
        Some(text)
    };
    texts.map(kept).collect()
}

fn all_csv(column: &str, row: usize, text: &str) -> Option<Vec<String>> {
    let (separator, text) = separated(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let at = reader
        .headers()
        .ok()?
        .iter()
        .position(|own| own.trim() == column)?;
    let records = reader.records().skip(row.saturating_sub(1));
    records
        .map(|record| Some(record.ok()?.get(at)?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, body: &str) -> Option<Listing> {
        let response = Received {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.to_owned().into(),
            cut: false,
        };
        Selector::json(path).unwrap().read_all(&response)
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what reading gives")]
    fn listing(values: &[&str], whole: Whole) -> Option<Listing> {
        Some(Listing {
            values: values.iter().map(|own| (*own).to_owned()).collect(),
            whole,
        })
    }

    #[test]
    fn lists_of_json_are_told_from_what_is_no_list() {
        for (path, body, expected) in [
            (
                "$[*].id",
                r#"[{"id":1},{"id":"b"}]"#,
                listing(&["1", "b"], Whole::Yes),
            ),
            ("$[*].id", "[]", listing(&[], Whole::Yes)),
            ("$.a[*].id", r#"{"a":[]}"#, listing(&[], Whole::Yes)),
            (
                "$.a[?@.s=='x'].id",
                r#"{"a":[{"s":"y","id":1}]}"#,
                listing(&[], Whole::Yes),
            ),
            // Not what was declared.
            ("$.a[*].id", r#"{"error":"busy"}"#, None),
            ("$[*].id", r#"{"error":"busy"}"#, None),
            ("$[*].id", r#"[{"no":1}]"#, None),
            ("$[*].id", "busy", None),
        ] {
            assert_eq!(read(path, body), expected, "{path} {body}");
        }
    }

    #[test]
    fn further_pages_are_noticed() {
        for (body, whole) in [
            (
                r#"{"a":[1],"next":null,"total":1,"hasMore":false}"#,
                Whole::Yes,
            ),
            (r#"{"a":[1],"next":"/a?page=2"}"#, Whole::No),
            (r#"{"a":[1],"total":2}"#, Whole::No),
            (r#"{"a":[1],"hasMore":true}"#, Whole::No),
            (r#"{"a":[1],"last":false}"#, Whole::No),
            (r#"{"a":[1],"_links":{"next":{"href":"/x"}}}"#, Whole::No),
            (r#"{"a":[1],"page":{"totalElements":40}}"#, Whole::No),
        ] {
            assert_eq!(read("$.a[*]", body), listing(&["1"], whole), "{body}");
        }
        let response = Received {
            status: 200,
            headers: vec![("link".into(), "</a?page=2>; rel=\"next\"".into())],
            body: "[1]".to_owned().into(),
            cut: false,
        };
        let read = Selector::json("$[*]").unwrap().read_all(&response);
        assert_eq!(read, listing(&["1"], Whole::No));
    }

    #[test]
    fn pages_without_a_value_may_be_other_pages() {
        let response = |body: &str| Received {
            status: 200,
            headers: vec![("content-type".into(), "text/html".into())],
            body: body.to_owned().into(),
            cut: false,
        };
        let css = Selector::css("li@data-id").unwrap();
        let page = response("<ul><li data-id=a>1</li><li data-id=b>2</li></ul>");
        assert_eq!(css.read_all(&page), listing(&["a", "b"], Whole::Yes));
        let empty = response("<h1>Sign in</h1>");
        assert_eq!(css.read_all(&empty), listing(&[], Whole::IfOwn));
        let regex = Selector::regex(r"no\. (\d+)").unwrap();
        let text = response("no. 1, no. 2");
        assert_eq!(regex.read_all(&text), listing(&["1", "2"], Whole::Yes));
        let table = response("no,state\n1,x\n2,y\n");
        let csv = Selector::Csv {
            column: "no".into(),
            row: 1,
        };
        assert_eq!(csv.read_all(&table), listing(&["1", "2"], Whole::Yes));
        let table = response("state;no\nx;1\ny;2\n");
        assert_eq!(csv.read_all(&table), listing(&["1", "2"], Whole::Yes));
        let xml = response("<a><n>1</n><n>2</n></a>");
        let xpath = Selector::xpath("//n").unwrap();
        assert_eq!(xpath.read_all(&xml), listing(&["1", "2"], Whole::Yes));
        let prefixed = response("<x:a xmlns:x='urn:x'><x:n>1</x:n><x:n>2</x:n></x:a>");
        let xpath = Selector::xpath("//x:n").unwrap();
        assert_eq!(xpath.read_all(&prefixed), listing(&["1", "2"], Whole::Yes));
        // Nothing declares the prefix.
        assert_eq!(xpath.read_all(&xml), None);
    }

    #[test]
    fn a_text_within_many_elements_is_not_listed_for_each() {
        let nested = |tag: &str, depth: usize, length: usize| Received {
            status: 200,
            body: format!(
                "{}{}{}",
                format!("<{tag}>").repeat(depth),
                "x".repeat(length),
                format!("</{tag}>").repeat(depth)
            )
            .into(),
            ..Received::default()
        };
        for selector in [Selector::css("div"), Selector::xpath("//div")] {
            let selector = selector.unwrap();
            assert_eq!(selector.read_all(&nested("div", 500, 1 << 20)), None);
            let listing = selector.read_all(&nested("div", 9, 1 << 20)).unwrap();
            assert_eq!(listing.values.len(), 9);
            assert!(listing.values.iter().all(|text| text.len() == 1 << 20));
            // Whoever nests without end has no list.
            assert_eq!(selector.read_all(&nested("div", 100_000, 1)), None);
        }
    }
}
