//! The questions that a campaign answers, and on what the answers rest.
//!
//! Each is a pure function of the outcome. Several are asked of every campaign,
//! whether a step asks them or not: a scenario never passes on nothing.

use std::time::Duration;

use crate::metrics::Slice;
use crate::model::{Judgement, Rule, Verdict, checks_needed};
use crate::scaling::EventKind;

use super::confidence;
use super::event_verdict::{events, undead};
use super::hazard_verdict::hazards;
use super::outcome::{LoadOutcome, Outcome};
use super::scale_verdicts;
use super::stage_outcome;
use super::tolerances::Tolerances;

/// Samples below which a percentile says nothing.
const FEWEST_SAMPLES: u64 = 20;

/// How much of the governed rate has to be reached, in percent.
const REACHED_PERCENT: f64 = 98.0;

type Answer = (Verdict, String);

/// What is asked of every campaign.
pub(super) fn always(outcome: &Outcome, tolerances: &Tolerances) -> Vec<Judgement> {
    let mut asked: Vec<(&str, Answer)> = vec![
        ("no user sees another user's data", isolation(outcome)),
        (
            "no signed-in user is treated as anonymous",
            tolerated_sessions(outcome, tolerances.sessions),
        ),
        (
            "users get through their journey",
            journey(outcome, tolerances.errors),
        ),
    ];
    if !outcome.load.functional {
        asked.push(("the load was applied", load(outcome)));
        if !outcome.events.is_empty() {
            asked.push(("the scale events happened", events(outcome)));
        }
    }
    if !outcome.scale.undead.is_empty() {
        asked.push(("no instance answers that is gone", undead(outcome)));
    }
    for (question, why) in [
        (
            "the load went on to its end, within `scaling.abort-above`",
            &outcome.scale.aborted,
        ),
        (
            "the service was left as it was found",
            &outcome.scale.not_restored,
        ),
    ] {
        if let Some(why) = why {
            asked.push((question, (Verdict::Fail, why.clone())));
        }
    }
    if outcome.violations_of(Rule::SessionOutlived) > 0 {
        asked.push(("no session outlives its sign-out", outlived(outcome)));
    }
    if !outcome.failing_hazards.is_empty() {
        let failing = hazards(outcome, &outcome.failing_hazards);
        asked.push(("no hazard of those that the profile forbids", failing));
    }
    asked
        .into_iter()
        .map(|(question, (verdict, reason))| Judgement {
            question: question.to_owned(),
            verdict,
            reason,
            place: None,
        })
        .collect()
}

/// No user saw another user's data.
pub(super) fn isolation(outcome: &Outcome) -> Answer {
    let coverage = &outcome.coverage;
    let found: Vec<String> = outcome
        .violations
        .iter()
        .filter(|(rule, count)| rule.is_privacy() && **count > 0)
        .map(|(rule, count)| format!("{count} {rule}"))
        .collect();
    if !found.is_empty() {
        let first = outcome
            .findings
            .iter()
            .find(|finding| finding.rule.is_privacy());
        let first = first.map_or_else(String::new, |finding| {
            format!("; first: {}", finding.message)
        });
        return (Verdict::Fail, format!("{}{first}", found.join(", ")));
    }
    let blind = if coverage.responses == 0 {
        Some("no response was looked at".to_owned())
    } else if coverage.facts == 0 {
        Some("no user has a fact that could accuse anyone".to_owned())
    } else if coverage.own_sightings == 0 && outcome.own_sightings_required {
        Some(
            "no user was ever shown a fact of their own, so a foreign one might not be noticed; \
             let the journey read the user's own data, or set `oracle.own-sightings-required = false`"
                .to_owned(),
        )
    } else if coverage.partly_unseen * 100
        > coverage.responses * u64::from(outcome.unseen_tolerated)
    {
        Some(format!(
            "of the text of {} of {} responses a part was not looked at ({} cut short, {} layers of \
             encoding skipped), and {} % are tolerated; raise `max-body`, or \
             `oracle.unseen-tolerated` if that is to be expected",
            coverage.partly_unseen,
            coverage.responses,
            coverage.cut_bodies,
            coverage.skipped_layers,
            outcome.unseen_tolerated
        ))
    } else if !outcome.load.functional && outcome.load.users == 1 {
        Some("one user alone cannot see another's data; ask for more users".to_owned())
    } else if !outcome.load.functional && coverage.overlapping_pairs == 0 {
        Some("no two users ever had requests in flight at the same time".to_owned())
    } else {
        None
    };
    if let Some(why) = blind {
        return (Verdict::Inconclusive, why);
    }
    let checked = match outcome.confidence.below() {
        Some(below) => format!(
            "{} responses that tell whose they are ({below})",
            coverage.telling
        ),
        None => format!(
            "{} responses, none of which tells whose it is",
            coverage.responses
        ),
    };
    (
        Verdict::Pass,
        format!(
            "0 swaps in {checked}, {} sightings of users' own facts, {} pairs of users overlapped",
            coverage.own_sightings, coverage.overlapping_pairs
        ),
    )
}

