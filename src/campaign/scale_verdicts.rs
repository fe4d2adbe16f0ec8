//! Questions about what happened around scale events.
//!
//! Each is a pure function of the outcome. An event that did not provably
//! happen answers none of them, and neither does one that nothing was exposed to.

use std::time::Duration;

use crate::metrics::{Degradation, FEWEST, SUSTAINED};
use crate::model::Verdict;

use super::outcome::Outcome;
use super::promises;
use super::scale_measures::{EventMeasures, Losses, ScaleFigures, Survival, Window, fair};
use super::unknown;
use super::verdicts::{percent, verdict};

type Answer = (Verdict, String);

/// By how much the rate may rise for response times to be compared.
const MOST_RISE: f64 = 1.1;

/// Response times below which a percentile says nothing.
const FEWEST_SAMPLES: u64 = 20;

/// The figures around events, when there were events and all provably happened.
fn proven(outcome: &Outcome) -> Result<&ScaleFigures, Answer> {
    let open = |why: String| (Verdict::Inconclusive, why);
    let Some(scaling) = &outcome.scale_figures else {
        return Err(open("no scale event happened".to_owned()));
    };
    for event in &outcome.events {
        if let Some(why) = event.unproven() {
            return Err(open(format!("{}: {why}", event.kind)));
        }
    }
    if scaling.not_kept > 0 {
        return Err(open(format!(
            "the load was too long to keep every transaction: {} are in no window",
            scaling.not_kept
        )));
    }
    Ok(scaling)
}

/// The answer of `ask`, or why it cannot be asked.
fn with(outcome: &Outcome, ask: impl FnOnce(&ScaleFigures) -> Answer) -> Answer {
    match proven(outcome) {
        Ok(scaling) => ask(scaling),
        Err(open) => open,
    }
}

/// At most `most` percent of the transactions that events touched failed.
pub(super) fn error_rate(outcome: &Outcome, most: f64) -> Answer {
    with(outcome, |scaling| {
        let during = scaling.during();
        if during.transactions == 0 {
            let why = "no transaction was under way during a scale event";
            return (Verdict::Inconclusive, why.to_owned());
        }
        let rate = percent(during.errors, during.transactions);
        let reason = format!(
            "{} of {} transactions during scale events failed ({rate:.2} %), at most {most} % asked for",
            during.errors, during.transactions
        );
        if rate > most {
            return (Verdict::Fail, reason);
        }
        if let Some(event) = scaling.events.iter().find(|event| hit_nothing(event)) {
            let why = format!(
                "{reason}; and yet {} hit no request in flight: repeat it, or raise the rate",
                event.name
            );
            return (Verdict::Inconclusive, why);
        }
        let small = scaling.events.iter().filter_map(too_small);
        let reason = [reason].into_iter().chain(small).collect::<Vec<_>>();
        (Verdict::Pass, reason.join("; "))
    })
}

fn hit_nothing(event: &EventMeasures) -> bool {
    event.exposure.is_some_and(|own| own.in_flight == 0)
}

/// What the exposure of `event` is too small to show.
fn too_small(event: &EventMeasures) -> Option<String> {
    let exposure = event.exposure?;
    let times = exposure.repeat()?;
    Some(format!(
        "{} exposed {}, which shows a rate of loss below {:.0} % (95 %); {times} such events would show \
         less than 5 %",
        event.name,
        exposure.in_flight,
        exposure.below? * 100.0
    ))
}

/// At least `least` requests were in flight on what events lost at one moment.
pub(super) fn exposed(outcome: &Outcome, least: u64) -> Answer {
    with(outcome, |scaling| {
        let abrupt: Vec<_> = scaling
            .events
            .iter()
            .filter_map(|own| own.exposure)
            .collect();
        if abrupt.is_empty() {
            let why = "no event lost anything at one moment";
            return (Verdict::Inconclusive, why.to_owned());
        }
        let hit: u64 = abrupt.iter().map(|own| own.in_flight).sum();
        let writes: u64 = abrupt.iter().map(|own| own.writes).sum();
        let reason = format!(
            "{hit} requests were in flight at the scale events, {writes} of them writes; at least \
             {least} asked for"
        );
        if hit >= least {
            return (Verdict::Pass, reason);
        }
        (
            Verdict::Inconclusive,
            format!("{reason}: repeat the event, or raise the rate"),
        )
    })
}

/// No burst of errors was longer than `limit`.
pub(super) fn burst(outcome: &Outcome, limit: Duration) -> Answer {
    with(outcome, |scaling| {
        let asked = humantime::format_duration(limit);
        match scaling.longest_burst() {
            _ if outcome.measures.total.transactions == 0 => {
                (Verdict::Inconclusive, "nothing was measured".to_owned())
            }
            None => (Verdict::Pass, "no transaction failed".to_owned()),
            Some(longest) => (
                verdict(longest <= limit),
                format!(
                    "the longest burst of errors lasted {:.2} s, at most {asked} asked for",
                    longest.as_secs_f64()
                ),
            ),
        }
    })
}

