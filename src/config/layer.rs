//! Layers of settings: a profile, the environment, the command line.

use std::collections::BTreeMap;

use super::nearest::did_you_mean;
use super::origin::Origin;
use super::setting::{Setting, Written};

/// `FPT_*` variables that are no settings.
const ELSEWHERE: [&str; 4] = ["FPT_PROFILE", "FPT_CONFIG", "FPT_TAGS", "FPT_LOG"];

/// The settings of one source; what is not taken in the end is unknown.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    naming: Naming,
    settings: BTreeMap<String, Setting>,
}

/// How a layer writes keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// `population.seed`
    Dotted,
    /// `FPT_POPULATION_SEED`
    Environment,
}

impl Layer {
    /// The settings of one profile of the file.
    pub(super) fn profile(settings: Vec<(String, Setting)>) -> Self {
        let settings = settings
            .into_iter()
            .map(|(key, setting)| (normal(key), setting))
            .collect();
        Self {
            naming: Naming::Dotted,
            settings,
        }
    }

    /// The variables that are meant for us.
    pub(super) fn environment(variables: &[(String, String)]) -> Self {
        let settings = variables
            .iter()
            .filter(|(name, _)| name.starts_with("FPT_") && !ELSEWHERE.contains(&name.as_str()))
            .map(|(name, text)| {
                (
                    name.clone(),
                    untyped(text, Origin::Environment(name.clone())),
                )
            })
            .collect();
        Self {
            naming: Naming::Environment,
            settings,
        }
    }

    /// The settings of the command line; of equal keys the last wins.
    pub(super) fn flags(flags: &[(String, String)]) -> Self {
        let settings = flags
            .iter()
            .map(|(key, text)| {
                (
                    normal(key.clone()),
                    untyped(text, Origin::Flag(key.clone())),
                )
            })
            .collect();
        Self {
            naming: Naming::Dotted,
            settings,
        }
    }

    /// Takes the setting of `key` out of the layer.
    pub(super) fn take(&mut self, key: &str) -> Option<Setting> {
        match self.naming {
            Naming::Dotted => self.settings.remove(key),
            Naming::Environment => self.settings.remove(&variable(key)),
        }
    }

    /// What follows `section.` in the keys of this layer.
    pub(super) fn below(&self, section: &str) -> Vec<String> {
        let prefix = match self.naming {
            Naming::Dotted => format!("{section}."),
            Naming::Environment => variable(section) + "_",
        };
        let rest = self
            .settings
            .keys()
            .filter_map(|key| key.strip_prefix(&prefix));
        match self.naming {
            Naming::Dotted => rest.map(Into::into).collect(),
            // Variables tell neither dots nor dashes from underscores. That
            // is no matter for headers; other names have to come from a
            // layer that can spell them.
            Naming::Environment if section == "headers" => rest
                .map(|rest| rest.to_lowercase().replace('_', "-"))
                .collect(),
            Naming::Environment => Vec::new(),
        }
    }

    /// What nobody took.
    pub(super) fn rest(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.settings
            .iter()
            .map(|(key, setting)| (key.as_str(), setting))
    }

    /// The sentence that offers a known name instead of `key`.
    pub(super) fn suggestion<'a>(&self, key: &str, known: impl Iterator<Item = &'a str>) -> String {
        match self.naming {
            Naming::Dotted => did_you_mean(key, known),
            Naming::Environment => {
                let names: Vec<_> = known
                    .map(variable)
                    .chain(ELSEWHERE.map(Into::into))
                    .collect();
                did_you_mean(key, names.iter().map(String::as_str))
            }
        }
    }
}

fn untyped(text: &str, origin: Origin) -> Setting {
    Setting {
        value: Written::Untyped(text.to_owned()),
        origin,
    }
}

/// Names of headers know no case, so that layers can override each other's.
fn normal(key: String) -> String {
    match key.strip_prefix("headers.") {
        Some(_) => key.to_lowercase(),
        None => key,
    }
}

/// The environment variable of a key.
fn variable(key: &str) -> String {
    let name = key
        .to_uppercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    format!("FPT_{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(a, b)| ((*a).into(), (*b).into()))
            .collect()
    }

    #[test]
    fn keys_have_variables() {
        for (key, name) in [
            ("tps", "FPT_TPS"),
            ("max-body", "FPT_MAX_BODY"),
            ("population.group-size", "FPT_POPULATION_GROUP_SIZE"),
        ] {
            assert_eq!(variable(key), name);
        }
    }

    #[test]
    fn only_our_variables_are_settings() {
        let mut layer = Layer::environment(&pairs(&[
            ("HOME", "/"),
            ("FPT_LOG", "debug"),
            ("FPT_TPS", "3"),
            ("FPT_HEADERS_X_TENANT", "a"),
        ]));
        assert_eq!(layer.rest().count(), 2);
        assert_eq!(layer.below("headers"), ["x-tenant"]);
        assert!(layer.take("headers.x-tenant").is_some());
        assert!(layer.take("tps").is_some());
        assert_eq!(layer.rest().count(), 0);
    }

    #[test]
    fn suggestions_are_in_the_layers_own_words() {
        let known = || ["tps", "users"].into_iter();
        let layer = Layer::environment(&[]);
        assert_eq!(
            layer.suggestion("FPT_TSP", known()),
            " Did you mean `FPT_TPS`?"
        );
        assert_eq!(
            layer.suggestion("FPT_LOGG", known()),
            " Did you mean `FPT_LOG`?"
        );
        let layer = Layer::flags(&[]);
        assert_eq!(layer.suggestion("user", known()), " Did you mean `users`?");
    }

    #[test]
    fn header_names_know_no_case() {
        let mut layer = Layer::flags(&pairs(&[("headers.X-Tenant", "a")]));
        assert!(layer.take("headers.x-tenant").is_some());
    }
}
