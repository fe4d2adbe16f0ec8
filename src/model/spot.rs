//! Where in a response something was seen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A spot of a response.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spot {
    /// The reason phrase of the status line.
    StatusLine,
    /// A header, by its lower-case name.
    Header(String),
    /// A cookie that the response sets, by its name.
    Cookie(String),
    /// A value in a JSON body, as a normalized path of RFC 9535.
    Json(String),
    /// A text or attribute in an HTML page, as a path of elements.
    Html(String),
    /// A text or attribute in an XML document, as a path of elements.
    Xml(String),
    /// A cell of a CSV body: row (from 1, the header row not counted) and column.
    Csv {
        /// The row, counted from 1.
        row: usize,
        /// The column's name, or its number when it has none.
        column: String,
    },
    /// A byte position in the body as text.
    Text(usize),
}

/// Whether a name found in a response can be told: field names can, but a key
/// or an id can also be made of somebody's data. Names with more than two
/// digits, other characters or more than forty of them are not told.
pub fn is_plain_name(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    (1..=40).contains(&name.len())
        && digits <= 2
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// What stands for a name that is not told.
pub const UNTOLD: &str = "?";

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StatusLine => f.write_str("status line"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Cookie(name) => write!(f, "cookie {name}"),
            Self::Json(path) => write!(f, "JSON {path}"),
            Self::Html(path) => write!(f, "HTML {path}"),
            Self::Xml(path) => write!(f, "XML {path}"),
            Self::Csv { row, column } => write!(f, "CSV row {row} column {column}"),
            Self::Text(offset) => write!(f, "body at byte {offset}"),
        }
    }
}
