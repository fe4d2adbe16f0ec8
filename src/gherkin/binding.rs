//! Binding: a step with its function, its values and its number.

use std::sync::Arc;

use cucumber::gherkin;
use cucumber::step;
use regex::{CaptureLocations, Regex};

use crate::campaign::{Action, BoundStep, VirtualUser};
use crate::model::{Place, StepRef};

pub(super) fn bind(
    step: &gherkin::Step,
    place: &Place,
    function: step::Step<VirtualUser>,
    context: step::Context,
    scenario: &str,
    steps: &mut Vec<Arc<StepRef>>,
) -> BoundStep {
    let number = steps.len();
    steps.push(step_ref(step, place, scenario));
    BoundStep {
        step: Arc::clone(&steps[number]),
        number,
        action: Action::Call {
            function,
            context: Arc::new(context),
        },
        foretold: Arc::new([]),
    }
}

pub(super) fn step_ref(step: &gherkin::Step, place: &Place, scenario: &str) -> Arc<StepRef> {
    Arc::new(StepRef {
        scenario: scenario.into(),
        text: format!("{}{}", step.keyword, step.value).into(),
        place: place.clone(),
    })
}

/// How many requests a step sends at one moment: `3` of `… 3 times at once`.
pub(super) fn at_once(text: &str) -> Option<u32> {
    if text.ends_with(" is in flight") {
        return Some(2);
    }
    let before = text
        .split(" times at once")
        .next()
        .filter(|part| *part != text)?;
    before.rsplit(' ').next()?.parse().ok()
}

/// Locations that hold the whole text and no value: for a step whose text was
/// rewritten, where the values stand elsewhere.
#[expect(
    clippy::expect_used,
    reason = "a constant pattern, compiled by the tests"
)]
pub(super) fn whole(step: &gherkin::Step) -> CaptureLocations {
    let all = Regex::new("(?s)^.*$").expect("a constant pattern");
    let mut locations = all.capture_locations();
    // It matches every text.
    let _ = all.captures_read(&mut locations, &step.value);
    locations
}