/// A swap is less likely than `share`, with this confidence: both from 0 to 1.
/// The bound is over responses that tell whose they are; how many users they
/// were of is told beside it.
pub(super) fn unlikely(outcome: &Outcome, share: f64, level: f64) -> Answer {
    let seen = &outcome.confidence;
    let asked = confidence::percent(share);
    if seen.swaps > 0 {
        let (_, why) = isolation(outcome);
        return (
            Verdict::Fail,
            format!(
                "{} swaps in {} responses, less likely than {asked} asked for: {why}",
                seen.swaps, seen.checked
            ),
        );
    }
    if let (Verdict::Inconclusive | Verdict::Fail, why) = isolation(outcome) {
        return (Verdict::Inconclusive, why);
    }
    let Some(below) = seen.below_with(level) else {
        return (
            Verdict::Inconclusive,
            "no response told whose it is".to_owned(),
        );
    };
    let figures = format!(
        "0 swaps in {} responses of {} users that tell whose they are: {below}, less than {asked} \
         asked for",
        seen.checked, seen.users
    );
    let Some(needed) = checks_needed(share, level) else {
        return (
            Verdict::Inconclusive,
            format!("{figures}; no number of responses shows that"),
        );
    };
    if seen.checked >= needed {
        return (Verdict::Pass, figures);
    }
    let more = seen.more_for(share, level);
    let more = more.map_or_else(String::new, |more| format!("; it takes {more}"));
    (Verdict::Inconclusive, format!("{figures}{more}"))
}

/// No session was lost.
fn kept_sessions(outcome: &Outcome) -> Answer {
    match outcome.violations_of(Rule::SessionLost) {
        0 => (
            Verdict::Pass,
            format!("{} sessions, none lost", outcome.sessions.established),
        ),
        lost => {
            let first = outcome
                .findings
                .iter()
                .find(|finding| finding.rule == Rule::SessionLost)
                .map_or_else(String::new, |finding| {
                    format!(
                        "; first: {} at {}",
                        finding.message, finding.witness.step.place
                    )
                });
            (Verdict::Fail, format!("{lost} sessions lost{first}"))
        }
    }
}

/// No session was lost, or no more than a step tolerates.
fn tolerated_sessions(outcome: &Outcome, most: Option<f64>) -> Answer {
    let (verdict, reason) = kept_sessions(outcome);
    let Some(most) = most.filter(|_| verdict == Verdict::Fail) else {
        return (verdict, reason);
    };
    match scale_verdicts::lost_sessions(outcome, most) {
        (Verdict::Pass, told) => (
            Verdict::Pass,
            format!("{told}; a step tolerates that; {reason}"),
        ),
        _ => (verdict, reason),
    }
}

/// No session outlived its sign-out.
fn outlived(outcome: &Outcome) -> Answer {
    let count = outcome.violations_of(Rule::SessionOutlived);
    let mut found = outcome.findings.iter();
    let first = found
        .find(|finding| finding.rule == Rule::SessionOutlived)
        .map_or_else(String::new, |finding| {
            let place = &finding.witness.step.place;
            format!("; first: {} at {place}", finding.message)
        });
    (Verdict::Fail, format!("{count} sessions outlived{first}"))
}

/// Every session survived, the scale events included.
pub(super) fn sessions(outcome: &Outcome) -> Answer {
    let (verdict, reason) = kept_sessions(outcome);
    if verdict == Verdict::Fail {
        return (verdict, reason);
    }
    if outcome.sessions.established == 0 {
        return (
            Verdict::Inconclusive,
            "no session was ever established".to_owned(),
        );
    }
    if outcome.events.is_empty() {
        return (verdict, reason);
    }
    if let (Verdict::Inconclusive | Verdict::Fail, why) = events(outcome) {
        return (Verdict::Inconclusive, why);
    }
    if let Some(why) = scale_verdicts::unseen(outcome) {
        return (Verdict::Inconclusive, why);
    }
    let across = outcome.sessions.moved + outcome.sessions.stayed;
    (
        Verdict::Pass,
        format!(
            "{across} sessions seen before and after the scale events: {} stayed at their instance, \
             {} moved, none lost",
            outcome.sessions.stayed, outcome.sessions.moved
        ),
    )
}

