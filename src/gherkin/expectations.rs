//! What the texts of a scenario expect to be there: names in templates, facts,
//! schemas. Looked up before anything is sent.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cucumber::gherkin;
use regex::Regex;

use crate::campaign::{Schemas, Templates, is_template, names_in};
use crate::config::{self, Profile};
use crate::http::Selector;
use crate::model::Place;
use crate::population::{Population, Spec};

use super::problem::Problem;

/// Names that steps of the vocabulary keep without saying so in their text.
const KEPT_BY_ITSELF: [(&str, &str); 2] =
    [("CSRF token", "csrf"), ("OAuth2 token", "access_token")];

#[expect(
    clippy::expect_used,
    reason = "constant patterns, compiled by the tests"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static QUOTED: LazyLock<Regex> = LazyLock::new(|| pattern(r#""((?:[^"\\]|\\.)*)""#));
static KEEPS: LazyLock<Regex> = LazyLock::new(|| pattern(r#" as "([^"]+)"$"#));
static LEARNS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#" as own (?:unique )?fact "([^"]+)"$"#));
static OWN_FACT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"the user's own (\w+)$|^the response identifies the user by .* as (\w+)$|^the fact "(\w+)""#,
    )
});
static FACT_LIST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"shares the facts? "([^"]+)"|may see every user's "([^"]+)"$|may see the "([^"]+)" of their own group$"#,
    )
});
static SCHEMA: LazyLock<Regex> = LazyLock::new(|| pattern(r#"matches schema "([^"]+)"$"#));

static SELECTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"\b(JSON(?: at)?|CSS selector|XPath|regex) ("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"#)
});
static MATCHES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#" (matches) ("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')$"#));
/// The names of facts that the profile's users have.
pub(super) fn fact_names(profile: &Profile, problems: &mut Vec<Problem>) -> BTreeSet<String> {
    let spec = Spec {
        seed: profile.population.seed,
        locales: profile.population.locales.clone(),
        group_size: profile.population.group_size,
        settings: profile.population.visibility.clone(),
    };
    let population = match &profile.population.accounts {
        Some(path) => Population::read_accounts(path, &spec).map_err(|error| error.to_string()),
        None => Population::generate(&spec, 1).map_err(|error| error.to_string()),
    };
    match population {
        Ok(population) => population.fact_names().into_iter().collect(),
        Err(why) => {
            problems.push(Problem::general(why));
            BTreeSet::new()
        }
    }
}

/// The names that the steps of one scenario can use.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) facts: BTreeSet<String>,
    /// Facts that users have only once a step gave them.
    pub(super) learned: BTreeSet<String>,
    pub(super) kept: BTreeSet<String>,
}

impl Names {
    /// Adds what `step` makes known.
    pub(super) fn add(&mut self, step: &gherkin::Step) {
        if let Some(found) = LEARNS.captures(&step.value) {
            self.learn(&found[1]);
        } else if let Some(found) = KEEPS.captures(&step.value) {
            self.kept.insert(found[1].to_owned());
        }
        if step.value.starts_with("the user has facts")
            && let Some(table) = &step.table
        {
            for row in &table.rows {
                self.learn(row.first().map_or("", String::as_str));
            }
        }
        for (text, name) in KEPT_BY_ITSELF {
            if step.value.contains(text) {
                self.kept.insert(name.to_owned());
            }
        }
    }

    fn learn(&mut self, fact: &str) {
        if self.facts.insert(fact.to_owned()) {
            self.learned.insert(fact.to_owned());
        }
    }

