//! Outcomes in words, for the console and Markdown alike.

// Writing to a text never fails, so results are dropped.
use std::fmt::Write as _;

use crate::campaign::Outcome;
use crate::model::{Judgement, Verdict};

use super::RunSummary;
use super::figures::{count, of, time_or_dash};

/// `2 scenarios: 1 passed, 1 failed; 3 incidents, 42 findings`.
pub(super) fn tally(summary: &RunSummary) -> String {
    let counts: Vec<String> = [
        (Verdict::Pass, "passed"),
        (Verdict::Fail, "failed"),
        (Verdict::Inconclusive, "inconclusive"),
    ]
    .into_iter()
    .map(|(verdict, word)| (summary.count(verdict), word))
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect();
    let findings: u64 = summary
        .outcomes
        .iter()
        .flat_map(|outcome| outcome.violations.values())
        .sum();
    let incidents: usize = summary
        .outcomes
        .iter()
        .map(|outcome| outcome.incidents.len())
        .sum();
    let found = match incidents {
        0 => of(findings, "finding"),
        some => format!(
            "{}, {}",
            of(some as u64, "incident"),
            of(findings, "finding")
        ),
    };
    let scenarios = of(summary.outcomes.len() as u64, "scenario");
    let counts = if counts.is_empty() {
        scenarios
    } else {
        format!("{scenarios}: {}", counts.join(", "))
    };
    let hazards: usize = summary
        .outcomes
        .iter()
        .map(|outcome| outcome.hazards.len())
        .sum();
    let hazards = match hazards {
        0 => String::new(),
        some => format!(", {}", of(some as u64, "hazard")),
    };
    format!("{counts}; {found}{hazards}")
}

/// The question, and the step that asks it.
pub(super) fn asked(judgement: &Judgement) -> String {
    match &judgement.place {
        Some(place) => format!("{} ({place})", judgement.question),
        None => judgement.question.clone(),
    }
}

/// Users, rate and time.
pub(super) fn load(outcome: &Outcome) -> String {
    let load = &outcome.load;
    if load.functional {
        return "1 user, 1 iteration".to_owned();
    }
    let users = of(u64::from(load.users), "user");
    let Some(achieved) = load.achieved_tps else {
        return format!(
            "{users}, at most {}, {}",
            load.governed_tps,
            of(outcome.iterations.completed, "iteration")
        );
    };
    if !load.stages.is_empty() {
        return format!(
            "{users}, {} up to {}, {} of {} sent in {:.1} s, {} missed",
            of(load.stages.len() as u64, "stage"),
            load.governed_tps,
            count(load.dispatched.released),
            count(load.due),
            load.duration.as_secs_f64(),
            count(load.missed)
        );
    }
    format!(
        "{users}, {achieved:.2} of {} for {:.1} s, {} missed",
        load.governed_tps,
        load.duration.as_secs_f64(),
        count(load.missed)
    )
}

/// Percentiles and errors.
pub(super) fn response_time(outcome: &Outcome) -> String {
    let total = &outcome.measures.total;
    let Some(errors) = total.error_rate() else {
        return "nothing was measured".to_owned();
    };
    let part = |percent| time_or_dash(total.response_time.percentile(percent));
    let classes: Vec<String> = total
        .error_classes
        .iter()
        .map(|(class, times)| format!("{} × {class}", count(*times)))
        .collect();
    let classes = if classes.is_empty() {
        String::new()
    } else {
        format!(" ({})", classes.join(", "))
    };
    format!(
        "median {}, 90 % {}, 99 % {}; {}, {:.2} % errors{classes}",
        part(50.0),
        part(90.0),
        part(99.0),
        of(total.transactions, "transaction"),
        errors * 100.0
    )
}

