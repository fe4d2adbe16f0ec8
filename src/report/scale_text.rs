//! Scale events in words, for the console and Markdown alike: one block each.

// Writing to a text never fails, so results are dropped.
use std::fmt::Write as _;
use std::time::Duration;

use crate::campaign::{EventMeasures, Outcome, ScaleFigures, Window};
use crate::model::Rule;
use crate::scaling::EventKind;

use super::figures::{count, of, time, time_or_dash};

/// Instances whose shares are told.
const MOST_SHARES: usize = 8;

/// The rows of each event, with their labels; the first one is the event itself.
pub(super) fn blocks(outcome: &Outcome) -> Vec<Vec<(&'static str, String)>> {
    let measured = outcome.scale_figures.iter().flat_map(|scaling| {
        let events = scaling.events.iter();
        events.map(move |event| block(scaling, event))
    });
    let never = outcome.events.iter().filter(|event| !event.began());
    let never = never.map(|event| {
        let why = event.unproven().unwrap_or_default();
        vec![("scale event", format!("{}: not proven: {why}", event.kind))]
    });
    measured.chain(never).collect()
}

fn block(scaling: &ScaleFigures, event: &EventMeasures) -> Vec<(&'static str, String)> {
    let [before, during, after] = event.windows.map(|number| &scaling.windows[number]);
    let mut head = format!(
        "{}. {} asked at {}",
        event.number, event.name, event.requested
    );
    if let Some(why) = &event.unproven {
        let _ = write!(head, "; not proven: {why}");
    }
    let mut rows = vec![("scale event", head)];
    if let Some(times) = times(event) {
        rows.push(("time to scale", times));
    }
    if event.windows[0] == 0 {
        // Those of the others are the ones after the event before.
        rows.push(("before", window(before)));
    }
    rows.push(("during", window(during)));
    rows.push(("after", window(after)));
    if let Some(exposed) = exposed(event) {
        rows.push(("exposed", exposed));
    }
    rows.push(("recovery", recovery(event)));
    if let Some(compared) = compared(event) {
        rows.push(("compared", compared));
    }
    let own = event.sessions;
    if own.crossed() + own.unknown + own.unasked > 0 {
        let mut text = format!(
            "{} stayed, {} moved, {} lost",
            count(own.stayed),
            count(own.moved),
            count(own.lost)
        );
        if own.unknown > 0 {
            let _ = write!(text, ", {} answered by errors alone", count(own.unknown));
        }
        if own.unasked > 0 {
            let _ = write!(text, ", {} not seen again", count(own.unasked));
        }
        rows.push(("sessions", text));
    }
    if let Some(shares) = shares(event) {
        rows.push(("shares", shares));
    }
    if event.kind == EventKind::NoOp {
        let text =
            "nothing was done: what differs between these windows is the noise of the method";
        rows.push(("control", text.to_owned()));
    }
    rows.extend(event.hints.iter().map(|hint| ("hint", hint.clone())));
    rows
}

