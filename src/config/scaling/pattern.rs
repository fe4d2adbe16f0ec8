//! How the name of an instance is put together.

use super::super::element::Element;
use super::super::nearest::quoted;
use super::super::reader::Reader;

/// A text with `{placeholders}` for what a control plane knows of an instance.
///
/// Instances are told apart by what their responses say. The pattern makes the
/// same text out of what the control plane knows, so that the two can be
/// compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern `text`; nothing in it is checked.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, each placeholder replaced by its value in `known`. One that is
    /// not known stays as it is.
    pub fn fill(&self, known: &[(&str, &str)]) -> String {
        let mut filled = String::with_capacity(self.0.len());
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let value = after.split_once('}').and_then(|(name, after)| {
                let (_, value) = known.iter().find(|(key, _)| *key == name)?;
                Some((*value, after))
            });
            if let Some((value, after)) = value {
                filled.push_str(value);
                rest = after;
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled.push_str(rest);
        filled
    }

    /// Whether `{placeholder}` is in it.
    pub fn uses(&self, placeholder: &str) -> bool {
        self.placeholders().contains(&placeholder)
    }

    /// The pattern that the user gave as `key`, which may use `allowed`.
    pub(super) fn read(reader: &mut Reader<'_>, key: &str, allowed: &[&str]) -> Option<Self> {
        let pattern: Self = reader.optional(key)?;
        for name in pattern.placeholders() {
            if !allowed.contains(&name) {
                let message = format!(
                    "Found the placeholder {}, expected one of {}.",
                    quoted(&format!("{{{name}}}")),
                    allowed
                        .iter()
                        .map(|name| format!("`{{{name}}}`"))
                        .collect::<Vec<_>>()
                        .join(", ")
                );
                reader.problem(reader.origin(key), key, message);
            }
        }
        Some(pattern)
    }

    fn placeholders(&self) -> Vec<&str> {
        let after = self.0.split('{').skip(1);
        after
            .map(|after| after.split_once('}').map_or(after, |(name, _)| name))
            .collect()
    }
}

impl Element for Pattern {
    const EXPECTED: &'static str = "a text with placeholders";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::new(text))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_once() {
        let known = [("slot", "2"), ("service", "{slot}")];
        for (pattern, filled) in [
            ("{service}.{slot}", "{slot}.2"),
            ("web-{slot}", "web-2"),
            ("{other}{slot}", "{other}2"),
            ("{slot", "{slot"),
            ("", ""),
        ] {
            assert_eq!(Pattern::new(pattern).fill(&known), filled, "{pattern}");
        }
    }
}
