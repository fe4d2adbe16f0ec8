//! From layers of text to one profile.

use super::document::Document;
use super::layer::Layer;
use super::problem::{ConfigError, Problem};
use super::profile::Profile;
use super::reader::Reader;

/// The text of the profiles that are shipped.
pub(super) const BUILT_IN: &str = include_str!("../../fixtures/fpt.toml");

/// What messages call it.
pub(super) const BUILT_IN_NAME: &str = "built-in fpt.toml";

/// Everything a profile is made from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources<'a> {
    /// Path for messages, and text, of the file; without one the profiles
    /// that are shipped.
    pub file: Option<(&'a str, &'a str)>,
    /// The environment: `FPT_*` sets, `${NAME}` looks up.
    pub environment: &'a [(String, String)],
    /// Settings from the command line, by their keys.
    pub flags: &'a [(String, String)],
    /// The profile to take instead of the file's default.
    pub profile: Option<&'a str>,
    /// Whether a profile of kind production is permitted.
    pub allow_production: bool,
}

/// Resolves a profile: defaults, then the file with what the profile
/// inherits, then the environment, then the command line.
///
/// # Errors
///
/// Everything that is wrong, at once.
pub fn load(sources: Sources<'_>) -> Result<Profile, ConfigError> {
    let (file, text) = sources.file.unwrap_or((BUILT_IN_NAME, BUILT_IN));
    let document = Document::parse(file, text)?;
    let mut complaints = Vec::new();
    let chosen = document.choose(sources.profile, &mut complaints);
    let mut layers = chosen.layers;
    layers.push(Layer::environment(sources.environment));
    layers.push(Layer::flags(sources.flags));
    let mut reader = Reader::new(layers, sources.environment);
    for (origin, key, message) in complaints {
        reader.problem(origin, key, message);
    }
    Profile::read(chosen.name, reader, sources.allow_production)
        .map_err(|problems: Vec<Problem>| ConfigError { problems })
}

