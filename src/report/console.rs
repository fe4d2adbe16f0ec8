//! The end of a run on the console.

use std::collections::BTreeMap;

use crate::campaign::Outcome;
use crate::model::{Finding, Judgement, Rule, Verdict};

use super::figures::count;
use super::finding_text::{details, heading, who};
use super::hazard_text;
use super::incident_text::{MOST_FINDINGS, dealt, rows, title};
use super::page::{Page, Tone};
use super::scale_text;
use super::stage_text::stages;
use super::words::{asked, confidence, coverage, instances, load, response_time, sessions, tally};
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
    hazards(page, outcome);
    for stage in stages(outcome) {
        page.row(2, Tone::Faint, "stage", &stage);
    }
    for block in scale_text::blocks(outcome) {
        for (at, (label, text)) in block.iter().enumerate() {
            let indent = if at == 0 { 2 } else { 4 };
            page.row(indent, Tone::Faint, label, text);
        }
    }
    page.row(2, Tone::Faint, "coverage", &coverage(outcome));
    for text in confidence(outcome) {
        page.row(2, Tone::Faint, "confidence", &text);
    }
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

/// Incidents lead; some of their findings stand below each.
fn findings(page: &mut Page, summary: &RunSummary, outcome: &Outcome) {
    let (of_incidents, others) = dealt(&outcome.incidents, &outcome.findings);
    let folder = summary.directory().display().to_string();
    for (incident, found) in outcome.incidents.iter().zip(of_incidents) {
        page.gap();
        let (heading, rest) = title(incident);
        page.line(
            2,
            &[
                (Tone::Of(Verdict::Fail), heading),
                (Tone::Strong, &format!("  {rest}")),
            ],
        );
        for (label, text) in rows(incident, &folder) {
            page.row(4, Tone::Faint, label, &text);
        }
        let shown = found.iter().take(MOST_FINDINGS);
        for finding in shown.clone() {
            let line = format!("finding {}  {}", finding.number, who(finding));
            page.line(4, &[(Tone::Strong, &line)]);
            for (label, text) in details(finding) {
                page.row(6, Tone::Faint, label, &text);
            }
        }
        let more = incident.findings.saturating_sub(shown.count() as u64);
        if more > 0 {
            let text = format!("and {} more in {folder}/findings.jsonl", count(more));
            page.line(4, &[(Tone::Strong, &text)]);
        }
    }
    if !others.is_empty() || outcome.incidents.is_empty() {
        rule_by_rule(page, summary, outcome, &others);
    } else {
        page.gap();
    }
}

