//! Elements: types that a setting can have.

use std::path::PathBuf;

use super::interpolation::interpolate;
use super::nearest::{one_of, quoted};
use super::setting::{Setting, Written};

/// A type that a setting can have.
pub(super) trait Element: Sized {
    /// What a message says was expected.
    const EXPECTED: &'static str;
    /// How it is written in TOML.
    const SHAPE: Shape = Shape::Text;
    /// Whether `${NAME}` stands for a variable of the environment.
    const INTERPOLATED: bool = false;

    /// Reads the text of a setting.
    ///
    /// # Errors
    ///
    /// A sentence for the user, without private values.
    fn parse(text: &str) -> Result<Self, String>;

    /// The value for people to read; nothing of it for a secret.
    fn show(&self) -> String;
}

/// How an element is written in TOML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Integer,
    Boolean,
    TextOrInteger,
}

/// Reads a setting as a `T`.
///
/// # Errors
///
/// A sentence for the user.
pub(super) fn read<T: Element>(
    setting: &Setting,
    environment: &[(String, String)],
) -> Result<T, String> {
    let text = match (&setting.value, T::SHAPE) {
        (Written::Untyped(text), _) | (Written::Text(text), Shape::Text | Shape::TextOrInteger) => {
            text.clone()
        }
        (Written::Integer(number), Shape::Integer | Shape::TextOrInteger) => number.to_string(),
        (Written::Boolean(truth), Shape::Boolean) => truth.to_string(),
        (found, shape) => {
            let hint = match (found, shape) {
                (Written::Text(_), _) => " Remove the quotes.",
                (Written::List(_), _) => " Remove the brackets.",
                _ => "",
            };
            let kind = found.kind();
            return Err(format!("Found {kind}, expected {}.{hint}", T::EXPECTED));
        }
    };
    if T::INTERPOLATED {
        T::parse(&interpolate(&text, environment)?)
    } else {
        T::parse(&text)
    }
}

/// The usual sentence about a text that is no `T`.
pub(super) fn unexpected<T: Element>(text: &str) -> String {
    format!("Found {}, expected {}.", quoted(text), T::EXPECTED)
}

impl Element for bool {
    const EXPECTED: &'static str = "true or false";
    const SHAPE: Shape = Shape::Boolean;

    fn parse(text: &str) -> Result<Self, String> {
        one_of(text, &[("true", true), ("false", false)])
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Element for u64 {
    const EXPECTED: &'static str = "a whole number from 0";
    const SHAPE: Shape = Shape::Integer;

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().ok().ok_or_else(|| unexpected::<Self>(text))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Element for u8 {
    const EXPECTED: &'static str = "a whole number from 0 to 255";
    const SHAPE: Shape = Shape::Integer;

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().ok().ok_or_else(|| unexpected::<Self>(text))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Element for String {
    const EXPECTED: &'static str = "a text that is not empty";

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err(unexpected::<Self>(text));
        }
        Ok(text.to_owned())
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Element for PathBuf {
    const EXPECTED: &'static str = "the path of a file or folder";

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() || text.contains('\0') {
            return Err(unexpected::<Self>(text));
        }
        Ok(Self::from(text))
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

/// A number of something there has to be at least one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Count(pub(super) u32);

impl Element for Count {
    const EXPECTED: &'static str = "a whole number, at least 1";
    const SHAPE: Shape = Shape::Integer;

    fn parse(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(count) if count > 0 => Ok(Self(count)),
            _ => Err(unexpected::<Self>(text)),
        }
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Origin;

    fn read_as<T: Element>(value: Written) -> Result<T, String> {
        let origin = Origin::Default;
        read(&Setting { value, origin }, &[])
    }

    #[test]
    fn counts_are_at_least_one() {
        assert_eq!(Count::parse("1"), Ok(Count(1)));
        for text in ["0", "-1", "1.5", "many", "", "4294967296"] {
            assert_eq!(
                Count::parse(text),
                Err(format!(
                    "Found `{text}`, expected a whole number, at least 1."
                ))
            );
        }
    }

    #[test]
    fn types_of_toml_are_minded() {
        let text = || Written::Text("7".into());
        assert_eq!(read_as::<u64>(Written::Integer(7)), Ok(7));
        assert_eq!(read_as::<u64>(Written::Untyped("7".into())), Ok(7));
        assert_eq!(
            read_as::<u64>(text()),
            Err("Found a text, expected a whole number from 0. Remove the quotes.".into())
        );
        assert_eq!(read_as::<String>(text()), Ok("7".into()));
        assert_eq!(
            read_as::<String>(Written::Integer(7)),
            Err("Found a whole number, expected a text that is not empty.".into())
        );
        assert_eq!(
            read_as::<u8>(Written::List(Vec::new())),
            Err("Found a list, expected a whole number from 0 to 255. Remove the brackets.".into())
        );
        assert_eq!(read_as::<bool>(Written::Boolean(true)), Ok(true));
        assert!(read_as::<bool>(Written::Untyped("yes".into())).is_err());
        assert!(read_as::<PathBuf>(Written::Text(" ".into())).is_err());
    }
}
