//! Templates: `{{ user.email }}` in paths, headers and bodies.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::value::{Object, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::population::Person;

use super::StepFailure;

/// How values are written into a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Escape {
    /// As they are.
    None,
    /// As the inside of a JSON string.
    Json,
    /// As one segment of a path or one value of a query.
    Url,
    /// As text of XML or HTML.
    Xml,
}

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Escape {
    /// The escape of a body with this media type.
    pub fn of_media_type(media_type: &str) -> Self {
        let kind = media_type.split(';').next().unwrap_or(media_type).trim();
        if kind.ends_with("json") {
            Self::Json
        } else if kind.ends_with("xml") || kind.ends_with("html") {
            Self::Xml
        } else {
            Self::None
        }
    }

    /// The escape of a path: none for a path that a value makes whole, such as
    /// a link that was kept.
    pub fn of_path(path: &str) -> Self {
        if path.trim_start().starts_with("{{") {
            Self::None
        } else {
            Self::Url
        }
    }

    const fn prefix(self) -> char {
        match self {
            Self::None => 'n',
            Self::Json => 'j',
            Self::Url => 'u',
            Self::Xml => 'x',
        }
    }

    fn of_template_name(name: &str) -> AutoEscape {
        match name.chars().next() {
            Some('j') => AutoEscape::Custom("json".into()),
            Some('u') => AutoEscape::Custom("url".into()),
            Some('x') => AutoEscape::Html,
            _ => AutoEscape::None,
        }
    }
}

/// Renders templates. Texts made known before the load are compiled once.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    known: BTreeSet<String>,
}

impl Default for Templates {
    fn default() -> Self {
        Self::new()
    }
}

impl Templates {
    /// Templates in which an unknown name is an error.
    pub fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(Escape::of_template_name);
        environment.set_formatter(|out, state, value| {
            let AutoEscape::Custom(escape) = state.auto_escape() else {
                return minijinja::escape_formatter(out, state, value);
            };
            if value.is_undefined() {
                // The plain formatter knows how to refuse these.
                return minijinja::escape_formatter(out, state, value);
            }
            let text = value.to_string();
            let escaped = if escape == "url" {
                utf8_percent_encode(&text, SEGMENT).to_string()
            } else {
                let json = serde_json::Value::String(text).to_string();
                json[1..json.len() - 1].to_owned()
            };
            out.write_str(&escaped).map_err(minijinja::Error::from)
        });
        Self {
            environment,
            known: BTreeSet::new(),
        }
    }

    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// When it is no template: what is wrong, in words.
    pub fn prepare(&mut self, text: &str, escape: Escape) -> Result<(), String> {
        if !is_template(text) {
            return Ok(());
        }
        let name = name_of(text, escape);
        if self.known.contains(&name) {
            return Ok(());
        }
        self.environment
            .add_template_owned(name.clone(), text.to_owned())
            .map_err(|error| wrong(&error))?;
        self.known.insert(name);
        Ok(())
    }

    /// The names that a template uses, such as `user.email`.
    ///
    /// # Errors
    ///
    /// When it is no template: what is wrong, in words.
    pub fn names(text: &str) -> Result<BTreeSet<String>, String> {
        let environment = Environment::new();
        let template = environment
            .template_from_str(text)
            .map_err(|error| wrong(&error))?;
        Ok(template.undeclared_variables(true).into_iter().collect())
    }

    /// Renders `text` for the one who is in `scope`.
    ///
    /// # Errors
    ///
    /// When the template is wrong, or names something that is not there.
    pub fn render(&self, text: &str, escape: Escape, scope: &Scope) -> Result<String, StepFailure> {
        if !is_template(text) {
            return Ok(text.to_owned());
        }
        let name = name_of(text, escape);
        let values = scope.values();
        let rendered = if self.known.contains(&name) {
            self.environment
                .get_template(&name)
                .and_then(|template| template.render(values))
        } else {
            self.environment.render_named_str(&name, text, values)
        };
        rendered.map_err(|error| StepFailure::new(wrong(&error)))
    }
}

/// Whether `text` has anything to render.
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

fn name_of(text: &str, escape: Escape) -> String {
    format!("{}:{text}", escape.prefix())
}

/// The error without the template's name, which is its whole text.
fn wrong(error: &minijinja::Error) -> String {
    let detail = error.detail().map_or(Cow::Borrowed(""), |detail| {
        Cow::Owned(format!(": {detail}"))
    });
    format!("the template cannot be rendered: {}{detail}", error.kind())
}

