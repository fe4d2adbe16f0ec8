//! Findings in words, for the console, the log and Markdown alike.

// Writing to a text never fails, so results are dropped.
use std::fmt::Write as _;

use crate::model::{Finding, Rule, Spot};

/// Requests of the owner that are shown of each finding.
const MOST_OVERLAPS: usize = 3;

/// What people call a violation of `rule`.
pub(super) fn heading(rule: Rule) -> &'static str {
    match rule {
        Rule::ForeignData | Rule::UnknownIdentity | Rule::WrongResponse | Rule::SessionSwap => {
            "DATA SWAP"
        }
        Rule::AccessGranted => "ACCESS GRANTED",
        Rule::SessionLost => "SESSION LOST",
        Rule::SessionOutlived => "SESSION OUTLIVED",
        Rule::SessionRollback => "SESSION ROLLBACK",
        Rule::LostWrite => "LOST WRITE",
        Rule::StaleRead => "STALE READ",
        Rule::DoubleBooking => "DOUBLE BOOKING",
        Rule::PhantomWrite => "PHANTOM WRITE",
    }
}

/// Who, and whose.
pub(super) fn who(finding: &Finding) -> String {
    match finding.owner {
        Some(owner) if finding.rule == Rule::DoubleBooking => {
            format!("user {} got what belonged to {owner}", finding.user)
        }
        Some(owner) => format!("user {} saw owner {owner}", finding.user),
        None => format!("user {}", finding.user),
    }
}

/// The finding on one line, for logs.
pub(super) fn one_line(finding: &Finding) -> String {
    let witness = &finding.witness;
    let mut line = format!("{} user={}", heading(finding.rule), finding.user);
    if let Some(owner) = finding.owner {
        let saw = match finding.rule {
            Rule::DoubleBooking => "got from",
            _ => "saw",
        };
        let _ = write!(line, " {saw} owner={owner}");
    }
    match &witness.spot {
        Some(Spot::Json(path)) => {
            let _ = write!(line, " field={path}");
        }
        Some(spot) => {
            let _ = write!(line, " field={spot}");
        }
        None => {}
    }
    let _ = write!(
        line,
        " request={} step={} window={} rule={}",
        witness.route, witness.step.place, witness.window, finding.rule
    );
    line
}

/// The finding's details, each with its label.
pub(super) fn details(finding: &Finding) -> Vec<(&'static str, String)> {
    let witness = &finding.witness;
    let mut rows = vec![("what", finding.message.clone())];
    if let Some(field) = field(finding) {
        rows.push(("field", field));
    }
    rows.push(("request", request(finding)));
    rows.push((
        "step",
        format!("{}  {}", witness.step.place, witness.step.text),
    ));
    if let Some(write) = &witness.write {
        rows.push((
            "write",
            format!(
                "{} ({}), request id {}, from {} to {}",
                write.route,
                write.place,
                write.request,
                write.sent,
                write.done.unwrap_or(write.sent)
            ),
        ));
    }
    for passage in witness.overlapping.iter().take(MOST_OVERLAPS) {
        let owner = passage.request.user();
        let until = match passage.done {
            Some(done) => format!("to {done}"),
            None => "on, not yet answered".to_owned(),
        };
        rows.push((
            "overlap",
            format!(
                "{owner} had {} in flight ({}) from {} {until}",
                passage.route, passage.place, passage.sent
            ),
        ));
    }
    if let Some(more) = witness.overlapping.len().checked_sub(MOST_OVERLAPS)
        && more > 0
    {
        rows.push(("overlap", format!("and {more} more")));
    }
    for provoked in &witness.provoked {
        rows.push((
            "provoked",
            format!(
                "{}: {} (request id {}, {} times by then)",
                provoked.what, provoked.when, provoked.request, provoked.times
            ),
        ));
    }
    rows.push(("trace", witness.traceparent.clone()));
    if let Some(why) = &witness.held_private {
        rows.push(("why private", why.clone()));
    }
    rows
}

fn field(finding: &Finding) -> Option<String> {
    let witness = &finding.witness;
    let spot = witness.spot.as_ref()?;
    let fact = witness.fact.as_deref();
    let value = match (fact, witness.value_preview.as_deref()) {
        (None, None) => String::new(),
        (Some(one), None) | (None, Some(one)) => format!(" ({one})"),
        (Some(fact), Some(preview)) => format!(" ({fact}, {preview})"),
    };
    Some(format!("{spot}{value}"))
}

fn request(finding: &Finding) -> String {
    let witness = &finding.witness;
    let status = witness
        .status
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let mut text = format!(
        "{} -> {status}, request id {}",
        witness.route, witness.request
    );
    if let Some(instance) = &witness.instance {
        let _ = write!(text, ", instance {instance}");
    }
    if witness.hop > 0 {
        let _ = write!(text, ", redirect {}", witness.hop);
    }
    let _ = write!(
        text,
        ", window {}, iteration {}, from {} to {}",
        witness.window, witness.iteration, witness.sent, witness.done
    );
    text
}
