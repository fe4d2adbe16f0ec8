//! From arguments, file and environment to a profile.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use crate::config::{self, ConfigError, Profile, Sources};

use super::args::Choice;

/// A profile, and where it is from.
pub(super) struct Resolved {
    pub(super) profile: Profile,
    /// The names of all profiles.
    pub(super) profiles: Vec<String>,
    /// The path of the file; `None` for the profiles that are built in.
    pub(super) config: Option<String>,
}

/// The profile of a run.
pub(super) fn resolve(choice: &Choice) -> Result<Resolved, ConfigError> {
    let file = config::read(choice.config.as_deref(), Path::new("."))?;
    let mut flags: Vec<(String, String)> = Vec::new();
    let mut problems = Vec::new();
    for setting in &choice.set {
        match setting.split_once('=') {
            Some((key, value)) => flags.push((key.trim().to_owned(), value.trim().to_owned())),
            None => problems.push(config::Problem {
                place: Some("--set".to_owned()),
                key: setting.clone(),
                message: "Expected KEY=VALUE, such as `--set tps=3`".to_owned(),
            }),
        }
    }
    let named = [
        ("users", &choice.users),
        ("tps", &choice.tps),
        ("duration", &choice.duration),
        ("population.seed", &choice.seed),
    ];
    for (key, value) in named {
        if let Some(value) = value {
            flags.push((key.to_owned(), value.clone()));
        }
    }
    for (key, values) in [
        ("bundled.defects", &choice.defect),
        ("bundled.conditions", &choice.condition),
    ] {
        if !values.is_empty() {
            flags.push((key.to_owned(), values.join(",")));
        }
    }
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let loaded = config::load(Sources {
        file: Some((&file.path, &file.text)),
        environment: &environment,
        flags: &flags,
        profile: choice.profile.as_deref(),
        allow_production: choice.allow_production,
    });
    match loaded {
        Ok(mut profile) if problems.is_empty() => {
            profile.scaling.allowed_now = choice.allow_scaling;
            let mut problems = Vec::new();
            check_names(
                "bundled.defects",
                &profile.bundled.defects,
                appointment_center::Defect::ALL,
                &mut problems,
            );
            check_names(
                "bundled.conditions",
                &profile.bundled.conditions,
                appointment_center::Condition::ALL,
                &mut problems,
            );
            if problems.is_empty() {
                Ok(Resolved {
                    profile,
                    profiles: config::profile_names(&file.text),
                    config: (!file.is_built_in()).then_some(file.path),
                })
            } else {
                Err(ConfigError { problems })
            }
        }
        Ok(_) => Err(ConfigError { problems }),
        Err(mut error) => {
            error.problems.extend(problems);
            Err(error)
        }
    }
}

fn check_names<T: FromStr<Err: Display> + Display>(
    key: &str,
    names: &[String],
    known: &[T],
    problems: &mut Vec<config::Problem>,
) {
    for name in names {
        if let Err(error) = name.parse::<T>() {
            let known: Vec<String> = known.iter().map(T::to_string).collect();
            let meant = config::did_you_mean(name, known.iter().map(String::as_str));
            problems.push(config::Problem {
                place: None,
                key: key.to_owned(),
                message: format!("{error}.{meant}"),
            });
        }
    }
}

/// The lists that `--defect list` and `--condition list` print.
pub(super) fn listed(choice: &Choice) -> Option<String> {
    let asks = |values: &[String]| values.iter().any(|value| value == "list");
    let lines = |pairs: Vec<(String, &str)>| {
        let lines: Vec<String> = pairs
            .into_iter()
            .map(|(name, summary)| format!("{name:24} {summary}"))
            .collect();
        lines.join("\n")
    };
    if asks(&choice.defect) {
        let all = appointment_center::Defect::ALL.iter();
        return Some(lines(
            all.map(|own| (own.to_string(), own.summary())).collect(),
        ));
    }
    if asks(&choice.condition) {
        let all = appointment_center::Condition::ALL.iter();
        return Some(lines(
            all.map(|own| (own.to_string(), own.summary())).collect(),
        ));
    }
    None
}