/// Values that a user keeps, by name.
pub(super) type Kept = BTreeMap<String, String>;

/// What a template can name.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The user.
    pub user: Arc<Identity>,
    /// Another user, drawn for the iteration.
    pub other: Option<Arc<Identity>>,
    /// A text that no other template was given.
    pub unique: String,
}

impl Scope {
    fn values(&self) -> Value {
        context! {
            user => Value::from_dyn_object(Arc::clone(&self.user)),
            other => self.other.as_ref().map_or(Value::UNDEFINED, |other| {
                Value::from_dyn_object(Arc::clone(other))
            }),
            unique => &self.unique,
            env => Value::from_object(EnvironmentValues),
        }
    }
}

/// A user as templates see one.
#[derive(Debug)]
pub struct Identity {
    /// Who.
    pub person: Arc<Person>,
    /// Facts that the user got during the run.
    pub learned: Arc<Kept>,
    /// Kept values.
    pub kept: Arc<Kept>,
}

impl Object for Identity {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        match key {
            "kept" => Some(Value::from_object(KeptValues(Arc::clone(&self.kept)))),
            "tag" => Some(Value::from(self.person.tag())),
            _ => self
                .learned
                .get(key)
                .map(String::as_str)
                .or_else(|| self.person.value(key))
                .or_else(|| self.person.secret(key))
                .map(Value::from),
        }
    }
}

#[derive(Debug)]
struct KeptValues(Arc<Kept>);

impl Object for KeptValues {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?).map(Value::from)
    }
}

/// `env.NAME`.
#[derive(Debug)]
struct EnvironmentValues;

impl Object for EnvironmentValues {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        std::env::var(key.as_str()?).ok().map(Value::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fact, Origin, UserId, Visibility};

    fn scope(value: &str) -> Scope {
        let fact = Fact {
            name: "email".into(),
            value: value.to_owned(),
            visibility: Visibility::Private,
            origin: Origin::Generated,
            weak: false,
        };
        let kept = Kept::from([("slot".to_owned(), "S 1/2".to_owned())]);
        Scope {
            user: Arc::new(Identity {
                person: Arc::new(Person::new(UserId(7), 0, vec![fact], vec![])),
                learned: Arc::default(),
                kept: Arc::new(kept),
            }),
            other: None,
            unique: "x1".to_owned(),
        }
    }

    #[test]
    fn values_are_escaped_for_where_they_go() {
        let mut templates = Templates::new();
        let scope = scope("o\"n<e>@x.test");
        for (text, escape, expected) in [
            ("{{ user.email }}", Escape::None, "o\"n<e>@x.test"),
            (
                "{\"e\":\"{{ user.email }}\"}",
                Escape::Json,
                "{\"e\":\"o\\\"n<e>@x.test\"}",
            ),
            (
                "/u/{{ user.email }}",
                Escape::Url,
                "/u/o%22n%3Ce%3E%40x.test",
            ),
            (
                "/s/{{ user.kept.slot }}?t={{ user.tag }}",
                Escape::Url,
                "/s/S%201%2F2?t=u000007",
            ),
            (
                "<e>{{ user.email }}</e>",
                Escape::Xml,
                "<e>o&quot;n&lt;e&gt;@x.test</e>",
            ),
            ("{{ unique }}", Escape::None, "x1"),
            ("no template", Escape::Json, "no template"),
        ] {
            assert_eq!(templates.render(text, escape, &scope).unwrap(), expected);
            templates.prepare(text, escape).unwrap();
            assert_eq!(
                templates.render(text, escape, &scope).unwrap(),
                expected,
                "prepared"
            );
        }
    }

    #[test]
    fn unknown_names_fail_without_telling_values() {
        let templates = Templates::new();
        for text in [
            "{{ user.emial }}",
            "{{ other.email }}",
            "{{ user.kept.none }}",
            "{{ nobody }}",
        ] {
            let error = templates
                .render(text, Escape::None, &scope("secret@x.test"))
                .unwrap_err();
            assert!(!error.to_string().contains("secret@"), "{error}");
        }
        assert!(Templates::new().prepare("{{ user.", Escape::None).is_err());
    }

    #[test]
    fn names_are_known_before_anything_is_rendered() {
        let names = Templates::names("{{ user.email }} {{ user.kept.slot | upper }}{{ env.HOME }}")
            .unwrap();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(names, ["env.HOME", "user.email", "user.kept.slot"]);
    }
}