/// Users get through their journey.
fn journey(outcome: &Outcome, tolerated_errors: Option<f64>) -> Answer {
    let count = outcome.iterations;
    let ended = count.completed + count.failed;
    if let Some(failed) = outcome.steps.iter().find(|step| step.tally.failed > 0) {
        // A session that could not begin is an iteration that could not.
        let begun = ended + count.sessions_failed;
        let share = percent(count.failed + count.sessions_failed, begun.max(1));
        let mut message = failed_step(failed);
        if count.failed > failed.tally.failed {
            message.push_str(&format!(
                "; {} of {ended} iterations failed in all",
                count.failed
            ));
        }
        return match tolerated_errors {
            Some(most) if ended > 0 && share <= most && count.users_gave_up == 0 => (
                Verdict::Pass,
                format!("{share:.2} % of iterations failed, {most} % tolerated; {message}"),
            ),
            _ => (Verdict::Fail, message),
        };
    }
    if count.completed + count.abandoned + count.nothing_to_probe == 0 {
        return (
            Verdict::Inconclusive,
            format!(
                "no iteration was completed ({} cut off by the end of the load); \
                 use fewer users, more time or a higher rate",
                count.cut_off
            ),
        );
    }
    (
        Verdict::Pass,
        format!("{} iterations completed", count.completed),
    )
}

/// `17 of 3 000 iterations (0.57 %) failed at features/booking.feature:14: …`
pub(crate) fn failed_step(step: &super::outcome::StepOutcome) -> String {
    let tally = &step.tally;
    let (reason, times) = tally.most_common().unwrap_or(("unknown reason", 0));
    let executed = tally.executed();
    let mut message = format!(
        "{} of {executed} executions ({:.2} %) failed at {}: {reason}",
        tally.failed,
        percent(tally.failed, executed),
        step.place
    );
    if times < tally.failed {
        message.push_str(&format!(
            " ({times} times; {} reasons in all)",
            tally.reasons.len()
        ));
    }
    if let (Some(first), Some(last)) = (&tally.first, &tally.last) {
        message.push_str(&format!("; first {} at {}", first.user, first.at));
        if first != last {
            message.push_str(&format!(", last {} at {}", last.user, last.at));
        }
    }
    message
}

/// The load was applied as governed.
fn load(outcome: &Outcome) -> Answer {
    let load = &outcome.load;
    let Some(achieved) = load.achieved_tps else {
        return (
            Verdict::Pass,
            "counted in iterations, not in time".to_owned(),
        );
    };
    if outcome.measures.busiest_second > u64::from(load.ceiling_tps.tps()) {
        return (
            Verdict::Fail,
            format!(
                "{} transactions in one second, above the ceiling of {}",
                outcome.measures.busiest_second, load.ceiling_tps
            ),
        );
    }
    let governed = mean(load);
    let figures = format!(
        "{achieved:.2} of {governed} TPS over {:.1} s, {} permits missed, at most {} in one second",
        load.duration.as_secs_f64(),
        load.missed,
        outcome.measures.busiest_second
    );
    if achieved < governed * REACHED_PERCENT / 100.0 && !went_as_scheduled(load) {
        return (
            Verdict::Inconclusive,
            format!(
                "{figures}: the load was not reached; users were too few or too slow to answer"
            ),
        );
    }
    if let Some(why) = stage_outcome::not_applied(load) {
        return (Verdict::Inconclusive, format!("{figures}: {why}"));
    }
    if let Some(lateness) = outcome.lateness_of_harness() {
        return (
            Verdict::Inconclusive,
            format!("{figures}: the harness itself was late by {lateness:?} (99th percentile)"),
        );
    }
    (Verdict::Pass, figures)
}

/// The governed rate, in the mean over all stages.
fn mean(load: &LoadOutcome) -> f64 {
    if load.stages.is_empty() {
        return f64::from(load.governed_tps.tps());
    }
    let due: f64 = load
        .stages
        .iter()
        .map(|own| {
            let (begin, end) = (
                own.stage.rate_at(Duration::ZERO),
                own.stage.rate_at(own.lasted),
            );
            f64::midpoint(begin, end) * own.lasted.as_secs_f64()
        })
        .sum();
    let exact = due / load.duration.as_secs_f64().max(f64::EPSILON);
    (exact * 100.0).round() / 100.0
}

/// Whether what became due was sent. The moments within a second are random,
/// so the parts of a second at both ends may hold fewer than their share, which
/// a short run at a low rate would be blamed for.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn went_as_scheduled(load: &LoadOutcome) -> bool {
    let governed = mean(load);
    let due = load.due as f64;
    let sent = due - load.missed as f64;
    sent >= due * REACHED_PERCENT / 100.0 && due >= governed * (load.duration.as_secs_f64() - 1.0)
}

