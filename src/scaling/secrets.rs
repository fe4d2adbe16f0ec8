//! Secrets that the other side was given, and that its words must not tell on.

use std::fmt;

/// Texts that are never shown.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<String>);

/// Anything shorter is no secret, and hiding it would spoil the message.
const SHORTEST: usize = 6;

impl Secrets {
    /// The `values`, and the words of them: `Bearer abc` is told as `abc` too.
    pub(super) fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for value in values {
            let words = value.split_whitespace();
            for text in words.chain([value.trim()]) {
                let scheme = ["bearer", "basic"].contains(&text.to_lowercase().as_str());
                if text.len() >= SHORTEST && !scheme {
                    texts.push(text.to_owned());
                }
            }
        }
        // The longest first: what contains another one goes as a whole.
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts.dedup();
        Self(texts)
    }

    /// `text` without them.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            if text.contains(secret) {
                text = text.replace(secret, "(hidden)");
            }
        }
        text
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_their_words_are_hidden() {
        let secrets = Secrets::of(["Bearer hush-hush", "true", "hush-hush-hush"]);
        assert_eq!(
            secrets.hide("Bearer hush-hush; hush-hush-hush, true"),
            "(hidden); (hidden), true"
        );
        assert!(!format!("{secrets:?}").contains("hush"));
    }
}
