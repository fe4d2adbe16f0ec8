//! The catalogue of all steps, of this crate and of others.

use std::sync::LazyLock;

use cucumber::codegen::{StepConstructor, WorldInventory, inventory};
use cucumber::gherkin::StepType;
use cucumber::{World as _, step};
use regex::Regex;

use crate::campaign::{Campaign, VirtualUser};

/// Whom a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The user: it belongs to the journey and runs for every user.
    User,
    /// Anything else: it belongs to the campaign and runs once.
    Campaign,
}

/// A step that features can use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepDefinition {
    /// Whom it is about.
    pub subject: Subject,
    /// `Given`, `When` or `Then`.
    pub keyword: &'static str,
    /// The wording, parameters in braces.
    pub wording: String,
    /// The source file and line of its function.
    pub location: String,
}

/// All steps.
#[derive(Debug)]
pub struct Catalogue {
    pub(super) user: step::Collection<VirtualUser>,
    pub(super) campaign: step::Collection<Campaign>,
    definitions: Vec<StepDefinition>,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::new()
    }
}

impl Catalogue {
    /// Every step linked into this program.
    pub fn new() -> Self {
        let mut definitions = Vec::new();
        list::<VirtualUser>(Subject::User, &mut definitions);
        list::<Campaign>(Subject::Campaign, &mut definitions);
        definitions.push(StepDefinition {
            subject: Subject::User,
            keyword: "When",
            wording: "the user runs the journey {string}".to_owned(),
            location: "built in".to_owned(),
        });
        definitions.sort();
        definitions.dedup();
        Self {
            user: VirtualUser::collection(),
            campaign: Campaign::collection(),
            definitions,
        }
    }

    /// The steps in the order subject, keyword, wording.
    pub fn definitions(&self) -> &[StepDefinition] {
        &self.definitions
    }

    /// The definitions nearest to `text`, best first. Of equal wordings the one
    /// with `keyword` is given.
    pub fn nearest(&self, keyword: &str, text: &str, most: usize) -> Vec<&StepDefinition> {
        let plain = plain_wording(text);
        let mut scored: Vec<(f64, &StepDefinition)> = self
            .definitions
            .iter()
            .map(|own| {
                (
                    strsim::normalized_damerau_levenshtein(&plain, &own.wording),
                    own,
                )
            })
            .filter(|(score, _)| *score > 0.5)
            .collect();
        scored.sort_by(|a, b| {
            let other = |own: &StepDefinition| own.keyword != keyword;
            b.0.total_cmp(&a.0)
                .then_with(|| a.1.wording.cmp(&b.1.wording))
                .then_with(|| other(a.1).cmp(&other(b.1)))
        });
        scored.dedup_by(|a, b| a.1.wording == b.1.wording);
        scored.into_iter().take(most).map(|(_, own)| own).collect()
    }
}

fn list<W: WorldInventory>(subject: Subject, definitions: &mut Vec<StepDefinition>) {
    for own in inventory::iter::<W::Given> {
        definitions.push(definition(subject, "Given", own.inner().0, own.inner().1));
    }
    for own in inventory::iter::<W::When> {
        definitions.push(definition(subject, "When", own.inner().0, own.inner().1));
    }
    for own in inventory::iter::<W::Then> {
        definitions.push(definition(subject, "Then", own.inner().0, own.inner().1));
    }
}

fn definition(
    subject: Subject,
    keyword: &'static str,
    location: step::Location,
    regex: fn() -> Regex,
) -> StepDefinition {
    StepDefinition {
        subject,
        keyword,
        wording: wording(regex().as_str()),
        // The vocabulary is mounted from beside the sources.
        location: format!("{}:{}", location.path.replace("src/../", ""), location.line),
    }
}

/// The name of a keyword's step type.
pub(super) fn keyword_of(ty: StepType) -> &'static str {
    match ty {
        StepType::Given => "Given",
        StepType::When => "When",
        StepType::Then => "Then",
    }
}

/// The wording that a pattern was made from, near enough to be recognized.
fn wording(pattern: &str) -> String {
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let mut wording = String::new();
    let mut group = String::new();
    let (mut depth, mut escaped, mut class) = (0_u32, false, false);
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let literal = std::mem::take(&mut escaped);
        if c == '\\' && !literal {
            escaped = true;
        } else if !literal && c == '[' {
            class = true;
        } else if !literal && c == ']' {
            class = false;
        } else if !literal && !class && c == '(' {
            depth += 1;
        } else if !literal && !class && c == ')' {
            depth -= 1;
            if depth == 0 {
                let told = parameter(&std::mem::take(&mut group));
                if chars.next_if_eq(&'?').is_some() {
                    wording.push_str(&format!("({told})"));
                } else {
                    wording.push_str(&told);
                }
                continue;
            }
        }
        if depth > 0 {
            group.push(c);
        } else if c != '\\' || literal {
            wording.push(c);
        }
    }
    wording
}

