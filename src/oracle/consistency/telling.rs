//! Contradictions in words, without any value.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Passage, Rule, Timestamp};
use crate::oracle::Observation;

use super::Contradiction;
use super::breach::{Breach, Fault};
use super::keys::Twice;
use super::list::Broken;
use super::register::Older;
use super::session::Forgotten;

use super::slot::Doubled;
use super::span::Guarantee;

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

pub(super) fn older(name: &str, seen: &Observation, older: &Older<Arc<Passage>>) -> Contradiction {
    let what = if older.unknown {
        "shows a value that was not written"
    } else {
        "is older than"
    };
    let write = told(&older.write, older.acknowledged);
    let what = if older.unknown {
        format!("\"{name}\" {what}, after {write}")
    } else {
        format!("\"{name}\" {what} {write}")
    };
    rollback(seen, older.guarantee, &what, Some(&older.write))
}

pub(super) fn broken(
    name: &str,
    seen: &Observation,
    broken: &Broken<Arc<Passage>>,
) -> Contradiction {
    let (what, write) = match broken {
        Broken::Missing(write, at) => (
            format!("\"{name}\" misses what was added ({})", told(write, *at)),
            Some(write),
        ),
        Broken::Order(write, at) => (
            format!(
                "\"{name}\" has what was added ({}) before what was added earlier",
                told(write, *at)
            ),
            Some(write),
        ),
        Broken::Beginning => (
            format!("the beginning of \"{name}\" is not what this session has read before"),
            None,
        ),
    };
    rollback(seen, broken.guarantee(), &what, write)
}

pub(super) fn forgotten(seen: &Observation, lost: Forgotten) -> Contradiction {
    let what = format!(
        "the service counts {} requests in this session, at least {} are known since {}",
        lost.shown, lost.least, lost.since
    );
    rollback(seen, Guarantee::MonotonicReads, &what, None)
}

pub(super) fn below(name: &str, missing: i64) -> Contradiction {
    let message = format!("{missing} acknowledged raises of the counter \"{name}\" are missing");
    contradiction(Rule::LostWrite, message, None)
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
