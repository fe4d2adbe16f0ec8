//! Looking: the texts of a response, each with the spot where it stands.
//!
//! One file for each kind of body. A body that is not what its media type says
//! is looked through as plain text, and counted.

mod csv;
mod html;
mod json;
mod xml;

pub(crate) use html::has_swollen_tag;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::model::{Received, Spot, UNTOLD, is_plain_name};

/// What a look at a response came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// The body is not what its media type says.
    pub unreadable: bool,
}

/// Calls `see` with every text of `response` and a way to tell its spot. The
/// spot is only worked out when something was seen.
pub fn look(response: &Received, see: &mut dyn FnMut(&str, &dyn Fn() -> Spot)) -> Looked {
    for (name, value) in &response.headers {
        let spot = || match (name.as_str(), value.split_once('=')) {
            ("set-cookie", Some((cookie, _))) => {
                let name = Some(cookie.trim()).filter(|name| is_plain_name(name));
                Spot::Cookie(name.unwrap_or(UNTOLD).to_owned())
            }
            _ => Spot::Header(name.clone()),
        };
        see_decoded(value, see, &spot);
    }
    if response.body.is_empty() {
        return Looked::default();
    }
    let text = response.text();
    let kind = Kind::of(response.media_type().as_deref(), &text);
    let read = match kind {
        Kind::Json => json::look(&text, see),
        Kind::Html => html::look(&text, see),
        Kind::Xml => xml::look(&text, see),
        Kind::Csv => csv::look(&text, see),
        Kind::Plain => false,
    };
    if !read {
        see_decoded(&text, see, &|| Spot::Text(0));
    }
    Looked {
        unreadable: !read && kind != Kind::Plain,
    }
}

/// The text as it stands, and as it reads without its percent-encoding.
pub(super) fn see_decoded(
    text: &str,
    see: &mut dyn FnMut(&str, &dyn Fn() -> Spot),
    spot: &dyn Fn() -> Spot,
) {
    see(text, spot);
    if text.contains('%')
        && let Ok(Cow::Owned(decoded)) = percent_decode_str(text).decode_utf8()
    {
        see(&decoded, spot);
    }
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Html,
    Xml,
    Csv,
    Plain,
}

impl Kind {
    fn of(media_type: Option<&str>, text: &str) -> Self {
        match media_type {
            Some(kind) if kind.ends_with("/json") || kind.ends_with("+json") => Self::Json,
            Some("text/html" | "application/xhtml+xml") => Self::Html,
            Some(kind) if kind.ends_with("/xml") || kind.ends_with("+xml") => Self::Xml,
            Some("text/csv" | "text/tab-separated-values") => Self::Csv,
            Some(_) => Self::Plain,
            // Without a media type the first character has to do.
            None => match text.trim_start().as_bytes().first() {
                Some(b'{' | b'[') => Self::Json,
                Some(b'<') if text.trim_start().starts_with("<?xml") => Self::Xml,
                Some(b'<') => Self::Html,
                _ => Self::Plain,
            },
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Every text that is seen, with its spot.
    pub(in crate::oracle) fn seen(media_type: &str, body: &str) -> (Vec<(String, String)>, Looked) {
        let response = Received {
            status: 200,
            headers: vec![("content-type".into(), media_type.into())],
            body: body.to_owned().into(),
            cut: false,
        };
        let mut seen = Vec::new();
        let looked = look(&response, &mut |text, spot| {
            let spot = spot().to_string();
            if spot != "header content-type" {
                seen.push((text.to_owned(), spot));
            }
        });
        (seen, looked)
    }

    #[test]
    fn headers_cookies_and_redirects_are_looked_at() {
        let response = Received {
            status: 303,
            headers: vec![
                ("location".into(), "/done?for=ann%40x.test".into()),
                ("set-cookie".into(), "last=ann%40x.test; Path=/".into()),
            ],
            ..Received::default()
        };
        let mut spots = Vec::new();
        look(&response, &mut |text, spot| {
            if text.contains("ann@x.test") {
                spots.push(spot().to_string());
            }
        });
        assert_eq!(spots, ["header location", "cookie last"]);
    }

    #[test]
    fn what_is_not_what_it_says_is_read_as_text_and_counted() {
        for media_type in ["application/json", "application/xml"] {
            let (seen, looked) = seen(media_type, "{<broken ann@x.test");
            assert_eq!(
                seen,
                [("{<broken ann@x.test".into(), "body at byte 0".into())]
            );
            assert!(looked.unreadable);
        }
        let (_, looked) = seen("image/png", "\u{1}\u{2}");
        assert!(!looked.unreadable);
    }
}
