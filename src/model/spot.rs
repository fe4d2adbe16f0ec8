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
