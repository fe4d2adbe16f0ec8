//! The stages of the load, in words.

use crate::campaign::{Outcome, StageOutcome};

use super::figures::{count, time_or_dash};

/// The most stages that are shown; all are in `results.json`.
const MOST_SHOWN: usize = 20;

/// One line for each stage of the load, nothing for a load without stages.
pub(super) fn stages(outcome: &Outcome) -> Vec<String> {
    let all = &outcome.load.stages;
    let mut lines: Vec<String> = all.iter().take(MOST_SHOWN).map(line).collect();
    if all.len() > MOST_SHOWN {
        lines.push(format!(
            "and {} more in results.json",
            all.len() - MOST_SHOWN
        ));
    }
    lines
}

fn line(own: &StageOutcome) -> String {
    let total = &own.measures;
    let errors = total.error_rate().unwrap_or_default() * 100.0;
    format!(
        "{}: {} of {} sent, {:.2} TPS answered, median {}, 90 % {}, {errors:.2} % errors",
        own.stage,
        count(own.sent),
        count(own.due),
        own.answered_tps,
        time_or_dash(total.response_time.percentile(50.0)),
        time_or_dash(total.response_time.percentile(90.0)),
    )
}
