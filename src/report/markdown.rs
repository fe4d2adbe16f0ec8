//! `summary.md`: the run on the page of a CI job.

// Writing to a text never fails, so results are dropped.
use std::fmt::Write as _;

use crate::campaign::Outcome;
use crate::model::Verdict;

use super::clean::markdown;
use super::console::MOST_SHOWN;
use super::figures::{count, time_or_dash};
use super::finding_text::{details, heading, who};
use super::hazard_text;
use super::incident_text::{MOST_FINDINGS, dealt, rows, title};
use super::scale_text;
use super::stage_text::stages;
use super::words::{asked, confidence, coverage, load, sessions, tally};
use super::{RunSummary, exit_meaning};

/// What came of the run, as Markdown.
pub fn summary_markdown(summary: &RunSummary) -> String {
    let mut out = format!("## {}: {}\n\n", summary.verdict, markdown(&tally(summary)));
    let facts = format!(
        "Run {}, profile {}, target {}, seed {}; exit code {}: {}; evidence in {}.",
        summary.run_id,
        summary.profile.name,
        summary.profile.target,
        summary.profile.population.seed,
        summary.exit_code,
        exit_meaning(summary.exit_code),
        summary.directory().display()
    );
    let _ = writeln!(out, "{}", markdown(&facts));
    if summary.interrupted {
        out.push_str("\n**Interrupted**: this is about the part that ran.\n");
    }
    if let Some(trouble) = &summary.trouble {
        let _ = write!(out, "\n**Evidence**: {}\n", markdown(trouble));
    }
    if !summary.outcomes.is_empty() {
        table(&mut out, summary);
    }
    for outcome in &summary.outcomes {
        scenario(
            &mut out,
            outcome,
            &summary.directory().display().to_string(),
        );
    }
    for note in &summary.profile.notes {
        let _ = write!(out, "\nNote: {}\n", markdown(note));
    }
    out
}

fn table(out: &mut String, summary: &RunSummary) {
    out.push_str(
        "\n| Verdict | Scenario | Load | Median | 90 % | 99 % | Errors | Findings |\n\
         |---|---|---|--:|--:|--:|--:|--:|\n",
    );
    for outcome in &summary.outcomes {
        let total = &outcome.measures.total;
        let part = |percent| time_or_dash(total.response_time.percentile(percent));
        let errors = total
            .error_rate()
            .map_or_else(|| "-".to_owned(), |rate| format!("{:.2} %", rate * 100.0));
        let _ = writeln!(
            out,
            "| {} | {}<br>{} | {} | {} | {} | {} | {errors} | {} |",
            outcome.verdict,
            markdown(&outcome.scenario),
            markdown(&outcome.place.to_string()),
            markdown(&load(outcome)),
            part(50.0),
            part(90.0),
            part(99.0),
            count(outcome.violations.values().sum())
        );
    }
}

fn scenario(out: &mut String, outcome: &Outcome, folder: &str) {
    let _ = write!(
        out,
        "\n### {}: {}\n\n",
        outcome.verdict,
        markdown(&outcome.scenario)
    );
    for verdict in [Verdict::Fail, Verdict::Inconclusive, Verdict::Pass] {
        let answered = outcome.judgements.iter();
        for judgement in answered.filter(|own| own.verdict == verdict) {
            let _ = writeln!(
                out,
                "- **{verdict}** {}: {}",
                markdown(&asked(judgement)),
                markdown(&judgement.reason)
            );
        }
    }
    for block in scale_text::blocks(outcome) {
        for (at, (label, text)) in block.iter().enumerate() {
            let indent = if at == 0 { "" } else { "  " };
            let _ = writeln!(out, "{indent}- {label}: {}", markdown(text));
        }
    }
    let mut item = |label: &str, text: &str| {
        let _ = writeln!(out, "- {label}: {}", markdown(text));
    };
    for stage in stages(outcome) {
        item("stage", &stage);
    }
    item("coverage", &coverage(outcome));
    for text in confidence(outcome) {
        item("confidence", &text);
    }
    item("sessions", &sessions(outcome));
    for note in &outcome.notes {
        item("note", note);
    }
    findings(out, outcome, folder);
}

