//! A profile as it took effect.

use std::collections::BTreeMap;

use super::bundled::BundledConfig;
use super::element::{Element, unexpected};
use super::environment::Environment;
use super::evidence::EvidenceConfig;
use super::http::HttpConfig;
use super::instance::InstanceConfig;
use super::limits;
use super::load::LoadConfig;
use super::oracle::OracleConfig;
use super::origin::Origin;
use super::population::PopulationConfig;
use super::problem::Problem;
use super::provoke::ProvokeConfig;
use super::read_back::ReadBackConfig;
use super::reader::{Effective, Reader};
use super::roles::RoleSetting;
use super::scaling::ScalingConfig;
use super::service::ServiceKind;
use super::session::SessionConfig;
use super::stack::StackConfig;
use super::target::{Host, Target};

/// A named environment with its limits, every setting resolved.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name in the file.
    pub name: String,
    /// What kind of environment it is.
    pub kind: Environment,
    /// Whether the service is live or virtualized.
    pub service: ServiceKind,
    /// What is tested.
    pub target: Target,
    /// Further hosts that may be contacted, as `host` or `host:port`.
    pub hosts: Vec<String>,
    /// What the domain calls the user, besides "user".
    pub words: Vec<String>,
    /// How much load.
    pub load: LoadConfig,
    /// How requests are sent.
    pub http: HttpConfig,
    /// What a session looks like.
    pub session: SessionConfig,
    /// Who the users are.
    pub population: PopulationConfig,
    /// What the oracle is told.
    pub oracle: OracleConfig,
    /// How users read back what they saved.
    pub read_back: ReadBackConfig,
    /// Who may see more than their own.
    pub roles: BTreeMap<String, RoleSetting>,
    /// How instances are told apart.
    pub instance: InstanceConfig,
    /// How the bundled service is started.
    pub bundled: BundledConfig,
    /// Where evidence goes.
    pub evidence: EvidenceConfig,
    /// How it is scaled.
    pub scaling: ScalingConfig,
    /// How the stack is started.
    pub stack: StackConfig,
    /// What is done to make mix-ups likelier.
    pub provoke: ProvokeConfig,
    /// What the user should know: limits that won over wishes.
    pub notes: Vec<String>,
    settings: Vec<Effective>,
}

impl Profile {
    pub(super) fn read(
        name: String,
        mut reader: Reader<'_>,
        allow_production: bool,
    ) -> Result<Self, Vec<Problem>> {
        let kind = reader.value("kind", Environment::Local);
        limits::guard(&mut reader, kind, allow_production);
        let target = reader.value("target", Target::Bundled);
        let service = reader.value(
            "service",
            match target {
                Target::Bundled => ServiceKind::Virtualized,
                Target::Stack | Target::Url(_) => ServiceKind::Live,
            },
        );
        limits::warn_of_speed(&mut reader, service, &target);
        let hosts: Vec<Host> = reader.list("hosts", Vec::new());
        let words = ["member", "patient", "customer"].map(|word| Word(word.into()));
        let words = reader.list("user-words", words.into());
        let profile = Self {
            name,
            kind,
            service,
            target,
            hosts: hosts.into_iter().map(|host| host.0).collect(),
            words: words.into_iter().map(|word| word.0).collect(),
            load: LoadConfig::read(&mut reader, service, kind),
            http: HttpConfig::read(&mut reader),
            session: SessionConfig::read(&mut reader),
            population: PopulationConfig::read(&mut reader),
            oracle: OracleConfig::read(&mut reader, service),
            read_back: ReadBackConfig::read(&mut reader),
            roles: RoleSetting::read_all(&mut reader),
            instance: InstanceConfig::read(&mut reader),
            bundled: BundledConfig::read(&mut reader),
            scaling: ScalingConfig::read(&mut reader),
            stack: StackConfig::read(&mut reader),
            evidence: EvidenceConfig::read(&mut reader),
            provoke: ProvokeConfig::read(&mut reader),
            notes: Vec::new(),
            settings: Vec::new(),
        };
        let (settings, notes) = reader.finish()?;
        Ok(Self {
            notes,
            settings,
            ..profile
        })
    }