/// Every instance gets at least half of an equal share.
pub(super) fn shares(outcome: &Outcome) -> Answer {
    with(outcome, |scaling| {
        let judged: Vec<Answer> = scaling
            .events
            .iter()
            .map(|event| {
                let (verdict, told) = fair(&event.shares).unwrap_or_else(|| too_few(event));
                (verdict, format!("after {}: {told}", event.name))
            })
            .collect();
        let worst = Verdict::all(judged.iter().map(|(verdict, _)| *verdict));
        let told: Vec<String> = judged
            .into_iter()
            .filter(|(verdict, _)| *verdict == worst)
            .map(|(_, told)| told)
            .collect();
        (worst, told.join("; "))
    })
}

/// Nobody can say whether the shares behind `event` are fair.
fn too_few(event: &EventMeasures) -> Answer {
    let answers: u64 = event.shares.iter().map(|own| own.answers).sum();
    let why = format!(
        "too few answers came from known instances: {answers} from {}, and 20 of each are needed",
        event.shares.len()
    );
    (Verdict::Inconclusive, why)
}

/// After each event the service recovers within `limit` (RTO).
pub(super) fn recovery(outcome: &Outcome, limit: Duration) -> Answer {
    with(outcome, |scaling| {
        let asked = humantime::format_duration(limit);
        let mut told = Vec::new();
        let mut verdicts = Vec::new();
        for event in &scaling.events {
            let recovery = event.recovery;
            let figures = format!("{} transactions failed", recovery.failed);
            let window = &scaling.windows[event.windows[2]];
            let lasted = window.end.since(recovery.outage);
            let (own, text) = match recovery.time() {
                Some(time) => (
                    verdict(time <= limit),
                    format!(
                        "sustained success after {:.2} s, {figures}",
                        time.as_secs_f64()
                    ),
                ),
                None if recovery.failed == 0 && event.exposure.is_none() => {
                    (Verdict::Pass, "no transaction failed".to_owned())
                }
                // Even the longest recovery that is allowed would have shown.
                None if lasted >= limit + SUSTAINED && window.tps.is_some_and(|tps| tps >= 4.0) => {
                    (
                        Verdict::Fail,
                        format!(
                            "no sustained success in {:.2} s, {figures}",
                            lasted.as_secs_f64()
                        ),
                    )
                }
                None => (
                    Verdict::Inconclusive,
                    format!(
                        "no sustained success was seen: it takes {} s of load after the recovery, \
                         with 20 transactions in them; {figures}",
                        SUSTAINED.as_secs()
                    ),
                ),
            };
            verdicts.push(own);
            told.push(format!("{}: {text}", event.name));
        }
        (
            Verdict::all(verdicts),
            format!("{}; {asked} asked for", told.join("; ")),
        )
    })
}

/// Writes lost at events were acknowledged at most `limit` before the outage (RPO).
pub(super) fn lost_span(outcome: &Outcome, limit: Duration) -> Answer {
    with(outcome, |scaling| {
        let asked = humantime::format_duration(limit);
        let exposed: u64 = scaling.events.iter().map(|own| own.losses.exposed).sum();
        let lost: u64 = scaling.events.iter().map(|own| own.losses.lost).sum();
        let all = outcome.violations_of(crate::model::Rule::LostWrite);
        if exposed == 0 {
            let why = "nothing was acknowledged as saved around the scale events";
            return (Verdict::Inconclusive, why.to_owned());
        }
        let read_back: u64 = outcome
            .coverage
            .consistency
            .kinds
            .values()
            .map(|counts| counts.read_back + counts.gone + counts.lost)
            .sum();
        if read_back == 0 {
            let why = "nothing was read back: say how, `saved \"…\" are listed by GET …`";
            return (Verdict::Inconclusive, why.to_owned());
        }
        let figures =
            format!("{lost} of {exposed} writes acknowledged around the scale events are lost");
        if all > lost {
            return (
                Verdict::Fail,
                format!("{figures}, and {} more that no event explains", all - lost),
            );
        }
        let longest = |of: fn(&Losses) -> Option<Duration>| {
            scaling
                .events
                .iter()
                .filter_map(|own| of(&own.losses))
                .max()
        };
        let (span, widest) = (longest(|own| own.span), longest(|own| own.widest));
        let figures = match (span, widest) {
            (Some(span), Some(widest)) if widest > span => format!(
                "{figures}: between {:.2} s of data, if the first event after them lost them, and \
                 {:.2} s, if the last one did; at most {asked} asked for",
                span.as_secs_f64(),
                widest.as_secs_f64()
            ),
            (Some(span), _) => format!(
                "{figures}: {:.2} s of data, at most {asked} asked for",
                span.as_secs_f64()
            ),
            _ => format!("{figures}; {asked} tolerated"),
        };
        if span.is_some_and(|span| span > limit) {
            return (Verdict::Fail, figures);
        }
        if widest.is_some_and(|widest| widest > limit) {
            return (Verdict::Inconclusive, figures);
        }
        let kinds = &outcome.coverage.consistency.kinds;
        let unread = kinds
            .iter()
            .find_map(|(kind, counts)| Some((kind, promises::unread(counts)?)));
        if let Some((kind, unread)) = unread {
            let why = format!(
                "{figures}; but {unread:.1} % of what was acknowledged of kind \"{kind}\" could not be \
                 read back"
            );
            return (Verdict::Inconclusive, why);
        }
        (Verdict::Pass, figures)
    })
}

