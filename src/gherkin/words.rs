//! What a domain calls the user.

use regex::{Captures, Regex};

/// Rewrites a step so that "the member" reads "the user". Text in quotes is
/// left as it is.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pattern: Option<Regex>,
}

impl Words {
    /// `words` in singular, such as `member`.
    pub(super) fn new(words: &[String]) -> Self {
        let alternatives: Vec<String> = words.iter().map(|word| regex::escape(word)).collect();
        let pattern = (!words.is_empty())
            .then(|| {
                let names = alternatives.join("|");
                // A quoted text is matched first, so that it is passed over.
                Regex::new(&format!(r#""(?:[^"\\]|\\.)*"|\b(?:{names})(s?)\b"#)).ok()
            })
            .flatten();
        Self { pattern }
    }

    /// `text` in the words of the vocabulary.
    pub(super) fn rewrite(&self, text: &str) -> String {
        let Some(pattern) = &self.pattern else {
            return text.to_owned();
        };
        pattern
            .replace_all(text, |found: &Captures<'_>| {
                if found[0].starts_with('"') {
                    found[0].to_owned()
                } else {
                    format!("user{}", found.get(1).map_or("", |plural| plural.as_str()))
                }
            })
            .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_have_their_own_word_for_the_user() {
        let words = Words::new(&["member".into(), "patient".into()]);
        for (text, rewritten) in [
            (
                "the member sends GET \"/members\"",
                "the user sends GET \"/members\"",
            ),
            ("50 patients", "50 users"),
            (
                "no member sees another member's data",
                "no user sees another user's data",
            ),
            ("the membership", "the membership"),
        ] {
            assert_eq!(words.rewrite(text), rewritten);
        }
        assert_eq!(Words::new(&[]).rewrite("the member"), "the member");
    }
}
