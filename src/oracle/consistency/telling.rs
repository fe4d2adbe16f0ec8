//! Contradictions in words, without any value.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Passage, Rule, Timestamp};
use crate::oracle::Observation;

use super::Contradiction;
use super::breach::{Breach, Fault};
use super::counter::{Miscounted, Outside};
use super::keys::Twice;
use super::list::{Broken, Flaw};
use super::once::Twofold;
use super::refused::{Phantom, Refusal};
use super::register::Older;
use super::session::{Bound, Forgotten};
use super::slot::Doubled;
use super::span::Guarantee;
use super::sum::Uneven;

/// `POST /appointments of u000003, acknowledged at 1.204 s`
fn told(write: &Passage, acknowledged: Timestamp) -> String {
    format!(
        "{} of {}, acknowledged at {acknowledged}",
        write.route,
        write.request.user()
    )
}

fn contradiction(rule: Rule, message: String, write: Option<&Arc<Passage>>) -> Contradiction {
    Contradiction {
        rule,
        owner: None,
        message,
        write: write.map(|write| Passage::clone(write)),
        read: None,
    }
}

fn rollback(
    seen: &Observation,
    guarantee: Guarantee,
    what: &str,
    write: Option<&Arc<Passage>>,
) -> Contradiction {
    let message = format!(
        "{} does not hold for {}: {what}",
        guarantee.name(),
        seen.user
    );
    contradiction(Rule::SessionRollback, message, write)
}

pub(super) fn breach(
    kind: &str,
    seen: &Observation,
    breach: &Breach<Arc<Passage>, Arc<Observation>>,
) -> Contradiction {
    let write = told(&breach.write, breach.acknowledged);
    let (done, state) = if breach.deletion {
        ("deleted", "is there")
    } else {
        ("saved", "is missing")
    };
    match breach.fault {
        Fault::Lost => {
            let message = format!(
                "the {kind} that {} had {done} ({write}) {state} after the load",
                seen.user
            );
            contradiction(Rule::LostWrite, message, Some(&breach.write))
        }
        Fault::Rollback(guarantee) => {
            let what = format!("the {kind} that was {done} ({write}) {state}");
            Contradiction {
                read: breach.read.clone(),
                ..rollback(seen, guarantee, &what, Some(&breach.write))
            }
        }
        Fault::Stale => {
            let since = breach.read.as_ref().map_or(seen.sent, |read| read.sent);
            let later = seen.sent;
            let (was, is) = if breach.deletion {
                ("was still there", "gone")
            } else {
                ("was missing", "there")
            };
            let message = format!(
                "the {kind} that {} had {done} ({write}) {was} in a read at {since}, and {is} at {later}",
                seen.user
            );
            Contradiction {
                read: breach.read.clone(),
                ..contradiction(Rule::StaleRead, message, Some(&breach.write))
            }
        }
    }
}

/// What a fault is called when `name` was not as it was acknowledged; `late` is
/// the read that a later one shows to have come late.
fn faulty(
    name: &str,
    seen: &Observation,
    fault: Fault,
    what: &str,
    write: Option<&Arc<Passage>>,
    late: Option<&Arc<Observation>>,
) -> Contradiction {
    let told = match fault {
        Fault::Rollback(guarantee) => rollback(seen, guarantee, what, write),
        Fault::Lost => {
            let message = format!("after the load, for {}, {what}", seen.user);
            contradiction(Rule::LostWrite, message, write)
        }
        Fault::Stale => {
            let since = late.map_or(seen.sent, |read| read.sent);
            let message = format!(
                "in a read at {since}, for {}, {what}; at {} \"{name}\" is as it should be",
                late.map_or(seen.user, |read| read.user),
                seen.sent
            );
            contradiction(Rule::StaleRead, message, write)
        }
    };
    Contradiction {
        read: late.map(Arc::clone),
        ..told
    }
}

pub(super) fn older(
    name: &str,
    seen: &Observation,
    older: &Older<Arc<Passage>, Arc<Observation>>,
) -> Contradiction {
    let missed = &older.missed;
    let write = told(&missed.write, missed.acknowledged);
    let what = if missed.unknown {
        format!("\"{name}\" shows a value that was not written, after {write}")
    } else {
        format!("\"{name}\" is older than {write}")
    };
    let (write, late) = (Some(&missed.write), older.read.as_ref());
    faulty(name, seen, older.fault, &what, write, late)
}

pub(super) fn broken(
    name: &str,
    seen: &Observation,
    broken: &Broken<Arc<Passage>, Arc<Observation>>,
) -> Contradiction {
    let (what, write) = match &broken.flaw {
        Flaw::Missing(write, at) => (
            format!("\"{name}\" misses what was added ({})", told(write, *at)),
            Some(write),
        ),
        Flaw::Order(write, at) => (
            format!(
                "\"{name}\" has what was added ({}) before what was added earlier",
                told(write, *at)
            ),
            Some(write),
        ),
        Flaw::Beginning => (
            format!("the beginning of \"{name}\" is not what this session has read before"),
            None,
        ),
    };
    faulty(name, seen, broken.fault, &what, write, broken.read.as_ref())
}

