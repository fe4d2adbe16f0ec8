//! `summary.md`: the run on the page of a CI job.

use crate::campaign::Outcome;
use crate::model::Verdict;

use super::clean::markdown;
use super::console::{MOST_SHOWN, asked, coverage, events, load, sessions, tally};
use super::figures::{count, time_or_dash};
use super::finding_text::{details, heading, who};
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
    out.push_str(&format!("{}\n", markdown(&facts)));
    if summary.interrupted {
        out.push_str("\n**Interrupted**: this is about the part that ran.\n");
    }
    if let Some(trouble) = &summary.trouble {
        out.push_str(&format!("\n**Evidence**: {}\n", markdown(trouble)));
    }
    if !summary.outcomes.is_empty() {
        table(&mut out, summary);
    }
    for outcome in &summary.outcomes {
        scenario(&mut out, outcome);
    }
    for note in &summary.profile.notes {
        out.push_str(&format!("\nNote: {}\n", markdown(note)));
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
        out.push_str(&format!(
            "| {} | {}<br>{} | {} | {} | {} | {} | {errors} | {} |\n",
            outcome.verdict,
            markdown(&outcome.scenario),
            markdown(&outcome.place.to_string()),
            markdown(&load(outcome)),
            part(50.0),
            part(90.0),
            part(99.0),
            count(outcome.violations.values().sum()),
        ));
    }
}

fn scenario(out: &mut String, outcome: &Outcome) {
    out.push_str(&format!(
        "\n### {}: {}\n\n",
        outcome.verdict,
        markdown(&outcome.scenario)
    ));
    for verdict in [Verdict::Fail, Verdict::Inconclusive, Verdict::Pass] {
        let answered = outcome.judgements.iter();
        for judgement in answered.filter(|own| own.verdict == verdict) {
            out.push_str(&format!(
                "- **{verdict}** {}: {}\n",
                markdown(&asked(judgement)),
                markdown(&judgement.reason)
            ));
        }
    }
    let mut item = |label: &str, text: &str| {
        out.push_str(&format!("- {label}: {}\n", markdown(text)));
    };
    for event in events(outcome) {
        item("scale event", &event);
    }
    item("coverage", &coverage(outcome));
    item("sessions", &sessions(outcome));
    for note in &outcome.notes {
        item("note", note);
    }
    for (rule, violations) in &outcome.violations {
        let of_rule = outcome.findings.iter().filter(|own| own.rule == *rule);
        let mut shown = 0;
        for finding in of_rule.take(MOST_SHOWN) {
            shown += 1;
            out.push_str(&format!(
                "\n**{}** {rule}: {}\n\n",
                heading(*rule),
                markdown(&who(finding))
            ));
            for (label, text) in details(finding) {
                out.push_str(&format!("- {label}: {}\n", markdown(&text)));
            }
        }
        if *violations > shown {
            out.push_str(&format!(
                "\nAnd {} more {rule} in findings.jsonl.\n",
                count(violations - shown)
            ));
        }
    }
}