    /// What is wrong with the texts of `step`; and the kept values that it
    /// wants of another user.
    pub(super) fn check(
        &self,
        step: &gherkin::Step,
        place: &Place,
        wanted_of_others: &mut BTreeSet<String>,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        for text in texts(step) {
            match Templates::names(&text) {
                Ok(names) => {
                    for name in names {
                        if let Some(kept) = name.strip_prefix("other.kept.") {
                            wanted_of_others.insert(kept.to_owned());
                        } else if let Some(fact) = name.strip_prefix("other.")
                            && self.learned.contains(fact)
                        {
                            wanted_of_others.insert(fact.to_owned());
                        }
                        if let Err(why) = self.resolve(&name) {
                            problems.push(Problem::at(place.clone(), why));
                        }
                    }
                }
                Err(why) => problems.push(Problem::at(place.clone(), why)),
            }
        }
        problems.extend(self.unknown_fact(step, place));
        problems.extend(
            wrong_selectors(step)
                .into_iter()
                .map(|why| Problem::at(place.clone(), why)),
        );
        if let Some(found) = SCHEMA.captures(&step.value)
            && let Err(why) = Schemas::default().get(&found[1])
        {
            problems.push(Problem::at(place.clone(), why));
        }
        problems
    }

    /// A fact that `step` names and nobody has.
    pub(super) fn unknown_fact(&self, step: &gherkin::Step, place: &Place) -> Option<Problem> {
        let found = OWN_FACT
            .captures(&step.value)
            .or_else(|| FACT_LIST.captures(&step.value))?;
        let named = found.iter().skip(1).flatten().next()?;
        let mut facts = names_in(named.as_str());
        let fact = facts.find(|fact| !self.facts.contains(*fact))?;
        let hint = nearest(fact, &self.facts);
        let why = || format!("no user has a fact `{fact}`{hint}");
        (!self.facts.contains(fact)).then(|| Problem::at(place.clone(), why()))
    }

    fn resolve(&self, name: &str) -> Result<(), String> {
        let mut parts = name.split('.');
        let (root, second, third) = (parts.next(), parts.next(), parts.next());
        match (root, second, third) {
            (Some("unique" | "user" | "other" | "env"), None, _)
            | (Some("user" | "other"), Some("tag" | "kept"), None) => Ok(()),
            (Some(root @ ("user" | "other")), Some("kept"), Some(kept)) => {
                if self.kept.contains(kept) {
                    return Ok(());
                }
                Err(format!(
                    "`{root}.kept.{kept}`: no step of this scenario keeps anything as \"{kept}\"{}",
                    nearest(kept, &self.kept)
                ))
            }
            (Some(root @ ("user" | "other")), Some(fact), _) => {
                if self.facts.contains(fact) {
                    return Ok(());
                }
                Err(format!(
                    "`{root}.{fact}`: no user has a fact `{fact}`{}",
                    nearest(fact, &self.facts)
                ))
            }
            (Some("env"), Some(variable), _) => {
                if std::env::var_os(variable).is_some() {
                    return Ok(());
                }
                Err(format!(
                    "`env.{variable}`: the environment has no {variable}; set it before the run"
                ))
            }
            _ => Err(format!(
                "`{name}` is unknown; templates can name user.FACT, user.kept.NAME, other.FACT, \
                 other.kept.NAME, unique and env.NAME"
            )),
        }
    }
}

/// What is wrong with the paths, selectors and patterns of `step`, as far as
/// they are known before a template is rendered.
fn wrong_selectors(step: &gherkin::Step) -> Vec<String> {
    let found = SELECTS
        .captures_iter(&step.value)
        .chain(MATCHES.captures_iter(&step.value));
    found
        .filter_map(|found| {
            let quote = &found[2][..1];
            let text = found[2][1..found[2].len() - 1].replace(&format!("\\{quote}"), quote);
            if is_template(&text) {
                return None;
            }
            let selector = match &found[1] {
                "CSS selector" => Selector::css(&text),
                "XPath" => Selector::xpath(&text),
                "regex" | "matches" => Selector::regex(&text),
                _ => Selector::json(&text),
            };
            selector.err().map(|error| error.to_string())
        })
        .collect()
}

/// Every text of a step that is a template.
pub(super) fn texts(step: &gherkin::Step) -> Vec<String> {
    let mut texts: Vec<String> = QUOTED
        .captures_iter(&step.value)
        .map(|found| found[1].to_owned())
        .collect();
    texts.extend(step.docstring.clone());
    if let Some(table) = &step.table {
        texts.extend(table.rows.iter().flatten().cloned());
    }
    texts.retain(|text| is_template(text));
    texts
}