/// What a captured group stands for.
fn parameter(group: &str) -> String {
    let inner = group.trim_start_matches('(');
    let optional_or_choice = inner.strip_prefix("?:").filter(|text| {
        text.chars()
            .all(|c| c.is_ascii_alphabetic() || matches!(c, '|' | ' ' | '/' | '\'' | '-'))
    });
    if let Some(choice) = optional_or_choice {
        return choice.replace('|', "/");
    }
    let name = if group.contains("XPath") {
        "place"
    } else if group.contains("responses") {
        "trigger"
    } else if group.contains('"') {
        "string"
    } else if group.contains("GET") {
        "method"
    } else if group.contains("TPS") {
        "rate"
    } else if group.contains('%') {
        "percentage"
    } else if group.contains("ms") {
        "duration"
    } else if group.contains("\\s") || group.contains("\\w") {
        "word"
    } else {
        "number"
    };
    format!("{{{name}}}")
}

/// The ways to point at a value of a response; longer ones first.
const PLACES: [&str; 8] = [
    "JSON at {string}",
    "JSON {string}",
    "CSS selector {string}",
    "XPath {string}",
    "regex {string}",
    "the header {string}",
    "the cookie {string}",
    "the body",
];

/// The moments at which events begin.
#[expect(
    clippy::expect_used,
    reason = "a constant pattern, compiled by the tests"
)]
static TRIGGER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"after \d+ responses|after \d[\d.]* ?(?:ms|s|min|m|h)\b|when the traffic reaches \d+ ?TPS|when \d+ \{string\} are saved",
    )
    .expect("a constant pattern")
});

/// A step's text with its values replaced by what they are.
fn plain_wording(text: &str) -> String {
    let mut plain = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match (c, quoted) {
            ('"', false) => {
                quoted = true;
                plain.push_str("{string}");
            }
            ('"', true) => quoted = false,
            (_, true) => {}
            (c, false) => plain.push(c),
        }
    }
    for place in PLACES {
        plain = plain.replace(place, "{place}");
    }
    plain = TRIGGER.replace_all(&plain, "{trigger}").into_owned();
    plain
        .split(' ')
        .map(|word| match word {
            "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" => "{method}",
            word if word.chars().all(|c| c.is_ascii_digit()) && !word.is_empty() => "{number}",
            word => word,
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wordings_are_read_back_from_patterns() {
        for (pattern, expected) in [
            (
                r#"^the user sends (GET|POST) ("([^"\\]*)"|'x')$"#,
                "the user sends {method} {string}",
            ),
            (r"^(\d+) users$", "{number} users"),
            (
                r"^the (?:user|member) waits ((?:\d+) ?(?:ms|s))$",
                "the user/member waits {duration}",
            ),
            (r"^is \(ok\)\.$", "is (ok)."),
            (r"^the fact(?:s)? of it$", "the fact(s) of it"),
            (
                r#"^((?:JSON|XPath) "[^"]*"|the body) exists$"#,
                "{place} exists",
            ),
        ] {
            assert_eq!(wording(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn moments_of_events_are_called_triggers() {
        let nearest = Catalogue::new();
        let nearest = nearest.nearest("When", "the service scals out to 3 after 2 s", 1);
        assert_eq!(
            nearest[0].wording,
            "the service scales out to {number} {trigger}"
        );
    }

    #[test]
    fn a_suggestion_keeps_the_keyword() {
        let catalogue = Catalogue::new();
        for keyword in ["Given", "When"] {
            let nearest = catalogue.nearest(keyword, "the user sedns GET \"/me\"", 1);
            assert_eq!(nearest[0].keyword, keyword);
        }
    }

    #[test]
    fn values_do_not_disturb_the_likeness() {
        assert_eq!(
            plain_wording(r#"the user sends GET "/a/b" 3 times"#),
            "the user sends {method} {string} {number} times"
        );
        assert_eq!(
            plain_wording(r#"JSON at "$.a" equals "b""#),
            "{place} equals {string}"
        );
    }
}
