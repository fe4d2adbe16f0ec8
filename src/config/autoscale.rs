//! The policy by which the bundled service scales itself.

use std::fmt;
use std::time::Duration;

use super::duration::Span;
use super::element::{Count, Element};
use super::nearest::one_of;
use super::reader::Reader;

/// A bug of a scaling policy, planted to see it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyDefect {
    /// Looks, and never does anything.
    Idle,
    /// Believes that more instances are needed only after twenty looks in a row.
    Slow,
    /// Knows only the fewest and the most instances, and no cooldown.
    Flapping,
    /// Removes instances in the middle of what they are doing.
    Careless,
    /// Thinks that twice as many instances are needed.
    Overshooting,
    /// Tells of instances that are ready, and starts none.
    Lies,
}

const DEFECTS: [(&str, PolicyDefect); 6] = [
    ("idle", PolicyDefect::Idle),
    ("slow", PolicyDefect::Slow),
    ("flapping", PolicyDefect::Flapping),
    ("careless", PolicyDefect::Careless),
    ("overshooting", PolicyDefect::Overshooting),
    ("lies", PolicyDefect::Lies),
];

impl PolicyDefect {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Idle,
        Self::Slow,
        Self::Flapping,
        Self::Careless,
        Self::Overshooting,
        Self::Lies,
    ];
}

impl fmt::Display for PolicyDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = DEFECTS.iter().find(|(_, defect)| defect == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
}

impl Element for PolicyDefect {
    const EXPECTED: &'static str =
        "\"idle\", \"slow\", \"flapping\", \"careless\", \"overshooting\" or \"lies\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(text, &DEFECTS)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// How a service that the harness started scales itself, in scenarios that ask
/// for it. Everybody's keys are the same, each in a section of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoscaleConfig {
    /// The fewest instances.
    pub min: u32,
    /// The most instances.
    pub max: u32,
    /// Requests per second that one instance is to serve.
    pub target_rps: u32,
    /// How often the policy looks.
    pub interval: Duration,
    /// How long it waits after adding instances before it adds more.
    pub cooldown_out: Duration,
    /// For how long fewer instances have to be enough before some are removed.
    pub cooldown_in: Duration,
    /// What is wrong with it.
    pub defect: Option<PolicyDefect>,
}

impl AutoscaleConfig {
    /// Reads the keys below `section`, such as `bundled.autoscale`.
    pub(super) fn read(reader: &mut Reader<'_>, section: &str) -> Self {
        let key = |name: &str| format!("{section}.{name}");
        let min = reader.value(&key("min"), Count(1)).0;
        let max = reader.value(&key("max"), Count(8)).0;
        if max < min {
            let origin = reader.origin(&key("max"));
            let why = format!(
                "Found {max}, and `{}` is {min}: expected at least as many.",
                key("min")
            );
            reader.problem(origin, &key("max"), why);
        }
        Self {
            min,
            max,
            target_rps: reader.value(&key("target-rps"), Count(12)).0,
            interval: reader.value(&key("interval"), Span::seconds(1)).0,
            cooldown_out: reader.value(&key("cooldown-out"), Duration::from_secs(2)),
            cooldown_in: reader.value(&key("cooldown-in"), Duration::from_secs(4)),
            defect: reader.optional(&key("defect")),
        }
    }
}

impl Default for AutoscaleConfig {
    fn default() -> Self {
        Self {
            min: 1,
            max: 8,
            target_rps: 12,
            interval: Duration::from_secs(1),
            cooldown_out: Duration::from_secs(2),
            cooldown_in: Duration::from_secs(4),
            defect: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{problems, profile};
    use super::*;

    #[test]
    fn the_policy_has_defaults_and_keys_of_its_own() {
        assert_eq!(
            profile("").bundled.autoscale,
            AutoscaleConfig::default(),
            "nothing is said"
        );
        let autoscale = profile(
            "[profiles.a.bundled.autoscale]\nmax = 4\ntarget-rps = 30\ndefect = 'slow'\n\
             cooldown-in = '1m'",
        )
        .bundled
        .autoscale;
        assert_eq!((autoscale.max, autoscale.target_rps), (4, 30));
        assert_eq!(autoscale.defect, Some(PolicyDefect::Slow));
        assert_eq!(autoscale.cooldown_in, Duration::from_mins(1));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (wrong, part) in [
            (
                "bundled.autoscale.defect = 'lazy'",
                "expected one of `idle`",
            ),
            (
                "bundled.autoscale.min = 3\nbundled.autoscale.max = 2",
                "at least as many",
            ),
            ("bundled.autoscale.interval = '0s'", "above zero"),
            ("bundled.autoscale.target-rps = 0", "at least 1"),
        ] {
            let found = problems(wrong);
            assert!(found[0].contains(part), "{wrong}: {found:?}");
        }
    }

    #[test]
    fn every_defect_has_a_name() {
        for defect in PolicyDefect::ALL {
            assert_eq!(PolicyDefect::parse(&defect.to_string()), Ok(defect));
        }
    }
}
