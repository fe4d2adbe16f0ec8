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
    /// A trailer behind the body, by its lower-case name.
    Trailer(String),
    /// A line of a body of many documents, counted from 1.
    Line(usize),
    /// An event of a stream, by its name.
    Event(String),
    /// A part of a multipart body, by its name or its number.
    Part(String),
    /// A field of a form or of a query.
    Field(String),
    /// A layer that had to be undone; only inside a way.
    Layer(Layer),
    /// The way to a value that does not stand there openly: each spot is inside
    /// the one before it.
    Way(Vec<Spot>),
}

/// What can lie between a value and the text in which it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Base64 or base64url.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// The header of a JSON Web Token.
    JwtHeader,
    /// The payload of a JSON Web Token.
    JwtPayload,
    /// Compressed without saying so, or more than once.
    Compressed,
    /// Quoted-printable.
    QuotedPrintable,
    /// An encoded word of a header (RFC 2047).
    EncodedWord,
    /// Escapes of a string literal.
    Escapes,
    /// A list of numbers, each of them a byte.
    Bytes,
    /// A ZIP or a tar, which documents of office programs are, too.
    Archive,
    /// A PDF.
    Pdf,
    /// Rich text.
    Rtf,
    /// `MessagePack`.
    MessagePack,
    /// CBOR.
    Cbor,
    /// Protocol buffers.
    Protobuf,
}

impl Layer {
    /// Whether what it holds is told by paths such as those of JSON, without
    /// being JSON.
    fn has_paths(self) -> bool {
        matches!(
            self,
            Self::JwtHeader | Self::JwtPayload | Self::MessagePack | Self::Cbor | Self::Protobuf
        )
    }
}

impl Spot {
    /// `inner`, inside `self`.
    #[must_use]
    pub fn with(self, inner: Self) -> Self {
        let mut way = match self {
            Self::Way(way) => way,
            spot => vec![spot],
        };
        match inner {
            Self::Way(inner) => way.extend(inner),
            spot => way.push(spot),
        }
        Self::Way(way)
    }

    /// Whether it is inside a token, which nobody writes by hand.
    pub fn is_in_token(&self) -> bool {
        match self {
            Self::Layer(layer) => matches!(layer, Layer::JwtHeader | Layer::JwtPayload),
            Self::Way(way) => way.iter().any(Self::is_in_token),
            _ => false,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::JwtHeader => "JWT header",
            Self::JwtPayload => "JWT payload",
            Self::Compressed => "compressed",
            Self::QuotedPrintable => "quoted-printable",
            Self::EncodedWord => "encoded word",
            Self::Escapes => "escapes",
            Self::Bytes => "bytes",
            Self::Archive => "archive",
            Self::Pdf => "PDF",
            Self::Rtf => "RTF",
            Self::MessagePack => "MessagePack",
            Self::Cbor => "CBOR",
            Self::Protobuf => "protobuf",
        })
    }
}

/// Whether a name found in a response can be told: field names can, but a key
/// or an id can also be made of somebody's data. Names with more than two
/// digits, other characters or more than forty of them are not told.
pub fn is_plain_name(name: &str) -> bool {
    is_plain(name, 40)
}

/// The same of a header, of which services and standards have longer names.
pub fn is_plain_header(name: &str) -> bool {
    is_plain(name, 64)
}

fn is_plain(name: &str, longest: usize) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    (1..=longest).contains(&name.len())
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
            Self::Trailer(name) => write!(f, "trailer {name}"),
            Self::Line(number) => write!(f, "line {number}"),
            Self::Event(name) => write!(f, "event {name}"),
            Self::Part(name) => write!(f, "part {name}"),
            Self::Field(name) => write!(f, "field {name}"),
            Self::Layer(layer) => layer.fmt(f),
            Self::Way(way) => {
                let mut before: Option<&Self> = None;
                for spot in way {
                    match (before, spot) {
                        (None, _) => spot.fmt(f)?,
                        // What a token holds is JSON, so only the path is told.
                        (Some(Self::Layer(layer)), Self::Json(path)) if layer.has_paths() => {
                            write!(f, " {path}")?;
                        }
                        (Some(_), _) => write!(f, " > {spot}")?,
                    }
                    before = Some(spot);
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_headers_may_be_longer_than_others() {
        for (name, plain, header) in [
            ("x-request-id", true, true),
            ("cross-origin-embedder-policy-report-only", true, true),
            ("access-control-allow-private-network-request", false, true),
            ("x-amz-server-side-encryption-customer-key-md5", false, true),
            (&"a".repeat(65), false, false),
            ("x-for-ann@x.test", false, false),
            ("x-482913", false, false),
            ("", false, false),
        ] {
            let found = (is_plain_name(name), is_plain_header(name));
            assert_eq!(found, (plain, header), "{name}");
        }
    }

    #[test]
    fn ways_are_told_from_outside_to_inside() {
        let json = |path: &str| Spot::Json(path.to_owned());
        let cookie = Spot::Cookie("session".to_owned());
        let base64 = json("$.note")
            .with(Spot::Layer(Layer::Base64))
            .with(json("$.email"));
        let token = cookie.with(Spot::Layer(Layer::JwtPayload).with(json("$.sub")));
        assert_eq!(base64.to_string(), "JSON $.note > base64 > JSON $.email");
        assert_eq!(token.to_string(), "cookie session > JWT payload $.sub");
        assert!(token.is_in_token() && !base64.is_in_token());
        let written = serde_json::to_string(&token).unwrap();
        assert_eq!(serde_json::from_str::<Spot>(&written).unwrap(), token);
    }
}
