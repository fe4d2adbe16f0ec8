//! Names and values of HTTP headers.

use http::{HeaderName, HeaderValue};

use super::element::{Element, unexpected};

/// Headers that decide whose request it is or where it ends. One value for
/// all users would make the harness itself the leak.
const RESERVED: [&str; 5] = [
    "connection",
    "content-length",
    "cookie",
    "host",
    "transfer-encoding",
];

/// The name of a header, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name(pub(super) String);

impl Name {
    /// A name known to be good.
    pub(super) fn of(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Why the header cannot be sent along with every request, if it cannot.
    pub(super) fn why_reserved(&self) -> Option<String> {
        RESERVED.contains(&self.0.as_str()).then(|| {
            format!(
                "The header `{}` cannot be the same for everyone. Remove it.",
                self.0
            )
        })
    }
}

impl Element for Name {
    const EXPECTED: &'static str = "the name of a header, such as \"x-request-id\"";

    fn parse(text: &str) -> Result<Self, String> {
        match HeaderName::try_from(text) {
            Ok(name) => Ok(Self(name.as_str().to_owned())),
            Err(_) => Err(unexpected::<Self>(text)),
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// The value of a header: maybe a secret, so neither quoted nor shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Value(pub(super) String);

impl Element for Value {
    const EXPECTED: &'static str = "the value of a header, on one line";
    const INTERPOLATED: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        match HeaderValue::try_from(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(format!("Expected {}.", Self::EXPECTED)),
        }
    }

    fn show(&self) -> String {
        "(set, not shown)".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tokens_in_lower_case() {
        assert_eq!(Name::parse("X-Request-Id"), Ok(Name::of("x-request-id")));
        for text in ["", "x y", "x:y", "é"] {
            assert!(Name::parse(text).is_err(), "{text}");
        }
        assert!(Name::of("cookie").why_reserved().is_some());
        assert!(Name::of("authorization").why_reserved().is_none());
    }

    #[test]
    fn values_are_neither_quoted_nor_shown() {
        let value = Value::parse("Bearer hush")
            .map_err(drop)
            .unwrap_or(Value(String::new()));
        assert_eq!(value.0, "Bearer hush");
        assert!(!value.show().contains("hush"));
        assert!(matches!(Value::parse("hush\n"), Err(message) if !message.contains("hush")));
    }
}
