//! Sessions that go away when instances come or go.

use std::collections::BTreeSet;

use super::super::clue::Clue;
use super::super::incident::{Pattern, Recognised};
use super::super::traffic::Trail;
use super::Case;
use crate::model::{InstanceId, Rule, Timestamp, UserId};

/// Sessions below which shares say nothing.
const FEWEST_SESSIONS: usize = 5;

/// Repeated answers that show that sessions stay at their instance.
const STICKY: u64 = 7;

/// What became of the sessions that there were when the first one was lost.
struct Sessions<'a> {
    lost: Vec<&'a Trail>,
    /// Went on, with an answer after the last loss.
    kept: Vec<&'a Trail>,
    /// Had no answer since, so that nobody knows.
    unknown: usize,
}

pub(super) fn recognise(case: &Case<'_>) -> Option<Recognised> {
    if case.clues.first()?.rule != Rule::SessionLost {
        return None;
    }
    let sessions = Sessions::of(case)?;
    // A run that ended in the middle of it does not tell what became of the
    // others.
    let known = sessions.lost.len() + sessions.kept.len();
    if sessions.lost.len() < super::FEWEST || sessions.unknown * 10 > known {
        return None;
    }
    local(case, &sessions)
        .or_else(|| emptied(case, &sessions))
        .or_else(|| rehashed(case, &sessions))
}

impl<'a> Sessions<'a> {
    fn of(case: &'a Case<'_>) -> Option<Self> {
        let lost: Vec<&Trail> = case
            .clues
            .iter()
            .filter_map(|clue| clue.session.as_ref())
            .collect();
        let first = case.clues.iter().map(|clue| clue.done()).min()?;
        let last = case.clues.iter().map(|clue| clue.done()).max()?;
        let losers: BTreeSet<UserId> = case.clues.iter().map(|clue| clue.user).collect();
        let others = case
            .traffic
            .trails()
            .filter(|(user, _)| !losers.contains(user))
            .map(|(_, trail)| trail)
            .filter(|trail| trail.began < first);
        let (kept, unknown): (Vec<_>, Vec<_>) = others.partition(|trail| trail.last > last);
        Some(Self {
            lost,
            kept,
            unknown: unknown.len(),
        })
    }

    /// How many were lost that had been answered by an instance which is still
    /// there.
    fn still_there(&self, case: &Case<'_>) -> usize {
        let stays = |trail: &&&Trail| {
            let mut homes = trail.instances.iter();
            homes.any(|home| !is_gone(case, home, trail.last))
        };
        self.lost.iter().filter(stays).count()
    }

    fn of_all(&self) -> String {
        let all = self.lost.len() + self.kept.len();
        format!("{} of {all} sessions were lost", self.lost.len())
    }
}

/// Whether the instance has not answered anybody since `moment`.
fn is_gone(case: &Case<'_>, instance: &InstanceId, moment: Timestamp) -> bool {
    case.traffic
        .last_answer
        .get(instance)
        .is_some_and(|last| *last <= moment)
}

/// Only sessions whose instance has gone were lost; and sessions stay at their
/// instance.
fn local(case: &Case<'_>, sessions: &Sessions<'_>) -> Option<Recognised> {
    let homeless = |clue: &&&Clue| {
        clue.session.as_ref().is_some_and(|trail| {
            trail.instances.len() == 1
                && trail
                    .instances
                    .iter()
                    .all(|home| is_gone(case, home, clue.done()))
        })
    };
    let gone = case.clues.iter().filter(homeless).count();
    let all_trails = sessions.lost.iter().chain(&sessions.kept);
    let sticky: u64 = all_trails
        .filter(|trail| trail.instances.len() == 1)
        .map(|trail| trail.answers - 1)
        .sum();
    let moved = sessions
        .kept
        .iter()
        .filter(|trail| trail.instances.len() > 1)
        .count();
    if !case.nearly_all(gone) || sticky < STICKY || moved > 0 || sessions.kept.len() < 2 {
        return None;
    }
    Some(Recognised {
        pattern: Pattern::LocalSessions,
        because: vec![
            format!(
                "{} were of sessions that one instance alone had answered, and that instance has \
                 not answered since",
                case.of_all(gone)
            ),
            format!(
                "{}; those that went on stayed at an instance that is still there",
                sessions.of_all()
            ),
        ],
    })
}

/// All sessions were lost, wherever they had been answered.
fn emptied(case: &Case<'_>, sessions: &Sessions<'_>) -> Option<Recognised> {
    let all = sessions.lost.len() + sessions.kept.len();
    let here = sessions.still_there(case);
    if sessions.lost.len() < FEWEST_SESSIONS || sessions.lost.len() * 10 < all * 9 || here == 0 {
        return None;
    }
    Some(Recognised {
        pattern: Pattern::EmptiedSessionStore,
        because: vec![
            sessions.of_all(),
            format!(
                "{here} of them had been answered by an instance that went on answering others"
            ),
        ],
    })
}

/// About as many sessions were lost as are looked for elsewhere when a hash is
/// taken modulo another number of instances.
fn rehashed(case: &Case<'_>, sessions: &Sessions<'_>) -> Option<Recognised> {
    let number = |window: &str| case.traffic.in_window.get(window).map(BTreeSet::len);
    let (before, after) = (number("before")?, number("after")?);
    let only_then = case.clues.iter().all(|clue| clue.window != "before");
    let all = sessions.lost.len() + sessions.kept.len();
    if !only_then || all < FEWEST_SESSIONS {
        return None;
    }
    let expected = 1.0 - kept_by_modulo(before, after);
    let share = super::float(sessions.lost.len()) / super::float(all);
    let spread = (expected * (1.0 - expected) / super::float(all)).sqrt();
    if (share - expected).abs() > 3.0 * spread || spread * 3.0 > expected {
        return None;
    }
    let still_there = sessions.still_there(case);
    if still_there * 2 < sessions.lost.len() {
        return None;
    }
    Some(Recognised {
        pattern: Pattern::RehashedSessions,
        because: vec![
            format!(
                "{} ({:.0} %) when instances went from {before} to {after}; a hash modulo the \
                 number of instances would lose {:.0} %",
                sessions.of_all(),
                share * 100.0,
                expected * 100.0
            ),
            format!(
                "{still_there} of the lost ones had been answered by an instance that is still \
                 there"
            ),
        ],
    })
}

/// The share of hashes that give the same number modulo either.
fn kept_by_modulo(before: usize, after: usize) -> f64 {
    let all = before * after;
    let same = (0..all).filter(|hash| hash % before == hash % after);
    super::float(same.count()) / super::float(all.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_stays_when_two_become_three() {
        for (before, after, kept) in [(2, 3, 1.0 / 3.0), (3, 4, 0.25), (3, 1, 1.0 / 3.0)] {
            assert!((kept_by_modulo(before, after) - kept).abs() < 1e-9);
        }
    }
}
