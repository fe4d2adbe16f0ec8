//! Requests as steps write them, templates unrendered.

use std::path::Path;

use bytes::Bytes;
use http::Method;

use super::failure::StepFailure;
use super::template::Escape;

/// A request as a step writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path below the target, or a whole URL.
    pub path: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub content: Content,
    /// What it is for.
    pub purpose: Purpose,
}

/// The body of a request as a step writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// None.
    #[default]
    Empty,
    /// Text of a media type.
    Text {
        /// The media type.
        media_type: String,
        /// The text.
        text: String,
    },
    /// Fields of a form.
    Form(Vec<(String, String)>),
    /// Fields and files of a multipart form.
    Multipart(Vec<Field>),
}

/// A field of a multipart form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field's name.
    pub name: String,
    /// A plain value, or a file.
    pub value: FieldValue,
}

/// What a field of a multipart form holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A text.
    Text(String),
    /// A file.
    File {
        /// The name it is sent under.
        name: String,
        /// Its media type.
        media_type: String,
        /// Its content.
        content: Bytes,
    },
}

impl Field {
    /// A field with a plain value.
    pub fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: FieldValue::Text(value.into()),
        }
    }

    /// A field with the file at `path`, relative to the working folder.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn file(
        name: impl Into<String>,
        path: &str,
        media_type: impl Into<String>,
    ) -> Result<Self, StepFailure> {
        let content = std::fs::read(path)
            .map_err(|error| StepFailure::new(format!("cannot read the file `{path}`: {error}")))?;
        let file_name = Path::new(path)
            .file_name()
            .map_or_else(|| path.into(), |name| name.to_string_lossy());
        Ok(Self {
            name: name.into(),
            value: FieldValue::File {
                name: file_name.into_owned(),
                media_type: media_type.into(),
                content: content.into(),
            },
        })
    }
}

/// What a request is for, where judging has to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// The business itself.
    #[default]
    Ordinary,
    /// Makes the account; done once for each user.
    Registers,
    /// Begins the session.
    SignsIn,
    /// Ends the session.
    SignsOut,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            content: Content::Empty,
            purpose: Purpose::Ordinary,
        }
    }

    /// The same with a JSON body.
    #[must_use]
    pub fn json(self, text: impl Into<String>) -> Self {
        self.text("application/json", text)
    }

    /// The same with a body of some media type.
    #[must_use]
    pub fn text(mut self, media_type: impl Into<String>, text: impl Into<String>) -> Self {
        self.content = Content::Text {
            media_type: media_type.into(),
            text: text.into(),
        };
        self
    }

    /// The same with the fields of a form.
    #[must_use]
    pub fn form(mut self, fields: Vec<(String, String)>) -> Self {
        self.content = Content::Form(fields);
        self
    }

    /// The same with a multipart form.
    #[must_use]
    pub fn multipart(mut self, fields: Vec<Field>) -> Self {
        self.content = Content::Multipart(fields);
        self
    }

    /// The same with these headers.
    #[must_use]
    pub fn headers(mut self, headers: Vec<(String, String)>) -> Self {
        self.headers = headers;
        self
    }

    /// The same for `purpose`.
    #[must_use]
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// Every text with the way values are written into it.
    pub fn templates(&self) -> Vec<(&str, Escape)> {
        let mut templates = vec![(self.path.as_str(), Escape::of_path(&self.path))];
        templates.extend(
            self.headers
                .iter()
                .map(|(_, value)| (value.as_str(), Escape::None)),
        );
        match &self.content {
            Content::Empty => {}
            Content::Text { media_type, text } => {
                templates.push((text, Escape::of_media_type(media_type)));
            }
            Content::Form(fields) => {
                templates.extend(
                    fields
                        .iter()
                        .map(|(_, value)| (value.as_str(), Escape::None)),
                );
            }
            Content::Multipart(fields) => {
                templates.extend(fields.iter().filter_map(|field| match &field.value {
                    FieldValue::Text(text) => Some((text.as_str(), Escape::None)),
                    FieldValue::File { .. } => None,
                }));
            }
        }
        templates
    }

    /// Whether it asks for something of another user's.
    pub fn probes(&self) -> bool {
        self.templates()
            .iter()
            .any(|(text, _)| super::template::is_template(text) && text.contains("other."))
    }
}
