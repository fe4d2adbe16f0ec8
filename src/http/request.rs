//! Requests, ready to be sent.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use url::Url;

/// The body of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// No body.
    #[default]
    Empty,
    /// Text of a media type.
    Text {
        /// The media type, such as `application/json`.
        media_type: String,
        /// The text.
        text: String,
    },
    /// Fields of a form, encoded as a browser encodes them.
    Form(Vec<(String, String)>),
    /// Parts of a form with a file.
    Multipart(Vec<Part>),
}

/// One part of a multipart form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The file's name; `None` for a plain field.
    pub file_name: Option<String>,
    /// The media type, when it is not plain text.
    pub media_type: Option<String>,
    /// The content.
    pub content: Bytes,
}

/// Parts never contain this: it is drawn once and long enough.
const BOUNDARY: &str = "fpt-9c1d4b7e2f60a853-boundary";

impl Body {
    /// The body's bytes and media type.
    pub fn encode(&self) -> (Bytes, Option<String>) {
        match self {
            Self::Empty => (Bytes::new(), None),
            Self::Text { media_type, text } => {
                (Bytes::from(text.clone()), Some(media_type.clone()))
            }
            Self::Form(fields) => {
                let mut encoder = url::form_urlencoded::Serializer::new(String::new());
                encoder.extend_pairs(fields);
                let media_type = "application/x-www-form-urlencoded".to_owned();
                (Bytes::from(encoder.finish()), Some(media_type))
            }
            Self::Multipart(parts) => {
                let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
                (multipart(parts), Some(media_type))
            }
        }
    }
}

/// Encodes parts after RFC 7578.
fn multipart(parts: &[Part]) -> Bytes {
    let quote = |text: &str| text.replace('"', "%22").replace(['\r', '\n'], " ");
    let mut body = Vec::new();
    for part in parts {
        let mut head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"",
            quote(&part.name)
        );
        if let Some(file_name) = &part.file_name {
            head.push_str(&format!("; filename=\"{}\"", quote(file_name)));
        }
        if let Some(media_type) = &part.media_type {
            head.push_str(&format!("\r\nContent-Type: {media_type}"));
        }
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(&part.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Bytes::from(body)
}

/// A request with every template rendered.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// The path as the step wrote it, for reports.
    pub route: Arc<str>,
    /// Headers of this request alone.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Prepared {
    /// A request with `body` encoded and its media type among the headers,
    /// unless the headers already name one.
    pub fn new(
        method: Method,
        url: Url,
        route: Arc<str>,
        mut headers: Vec<(String, String)>,
        body: &Body,
    ) -> Self {
        let (body, media_type) = body.encode();
        let named = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let (Some(media_type), false) = (media_type, named) {
            headers.push(("content-type".to_owned(), media_type));
        }
        Self {
            method,
            url,
            route,
            headers,
            body,
        }
    }

    /// The request that follows a redirect with `status` to `url`, after
    /// RFC 9110, section 15.4: 307 and 308 repeat it, the others become `GET`
    /// (unless it was `HEAD`).
    pub(super) fn redirected(&self, status: u16, url: Url) -> Self {
        let repeat = matches!(status, 307 | 308) || self.method == Method::HEAD;
        let method = match (repeat, &self.method) {
            (true, method) => method.clone(),
            (false, _) => Method::GET,
        };
        let mut next = Self {
            method,
            route: format!(
                "{} (redirected)",
                self.route.trim_end_matches(" (redirected)")
            )
            .into(),
            url,
            ..self.clone()
        };
        if !repeat {
            next.body = Bytes::new();
            next.headers
                .retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(body: &Body) -> Prepared {
        let url = Url::parse("http://127.0.0.1/form").unwrap();
        Prepared::new(Method::POST, url, "/form".into(), vec![], body)
    }

    #[test]
    fn forms_are_encoded_as_browsers_do() {
        let prepared = post(&Body::Form(vec![("a b".into(), "ü&=".into())]));
        assert_eq!(prepared.body, "a+b=%C3%BC%26%3D");
        assert_eq!(prepared.headers[0].1, "application/x-www-form-urlencoded");
    }

    #[test]
    fn files_travel_in_multipart_forms() {
        let prepared = post(&Body::Multipart(vec![Part {
            name: "letter".into(),
            file_name: Some("a\".txt".into()),
            media_type: Some("text/plain".into()),
            content: Bytes::from_static(b"dear"),
        }]));
        let text = String::from_utf8(prepared.body.to_vec()).unwrap();
        assert!(text.contains(
            "name=\"letter\"; filename=\"a%22.txt\"\r\nContent-Type: text/plain\r\n\r\ndear\r\n"
        ));
    }

    #[test]
    fn a_redirect_after_post_becomes_get_unless_it_must_not() {
        let prepared = post(&Body::Form(vec![("a".into(), "b".into())]));
        let there = Url::parse("http://127.0.0.1/there").unwrap();
        let next = prepared.redirected(303, there.clone());
        assert_eq!((next.method, next.body.len()), (Method::GET, 0));
        assert!(next.headers.is_empty());
        let next = prepared.redirected(307, there);
        assert_eq!((next.method, next.body.len()), (Method::POST, 3));
    }
}