/// What was looked at.
pub(super) fn coverage(outcome: &Outcome) -> String {
    let seen = &outcome.coverage;
    let mut text = format!(
        "looked at {} of {}, {}, knew {}, {} overlapped",
        of(seen.responses, "response"),
        of(seen.users, "user"),
        of(seen.own_sightings, "sighting") + " of users' own facts",
        of(seen.facts, "fact"),
        of(seen.overlapping_pairs, "pair") + " of users",
    );
    for (number, what) in [
        (seen.probes, "probe"),
        (seen.contested, "own fact issued to several"),
        (seen.cut_bodies, "body cut short"),
        (seen.unreadable_bodies, "unreadable body"),
        (seen.skipped_layers, "layer of encoding skipped"),
    ] {
        if number > 0 {
            // "3 × body cut short" needs no plural.
            let _ = write!(text, ", {} × {what}", count(number));
        }
    }
    for (kind, counts) in &seen.consistency.kinds {
        for (number, what) in [
            (counts.saved, "saved"),
            (counts.read_back, "read back"),
            (counts.claimed, "given"),
            (counts.indeterminate, "of unknown outcome"),
        ] {
            if number > 0 {
                let _ = write!(text, ", {} × {kind} {what}", count(number));
            }
        }
    }
    for (name, counts) in &seen.consistency.followed {
        for (number, what) in [
            (counts.acknowledged, "written"),
            (counts.read_back, "read back"),
            (counts.indeterminate, "of unknown outcome"),
            (counts.blind, "with too many of these to be judged"),
        ] {
            if number > 0 {
                let _ = write!(text, ", {} × {name} {what}", count(number));
            }
        }
    }
    text
}

/// Endpoints that are shown.
const MOST_ENDPOINTS: usize = 6;

/// What can be said when nothing was found; nothing when something was.
pub(super) fn confidence(outcome: &Outcome) -> Vec<String> {
    let seen = &outcome.confidence;
    let (Some(below), 0) = (seen.below(), seen.swaps) else {
        return Vec::new();
    };
    let mut text = format!(
        "swaps {below}, by {} of {} that tell whose they are",
        of(seen.checked, "response"),
        of(seen.users, "user")
    );
    if let Some(over_users) = seen.below_over_users() {
        let _ = write!(text, " ({over_users} if all that one user saw counts once)");
    }
    if let Some(more) = seen.to_halve {
        let _ = write!(text, "; {more}, would halve it");
    }
    let mut rows = vec![text];
    let mut routes: std::collections::BTreeMap<&str, Vec<String>> =
        std::collections::BTreeMap::new();
    for own in &seen.endpoints {
        let at = own
            .instance
            .as_ref()
            .map_or_else(String::new, |instance| format!(" at {instance}"));
        let told = format!("{}{at}", count(own.pairs));
        routes.entry(&own.route).or_default().push(told);
    }
    if !routes.is_empty() {
        let mut told: Vec<String> = routes
            .iter()
            .take(MOST_ENDPOINTS)
            .map(|(route, pairs)| format!("{route} {}", pairs.join(", ")))
            .collect();
        if let Some(more) = routes.len().checked_sub(MOST_ENDPOINTS).filter(|n| *n > 0) {
            told.push(format!("{more} more in results.json"));
        }
        rows.push(format!(
            "pairs of users that overlapped: {}",
            told.join("; ")
        ));
    }
    rows
}

/// What became of sessions.
pub(super) fn sessions(outcome: &Outcome) -> String {
    let sessions = &outcome.sessions;
    let mut text = format!(
        "{} established, {} alive at the end, {} lost",
        count(sessions.established),
        count(sessions.alive),
        count(sessions.lost)
    );
    if !outcome.events.is_empty() {
        let _ = write!(
            text,
            " ({} during scale events), {} moved to another instance, {} stayed",
            count(sessions.lost_during_events),
            count(sessions.moved),
            count(sessions.stayed)
        );
        if sessions.unknown > 0 {
            let _ = write!(text, ", {} not seen again", count(sessions.unknown));
        }
    }
    text
}

/// Responses by instance.
pub(super) fn instances(outcome: &Outcome) -> String {
    let shares: Vec<String> = outcome
        .instances
        .iter()
        .map(|(id, answers)| format!("{id} {}", count(*answers)))
        .collect();
    shares.join(", ")
}
