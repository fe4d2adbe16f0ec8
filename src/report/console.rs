//! The end of a run on the console.

use std::collections::BTreeMap;

use crate::campaign::Outcome;
use crate::model::{Finding, Judgement, Rule, Verdict};

use super::figures::{count, of, time, time_or_dash};
use super::finding_text::{details, heading, who};
use super::page::{Page, Tone};
use super::{RunSummary, exit_meaning};

/// Findings that are shown of one scenario and rule.
pub(super) const MOST_SHOWN: usize = 5;

/// What came of the run, in words, for a terminal or a log. Colours only with
/// `color`.
pub fn summary_text(summary: &RunSummary, color: bool) -> String {
    let mut page = Page::new(color);
    for note in &summary.profile.notes {
        page.row(0, Tone::Faint, "note", note);
    }
    for outcome in &summary.outcomes {
        page.gap();
        scenario(&mut page, summary, outcome);
    }
    page.gap();
    if summary.interrupted {
        page.row(
            0,
            Tone::Strong,
            "interrupted",
            "what follows is about the part that ran",
        );
    }
    if let Some(trouble) = &summary.trouble {
        page.row(0, Tone::Of(Verdict::Fail), "evidence", trouble);
    }
    page.line(
        0,
        &[
            (Tone::Of(summary.verdict), &summary.verdict.to_string()),
            (Tone::Plain, &closing(summary)),
        ],
    );
    page.into_text()
}

/// The rest of the last line.
fn closing(summary: &RunSummary) -> String {
    format!(
        "  {}; exit code {}: {}; evidence in {}",
        tally(summary),
        summary.exit_code,
        exit_meaning(summary.exit_code),
        summary.directory().display()
    )
}

/// `2 scenarios: 1 passed, 1 failed; 42 findings`.
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
    let scenarios = of(summary.outcomes.len() as u64, "scenario");
    let counts = if counts.is_empty() {
        scenarios
    } else {
        format!("{scenarios}: {}", counts.join(", "))
    };
    format!("{counts}; {}", of(findings, "finding"))
}

fn scenario(page: &mut Page, summary: &RunSummary, outcome: &Outcome) {
    page.line(
        0,
        &[
            (Tone::Of(outcome.verdict), &outcome.verdict.to_string()),
            (Tone::Plain, "  "),
            (Tone::Strong, &outcome.scenario),
            (Tone::Faint, &format!("  {}", outcome.place)),
        ],
    );
    page.row(2, Tone::Faint, "load", &load(outcome));
    page.row(2, Tone::Faint, "response time", &response_time(outcome));
    for verdict in [Verdict::Fail, Verdict::Inconclusive] {
        for judgement in answered(outcome, verdict) {
            page.row(
                2,
                Tone::Of(verdict),
                &verdict.to_string(),
                &asked(judgement),
            );
            page.more(&format!("because: {}", judgement.reason));
        }
    }
    failed_steps(page, outcome);
    for judgement in answered(outcome, Verdict::Pass) {
        let text = format!("{}: {}", asked(judgement), judgement.reason);
        page.row(2, Tone::Of(Verdict::Pass), "PASS", &text);
    }
    findings(page, summary, outcome);
    for event in events(outcome) {
        page.row(2, Tone::Faint, "scale event", &event);
    }
    page.row(2, Tone::Faint, "coverage", &coverage(outcome));
    page.row(2, Tone::Faint, "sessions", &sessions(outcome));
    if outcome.instances.len() > 1 {
        page.row(2, Tone::Faint, "answers from", &instances(outcome));
    }
    for note in &outcome.notes {
        page.row(2, Tone::Faint, "note", note);
    }
    if outcome.interrupted {
        page.row(
            2,
            Tone::Strong,
            "interrupted",
            "the load was stopped by the user",
        );
    }
}

fn answered(outcome: &Outcome, verdict: Verdict) -> impl Iterator<Item = &Judgement> {
    outcome
        .judgements
        .iter()
        .filter(move |judgement| judgement.verdict == verdict)
}

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
    format!(
        "{users}, {achieved:.2} of {} for {:.1} s, {} missed",
        load.governed_tps,
        load.duration.as_secs_f64(),
        count(load.missed)
    )
}

fn response_time(outcome: &Outcome) -> String {
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

fn failed_steps(page: &mut Page, outcome: &Outcome) {
    for step in outcome.steps.iter().filter(|step| step.tally.failed > 0) {
        let text = format!(
            "{}  {}: {} of {} executions",
            step.place,
            step.text,
            count(step.tally.failed),
            count(step.tally.executed())
        );
        page.row(2, Tone::Of(Verdict::Fail), "failed step", &text);
        if let Some((reason, times)) = step.tally.most_common() {
            page.more(&format!("{} × {reason}", count(times)));
        }
    }
}

fn findings(page: &mut Page, summary: &RunSummary, outcome: &Outcome) {
    let mut by_rule: BTreeMap<Rule, Vec<&Finding>> = BTreeMap::new();
    for finding in &outcome.findings {
        by_rule.entry(finding.rule).or_default().push(finding);
    }
    for (rule, found) in by_rule {
        for finding in found.iter().take(MOST_SHOWN) {
            page.gap();
            page.line(
                2,
                &[
                    (Tone::Of(Verdict::Fail), heading(rule)),
                    (Tone::Strong, &format!("  {rule}  {}", who(finding))),
                ],
            );
            for (label, text) in details(finding) {
                page.row(4, Tone::Faint, label, &text);
            }
        }
        let total = outcome.violations_of(rule).max(found.len() as u64);
        let more = total - found.len().min(MOST_SHOWN) as u64;
        if more > 0 {
            let path = summary.directory().join("findings.jsonl");
            let text = format!("and {} more {rule} in {}", count(more), path.display());
            page.line(2, &[(Tone::Strong, &text)]);
        }
    }
    if !outcome.findings.is_empty() {
        page.gap();
    }
}

/// Each scale event with its times.
pub(super) fn events(outcome: &Outcome) -> Vec<String> {
    outcome
        .events
        .iter()
        .map(|event| {
            let mut text = format!("{} asked at {}", event.kind, event.requested);
            if let Some(reached) = event.time_to_reach() {
                text.push_str(&format!(", reached after {}", time(reached)));
            }
            if let Some(answer) = event.time_to_first_answer() {
                text.push_str(&format!(
                    ", first answer of a new instance after {}",
                    time(answer)
                ));
            }
            if let Some(settled) = event.settled {
                text.push_str(&format!(", steady at {settled}"));
            }
            if let Some(why) = event.unproven() {
                text.push_str(&format!("; not proven: {why}"));
            }
            text
        })
        .collect()
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
        (seen.cut_bodies, "body cut short"),
        (seen.unreadable_bodies, "unreadable body"),
    ] {
        if number > 0 {
            // "3 × body cut short" needs no plural.
            text.push_str(&format!(", {} × {what}", count(number)));
        }
    }
    text
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
        text.push_str(&format!(
            " ({} during scale events), {} moved to another instance, {} stayed",
            count(sessions.lost_during_events),
            count(sessions.moved),
            count(sessions.stayed)
        ));
    }
    text
}

fn instances(outcome: &Outcome) -> String {
    let shares: Vec<String> = outcome
        .instances
        .iter()
        .map(|(id, answers)| format!("{id} {}", count(*answers)))
        .collect();
    shares.join(", ")
}
