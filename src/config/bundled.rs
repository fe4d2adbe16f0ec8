//! How the bundled service is started.

use std::time::Duration;

use super::autoscale::AutoscaleConfig;
use super::element::Count;
use super::reader::Reader;

/// How the bundled service is started. Which defects and conditions there
/// are is known where it is started, not here.
#[derive(Clone, Debug)]
pub struct BundledConfig {
    /// Number of its instances.
    pub instances: u32,
    /// Defects to plant.
    pub defects: Vec<String>,
    /// Conditions of its surroundings.
    pub conditions: Vec<String>,
    /// How long it works on a request.
    pub work: Duration,
    /// How it scales itself, in scenarios that ask for it.
    pub autoscale: AutoscaleConfig,
}

impl BundledConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            instances: reader.value("bundled.instances", Count(2)).0,
            defects: reader.list("bundled.defects", Vec::new()),
            conditions: reader.list("bundled.conditions", Vec::new()),
            work: reader.value("bundled.work", Duration::from_millis(3)),
            autoscale: AutoscaleConfig::read(reader, "bundled.autoscale"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{load, profile};
    use super::*;

    #[test]
    fn the_bundled_service_has_defaults() {
        let bundled = profile("").bundled;
        assert_eq!(
            (bundled.instances, bundled.work),
            (2, Duration::from_millis(3))
        );
        assert!(bundled.defects.is_empty() && bundled.conditions.is_empty());
    }

    #[test]
    fn defects_can_be_listed_in_the_environment() {
        let environment = [("FPT_BUNDLED_DEFECTS", "one, two")];
        let profile = load("[profiles.a]", None, &environment, &[]).unwrap();
        assert_eq!(profile.bundled.defects, ["one", "two"]);
    }
}
