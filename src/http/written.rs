//! Selectors with templates in them, which are told as their steps write them.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::capture::{CaptureError, Selector};

/// A part of a selector. What templates in it became is somebody's, so what is
/// shown of it is what the step wrote.
#[derive(Clone)]
pub struct Written<T> {
    own: T,
    /// What the step wrote, with its templates, if it has any.
    template: Option<Arc<str>>,
}

impl<T> Written<T> {
    /// Whether templates became a part of it.
    pub(super) fn is_rendered(&self) -> bool {
        self.template.is_some()
    }

    /// The same, as what `template` became.
    pub(super) fn told_as(self, template: &str) -> Self {
        Self {
            template: Some(template.into()),
            ..self
        }
    }
}

impl<T: fmt::Display> Written<T> {
    /// What the templates in it became; `None` without any.
    pub(super) fn rendering(&self) -> Option<String> {
        self.is_rendered().then(|| self.own.to_string())
    }
}

impl<T> From<T> for Written<T> {
    fn from(own: T) -> Self {
        Self {
            own,
            template: None,
        }
    }
}

impl From<&str> for Written<String> {
    fn from(own: &str) -> Self {
        own.to_owned().into()
    }
}

impl<T> Deref for Written<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.own
    }
}

impl<T: fmt::Display> fmt::Display for Written<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.template {
            Some(template) => f.write_str(template),
            None => self.own.fmt(f),
        }
    }
}

impl<T: fmt::Display> fmt::Debug for Written<T> {
    /// Like what is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Selector {
    /// The same, as what `template` became: `template` is what is shown of it, and
    /// stands in the spots of what it finds.
    #[must_use]
    pub fn told_as(self, template: &str) -> Self {
        match self {
            Self::Json(own) => Self::Json(own.told_as(template)),
            Self::Header(own) => Self::Header(own.told_as(template)),
            Self::Cookie(own) => Self::Cookie(own.told_as(template)),
            Self::Css {
                selector,
                attribute,
            } => Self::Css {
                selector: selector.told_as(template),
                attribute,
            },
            Self::Regex(own) => Self::Regex(own.told_as(template)),
            Self::XPath(own) => Self::XPath(own.told_as(template)),
            Self::Csv { column, row } => Self::Csv {
                column: column.told_as(template),
                row,
            },
            Self::Body => Self::Body,
        }
    }

    /// What templates in it became, which is somebody's and not to be shown;
    /// `None` without templates.
    pub fn rendering(&self) -> Option<String> {
        match self {
            Self::Json(own) => own.rendering(),
            Self::Header(own)
            | Self::Cookie(own)
            | Self::XPath(own)
            | Self::Csv { column: own, .. } => own.rendering(),
            Self::Css {
                selector,
                attribute,
            } => selector
                .rendering()
                .map(|css| format!("{css}@{}", attribute.as_deref().unwrap_or_default())),
            Self::Regex(own) => own.rendering(),
            Self::Body => None,
        }
    }
}

impl CaptureError {
    /// The same of a selector with templates in it, told as `written`: reasons
    /// can quote what the templates became.
    #[must_use]
    pub fn told_as(self, written: &str) -> Self {
        match self {
            Self::Selector { kind, .. } => Self::Selector {
                kind,
                text: written.to_owned(),
                reason: "what its templates became makes it wrong".to_owned(),
            },
            Self::Body { expected, .. } => Self::Body {
                expected,
                reason: format!("`{written}` cannot read it"),
            },
            Self::Nothing(_) => Self::Nothing(written.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::capture::tests::response;
    use super::*;
    use crate::model::Received;

    /// What templates became in a selector is somebody's.
    const BECAME: &str = "ann@x.test";

    #[test]
    fn what_templates_became_is_not_told() {
        let page = "<b data-of='ann@x.test' ann@x.test=1>7</b>";
        let page = response("text/html", page);
        let xml = response("application/xml", "<a of='ann@x.test'>7</a>");
        let json = response("application/json", r#"[{"of":"ann@x.test","id":7}]"#);
        let mut table = response("text/csv", "ann@x.test\n7\n");
        for (name, value) in [("ann@x.test", "7"), ("set-cookie", "ann@x.test=7")] {
            table.headers.push((name.to_owned(), value.to_owned()));
        }
        let own = |name: &str| Written::from(name.to_owned());
        let css = |selector: &str| Selector::css(selector).unwrap();
        let column = Selector::Csv {
            column: own(BECAME),
            row: 1,
        };
        for (selector, template, response, spot) in [
            (
                Selector::json("$[?@.of=='ann@x.test'].id").unwrap(),
                "$[?@.of=='{{ x }}'].id",
                &json,
                "JSON $[0].id",
            ),
            (
                css("[data-of='ann@x.test']"),
                "[data-of='{{ x }}']",
                &page,
                "HTML [data-of='{{ x }}']",
            ),
            (
                css("[data-of='ann@x.test']@data-of"),
                "[data-of='{{ x }}']@data-of",
                &page,
                "HTML [data-of='{{ x }}']",
            ),
            (
                Selector::xpath("//a[@of='ann@x.test']").unwrap(),
                "//a[@of='{{ x }}']",
                &xml,
                "XML //a[@of='{{ x }}']",
            ),
            (
                Selector::regex("ann@x.test.>(.)").unwrap(),
                "{{ x }}.>(.)",
                &xml,
                "body at byte 19",
            ),
            (column, "{{ x }}", &table, "CSV row 1 column {{ x }}"),
            (
                Selector::Header(own(BECAME)),
                "{{ x }}",
                &table,
                "header {{ x }}",
            ),
            (
                Selector::Cookie(own(BECAME)),
                "{{ x }}",
                &table,
                "cookie {{ x }}",
            ),
        ] {
            let selector = selector.told_as(template);
            let told = selector.read(response).unwrap().spot.to_string();
            assert_eq!(told, spot);
            assert!(selector.rendering().unwrap().contains(BECAME), "{spot}");
            let nothing = response_without_anything();
            let error = selector.read(&nothing).unwrap_err();
            let shown = format!("{selector} {selector:?} {error} {error:?}");
            assert!(!shown.contains(BECAME), "{shown}");
            assert!(selector.to_string().contains(template), "{selector}");
        }
        assert_eq!(Selector::json("$.a").unwrap().rendering(), None);
    }

    fn response_without_anything() -> Received {
        Received {
            body: "[]".into(),
            headers: Vec::new(),
            ..response("text/plain", "")
        }
    }

    #[test]
    fn what_is_wrong_with_what_templates_became_is_told_without_it() {
        let prefix = Selector::xpath("//ann:x").unwrap().told_as("//{{ x }}:x");
        let xml = response("application/xml", "<a/>");
        let unread = prefix.read(&xml).unwrap_err();
        assert_eq!(
            unread.to_string(),
            "the body is not XML: `//{{ x }}:x` cannot read it"
        );
        let wrong = Selector::json("$[?@.of=='o'neil']").unwrap_err();
        assert_eq!(
            wrong.told_as("$[?@.of=='{{ x }}']").to_string(),
            "JSONPath `$[?@.of=='{{ x }}']` cannot be used: what its templates became makes it wrong"
        );
    }
}