/// Each part from the request on.
fn times(event: &EventMeasures) -> Option<String> {
    let own = event.times;
    let told: Vec<String> = [
        ("accepted", own.accepted),
        ("decided", own.decided),
        ("ready", own.ready),
        ("first answer", own.first_answer),
        ("fair share", own.fair_share),
        ("steady", own.settled),
    ]
    .into_iter()
    .filter_map(|(what, after)| Some(format!("{what} after {}", time(after?))))
    .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn window(own: &Window) -> String {
    let length = time(own.end.since(own.begin));
    if own.transactions == 0 {
        return format!("{length} without a transaction");
    }
    let tps = own.tps.map_or_else(String::new, |tps| {
        format!(", {tps:.1} of {} TPS", own.governed_tps)
    });
    let mut text = format!(
        "{} in {length}{tps}; 50 % {}, 90 % {}, 99 % {}; {} failed ({:.2} %)",
        of(own.transactions, "transaction"),
        time_or_dash(own.response_time.percentile(50.0)),
        time_or_dash(own.response_time.percentile(90.0)),
        time_or_dash(own.response_time.percentile(99.0)),
        count(own.errors),
        own.error_rate().unwrap_or_default() * 100.0
    );
    if !own.troubles.is_empty() {
        let met: Vec<String> = own
            .troubles
            .iter()
            .map(|(trouble, times)| format!("{} × {trouble}", count(*times)))
            .collect();
        let _ = write!(text, ": {}", met.join(", "));
    }
    if let Some(longest) = own
        .longest_burst
        .filter(|longest| *longest > Duration::ZERO)
    {
        let _ = write!(text, "; longest burst {}", time(longest));
    }
    let rules = own.rules.iter().filter(|(rule, _)| {
        matches!(
            rule,
            Rule::StaleRead | Rule::SessionRollback | Rule::LostWrite | Rule::SessionLost
        )
    });
    for (rule, times) in rules {
        let _ = write!(text, "; {} × {rule}", count(*times));
    }
    text
}

fn exposed(event: &EventMeasures) -> Option<String> {
    let own = event.exposure?;
    let on = if own.victims_known {
        " on what went"
    } else {
        ""
    };
    let mut text = format!("{} in flight{on}", of(own.in_flight, "request"));
    if own.in_flight > 0 {
        let _ = write!(
            text,
            " ({} to write), {} lost ({} to write)",
            count(own.writes),
            count(own.lost),
            count(own.lost_writes)
        );
    }
    if let Some(expected) = own.expected {
        let _ = write!(text, "; {expected:.1} were to be expected");
    }
    if let (Some(times), Some(below)) = (own.repeat(), own.below) {
        let _ = write!(
            text,
            "; a rate of loss below {:.0} % is all that this shows (95 %), {} would show less than 5 %",
            below * 100.0,
            of(times, "such event")
        );
    }
    if own.in_flight == 0 {
        text.push_str("; whether such an event loses requests, it does not show");
    }
    Some(text)
}

fn recovery(event: &EventMeasures) -> String {
    let own = event.recovery;
    let mut text = match (own.time(), own.time_to_first()) {
        (Some(lasting), Some(first)) => format!(
            "sustained success after {} (first one after {}), {} failed until then",
            time(lasting),
            time(first),
            of(own.failed, "transaction")
        ),
        (None, Some(first)) => format!(
            "first success after {}, none that was seen to last; {} failed",
            time(first),
            of(own.failed, "transaction")
        ),
        _ => format!("no success, {} failed", of(own.failed, "transaction")),
    };
    let losses = event.losses;
    if losses.exposed > 0 || losses.lost > 0 {
        let _ = write!(
            text,
            "; {} of {} acknowledged writes lost",
            count(losses.lost),
            count(losses.exposed)
        );
    }
    if let Some(span) = losses.span {
        let _ = write!(
            text,
            ", the first of them acknowledged {} before",
            time(span)
        );
    }
    if let Some(widest) = losses.widest.filter(|widest| Some(*widest) > losses.span) {
        let _ = write!(
            text,
            ", or {} before the last event that may have lost it",
            time(widest)
        );
    }
    text
}

fn compared(event: &EventMeasures) -> Option<String> {
    let own = event.degradation?;
    Some(format!(
        "90 % after times {:.2} of before ({:.2} to {:.2} with 95 % confidence)",
        own.ratio, own.lower, own.upper
    ))
}

fn shares(event: &EventMeasures) -> Option<String> {
    let total: u64 = event.shares.iter().map(|own| own.answers).sum();
    if event.shares.len() < 2 || total == 0 {
        return None;
    }
    let mut told: Vec<String> = event
        .shares
        .iter()
        .take(MOST_SHARES)
        .map(|own| format!("{} {}", own.instance, count(own.answers)))
        .collect();
    if let Some(more) = event
        .shares
        .len()
        .checked_sub(MOST_SHARES)
        .filter(|n| *n > 0)
    {
        told.push(format!("{more} more in results.json"));
    }
    if event.answers_from_gone > 0 {
        told.push(format!(
            "{} from instances that were gone",
            count(event.answers_from_gone)
        ));
    }
    Some(told.join(", "))
}
