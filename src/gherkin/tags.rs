//! Tags: limits and kinds of a scenario, in the form of Cucumber.

use std::time::Duration;

use crate::campaign::CampaignSettings;
use crate::model::{LONGEST_SPAN, Rate};

/// What the tags of a scenario say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tags {
    pub(super) users: Option<u32>,
    pub(super) rate: Option<Rate>,
    pub(super) duration: Option<Duration>,
    pub(super) iterations: Option<u32>,
    pub(super) fresh_session: bool,
    pub(super) journey: bool,
    /// Profiles that the scenario is restricted to.
    pub(super) profiles: Vec<String>,
}

/// Tags with a parameter, and what it is.
const PARAMETERS: [(&str, &str); 4] = [
    ("users", "a number of users, such as @users(200)"),
    ("tps", "transactions per second, such as @tps(50)"),
    ("for", "a duration of up to a year, such as @for(60s)"),
    (
        "iterations",
        "a number of iterations, such as @iterations(3)",
    ),
];

impl Tags {
    /// Reads `tags`; `profiles` are the names of all profiles.
    pub(super) fn read(tags: &[String], profiles: &[String]) -> Result<Self, Vec<String>> {
        let mut read = Self::default();
        let mut problems = Vec::new();
        for tag in tags {
            if let Err(problem) = read.take(tag, profiles) {
                problems.push(problem);
            }
        }
        if read.duration.is_some() && read.iterations.is_some() {
            problems.push("@for and @iterations exclude each other".to_owned());
        }
        if problems.is_empty() {
            Ok(read)
        } else {
            Err(problems)
        }
    }

    fn take(&mut self, tag: &str, profiles: &[String]) -> Result<(), String> {
        let name = tag.split(['(', '.']).next().unwrap_or(tag);
        if name == "retry" {
            return Err(
                "@retry is not supported: under load a retry would hide what it is looking for"
                    .to_owned(),
            );
        }
        if name == "allow" && tag.starts_with("allow.skipped") {
            return Err("@allow.skipped is not supported: every step has to be defined".to_owned());
        }
        if let Some((name, value)) = parameter(tag) {
            return self.parameter(name, value);
        }
        match tag {
            "fresh-session" => self.fresh_session = true,
            "journey" => self.journey = true,
            _ if profiles.iter().any(|profile| profile == tag) => {
                self.profiles.push(tag.to_owned());
            }
            _ if PARAMETERS.iter().any(|(name, _)| *name == tag) => {
                return Err(format!("@{tag} needs a value: {}", explain(tag)));
            }
            // Any other tag is a name for selecting.
            _ => {}
        }
        Ok(())
    }

    fn parameter(&mut self, name: &str, value: &str) -> Result<(), String> {
        let wrong = || format!("@{name}({value}): expected {}", explain(name));
        let count = || {
            value
                .parse()
                .ok()
                .filter(|count| *count > 0)
                .ok_or_else(wrong)
        };
        match name {
            "users" => self.users = Some(count()?),
            "iterations" => self.iterations = Some(count()?),
            "tps" => self.rate = Some(value.parse().map_err(|_expected| wrong())?),
            "for" => {
                let duration = humantime::parse_duration(value).map_err(|_expected| wrong())?;
                if duration.is_zero() || duration > LONGEST_SPAN {
                    return Err(wrong());
                }
                self.duration = Some(duration);
            }
            _ => {
                let nearest = PARAMETERS
                    .iter()
                    .min_by_key(|(known, _)| strsim::damerau_levenshtein(known, name));
                let hint = nearest.map_or("", |(known, _)| known);
                return Err(format!(
                    "unknown tag @{name}(…): did you mean @{hint}? Tags with a value are {}",
                    PARAMETERS
                        .map(|(known, _)| format!("@{known}(…)"))
                        .join(", ")
                ));
            }
        }
        Ok(())
    }

    /// Whether the scenario runs under `profile`.
    pub(super) fn allow(&self, profile: &str) -> bool {
        self.profiles.is_empty() || self.profiles.iter().any(|own| own == profile)
    }

    /// Asks for what the tags ask for.
    pub(super) fn apply(&self, settings: &mut CampaignSettings) {
        if let Some(users) = self.users {
            settings.set_users(users);
        }
        if let Some(rate) = self.rate {
            settings.set_rate(rate);
        }
        if let Some(duration) = self.duration {
            settings.set_duration(duration);
        }
        if let Some(iterations) = self.iterations {
            settings.set_iterations(iterations);
        }
        settings.fresh_session |= self.fresh_session;
    }
}

/// Name and value of `name(value)`.
fn parameter(tag: &str) -> Option<(&str, &str)> {
    let (name, rest) = tag.split_once('(')?;
    Some((name, rest.strip_suffix(')').unwrap_or(rest).trim()))
}

fn explain(name: &str) -> &'static str {
    PARAMETERS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, meaning)| meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tags: &[&str]) -> Result<Tags, Vec<String>> {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Tags::read(&tags, &["live".to_owned(), "nightly".to_owned()])
    }

    #[test]
    fn limits_kinds_and_profiles() {
        let tags = read(&[
            "users(200)",
            "tps(50)",
            "for(60s)",
            "fresh-session",
            "live",
            "smoke-ish",
        ])
        .unwrap();
        assert_eq!(tags.users, Some(200));
        assert_eq!(tags.rate, Rate::per_second(50));
        assert_eq!(tags.duration, Some(Duration::from_mins(1)));
        assert!(tags.fresh_session && !tags.journey);
        assert!(tags.allow("live") && !tags.allow("virtualized"));
        assert!(read(&["anything"]).unwrap().allow("virtualized"));
    }

    #[test]
    fn wrong_tags_are_refused_with_what_was_meant() {
        for (tag, part) in [
            ("user(5)", "did you mean @users"),
            ("users(many)", "a number of users"),
            ("users(0)", "a number of users"),
            ("tps(0)", "transactions per second"),
            ("for(soon)", "a duration"),
            ("for(8785h)", "a duration of up to a year"),
            ("for", "needs a value"),
            ("retry(3)", "not supported"),
            ("retry", "not supported"),
            ("allow.skipped", "not supported"),
        ] {
            let problems = read(&[tag]).unwrap_err();
            assert!(problems[0].contains(part), "{tag}: {problems:?}");
        }
        assert!(read(&["for(1s)", "iterations(2)"]).is_err());
    }
}
