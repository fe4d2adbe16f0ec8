//! The policy by which a stack changes the number of its instances itself.

use std::fmt;
use std::time::Duration;

use super::element::{Count, Element};
use super::nearest::one_of;
use super::reader::Reader;

/// What the policy looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AutoscaleMetric {
    /// Requests per second and instance.
    Rate,
    /// Requests in flight per instance.
    Concurrent,
}

const METRICS: [(&str, AutoscaleMetric); 2] = [
    ("rate", AutoscaleMetric::Rate),
    ("concurrent", AutoscaleMetric::Concurrent),
];

impl fmt::Display for AutoscaleMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = METRICS.iter().find(|(_, metric)| metric == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
}

impl Element for AutoscaleMetric {
    const EXPECTED: &'static str = "\"rate\" or \"concurrent\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(text, &METRICS)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// What can be planted in the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyDefect {
    /// It reacts long after the load has changed.
    Slow,
    /// It has no dead band and no cooldown: out, in, and out again.
    Flapping,
    /// It removes instances in the middle of what they are doing.
    Careless,
    /// It says that instances serve which get no requests.
    Lies,
}

impl PolicyDefect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Slow, Self::Flapping, Self::Careless, Self::Lies];
}

const DEFECTS: [(&str, PolicyDefect); 4] = [
    ("slow", PolicyDefect::Slow),
    ("flapping", PolicyDefect::Flapping),
    ("careless", PolicyDefect::Careless),
    ("lies", PolicyDefect::Lies),
];

impl fmt::Display for PolicyDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = DEFECTS.iter().find(|(_, defect)| defect == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
}

impl Element for PolicyDefect {
    const EXPECTED: &'static str = "\"slow\", \"flapping\", \"careless\" or \"lies\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(text, &DEFECTS)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// The policy of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoscaleConfig {
    /// The fewest instances.
    pub min: u32,
    /// The most instances.
    pub max: u32,
    /// What it looks at.
    pub metric: AutoscaleMetric,
    /// What the metric is to be, per instance.
    pub target: u32,
    /// How often it looks.
    pub interval: Duration,
    /// How long it leaves things alone after a change before it adds instances.
    pub cooldown_out: Duration,
    /// How long it leaves things alone after a change before it removes
    /// instances.
    pub cooldown_in: Duration,
    /// Instances go only when none was needed for as long as this.
    pub stabilisation: Duration,
    /// What is planted in it.
    pub defect: Option<PolicyDefect>,
}

impl AutoscaleConfig {
    /// The policy, if `stack.autoscale.max` asks for one.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let max: Option<Count> = reader.optional("stack.autoscale.max");
        let config = Self {
            min: reader.value("stack.autoscale.min", Count(1)).0,
            max: max.unwrap_or(Count(1)).0,
            metric: reader.value("stack.autoscale.metric", AutoscaleMetric::Rate),
            target: reader.value("stack.autoscale.target", Count(20)).0,
            interval: reader.value("stack.autoscale.interval", Duration::from_secs(1)),
            cooldown_out: reader.value("stack.autoscale.cooldown-out", Duration::from_secs(3)),
            cooldown_in: reader.value("stack.autoscale.cooldown-in", Duration::from_secs(5)),
            stabilisation: reader.value("stack.autoscale.stabilisation", Duration::from_secs(5)),
            defect: reader.optional("stack.autoscale.defect"),
        };
        let max = max?;
        if config.min > max.0 {
            let origin = reader.origin("stack.autoscale.min");
            let message = format!(
                "Found {}, which is more than `stack.autoscale.max`, {}.",
                config.min, max.0
            );
            reader.problem(origin, "stack.autoscale.min", message);
        }
        if config.interval.is_zero() {
            let origin = reader.origin("stack.autoscale.interval");
            let message = "Expected a duration above 0s, such as \"1s\".".to_owned();
            reader.problem(origin, "stack.autoscale.interval", message);
        }
        Some(config)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{problems, profile};
    use super::*;

    #[test]
    fn a_maximum_asks_for_the_policy() {
        assert_eq!(
            profile("stack.autoscale.target = 5").stack.autoscale,
            None
        );
        let text = "stack.autoscale.max = 4\nstack.autoscale.defect = 'lies'";
        let policy = profile(text).stack.autoscale.unwrap();
        assert_eq!((policy.min, policy.max, policy.target), (1, 4, 20));
        assert_eq!(policy.defect, Some(PolicyDefect::Lies));
    }

    #[test]
    fn a_policy_that_cannot_be_is_refused() {
        let text = "stack.autoscale.max = 2\nstack.autoscale.min = 3";
        assert!(problems(text)[0].contains("more than `stack.autoscale.max`"));
        let text = "stack.autoscale.max = 2\nstack.autoscale.interval = '0s'";
        assert!(problems(text)[0].contains("above 0s"));
        let text = "stack.autoscale.defect = 'flaping'";
        assert!(problems(text)[0].contains("Did you mean `flapping`?"));
    }
}