/// The names of the profiles in the text of a file, in its order; none when
/// it is not TOML, which [`load`] tells.
pub fn profile_names(text: &str) -> Vec<String> {
    Document::parse("", text).map_or_else(|_| Vec::new(), |document| document.names())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{load as load_text, told};
    use super::*;

    #[test]
    fn later_layers_win() {
        let text = "default-profile = 'b'\n[profiles.a]\nusers = 1\ntps = 1\ndrain = '1s'\ntimeout = '1s'\n\
                    [profiles.b]\ninherits = 'a'\ntps = 2\ndrain = '2s'\ntimeout = '2s'";
        let environment = [
            ("FPT_DRAIN", "3s"),
            ("FPT_TIMEOUT", "3s"),
            ("FPT_PROFILE", "x"),
            ("PATH", "/"),
        ];
        let profile = load_text(
            text,
            None,
            &environment,
            &[("timeout", "4s"), ("timeout", "5s")],
        )
        .unwrap();
        assert_eq!(profile.name, "b");
        for (key, value, origin) in [
            ("users", "1", "fpt.toml:3"),
            ("tps", "2", "fpt.toml:9"),
            ("drain", "3s", "FPT_DRAIN"),
            ("timeout", "5s", "--set timeout"),
            ("connect-timeout", "2s", "default"),
        ] {
            let described = profile.describe();
            let found = described.iter().find(|(own, _, _)| own == key).unwrap();
            assert_eq!(
                (found.1.as_str(), found.2.to_string().as_str()),
                (value, origin),
                "{key}"
            );
        }
    }

    #[test]
    fn all_problems_are_told_at_once_with_their_places() {
        let text = "default-profile = 'a'\ncolour = 1\n[profiles.base]\ntps = 0\n\n[profiles.a]\n\
                    inherits = 'base'\nusers = 0\nduration = 30\nmax_body = '4MiB'\nkind = 'production'\n\
                    arrivals = 'evn'\n[profiles.a.population]\nsede = 3\nlocales = ['en', 'xx']\n";
        let found = told(load_text(
            text,
            None,
            &[("FPT_TSP", "3"), ("FPT_USERS", "none")],
            &[("timeout", "0s"), ("population.seed", "x")],
        ));
        let expected = [
            "fpt.toml:2: There is no setting `colour` outside of a profile.",
            "fpt.toml:4: `tps`: Found `0`, expected whole transactions per second, at least 1.",
            "fpt.toml:8: `users`: Found `0`, expected a whole number, at least 1.",
            "fpt.toml:9: `duration`: Found a whole number, expected a duration above zero",
            "fpt.toml:10: `max_body`: There is no such setting. Did you mean `max-body`?",
            "fpt.toml:11: `kind`: This profile is of kind production",
            "fpt.toml:12: `arrivals`: Found `evn`, expected \"random\", \"even\" or \"bursts(5)\".",
            "fpt.toml:14: `population.sede`: There is no such setting. Did you mean `population.seed`?",
            "fpt.toml:15: `population.locales`: Found `xx`, expected one of `en`",
            "FPT_TSP: `FPT_TSP`: There is no such setting. Did you mean `FPT_TPS`?",
            "FPT_USERS: `users`: Found `none`, expected a whole number, at least 1.",
            "--set population.seed: `population.seed`: Found `x`, expected a whole number from 0.",
            "--set timeout: `timeout`: Found `0s`, expected a duration above zero",
        ];
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}\n{expected}");
        }
    }

    #[test]
    fn an_unknown_profile_does_not_hide_other_problems() {
        let found = told(load_text(
            "[profiles.live]",
            Some("life"),
            &[("FPT_TSP", "3")],
            &[],
        ));
        assert_eq!(
            found,
            [
                "`profile`: There is no profile `life`. Did you mean `live`? Choose another one; \
                 there are `live`.",
                "FPT_TSP: `FPT_TSP`: There is no such setting. Did you mean `FPT_TPS`?",
            ]
        );
    }

    #[test]
    fn targets_are_looked_up_in_the_environment() {
        let text = "[profiles.a]\ntarget = 'https://${HOST}/api'";
        let profile = load_text(text, None, &[("HOST", "a.test")], &[]).unwrap();
        assert_eq!(profile.target.to_string(), "https://a.test/api");
        let found = told(load_text(text, None, &[], &[]));
        assert!(found[0].starts_with("fpt.toml:2: `target`: The environment variable `HOST`"));
    }

    #[test]
    fn paths_are_meant_from_the_file() {
        let text = "[profiles.a]\nca = 'ca.pem'\npopulation.accounts = '/abs/a.csv'";
        let sources = Sources {
            file: Some(("conf/fpt.toml", text)),
            ..Sources::default()
        };
        let profile = load(sources).unwrap();
        assert_eq!(
            profile.http.ca.unwrap(),
            std::path::Path::new("conf/ca.pem")
        );
        assert_eq!(
            profile.population.accounts.unwrap(),
            std::path::Path::new("/abs/a.csv")
        );
        let flags = [("ca".to_owned(), "mine.pem".to_owned())];
        let profile = load(Sources {
            flags: &flags,
            ..sources
        })
        .unwrap();
        assert_eq!(profile.http.ca.unwrap(), std::path::Path::new("mine.pem"));
    }

    #[test]
    fn every_shipped_profile_is_good() {
        let names = profile_names(BUILT_IN);
        assert_eq!(names, ["virtualized", "live", "stack", "smoke", "nightly"]);
        for name in names {
            let profile = load(Sources {
                profile: Some(&name),
                ..Sources::default()
            })
            .unwrap();
            assert_eq!(profile.notes, Vec::<String>::new(), "{name}");
        }
        let default = load(Sources::default()).unwrap();
        assert_eq!(default.name, "virtualized");
        let line = 1 + BUILT_IN
            .lines()
            .position(|line| line == "users = 50")
            .unwrap();
        let origin = default.origin("users").unwrap().to_string();
        assert_eq!(origin, format!("built-in fpt.toml:{line}"));
    }

    #[test]
    fn the_shipped_example_is_good_once_it_is_no_comment() {
        let start = BUILT_IN.find("# [profiles.staging]").unwrap();
        let lines: Vec<_> = BUILT_IN[start..]
            .lines()
            .map(|line| line.strip_prefix("# ").unwrap_or_default())
            .collect();
        let environment = [("STAGING_HOST", "a.test"), ("STAGING_API_KEY", "hush")];
        let profile = load_text(&lines.join("\n"), None, &environment, &[]).unwrap();
        assert_eq!(profile.target.to_string(), "https://a.test/api");
        assert_eq!(profile.notes, Vec::<String>::new());
    }

    #[test]
    fn broken_text_has_no_profiles() {
        assert!(profile_names("[[").is_empty());
        let found = told(load_text("[profiles.a]\ntps = \n", None, &[], &[]));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("fpt.toml:2: This is not TOML: "),
            "{found:?}"
        );
    }

    #[test]
    fn files_of_other_systems_are_read() {
        let text = "\u{feff}[profiles.a]\r\nusers = 3\r\ntps = 0\r\n";
        let found = told(load_text(text, None, &[], &[]));
        assert!(
            found[0].starts_with("fpt.toml:3: `tps`: Found `0`"),
            "{found:?}"
        );
    }

    /// Lines that nearly are a profile.
    fn line() -> impl Strategy<Value = String> {
        let key = prop_oneof![
            Just("tps".to_owned()),
            Just("headers.x".to_owned()),
            Just("facts.a.weak".to_owned()),
            Just("population.locales".to_owned()),
            Just("target".to_owned()),
            Just("inherits".to_owned()),
            Just("max-body".to_owned()),
            "[a-z.'\\-]{0,12}",
        ];
        let value = prop_oneof![
            Just("['en', 3, [true]]".to_owned()),
            Just("{ a = 1 }".to_owned()),
            Just("'a'".to_owned()),
            any::<i64>().prop_map(|number| number.to_string()),
            "'[^'\n]{0,12}'",
            "\\PC{0,12}",
        ];
        prop_oneof![
            6 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
            1 => "\\[{1,2}profiles\\.[ab](\\.[a-z]{1,8})?\\]{1,2}",
            1 => "\\PC{0,20}",
        ]
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(lines in prop::collection::vec(line(), 0..8), value in "\\PC*") {
            let text = format!("[profiles.a]\n{}", lines.join("\n"));
            let flags = [("headers.x".to_owned(), value.clone()), ("hosts".to_owned(), value.clone())];
            let environment = [("FPT_TARGET".to_owned(), value.clone()), ("FPT_MAX_BODY".to_owned(), value.clone())];
            for (text, profile) in [(text.as_str(), Some("a")), (value.as_str(), None)] {
                let result = load(Sources {
                    file: Some(("fpt.toml", text)),
                    environment: &environment,
                    flags: &flags,
                    profile,
                    allow_production: true,
                });
                if let Err(error) = result {
                    prop_assert!(!error.problems.is_empty());
                }
            }
        }
    }
}
