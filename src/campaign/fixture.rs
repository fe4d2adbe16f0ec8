//! What a campaign came to, made by hand, for tests.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::load::Dispatched;
use crate::metrics::{Measures, Sample};
use crate::model::{Coverage, Grid, Place, Rate, Timestamp, Verdict};

use super::confidence::Confidence;
use super::outcome::{LoadOutcome, Outcome, ScaleOutcome, SessionsOutcome};
use super::tally::Iterations;

pub(crate) fn place(line: usize) -> Place {
    Place::new("features/booking.feature", line)
}

pub(crate) fn at(millis: u64) -> Timestamp {
    Timestamp::after(Duration::from_millis(millis))
}

/// An outcome with a hundred transactions in which nothing was found.
pub(crate) fn outcome() -> Outcome {
    let mut measures = Measures::new(Grid::default());
    for number in 0..100 {
        measures.record(&Sample {
            route: "GET /me",
            window: "steady",
            due: at(number),
            sent: at(number),
            first_byte: Some(at(number + 10)),
            done: at(number + 20),
            status: Some(if number == 0 { 500 } else { 200 }),
            error: None,
            outcome: crate::model::Outcome::Ok,
            bytes: 512,
        });
    }
    let rate = Rate::per_second(50).unwrap();
    Outcome {
        feature: "Appointments".to_owned(),
        scenario: "Booking".to_owned(),
        place: place(12),
        verdict: Verdict::Pass,
        judgements: Vec::new(),
        load: LoadOutcome {
            users: 50,
            governed_tps: rate,
            ceiling_tps: rate,
            duration: Duration::from_secs(20),
            achieved_tps: Some(49.9),
            dispatched: Dispatched::default(),
            stages: Vec::new(),
            due: 1_000,
            missed: 2,
            functional: false,
        },
        coverage: Coverage {
            responses: 2_990,
            telling: 2_990,
            users: 50,
            facts: 500,
            own_sightings: 41_200,
            overlapping_pairs: 1_225,
            ..Coverage::default()
        },
        confidence: Confidence::default(),
        violations: BTreeMap::new(),
        incidents: Vec::new(),
        findings: Vec::new(),
        steps: Vec::new(),
        iterations: Iterations::default(),
        measures,
        policy: None,
        events: Vec::new(),
        scale: ScaleOutcome::default(),
        scale_figures: None,
        instances: BTreeMap::new(),
        sessions: SessionsOutcome {
            established: 50,
            alive: 50,
            ..SessionsOutcome::default()
        },
        notes: Vec::new(),
        interrupted: false,
        own_sightings_required: true,
        unseen_tolerated: 10,
        hazards: Vec::new(),
        failing_hazards: Vec::new(),
    }
}
