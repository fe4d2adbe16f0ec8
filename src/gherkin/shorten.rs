//! Leaving out what a scenario may not need.

use std::sync::Arc;

use cucumber::gherkin::StepType;

use crate::campaign::Journey;
use crate::model::Place;

use super::compile::{Compiled, LineKind};

impl Compiled {
    /// Ends every iteration with the step at `place`, or the line of the
    /// scenario that runs the journey which it stands in, and the `Then` steps
    /// that follow it: they belong to its response. Whether that leaves
    /// anything out.
    ///
    /// A scenario that draws one of several journeys is left as it is.
    pub fn end_at(&mut self, place: &Place) -> bool {
        let plan = &mut self.plan;
        let Some(number) = plan.steps.iter().position(|step| step.place == *place) else {
            return false;
        };
        if !plan.journey.choices.is_empty() {
            return false;
        }
        let of_user = |kind: &LineKind| match kind {
            LineKind::User(numbers) => numbers.iter().copied().max(),
            LineKind::Setup | LineKind::Question(_) => None,
        };
        let mut lines = self.lines.iter();
        let found = lines.find(
            |line| matches!(&line.kind, LineKind::User(numbers) if numbers.contains(&number)),
        );
        let Some(mut last) = found.and_then(|line| of_user(&line.kind)) else {
            return false;
        };
        for line in lines.take_while(|line| line.step.ty == StepType::Then) {
            last = of_user(&line.kind).unwrap_or(last);
        }
        let mut journey = Journey::clone(&plan.journey);
        let before = journey.iteration.len();
        journey.iteration.retain(|bound| bound.number <= last);
        let after = journey.iteration.len();
        if after == before || after == 0 {
            return false;
        }
        plan.journey = Arc::new(journey);
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Sources, load};
    use crate::gherkin::{Selection, compile, read};

    use super::*;

    const STEPS: &str = "Feature: F\n  Scenario: S\n    Given the user sends GET \"/a\"\n    \
                         When the user sends GET \"/b\"\n    Then the response status is 200\n    \
                         And the response status is 200\n    When the user sends GET \"/c\"\n    \
                         Then the response status is 200\n";

    /// How many steps of an iteration are left, when it ends with the line.
    fn left(line: usize) -> (bool, usize) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own.feature");
        std::fs::write(&file, STEPS).unwrap();
        let profile = load(Sources::default()).unwrap();
        let selection = Selection {
            paths: vec![file.display().to_string()],
            ..Selection::default()
        };
        let profiles = [profile.name.clone()];
        let found = read(&selection, &profile.name, &profiles).unwrap();
        let mut compiled = compile(found, &profile, &profiles, false).unwrap();
        let named = Place::new(compiled[0].plan.place.file.to_string(), line);
        let shorter = compiled[0].end_at(&named);
        (shorter, compiled[0].plan.journey.iteration.len())
    }

    #[test]
    fn checks_of_the_last_response_stay() {
        assert_eq!(left(4), (true, 3));
        assert_eq!(left(5), (true, 3));
        assert_eq!(left(7), (false, 5));
        assert_eq!(left(99), (false, 5));
        // Of the session alone nothing would be left to repeat.
        assert_eq!(left(3), (false, 5));
    }
}