/// `; did you mean …` or what there is.
pub(super) fn nearest(name: &str, known: &BTreeSet<String>) -> String {
    let all: Vec<&str> = known.iter().map(String::as_str).collect();
    match config::nearest(name, all.iter().copied()) {
        Some(own) => format!("; did you mean `{own}`?"),
        None if all.is_empty() => String::new(),
        None => format!("; there are {}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str, docstring: Option<&str>) -> gherkin::Step {
        let doc = docstring.map_or_else(String::new, |doc| format!("\n\"\"\"\n{doc}\n\"\"\""));
        let feature = format!("Feature: f\n Scenario: s\n  Given {text}{doc}\n");
        let env = gherkin::GherkinEnv::default();
        let feature = gherkin::Feature::parse(feature, env).unwrap();
        feature.scenarios[0].steps[0].clone()
    }

    #[test]
    fn unknown_names_are_told_with_the_nearest() {
        let mut names = Names {
            facts: ["email", "member_id"].map(str::to_owned).into(),
            ..Names::default()
        };
        names.add(&step(r#"the user keeps JSON "$.id" as "slot""#, None));
        names.add(&step(
            r#"the user keeps JSON "$.no" as own fact "customer_no""#,
            None,
        ));
        let place = Place::new("a.feature", 3);
        let mut wanted = BTreeSet::new();
        let mut check = |text: &str, doc: Option<&str>| -> Vec<String> {
            let found = names.check(&step(text, doc), &place, &mut wanted);
            found.iter().map(ToString::to_string).collect()
        };
        assert!(check(r#"x "/{{ user.email }}/{{ user.customer_no }}""#, None).is_empty());
        assert!(
            check(
                r#"x "/{{ other.kept.slot }}/{{ unique }}/{{ user.tag }}""#,
                None
            )
            .is_empty()
        );
        assert!(check(r#"x "/{{ other.customer_no }}/{{ other.email }}""#, None).is_empty());
        let wrong = check(r#"x "/{{ user.emial }}""#, None);
        assert_eq!(
            wrong,
            ["a.feature:3: `user.emial`: no user has a fact `emial`; did you mean `email`?"]
        );
        let wrong = check("x", Some(r#"{"a": "{{ user.kept.slto }}"}"#));
        assert!(wrong[0].contains("did you mean `slot`"), "{wrong:?}");
        for (text, part) in [
            (r#"x "{{ member.email }}""#, "is unknown"),
            (r#"x "{{ user. }}""#, "template"),
            (
                r#"x "{{ env.FPT_NO_SUCH_VARIABLE }}""#,
                "no FPT_NO_SUCH_VARIABLE",
            ),
            (
                "the response shows the user's own emial",
                "did you mean `email`",
            ),
            (
                r#"the fact "emial" is shared with everyone"#,
                "did you mean `email`",
            ),
            (
                r#"the response matches schema "no/such.json""#,
                "cannot read the schema",
            ),
            (r#"JSON at "$.[" is "5""#, "$.["),
            ("JSON '$.[' exists", "$.["),
            (r#"CSS selector "p[" exists"#, "p["),
            (r#"XPath "//[" is 5"#, "//["),
            (r#"regex "(" is 5"#, "("),
            (r#"the header "ETag" matches "(""#, "("),
        ] {
            let wrong = check(text, None);
            assert!(
                wrong.first().is_some_and(|w| w.contains(part)),
                "{text}: {wrong:?}"
            );
        }
        for right in [
            r#"JSON at "$.items[?@.name == \"a\"]" is "5""#,
            r#"JSON at "$.{{ user.email }}[" exists"#,
            r#"the header "ETag" matches "^\"[0-9a-f]+\"$""#,
            r#"CSS selector "input[name='csrf']@value" exists"#,
        ] {
            assert!(check(right, None).is_empty(), "{right}");
        }
        assert_eq!(
            wanted.into_iter().collect::<Vec<_>>(),
            ["customer_no", "slot"]
        );
    }
}