/// Incidents lead; some of their findings stand below each.
fn findings(out: &mut String, outcome: &Outcome, folder: &str) {
    let (of_incidents, others) = dealt(&outcome.incidents, &outcome.findings);
    for (incident, found) in outcome.incidents.iter().zip(of_incidents) {
        let (heading, rest) = title(incident);
        let _ = write!(out, "\n**{heading}** {}\n\n", markdown(&rest));
        for (label, text) in rows(incident, folder) {
            let _ = writeln!(out, "- {label}: {}", markdown(&text));
        }
        let shown = found.iter().take(MOST_FINDINGS);
        for finding in shown.clone() {
            let line = format!("finding {}: {}", finding.number, who(finding));
            let _ = writeln!(out, "- {}", markdown(&line));
            for (label, text) in details(finding) {
                let _ = writeln!(out, "  - {label}: {}", markdown(&text));
            }
        }
        let more = incident.findings.saturating_sub(shown.count() as u64);
        if more > 0 {
            let _ = writeln!(out, "- and {} more in findings.jsonl", count(more));
        }
    }
    if others.is_empty() {
        return;
    }
    for (rule, violations) in &outcome.violations {
        let of_rule = others.iter().filter(|own| own.rule == *rule);
        let mut shown = 0;
        for finding in of_rule.take(MOST_SHOWN) {
            shown += 1;
            let _ = write!(
                out,
                "\n**{}** {rule}: {}\n\n",
                heading(*rule),
                markdown(&who(finding))
            );
            for (label, text) in details(finding) {
                let _ = writeln!(out, "- {label}: {}", markdown(&text));
            }
        }
        if *violations > shown {
            let _ = write!(
                out,
                "\nAnd {} more {rule} in findings.jsonl.\n",
                count(violations - shown)
            );
        }
    }
    for hazard in outcome.hazards.iter().take(hazard_text::MOST_SHOWN) {
        let title = hazard_text::title(hazard);
        let _ = write!(out, "\n**HAZARD** {}\n\n", markdown(&title));
        for (label, text) in hazard_text::details(hazard) {
            let _ = writeln!(out, "- {label}: {}", markdown(&text));
        }
    }
    let more = outcome
        .hazards
        .len()
        .saturating_sub(hazard_text::MOST_SHOWN);
    if more > 0 {
        let _ = write!(
            out,
            "\nAnd {} more hazards in hazards.jsonl.\n",
            count(more as u64)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{findings, judgement, outcome, seen, summary, swapped};
    use super::*;

    #[test]
    fn a_run_on_a_page() {
        let found = findings(&[seen(3, 1), swapped(17, 3, 2)]);
        let summary = summary(vec![outcome(Vec::new()), outcome(found)]);
        insta::assert_snapshot!(summary_markdown(&summary), @r#"
        ## FAIL: 2 scenarios: 1 passed, 1 failed; 1 finding

        Run 2026-11-22T03-30-12Z-1f3a, profile virtualized, target bundled, seed 1; exit code 4: a user may have seen another user's data; evidence in target/fpt/2026-11-22T03-30-12Z-1f3a.

        | Verdict | Scenario | Load | Median | 90 % | 99 % | Errors | Findings |
        |---|---|---|--:|--:|--:|--:|--:|
        | PASS | Booking<br>features/booking.feature:12 | 50 users, 49.90 of 50 TPS for 20.0 s, 2 missed | 20.0 ms | 20.0 ms | 20.0 ms | 1.00 % | 0 |
        | FAIL | Booking<br>features/booking.feature:12 | 50 users, 49.90 of 50 TPS for 20.0 s, 2 missed | 20.0 ms | 20.0 ms | 20.0 ms | 1.00 % | 1 |

        ### PASS: Booking

        - **PASS** the load was applied: 49.90 of 50 TPS
        - **PASS** no user sees another user's data: what it rests on
        - coverage: looked at 2 990 responses of 50 users, 41 200 sightings of users' own facts, knew 500 facts, 1 225 pairs of users overlapped
        - sessions: 50 established, 50 alive at the end, 0 lost

        ### FAIL: Booking

        - **FAIL** no user sees another user's data: what it rests on
        - **PASS** the load was applied: 49.90 of 50 TPS
        - coverage: looked at 2 990 responses of 50 users, 41 200 sightings of users' own facts, knew 500 facts, 1 225 pairs of users overlapped
        - sessions: 50 established, 50 alive at the end, 0 lost

        **DATA SWAP** foreign-data: user u000017 saw owner u000003

        - what: u000017 saw email of u000003 in JSON $\['email'\]
        - field: JSON $\['email'\] (email, a…t (23))
        - request: GET /me -&gt; 200, request id 00000000-1f3a-8000-8000-044000000002, instance n1/3f2a, window during, iteration 1, from 3.214 s to 3.260 s
        - step: features/booking.feature:14  When the user sends GET "/me"
        - overlap: u000003 had GET /me in flight (features/booking.feature:14) from 3.214 s to 3.260 s
        - overlap: u000003 had GET /me in flight (features/booking.feature:14) from 3.214 s on, not yet answered
        - trace: 00-000000001f3a80008000044000000002-8000044000000003-01
        - why private: \`email\` was generated for u000003 and is private to that user; the request did not send it
        "#);
    }

    #[test]
    fn a_hostile_service_marks_nothing_up() {
        let mut outcome = outcome(Vec::new());
        let evil = "a|b\n# <img src=x> ![x](https://e.test) `c`";
        outcome.scenario = evil.to_owned();
        outcome.notes = vec![evil.to_owned()];
        outcome.judgements = vec![judgement(evil, Verdict::Fail, evil)];
        let page = summary_markdown(&summary(vec![outcome]));
        assert!(!page.contains("<img"), "{page}");
        assert!(!page.contains("://"), "{page}");
        assert!(!page.contains("!["), "{page}");
        assert!(!page.lines().any(|line| line.starts_with("# ")), "{page}");
        let row = page
            .lines()
            .find(|line| line.starts_with("| ") && line.contains("img"));
        assert_eq!(row.unwrap().replace("\\|", "").matches('|').count(), 9);
    }
}