/// At most `most` percent of transactions failed.
pub(super) fn error_rate(outcome: &Outcome, most: f64) -> Answer {
    let total = &outcome.measures.total;
    let Some(rate) = total.error_rate() else {
        return (
            Verdict::Inconclusive,
            "no transaction was measured".to_owned(),
        );
    };
    let classes: Vec<String> = total
        .error_classes
        .iter()
        .map(|(class, count)| format!("{count} × {class}"))
        .collect();
    let mut reason = format!(
        "{} of {} transactions failed ({:.2} %), at most {most} % asked for",
        total.errors,
        total.transactions,
        rate * 100.0
    );
    if !classes.is_empty() {
        reason.push_str(&format!(": {}", classes.join(", ")));
    }
    (verdict(rate * 100.0 <= most), reason)
}

/// A percentile of response times is at most `limit`.
pub(super) fn percentile(
    outcome: &Outcome,
    percent: f64,
    limit: Duration,
    route: Option<&str>,
    window: Option<&str>,
) -> Answer {
    let slice: Option<&Slice> = match (route, window) {
        (Some(route), _) => outcome.measures.routes.get(route).or_else(|| {
            let found = |(own, _): &(&String, &Slice)| {
                own.split_once(' ').is_some_and(|(_, path)| path == route)
            };
            outcome
                .measures
                .routes
                .iter()
                .find(found)
                .map(|(_, slice)| slice)
        }),
        (None, Some(window)) => outcome.measures.windows.get(window),
        (None, None) => Some(&outcome.measures.total),
    };
    let Some(slice) = slice else {
        let routes: Vec<&str> = outcome.measures.routes.keys().map(String::as_str).collect();
        return (
            Verdict::Inconclusive,
            format!(
                "nothing was measured for `{}`; measured were: {}",
                route.or(window).unwrap_or_default(),
                routes.join(", ")
            ),
        );
    };
    let count = slice.response_time.count();
    let value = slice.response_time.percentile(percent).unwrap_or_default();
    let reason = format!(
        "{percent} % of {count} response times within {:.1} ms, at most {} asked for",
        value.as_secs_f64() * 1e3,
        humantime::format_duration(limit)
    );
    if count < FEWEST_SAMPLES {
        return (
            Verdict::Inconclusive,
            format!("{reason}; {FEWEST_SAMPLES} are needed to say"),
        );
    }
    (verdict(value <= limit), reason)
}

/// At least `rate` transactions per second were answered.
pub(super) fn throughput(outcome: &Outcome, rate: f64) -> Answer {
    if !outcome.load.stages.is_empty() {
        return stage_outcome::throughput(&outcome.load, rate);
    }
    let Some(achieved) = outcome.load.achieved_tps else {
        return (
            Verdict::Inconclusive,
            "the campaign was not timed".to_owned(),
        );
    };
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let answered = (outcome.measures.total.transactions - outcome.measures.total.errors) as f64
        / outcome.load.duration.as_secs_f64().max(f64::EPSILON);
    let reached = achieved.min(answered);
    (
        verdict(reached >= rate),
        format!("{reached:.2} TPS answered, at least {rate} asked for"),
    )
}

/// The service reached `instances` within `limit`.
pub(super) fn reached(outcome: &Outcome, instances: u32, limit: Duration) -> Answer {
    let Some(event) = outcome
        .events
        .iter()
        .find(|event| event.kind.desired() == Some(instances))
    else {
        return (
            Verdict::Inconclusive,
            format!("no scale event asked for {instances} instances"),
        );
    };
    if let Some(why) = event.unproven() {
        return (Verdict::Inconclusive, format!("{}: {why}", event.kind));
    }
    let ready = event.time_to_reach().unwrap_or(Duration::MAX);
    let time = match event.kind {
        EventKind::ScaleOut { .. } | EventKind::Flap { .. } | EventKind::PolicyOut { .. } => {
            ready.max(event.time_to_all_answered().unwrap_or(Duration::MAX))
        }
        _ => ready,
    };
    (
        verdict(time <= limit),
        format!(
            "{} after {:.2} s, {} asked for",
            event.kind,
            time.as_secs_f64(),
            humantime::format_duration(limit)
        ),
    )
}

pub(super) fn verdict(holds: bool) -> Verdict {
    if holds { Verdict::Pass } else { Verdict::Fail }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(super) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 * 100.0 / whole as f64
}

#[cfg(test)]
#[path = "verdicts_tests.rs"]
mod tests;
