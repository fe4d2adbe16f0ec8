//! Shares: whether instances get their part of the load.

use std::time::Duration;

use serde::Serialize;

use crate::metrics::{Mark, Marks};
use crate::model::{Timestamp, Verdict, upper_bound};
use crate::scaling::EventRecord;

/// The part of an equal share that is fair.
const FAIR: f64 = 0.5;

/// Answers that each instance would have to give, with equal shares, for a
/// verdict.
pub(in crate::campaign) const FEWEST_ANSWERS: f64 = 20.0;

/// The time over which a share is looked at to tell when it became fair.
pub(in crate::campaign) const LOOK: Duration = Duration::from_secs(2);

/// Answers that each instance would have to give in that time.
const FEWEST_TO_LOOK: f64 = 5.0;

/// What one instance had of the load.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// Name and incarnation.
    pub instance: String,
    /// Answers that it gave.
    pub answers: u64,
    /// Its part of an equal share: 1 when all have the same.
    pub of_equal: f64,
}

impl Share {
    /// The shares of instances that gave so many answers.
    pub(in crate::campaign) fn of(counts: &[(String, u64)]) -> Vec<Self> {
        let equal = equal(counts.iter().map(|own| own.1).sum(), counts.len());
        let own = counts.iter().map(|(instance, answers)| Self {
            instance: instance.clone(),
            answers: *answers,
            of_equal: if equal > 0.0 {
                float(*answers) / equal
            } else {
                0.0
            },
        });
        own.collect()
    }
}

/// The shares of all instances that were ready after `event`, in the window
/// behind it.
pub(super) fn shares(event: &EventRecord, marks: &Marks, after: &[&Mark]) -> Vec<Share> {
    let counts: Vec<(String, u64)> = event
        .after
        .iter()
        .map(|id| {
            let own = after
                .iter()
                .filter(|mark| marks.instance(mark).is_some_and(|own| own.is_same(id)));
            (id.to_string(), own.count() as u64)
        })
        .collect();
    Share::of(&counts)
}

/// Whether each of `shares` is fair; `None` when too few answers came to say.
pub(in crate::campaign) fn fair(shares: &[Share]) -> Option<(Verdict, String)> {
    let total: u64 = shares.iter().map(|share| share.answers).sum();
    let equal = equal(total, shares.len());
    if shares.is_empty() || equal < FEWEST_ANSWERS {
        return None;
    }
    let told: Vec<String> = shares
        .iter()
        .map(|share| {
            format!(
                "{} {} ({:.0} %)",
                share.instance,
                share.answers,
                share.of_equal * 100.0
            )
        })
        .collect();
    let told = format!(
        "answers, and percent of an equal share: {}; {:.0} % asked for",
        told.join(", "),
        FAIR * 100.0
    );
    let verdicts = shares.iter().map(|share| {
        if share.of_equal >= FAIR {
            return Verdict::Pass;
        }
        let highest = upper_bound(share.answers, total, 0.95).unwrap_or(1.0);
        if highest * float(total) < FAIR * equal {
            Verdict::Fail
        } else {
            Verdict::Inconclusive
        }
    });
    Some((Verdict::all(verdicts), told))
}

/// Whether, of what was answered while instances were looked at, each of those
/// of interest gave a fair part: too few answers look like nothing.
pub(in crate::campaign) fn looks_fair(
    counts: &[u64],
    mut of_interest: impl Iterator<Item = usize>,
) -> bool {
    let equal = equal(counts.iter().sum(), counts.len());
    equal >= FEWEST_TO_LOOK && of_interest.all(|at| float(counts[at]) >= FAIR * equal)
}

/// When all new instances first had their fair share for two seconds.
pub(super) fn fair_since(event: &EventRecord, marks: &Marks) -> Option<Timestamp> {
    let new: Vec<usize> = (0..event.after.len())
        .filter(|at| {
            let came = &event.after[*at];
            !event.before.iter().any(|own| own.is_same(came))
        })
        .collect();
    if new.is_empty() {
        return None;
    }
    let mut answers: Vec<(Timestamp, usize)> = marks
        .all()
        .iter()
        .filter(|mark| mark.done() >= event.requested)
        .filter_map(|mark| {
            let instance = marks.instance(mark)?;
            let at = event.after.iter().position(|own| own.is_same(instance))?;
            Some((mark.done(), at))
        })
        .collect();
    answers.sort_unstable();
    let last = answers.last()?.0;
    let mut counts = vec![0_u64; event.after.len()];
    let mut next = 0;
    for (done, at) in &answers {
        while let Some((_, entering)) = answers.get(next).filter(|own| own.0 < *done + LOOK) {
            counts[*entering] += 1;
            next += 1;
        }
        if new.contains(at) && *done + LOOK <= last && looks_fair(&counts, new.iter().copied()) {
            return Some(*done);
        }
        counts[*at] -= 1;
    }
    None
}

fn equal(total: u64, instances: usize) -> f64 {
    float(total) / float(instances.max(1) as u64)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(instance: &str, answers: u64, of_equal: f64) -> Share {
        Share {
            instance: instance.to_owned(),
            answers,
            of_equal,
        }
    }

    #[test]
    fn shares_are_judged_with_their_uncertainty() {
        for (one, other, verdict) in [
            (100, 100, Some(Verdict::Pass)),
            (150, 50, Some(Verdict::Pass)),
            (195, 5, Some(Verdict::Fail)),
            (40, 0, Some(Verdict::Fail)),
            // Might be a quarter.
            (31, 9, Some(Verdict::Inconclusive)),
            (15, 15, None),
        ] {
            let equal = float(one + other) / 2.0;
            let shares = [
                share("n1", one, float(one) / equal),
                share("n2", other, float(other) / equal),
            ];
            assert_eq!(
                fair(&shares).map(|(verdict, _)| verdict),
                verdict,
                "{one} {other}"
            );
        }
        assert_eq!(fair(&[]), None);
    }
}
