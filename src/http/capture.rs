//! Selectors: how a step points at a value in a response.

use std::fmt;

use regex::Regex;
use scraper::Html;
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::model::{Received, Spot, separated};

use super::nesting::{costly_json_path, is_costly};
use super::written::Written;
use super::{json_path, xpath};

/// Points at a value in a response.
///
/// What is shown of one with templates in it is what its step wrote: see
/// [`told_as`](Self::told_as).
#[derive(Clone, Debug)]
pub enum Selector {
    /// A `JSONPath` of RFC 9535.
    Json(Written<JsonPath>),
    /// A header.
    Header(Written<String>),
    /// A cookie that the response sets.
    Cookie(Written<String>),
    /// A CSS selector, for the text of an element or one of its attributes.
    Css {
        /// The selector.
        selector: Written<String>,
        /// The attribute, or `None` for the text.
        attribute: Option<String>,
    },
    /// A regular expression: its first group, or the whole match.
    Regex(Written<Regex>),
    /// An `XPath` 1.0 expression.
    XPath(Written<String>),
    /// A cell of a CSV body, by the name of its column and its row from 1.
    Csv {
        /// The column's name in the header row.
        column: Written<String>,
        /// The row, counted from 1.
        row: usize,
    },
    /// The whole body as text.
    Body,
}

/// A value that a selector found.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The value as text; JSON values that are no strings as JSON.
    pub text: String,
    /// The JSON value, when the selector was a `JSONPath`.
    pub json: Option<Value>,
    /// Where it stood.
    pub spot: Spot,
}

