//! Journeys by name: scenarios that others run.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cucumber::gherkin;
use regex::Regex;

use crate::model::Place;

use super::problem::Problem;

#[expect(
    clippy::expect_used,
    reason = "a constant pattern, compiled by the tests"
)]
static RUNS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^the user runs the journey "([^"]+)"$"#).expect("a constant pattern")
});

/// The journey that a step runs, if it is such a step.
pub(super) fn named_in(text: &str) -> Option<String> {
    RUNS.captures(text).map(|found| found[1].to_owned())
}

/// A scenario tagged `@journey`.
#[derive(Clone, Debug)]
pub(super) struct NamedJourney {
    /// Its steps, those of the background first.
    pub(super) steps: Vec<gherkin::Step>,
    /// Its file.
    pub(super) file: String,
    /// Its name.
    pub(super) name: String,
}

/// All journeys by name; two of one name are a problem.
pub(super) fn by_name(
    scenarios: Vec<(gherkin::Scenario, Option<gherkin::Background>, String)>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, NamedJourney> {
    let mut journeys: BTreeMap<String, NamedJourney> = BTreeMap::new();
    for (scenario, background, file) in scenarios {
        let place = Place::new(file.as_str(), scenario.position.line);
        if let Some(other) = journeys.get(&scenario.name) {
            problems.push(Problem::at(
                place,
                format!(
                    "the journey \"{}\" exists already in {}",
                    scenario.name, other.file
                ),
            ));
            continue;
        }
        let mut steps = background.map_or_else(Vec::new, |background| background.steps);
        steps.extend(scenario.steps);
        let name = scenario.name;
        journeys.insert(name.clone(), NamedJourney { steps, file, name });
    }
    journeys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journeys_are_named_in_quotes() {
        assert_eq!(
            named_in("the user runs the journey \"Sign in\"").as_deref(),
            Some("Sign in")
        );
        assert_eq!(named_in("the user runs"), None);
    }
}