    /// Every setting with its value and who set it; no secrets.
    pub fn describe(&self) -> Vec<(String, String, Origin)> {
        self.settings
            .iter()
            .map(|own| (own.key.clone(), own.value.clone(), own.origin.clone()))
            .collect()
    }

    /// Who set `key`, such as `population.seed`; `None` for a key that does
    /// not exist.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.settings
            .iter()
            .find(|own| own.key == key)
            .map(|own| &own.origin)
    }

    /// Whether a host, as `host` or `host:port`, may be contacted.
    pub fn allows(&self, host: &str) -> bool {
        let host = host.to_lowercase();
        self.hosts.contains(&host) || self.target.host().as_ref() == Some(&host)
    }
}

/// What a domain calls the user: one word of a step.
#[derive(Clone, Debug)]
struct Word(String);

impl Element for Word {
    const EXPECTED: &'static str = "a single word in lower case, such as \"patient\"";

    fn parse(text: &str) -> Result<Self, String> {
        let fits = |c: char| (c.is_alphabetic() && !c.is_uppercase()) || c == '-';
        if text.is_empty() || !text.chars().all(fits) {
            return Err(unexpected::<Self>(text));
        }
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{load, problems, profile};
    use super::*;

    #[test]
    fn profiles_have_defaults() {
        let profile = profile("");
        assert_eq!(profile.name, "a");
        assert_eq!(
            (profile.kind, profile.service),
            (Environment::Local, ServiceKind::Virtualized)
        );
        assert_eq!(profile.target, Target::Bundled);
        assert_eq!(profile.words, ["member", "patient", "customer"]);
        assert!(profile.hosts.is_empty() && profile.notes.is_empty());
        assert!(
            profile
                .describe()
                .iter()
                .all(|(_, _, origin)| *origin == Origin::Default)
        );
    }

    #[test]
    fn only_named_hosts_are_allowed() {
        let profile = profile("target = 'https://A.test/api'\nhosts = ['b.test:81']");
        assert_eq!(profile.service, ServiceKind::Live);
        for (host, allowed) in [
            ("a.test", true),
            ("A.TEST", true),
            ("b.test:81", true),
            ("b.test", false),
            ("a.test:8443", false),
            ("c.test", false),
        ] {
            assert_eq!(profile.allows(host), allowed, "{host}");
        }
    }

    #[test]
    fn every_setting_is_described_with_its_origin() {
        let text = "[profiles.a]\nusers = 3\ntps = 99\npopulation.accounts = 'x.csv'";
        let profile = load(
            text,
            None,
            &[("FPT_DRAIN", "1s")],
            &[("population.seed", "7")],
        )
        .unwrap();
        let described = profile.describe();
        let of = |key: &str| {
            let (_, value, origin) = described.iter().find(|(own, _, _)| own == key).unwrap();
            format!("{value} ({origin})")
        };
        for (key, expected) in [
            ("kind", "local (default)"),
            ("users", "3 (fpt.toml:2)"),
            ("tps", "50 (fpt.toml:3)"),
            ("population.accounts", "x.csv (fpt.toml:4)"),
            ("drain", "1s (FPT_DRAIN)"),
            ("population.seed", "7 (--set population.seed)"),
            ("max-body", "4MiB (default)"),
            ("oracle.denied", "[401, 403, 404] (default)"),
        ] {
            assert_eq!(of(key), expected, "{key}");
        }
        assert_eq!(profile.origin("users").unwrap().to_string(), "fpt.toml:2");
        assert_eq!(profile.origin("colour"), None);
        let mut keys: Vec<_> = described.iter().map(|(key, _, _)| key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), described.len());
    }

    #[test]
    fn words_are_single() {
        assert_eq!(profile("user-words = ['kundin']").words, ["kundin"]);
        for word in ["", "the user", "Member", "a(b"] {
            assert_eq!(
                problems(&format!("user-words = ['{word}']")).len(),
                1,
                "{word}"
            );
        }
    }
}