/// Responses after the last event are not slower by more than `tolerance`
/// percent than before the first one.
pub(super) fn degradation(outcome: &Outcome, tolerance: f64, limit: Option<Duration>) -> Answer {
    with(outcome, |scaling| {
        let [before, after] = scaling.outer();
        let Some(compared) = Degradation::of(&before, &after) else {
            let rate = f64::from(outcome.load.governed_tps.tps());
            #[expect(clippy::cast_precision_loss, reason = "a small number")]
            let seconds = FEWEST as f64 / rate;
            return (
                Verdict::Inconclusive,
                format!(
                    "{} response times before the scale events and {} after them; {FEWEST} of each are \
                     needed, which take {seconds:.0} s at {}",
                    before.len(),
                    after.len(),
                    outcome.load.governed_tps
                ),
            );
        };
        let answer = compared.judge(tolerance, limit);
        let asked = |window: Option<&Window>| window.map_or(0.0, |own| own.governed_tps);
        let before = asked(scaling.windows.first());
        let after = asked(scaling.windows.last());
        // More load makes a service slower, with or without an event.
        if answer.0 == Verdict::Fail && after > before * MOST_RISE {
            let why = format!(
                "{}; but the load rose as well, from {before:.0} to {after:.0} TPS",
                answer.1
            );
            return (Verdict::Inconclusive, why);
        }
        answer
    })
}

/// A percentile of the response times of `route` during events is at most `limit`.
pub(super) fn percentile(outcome: &Outcome, percent: f64, limit: Duration, route: &str) -> Answer {
    with(outcome, |scaling| {
        let times = scaling.during_on(route);
        let value = times.percentile(percent).unwrap_or_default();
        let reason = format!(
            "{percent} % of {} response times of {route} during scale events within {:.1} ms, at most {} \
             asked for",
            times.count(),
            value.as_secs_f64() * 1e3,
            humantime::format_duration(limit)
        );
        if times.count() < FEWEST_SAMPLES {
            let why = format!("{reason}; {FEWEST_SAMPLES} are needed to say");
            return (Verdict::Inconclusive, why);
        }
        (verdict(value <= limit), reason)
    })
}

/// At most `most` percent of the sessions were lost that crossed a scale event,
/// or, without one, of those that were established.
pub(super) fn lost_sessions(outcome: &Outcome, most: f64) -> Answer {
    let (lost, known, what, open) = match proven(outcome) {
        Ok(scaling) => {
            let sum = |of: fn(&Survival) -> u64| {
                scaling
                    .events
                    .iter()
                    .map(|own| of(&own.sessions))
                    .sum::<u64>()
            };
            (
                sum(|own| own.lost),
                sum(Survival::crossed),
                "sessions that crossed a scale event",
                unseen(outcome),
            )
        }
        Err(open) if !outcome.events.is_empty() => return open,
        Err(_) => (
            outcome.sessions.lost,
            outcome.sessions.established,
            "sessions",
            None,
        ),
    };
    let share = percent(lost, known);
    let figures =
        format!("{lost} of {known} {what} were lost ({share:.2} %), at most {most} % asked for");
    if share > most {
        return (Verdict::Fail, figures);
    }
    if let Some(why) = open {
        return (Verdict::Inconclusive, why);
    }
    if known == 0 {
        let why = "no session was ever established";
        return (Verdict::Inconclusive, why.to_owned());
    }
    (Verdict::Pass, figures)
}

/// The first event of which too little is known of what became of sessions, and
/// why.
pub(super) fn unseen(outcome: &Outcome) -> Option<String> {
    let scaling = outcome.scale_figures.as_ref()?;
    scaling.events.iter().find_map(|event| {
        let own = event.sessions;
        if own.crossed() == 0 {
            return Some(format!(
                "no session was seen both before and after {}",
                event.name
            ));
        }
        if own.unasked > own.crossed() + own.unknown {
            return Some(format!(
                "{} of {} sessions from before {} were not seen again: only an answer with data of \
                 the user's own shows that one went on; let the journey read some, and the load go \
                 on for longer",
                own.unasked,
                own.unasked + own.crossed() + own.unknown,
                event.name
            ));
        }
        let share = unknown::too_much(own.unknown, own.crossed())?;
        Some(format!(
            "after {}, {} of {} users were answered by errors alone ({share:.1} %), so nobody knows \
             what became of their sessions",
            event.name,
            own.unknown,
            own.crossed() + own.unknown
        ))
    })
}

#[cfg(test)]
#[path = "scale_verdicts_tests.rs"]
mod tests;
