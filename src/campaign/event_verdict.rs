//! Whether the scale events of a campaign happened.

use crate::model::Verdict;
use crate::scaling::{EventRecord, Undead};

use super::outcome::Outcome;

/// The scale events provably happened.
pub(super) fn events(outcome: &Outcome) -> (Verdict, String) {
    let doubts: Vec<String> = outcome
        .events
        .iter()
        .filter_map(|event| Some(format!("{}: {}", event.kind, event.unproven()?)))
        .collect();
    if !doubts.is_empty() {
        return (Verdict::Inconclusive, doubts.join("; "));
    }
    let told: Vec<String> = outcome.events.iter().map(told).collect();
    (Verdict::Pass, told.join("; "))
}

/// No instance answered that the control plane had called gone.
pub(super) fn undead(outcome: &Outcome) -> (Verdict, String) {
    let told: Vec<String> = outcome.scale.undead.iter().map(Undead::to_string).collect();
    let verdict = if told.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    (verdict, told.join("; "))
}

/// A proven event with its times.
fn told(event: &EventRecord) -> String {
    let reached = event.time_to_reach().unwrap_or_default();
    let mut text = format!(
        "{} reached after {:.2} s",
        event.kind,
        reached.as_secs_f64()
    );
    if let Some(time) = event.time_to_first_answer() {
        text.push_str(&format!(
            ", first answer of a new instance after {:.2} s",
            time.as_secs_f64()
        ));
    }
    if let Some(time) = event
        .time_to_all_answered()
        .filter(|all| Some(*all) != event.time_to_first_answer())
    {
        text.push_str(&format!(", of the last after {:.2} s", time.as_secs_f64()));
    }
    if let Some(late) = event.late {
        text.push_str(&format!(
            " (asked for {:.1} s after its moment, when the one before it was settled)",
            late.as_secs_f64()
        ));
    }
    text
}