pub(super) fn forgotten(seen: &Observation, wrong: &Forgotten<Arc<Observation>>) -> Contradiction {
    let (shown, since) = (wrong.shown, wrong.since);
    match wrong.bound {
        Bound::Least(least) => {
            let what = format!(
                "the service counts {shown} requests in this session, at least {least} are known \
                 since {since}"
            );
            rollback(seen, Guarantee::MonotonicReads, &what, None)
        }
        Bound::Most(most) => {
            let message = format!(
                "the service counts {shown} requests in the session of {}, and since {since} no \
                 more than {most} can be: it is not the state of this session",
                seen.user
            );
            Contradiction {
                read: wrong.read.clone(),
                ..contradiction(Rule::SessionRollback, message, None)
            }
        }
    }
}

/// `10.5`
fn amount(parts: i64) -> String {
    let (whole, rest) = (parts.unsigned_abs() / 10_000, parts.unsigned_abs() % 10_000);
    let text = format!("{whole}.{rest:04}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn uneven(
    place: &str,
    seen: &Observation,
    uneven: &Uneven<Arc<Observation>>,
) -> Contradiction {
    let by = amount(uneven.by);
    let more = uneven.by > 0;
    let side = if more { "more" } else { "less" };
    let what = format!("{place} adds up to {by} {side} than it always should");
    if uneven.fault == Fault::Lost && more {
        let message = format!("after the load, for {}, {what}", seen.user);
        return contradiction(Rule::DoubleBooking, message, None);
    }
    faulty(place, seen, uneven.fault, &what, None, uneven.read.as_ref())
}

pub(super) fn phantom(
    kind: &str,
    phantom: &Phantom<Arc<Passage>, Arc<Observation>>,
) -> Contradiction {
    let (write, at) = (&phantom.write, phantom.at);
    let refused = match &phantom.refusal {
        Refusal::NeverLeft => format!("never left, known at {at}"),
        Refusal::Answered(_, status) => format!("refused with {status} at {at}"),
    };
    let message = format!(
        "the {kind} that {} asked for ({}, {refused}) is there all the same",
        write.request.user(),
        write.route
    );
    Contradiction {
        read: Some(Arc::clone(&phantom.read)),
        ..contradiction(Rule::PhantomWrite, message, Some(write))
    }
}

pub(super) fn miscounted(
    name: &str,
    seen: &Observation,
    wrong: &Miscounted<Arc<Observation>>,
) -> Contradiction {
    let read = wrong.read.as_ref();
    match wrong.outside {
        Outside::Below(fault, missing) => {
            let what =
                format!("{missing} acknowledged raises of the counter \"{name}\" are missing");
            faulty(name, seen, fault, &what, None, read)
        }
        Outside::Above(excess) => {
            let message = format!(
                "the counter \"{name}\" was raised by {excess} more than the users have asked for"
            );
            Contradiction {
                read: read.map(Arc::clone),
                ..contradiction(Rule::DoubleBooking, message, None)
            }
        }
    }
}

pub(super) fn doubled(
    kind: &str,
    seen: &Observation,
    doubled: &Doubled<Arc<Passage>>,
) -> Contradiction {
    let message = format!(
        "a {kind} was given to {} at {} while it belonged to {} ({})",
        seen.user,
        seen.done,
        doubled.holder,
        told(&doubled.write, doubled.since)
    );
    Contradiction {
        owner: Some(doubled.holder),
        ..contradiction(Rule::DoubleBooking, message, Some(&doubled.write))
    }
}

pub(super) fn twofold(
    name: &str,
    seen: &Observation,
    own: &Twofold<Arc<Passage>>,
) -> Contradiction {
    let message = format!(
        "what {} added once ({}) stands twice in \"{name}\"",
        seen.user,
        told(&own.write, own.acknowledged)
    );
    contradiction(Rule::DoubleBooking, message, Some(&own.write))
}

pub(super) fn twice(kind: &str, seen: &Observation, twice: &Twice<Arc<Passage>>) -> Contradiction {
    let message = format!(
        "one idempotency key of {} gave two of kind {kind}: this one, and one before ({})",
        seen.user,
        told(&twice.write, twice.acknowledged)
    );
    contradiction(Rule::DoubleBooking, message, Some(&twice.write))
}

/// What one response shows wrong of many things is one contradiction. What is
/// lost is counted one by one.
pub(super) fn gathered(found: Vec<Contradiction>) -> Vec<Contradiction> {
    let mut further: BTreeMap<(Rule, Option<crate::model::RequestId>), u64> = BTreeMap::new();
    let mut kept: Vec<Contradiction> = Vec::new();
    let place = |own: &Contradiction| (own.rule, own.read.as_ref().map(|read| read.request));
    for own in found {
        let many = matches!(own.rule, Rule::SessionRollback | Rule::StaleRead);
        if many && kept.iter().any(|other| place(other) == place(&own)) {
            *further.entry(place(&own)).or_default() += 1;
        } else {
            kept.push(own);
        }
    }
    for own in &mut kept {
        if let Some(more) = further.remove(&place(own)) {
            own.message
                .push_str(&format!("; so it is with {more} more"));
        }
    }
    kept
}