/// Why a selector found nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// The selector itself is wrong.
    #[error("{kind} `{text}` cannot be used: {reason}")]
    Selector {
        /// Which kind of selector.
        kind: &'static str,
        /// What was written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The body is not what the selector needs.
    #[error("the body is not {expected}: {reason}")]
    Body {
        /// What was expected.
        expected: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Nothing is there.
    #[error("nothing at {0}")]
    Nothing(String),
}

/// The last line of a message, without what announces it.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

impl Selector {
    /// A `JSONPath`.
    ///
    /// # Errors
    ///
    /// When `path` is not one of RFC 9535, or has more than five filters.
    pub fn json(path: &str) -> Result<Self, CaptureError> {
        let wrong = |reason: String| CaptureError::Selector {
            kind: "JSONPath",
            text: path.to_owned(),
            reason,
        };
        if let Some(reason) = costly_json_path(path) {
            return Err(wrong(reason));
        }
        JsonPath::parse(path)
            .map(|path| Self::Json(path.into()))
            .map_err(|error| wrong(error.to_string()))
    }

    /// A CSS selector; `a@href` selects an attribute.
    ///
    /// # Errors
    ///
    /// When `selector` is not one.
    pub fn css(selector: &str) -> Result<Self, CaptureError> {
        let (css, attribute) = with_attribute(selector);
        scraper::Selector::parse(css).map_err(|error| CaptureError::Selector {
            kind: "CSS selector",
            text: css.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self::Css {
            selector: css.into(),
            attribute: attribute.map(str::to_owned),
        })
    }

    /// A regular expression.
    ///
    /// # Errors
    ///
    /// When `pattern` is not one.
    pub fn regex(pattern: &str) -> Result<Self, CaptureError> {
        Regex::new(pattern)
            .map(|pattern| Self::Regex(pattern.into()))
            .map_err(|error| CaptureError::Selector {
                kind: "regular expression",
                text: pattern.to_owned(),
                // Before it stands a drawing of several lines.
                reason: last_line(&error.to_string()),
            })
    }

    /// An `XPath` expression.
    ///
    /// # Errors
    ///
    /// When `path` is not one of `XPath` 1.0, or has more than 256 brackets.
    pub fn xpath(path: &str) -> Result<Self, CaptureError> {
        xpath::compile(path)?;
        Ok(Self::XPath(path.into()))
    }

    /// Reads the value from `response`.
    ///
    /// # Errors
    ///
    /// When the body cannot be read so, or nothing is there.
    pub fn read(&self, response: &Received) -> Result<Reading, CaptureError> {
        let plain = |text: String, spot: Spot| Reading {
            text,
            json: None,
            spot,
        };
        let nothing = || CaptureError::Nothing(self.to_string());
        match self {
            Self::Json(path) => {
                let (value, place) =
                    json_path::read(path, &response.text())?.ok_or_else(nothing)?;
                let text = match &value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                Ok(Reading {
                    text,
                    json: Some(value),
                    spot: Spot::Json(place),
                })
            }
            Self::Header(name) => {
                let value = response.header(&name.to_ascii_lowercase());
                let spot = Spot::Header(name.to_string().to_ascii_lowercase());
                Ok(plain(value.ok_or_else(nothing)?.to_owned(), spot))
            }
            Self::Cookie(name) => {
                let value = set_cookie(response, name).ok_or_else(nothing)?;
                Ok(plain(value, Spot::Cookie(name.to_string())))
            }
            Self::Css {
                selector,
                attribute,
            } => {
                let value = read_css(selector, attribute.as_deref(), &response.text())?;
                let told = selector.to_string();
                let spot = Spot::Html(with_attribute(&told).0.to_owned());
                Ok(plain(value.ok_or_else(nothing)?, spot))
            }
            Self::Regex(pattern) => {
                let text = response.text();
                let found = pattern.captures(&text).ok_or_else(nothing)?;
                let value = found.get(1).or_else(|| found.get(0)).ok_or_else(nothing)?;
                Ok(plain(value.as_str().to_owned(), Spot::Text(value.start())))
            }
            Self::XPath(path) => xpath::read(path, &response.text())
                .map_err(|error| {
                    if path.is_rendered() {
                        error.told_as(&path.to_string())
                    } else {
                        error
                    }
                })?
                .map(|value| plain(value, Spot::Xml(path.to_string())))
                .ok_or_else(nothing),
            Self::Csv { column, row } => {
                let value = read_csv(column, *row, &response.text())?.ok_or_else(nothing)?;
                let spot = Spot::Csv {
                    row: *row,
                    column: column.to_string(),
                };
                Ok(plain(value, spot))
            }
            Self::Body => Ok(plain(response.text(), Spot::Text(0))),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(path) => write!(f, "JSON {path}"),
            Self::Header(name) => write!(f, "header `{name}`"),
            Self::Cookie(name) => write!(f, "cookie `{name}`"),
            // The attribute stands in what the step wrote.
            Self::Css {
                selector,
                attribute: Some(name),
            } if !selector.is_rendered() => {
                write!(f, "CSS selector `{selector}`, attribute `{name}`")
            }
            Self::Css { selector, .. } => write!(f, "CSS selector `{selector}`"),
            Self::Regex(pattern) => write!(f, "regular expression `{pattern}`"),
            Self::XPath(path) => write!(f, "XPath `{path}`"),
            Self::Csv { column, row } => write!(f, "CSV column `{column}` of row {row}"),
            Self::Body => f.write_str("the body"),
        }
    }
}

/// A CSS selector without the attribute behind it, and that attribute.
fn with_attribute(selector: &str) -> (&str, Option<&str>) {
    match selector.rsplit_once('@') {
        Some((css, name)) if name.chars().all(|c| c.is_alphanumeric() || c == '-') => {
            (css, Some(name))
        }
        _ => (selector, None),
    }
}

/// The value of the cookie `name` that `response` sets.
fn set_cookie(response: &Received, name: &str) -> Option<String> {
    response
        .headers
        .iter()
        .filter(|(header, _)| header == "set-cookie")
        .find_map(|(_, value)| {
            let (own, rest) = value.split_once('=')?;
            let value = rest.split(';').next().unwrap_or(rest);
            (own.trim() == name).then(|| value.trim().to_owned())
        })
}

fn read_css(
    selector: &str,
    attribute: Option<&str>,
    page: &str,
) -> Result<Option<String>, CaptureError> {
    if is_costly(page) {
        return Err(CaptureError::Body {
            expected: "HTML",
            reason: "it nests too deeply".to_owned(),
        });
    }
    let Ok(selector) = scraper::Selector::parse(selector) else {
        return Ok(None);
    };
    let page = Html::parse_document(page);
    let element = page.select(&selector).next();
    Ok(element.and_then(|element| {
        if let Some(name) = attribute {
            return element.value().attr(name).map(str::to_owned);
        }
        let text: String = element.text().collect();
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }))
}

fn read_csv(column: &str, row: usize, text: &str) -> Result<Option<String>, CaptureError> {
    let broken = |error: csv::Error| CaptureError::Body {
        expected: "CSV",
        reason: error
            .position()
            .map_or_else(|| "unreadable".to_owned(), |p| format!("line {}", p.line())),
    };
    let (separator, text) = separated(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let index = reader
        .headers()
        .map_err(broken)?
        .iter()
        .position(|own| own.trim() == column);
    let (Some(index), Some(skip)) = (index, row.checked_sub(1)) else {
        return Ok(None);
    };
    match reader.records().nth(skip) {
        Some(record) => Ok(record.map_err(broken)?.get(index).map(str::to_owned)),
        None => Ok(None),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::http) fn response(media_type: &str, body: &str) -> Received {
        Received {
            status: 200,
            headers: vec![
                ("content-type".into(), media_type.into()),
                ("location".into(), "/there".into()),
                ("set-cookie".into(), "sid=abc; Path=/".into()),
            ],
            body: body.to_owned().into(),
            cut: false,
        }
    }

    fn read(selector: &Selector, response: &Received) -> Result<(String, String), CaptureError> {
        selector
            .read(response)
            .map(|reading| (reading.text, reading.spot.to_string()))
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what reading gives")]
    fn found(text: &str, spot: &str) -> Result<(String, String), CaptureError> {
        Ok((text.to_owned(), spot.to_owned()))
    }

    #[test]
    fn json_paths_find_values_and_say_where() {
        let json = response(
            "application/json",
            r#"{"items":[{"id":17},{"id":18}],"a":"b"}"#,
        );
        assert_eq!(
            read(&Selector::json("$.a").unwrap(), &json),
            found("b", "JSON $.a")
        );
        assert_eq!(
            read(&Selector::json("$.items[?@.id==18].id").unwrap(), &json),
            found("18", "JSON $.items[1].id")
        );
        assert!(matches!(
            read(&Selector::json("$.nothing").unwrap(), &json),
            Err(CaptureError::Nothing(_))
        ));
        assert!(Selector::json("items[").is_err());
    }

    #[test]
    fn broken_json_is_told_without_quoting_it() {
        let json = response("application/json", "{\"secret-name");
        let error = read(&Selector::json("$.a").unwrap(), &json)
            .unwrap_err()
            .to_string();
        assert!(!error.contains("secret"), "{error}");
        assert!(error.contains("line 1"), "{error}");
    }

    #[test]
    fn pages_documents_tables_and_texts() {
        let page = response(
            "text/html",
            "<form><input name=csrf value='t&amp;1'></form><p class=n>Ann\n <b>Lee</b></p>",
        );
        let csrf = Selector::css("input[name=csrf]@value").unwrap();
        assert_eq!(read(&csrf, &page), found("t&1", "HTML input[name=csrf]"));
        assert_eq!(
            read(&Selector::css("p.n").unwrap(), &page),
            found("Ann Lee", "HTML p.n")
        );
        let xml = response(
            "application/xml",
            "<label><no kind='x'>P&amp;1</no></label>",
        );
        assert_eq!(
            read(&Selector::xpath("//no").unwrap(), &xml),
            found("P&1", "XML //no")
        );
        assert_eq!(
            read(&Selector::xpath("//no/@kind").unwrap(), &xml),
            found("x", "XML //no/@kind")
        );
        assert!(Selector::xpath("//[").is_err());
        let csv = response("text/csv", "no,to\nP1,\"a,b\"\nP2,c\n");
        let cell = |row| Selector::Csv {
            column: "to".into(),
            row,
        };
        assert_eq!(read(&cell(1), &csv), found("a,b", "CSV row 1 column to"));
        assert!(read(&cell(3), &csv).is_err());
        let csv = response("text/csv", "sep=;\r\nno;to\r\nP1;1,50\r\n");
        assert_eq!(read(&cell(1), &csv), found("1,50", "CSV row 1 column to"));
        let text = response("text/plain", "You are Ann (C-1)");
        assert_eq!(
            read(&Selector::regex(r"\((.+)\)").unwrap(), &text),
            found("C-1", "body at byte 13")
        );
        assert_eq!(
            read(&Selector::Header("Location".into()), &text),
            found("/there", "header location")
        );
        assert_eq!(
            read(&Selector::Cookie("sid".into()), &text),
            found("abc", "cookie sid")
        );
    }

    #[test]
    fn charsets_are_honoured() {
        let mut latin = response("text/plain; charset=ISO-8859-1", "");
        latin.body = bytes::Bytes::from_static(b"M\xfcller");
        assert_eq!(latin.text(), "Müller");
    }
}
