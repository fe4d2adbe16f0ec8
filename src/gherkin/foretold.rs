//! Foretelling: the effects that `Then` steps declare of the request before
//! them, known before that request is sent.
//!
//! When a request times out, is abandoned or ends in an error, the steps behind
//! it are never reached. What it may have done has to be known all the same: a
//! deletion without an answer may have happened.

use std::sync::LazyLock;

use cucumber::gherkin::{self, StepType};
use regex::Regex;

use crate::campaign::{Action, BoundStep, Foretold};
use crate::model::{Place, Verb};

const TEXT: &str = r#"("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"#;

#[expect(
    clippy::expect_used,
    reason = "constant patterns, compiled by the tests"
)]
fn pattern(wording: &str) -> Regex {
    let pattern = format!("^{}$", wording.replace("{text}", TEXT));
    Regex::new(&pattern).expect("a constant pattern")
}

/// The wordings that declare an effect: what it does, and whether the value
/// stands before the name of what it is.
static EFFECTS: LazyLock<[(Regex, Verb, bool); 7]> = LazyLock::new(|| {
    [
        (
            "{text} {text} of the user is saved(?: for .+)?",
            Verb::Saved,
            false,
        ),
        ("{text} {text} of the user is deleted", Verb::Deleted, false),
        (
            "{text} {text} now belongs to the user(?: for .+)?",
            Verb::Claimed,
            false,
        ),
        ("{text} {text} is released", Verb::Released, false),
        ("the user's {text} is now {text}", Verb::Wrote, false),
        (
            r"the counter {text} was raised by (\d+)",
            Verb::Raised,
            false,
        ),
        (
            "{text} was appended to the user's {text}",
            Verb::Appended,
            true,
        ),
    ]
    .map(|(wording, verb, turned)| (pattern(wording), verb, turned))
});

/// Steps that keep a value, with its name.
static KEEPS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"the user keeps .* as (?:own fact )?{text}"));

/// Steps that send nothing.
static SILENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"the user (?:keeps .*|has facts.*|waits .*|opens a second session|goes on in session .*|authenticates with .*|sends the header .*)",
    )
});

fn unquoted(text: &str) -> String {
    let quote = text.chars().next().unwrap_or('"');
    let inner = text.trim_start_matches(quote);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&format!("\\{quote}"), &quote.to_string())
}

/// The effect that a step declares.
fn declared(text: &str) -> Option<Foretold> {
    EFFECTS.iter().find_map(|(pattern, verb, turned)| {
        let found = pattern.captures(text)?;
        let [one, two] = [&found[1], &found[2]];
        let (of, value) = if *turned { (two, one) } else { (one, two) };
        let by = value.parse().ok().filter(|_| *verb == Verb::Raised);
        Some(Foretold {
            verb: *verb,
            of: unquoted(of),
            value: if by.is_some() {
                String::new()
            } else {
                unquoted(value)
            },
            by: by.unwrap_or(0),
        })
    })
}

/// Whether a step tells what becomes of things.
fn follows(text: &str) -> bool {
    declared(text).is_some()
        || text.contains(" shows the user's ")
        || text.contains(" shows the counter ")
        || text.contains(" always adds up to ")
        || text.contains(" eventually adds up to ")
        || text.ends_with(" counts the user's requests of this session")
}

/// Whether one of `steps` tells what becomes of things.
pub(super) fn any_follows(steps: &[(gherkin::Step, Place)]) -> bool {
    steps.iter().any(|(step, _)| follows(&step.value))
}

/// Attaches to each step that sends a request the effects that are declared
/// behind it and do not need its response.
pub(super) fn foretell(lists: [&mut Vec<BoundStep>; 2]) {
    for steps in lists {
        foretell_in(steps);
    }
}

fn foretell_in(steps: &mut [BoundStep]) {
    let mut sender: Option<usize> = None;
    let mut kept: Vec<String> = Vec::new();
    for at in 0..steps.len() {
        let Action::Call { context, .. } = &steps[at].action else {
            sender = None;
            continue;
        };
        let text = context.step.value.clone();
        if let Some(keeps) = KEEPS.captures(&text) {
            kept.push(unquoted(&keeps[1]));
        }
        if context.step.ty != StepType::Then {
            if !SILENT.is_match(&text) {
                sender = Some(at);
                kept.clear();
            }
            continue;
        }
        let (Some(effect), Some(sender)) = (declared(&text), sender) else {
            continue;
        };
        let comes_from_the_response = |template: &str| {
            template.contains("other.")
                || template.contains("unique")
                || kept.iter().any(|name| template.contains(name.as_str()))
        };
        if !comes_from_the_response(&effect.value) && !comes_from_the_response(&effect.of) {
            let foretold = &steps[sender].foretold;
            // The steps of a journey may have been gone through before.
            if !foretold.contains(&effect) {
                let all = foretold.iter().cloned().chain([effect]);
                steps[sender].foretold = all.collect();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_read_from_their_wordings() {
        let effect = |verb, of: &str, value: &str, by| {
            Some(Foretold {
                verb,
                of: of.to_owned(),
                value: value.to_owned(),
                by,
            })
        };
        for (text, expected) in [
            (
                r#""appointment" "{{ user.kept.a }}" of the user is saved"#,
                effect(Verb::Saved, "appointment", "{{ user.kept.a }}", 0),
            ),
            (
                r#""appointment" "1" of the user is deleted"#,
                effect(Verb::Deleted, "appointment", "1", 0),
            ),
            (
                r#""slot" "S" now belongs to the user"#,
                effect(Verb::Claimed, "slot", "S", 0),
            ),
            (
                r#""hold" "H" of the user is saved for 30 s"#,
                effect(Verb::Saved, "hold", "H", 0),
            ),
            (
                r#""slot" "S" now belongs to the user for 2 min"#,
                effect(Verb::Claimed, "slot", "S", 0),
            ),
            (
                r#""slot" "S" is released"#,
                effect(Verb::Released, "slot", "S", 0),
            ),
            (
                r#"the user's "nickname" is now 'say "a"'"#,
                effect(Verb::Wrote, "nickname", "say \"a\"", 0),
            ),
            (
                r#"the counter "likes" was raised by 3"#,
                effect(Verb::Raised, "likes", "", 3),
            ),
            (
                r#""e" was appended to the user's "log""#,
                effect(Verb::Appended, "log", "e", 0),
            ),
            ("the response status is 200", None),
        ] {
            assert_eq!(declared(text), expected, "{text}");
        }
    }
}