/// Findings of no incident.
fn rule_by_rule(page: &mut Page, summary: &RunSummary, outcome: &Outcome, others: &[&Finding]) {
    let mut by_rule: BTreeMap<Rule, Vec<&Finding>> = BTreeMap::new();
    for finding in others {
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
    if !others.is_empty() {
        page.gap();
    }
}

/// Weaknesses without a violation: for the reader to weigh.
fn hazards(page: &mut Page, outcome: &Outcome) {
    for hazard in outcome.hazards.iter().take(hazard_text::MOST_SHOWN) {
        let title = format!("  {}", hazard_text::title(hazard));
        page.line(2, &[(Tone::Strong, "HAZARD"), (Tone::Plain, &title)]);
        for (label, text) in hazard_text::details(hazard) {
            page.row(4, Tone::Faint, label, &text);
        }
    }
    let more = outcome
        .hazards
        .len()
        .saturating_sub(hazard_text::MOST_SHOWN);
    if more > 0 {
        let text = format!("and {} more hazards in hazards.jsonl", count(more as u64));
        page.line(2, &[(Tone::Strong, &text)]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{
        findings as judged, hazard, incidents, judgement, outcome, seen, summary, swapped,
    };
    use super::*;

    #[test]
    fn a_finding_is_told_in_full() {
        let outcome = outcome(judged(&[seen(3, 1), swapped(17, 3, 2)]));
        insta::assert_snapshot!(summary_text(&summary(vec![outcome]), false), @r#"
        FAIL  Booking  features/booking.feature:12
          load            50 users, 49.90 of 50 TPS for 20.0 s, 2 missed
          response time   median 20.0 ms, 90 % 20.0 ms, 99 % 20.0 ms; 100 transactions, 1.00 % errors (1 × status 500)
          FAIL            no user sees another user's data
                          because: what it rests on
          PASS            the load was applied: 49.90 of 50 TPS

          DATA SWAP  foreign-data  user u000017 saw owner u000003
            what          u000017 saw email of u000003 in JSON $['email']
            field         JSON $['email'] (email, a…t (23))
            request       GET /me -> 200, request id 00000000-1f3a-8000-8000-044000000002, instance n1/3f2a, window during, iteration 1, from 3.214 s to 3.260 s
            step          features/booking.feature:14  When the user sends GET "/me"
            overlap       u000003 had GET /me in flight (features/booking.feature:14) from 3.214 s to 3.260 s
            overlap       u000003 had GET /me in flight (features/booking.feature:14) from 3.214 s on, not yet answered
            trace         00-000000001f3a80008000044000000002-8000044000000003-01
            why private   `email` was generated for u000003 and is private to that user; the request did not send it

          coverage        looked at 2 990 responses of 50 users, 41 200 sightings of users' own facts, knew 500 facts, 1 225 pairs of users overlapped
          sessions        50 established, 50 alive at the end, 0 lost

        FAIL  1 scenario: 1 failed; 1 finding; exit code 4: a user may have seen another user's data; evidence in target/fpt/2026-11-22T03-30-12Z-1f3a
        "#);
    }

    #[test]
    fn hazards_are_told_and_fail_nothing() {
        let mut passed = outcome(Vec::new());
        passed.hazards = vec![hazard()];
        let text = summary_text(&summary(vec![passed]), false);
        let (_, told) = text.split_once("  HAZARD").unwrap();
        let (told, rest) = told.split_once("  coverage").unwrap();
        insta::assert_snapshot!(told.trim(), @r#"
        2 × cacheable-private-response at GET /me
            what          a shared cache may keep it
            where         header cache-control
            first         u000003 at 3.214 s, 200, request id 00000000-1f3a-8000-8000-00c000000001, instance n1/3f2a
            step          features/booking.feature:14  When the user sends GET "/me"
        "#);
        assert!(
            rest.contains("PASS  1 scenario: 1 passed; 0 findings, 1 hazard;"),
            "{rest}"
        );
    }

    #[test]
    fn incidents_lead() {
        let observations: Vec<_> = (10..52)
            .map(|user| swapped(user, 3, u64::from(user)))
            .collect();
        let mut outcome = outcome(judged(&observations));
        outcome.incidents = incidents(&observations);
        let text = summary_text(&summary(vec![outcome]), false);
        let from = text.find("DATA SWAP").unwrap();
        let to = text.find("finding 1").unwrap();
        insta::assert_snapshot!(text[from..to].trim_end(), @r"
        DATA SWAP  incident 1  foreign-data  42 findings on GET /me, email in JSON $['email']
            pattern       no pattern recognised
            but           in 0 of 42 findings the owner had a request on the same route under way at the same time
            look at       the findings one by one: their overlapping requests, instance and time; a longer run gives more to compare
            who           42 users saw data of 1 user
            when          from 3.260 s to 3.260 s; window during 42; instance n1/3f2a 42
            where         GET /me, email in JSON $['email']  features/booking.feature:14
            reproduce     fpt reproduce target/fpt/2026-11-22T03-30-12Z-1f3a 1
        ");
        assert!(text.contains("1 incident, 42 findings"), "{text}");
        assert!(
            text.contains("finding 2  user u000011 saw owner u000003"),
            "{text}"
        );
        assert!(text.contains("and 40 more in target/fpt/"), "{text}");
        assert_eq!(text.matches("DATA SWAP").count(), 1);
    }

    #[test]
    fn many_findings_are_counted() {
        let observations: Vec<_> = (10..52).map(|user| swapped(user, 3, 2)).collect();
        let mut outcome = outcome(judged(&observations));
        // More than were written.
        outcome.violations.insert(Rule::ForeignData, 2_000);
        let text = summary_text(&summary(vec![outcome]), false);
        assert_eq!(text.matches("DATA SWAP").count(), MOST_SHOWN);
        let path = "target/fpt/2026-11-22T03-30-12Z-1f3a/findings.jsonl";
        let more = format!("  and 1 995 more foreign-data in {path}\n");
        assert!(text.contains(&more), "{text}");
    }

    #[test]
    fn failures_come_before_passes_and_colour_only_when_asked() {
        let mut open = outcome(Vec::new());
        let never = judgement("every session survived", Verdict::Inconclusive, "none seen");
        open.judgements.push(never);
        open.verdict = Verdict::Inconclusive;
        let summary = summary(vec![open]);
        let text = summary_text(&summary, false);
        let place = |what| text.find(what).unwrap();
        assert!(place("every session survived") < place("the load was applied"));
        assert!(!text.contains('\u{1b}'));
        assert!(summary_text(&summary, true).contains("\u{1b}[1m\u{1b}[33mINCONCLUSIVE\u{1b}[0m"));
    }

    #[test]
    fn a_hostile_service_controls_nothing() {
        const EVIL: &str = "\u{1b}]0;owned\u{7}\n::error::x\r##vso[task.complete]\u{202e}\u{9b}2J";
        let mut found = judged(&[swapped(17, 3, 2)]);
        found[0].message = EVIL.to_owned();
        found[0].witness.route = EVIL.to_owned();
        found[0].witness.window = EVIL.to_owned();
        found[0].witness.held_private = Some(EVIL.to_owned());
        let mut outcome = outcome(found);
        outcome.scenario = EVIL.to_owned();
        outcome.notes = vec![EVIL.to_owned()];
        outcome
            .judgements
            .push(judgement(EVIL, Verdict::Fail, EVIL));
        outcome
            .measures
            .total
            .error_classes
            .insert(EVIL.to_owned(), 1);
        let mut summary = summary(vec![outcome]);
        summary.trouble = Some(EVIL.to_owned());
        let text = summary_text(&summary, false);
        let hidden = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!text.contains(hidden), "{text:?}");
        assert!(!text.contains("##"), "{text}");
        let speaks = |line: &str| line.trim_start().starts_with("::");
        assert!(!text.lines().any(speaks), "{text}");
    }
}
