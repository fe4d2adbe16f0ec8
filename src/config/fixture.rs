//! Short ways for tests to load profiles.

use super::{ConfigError, Problem, Profile, Sources};

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).into(), (*b).into()))
        .collect()
}

pub(super) fn load(
    text: &str,
    profile: Option<&str>,
    environment: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> Result<Profile, ConfigError> {
    super::load(Sources {
        file: Some(("fpt.toml", text)),
        environment: &owned(environment),
        flags: &owned(flags),
        profile,
        allow_production: false,
    })
}

/// The profile `a` with these lines, the first of them line 2.
pub(super) fn profile(lines: &str) -> Profile {
    load(&format!("[profiles.a]\n{lines}"), None, &[], &[]).unwrap()
}

/// What is wrong with the profile `a` with these lines.
pub(super) fn problems(lines: &str) -> Vec<String> {
    told(load(&format!("[profiles.a]\n{lines}"), None, &[], &[]))
}

/// The profile `a` of kind production with these lines, the first of them
/// line 3.
pub(super) fn in_production(lines: &str) -> Profile {
    super::load(Sources {
        file: Some((
            "fpt.toml",
            &format!("[profiles.a]\nkind = 'production'\n{lines}"),
        )),
        allow_production: true,
        ..Sources::default()
    })
    .unwrap()
}

/// The problems of a profile that must not load, as lines.
pub(super) fn told(result: Result<Profile, ConfigError>) -> Vec<String> {
    let problems = result.unwrap_err().problems;
    problems.iter().map(Problem::to_string).collect()
}
