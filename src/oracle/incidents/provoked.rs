//! What findings have to do with what was done on purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Provocation, Rule, Timestamp, When, at_least};

use super::clue::Clue;
use super::patterns::{BY_CHANCE, FEWEST};
use super::traffic::Traffic;

/// Answers without a provocation below which it says nothing that there was no
/// finding among them.
const ENOUGH_WITHOUT: u64 = 20;

/// Findings that begin within this time are one occasion: users who are sent
/// off together meet once, however many of them are served wrong.
const OCCASION: Duration = Duration::from_millis(100);

/// A provocation that findings met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// What was done.
    pub what: Provocation,
    /// Findings on requests to which it was done, or that overlapped such.
    pub findings: u64,
    /// Further findings that came after it, at the same instance. What it
    /// breaks can stay broken.
    pub after: u64,
    /// Answers on the same routes.
    pub answers: u64,
    /// Those to which it was done, or that overlapped such.
    pub provoked_answers: u64,
    /// There was no finding without it, in a number of answers in which chance
    /// would have brought some.
    pub needed: bool,
}

impl Met {
    /// In words; the incident has `all` findings.
    pub fn told(&self, all: u64) -> String {
        let Self {
            what,
            findings,
            after,
            answers,
            provoked_answers,
            needed,
        } = *self;
        let s = if all == 1 { "" } else { "s" };
        let requests = requests(what);
        if needed {
            let without = answers.saturating_sub(provoked_answers);
            return format!(
                "needed {what}: {findings} of {all} finding{s} were on or beside {requests}; none \
                 on {without} other answers there"
            );
        }
        let near = format!(
            "{findings} of {all} finding{s} were on or beside {requests}, as were \
             {provoked_answers} of {answers} answers there"
        );
        match (findings, after) {
            (_, 0) => format!("met {what}: {near}"),
            (0, _) => format!("met {what}: {after} of {all} finding{s} came after {requests}"),
            _ => format!("met {what}: {near}; {after} came after such"),
        }
    }
}

/// Requests to which it is done.
const fn requests(what: Provocation) -> &'static str {
    match what {
        Provocation::AbandonedAfterDelay => "requests that users left after a while",
        Provocation::AbandonedAfterSend => "requests that users left as soon as they were sent",
        Provocation::AbandonedBeforeBody => "requests that users left before the body came",
        Provocation::AbandonedMidBody => "requests that users left while the body came",
        Provocation::SameRequest => "requests that several users sent at one instant",
        Provocation::SignInsTogether => "sign-ins of several users at one instant",
        Provocation::DoubleSubmit => "requests that were sent twice at once",
        Provocation::SignOutInFlight => "requests sent together with a sign-out",
        Provocation::SharedConnections => "requests on connections that users share",
    }
}

/// What the findings met, what they needed first. `written` when all violations
/// of the rule are among the findings.
pub(super) fn met(clues: &[&Clue], traffic: &Traffic, written: bool) -> Vec<Met> {
    let answers = Answers::beside(clues, traffic);
    let occasions = occasions(clues);
    let mut all: Vec<Met> = Provocation::ALL
        .into_iter()
        .filter_map(|what| {
            let count = |near: bool| {
                let holds = |clue: &&&Clue| is_marked(clue, traffic, what, near);
                clues.iter().filter(holds).count() as u64
            };
            let (findings, after) = (count(true), count(false));
            let provoked_answers = answers.provoked.get(&what).copied().unwrap_or(0);
            let without = answers.all.saturating_sub(provoked_answers);
            let needed = written
                && findings == clues.len() as u64
                && occasions >= FEWEST as u64
                && without >= ENOUGH_WITHOUT
                && at_least(occasions, occasions, share(provoked_answers, answers.all)) < BY_CHANCE;
            (findings + after > 0).then_some(Met {
                what,
                findings,
                after,
                answers: answers.all,
                provoked_answers,
                needed,
            })
        })
        .collect();
    all.sort_by_key(|own| (!own.needed, std::cmp::Reverse(own.findings)));
    all
}

/// Whether `what` was done to the request or near it; or else only before it.
/// What is lost was lost by its write: the read-back only shows it.
fn is_marked(clue: &Clue, traffic: &Traffic, what: Provocation, near: bool) -> bool {
    if clue.rule == Rule::LostWrite {
        let write = clue.write.as_ref();
        let written = write.and_then(|write| traffic.writes.get(write.request));
        return near && written.is_some_and(|written| written.provoked.contains(&what));
    }
    let mut marks = clue.provoked.iter().filter(|own| own.what == what);
    marks.any(|own| (own.when != When::Before) == near)
}

/// What the findings are compared with.
#[derive(Debug, Default)]
struct Answers {
    all: u64,
    provoked: BTreeMap<Provocation, u64>,
}

impl Answers {
    /// Answers on the routes of the findings; of what is lost, its writes.
    fn beside(clues: &[&Clue], traffic: &Traffic) -> Self {
        let mut answers = Self::default();
        let lost = clues
            .first()
            .is_some_and(|clue| clue.rule == Rule::LostWrite);
        if lost {
            let writes = clues.iter().filter_map(|clue| clue.write.as_ref());
            let routes: BTreeSet<&str> = writes.map(|write| write.route.as_str()).collect();
            let all = traffic.writes.all();
            for written in all.filter(|own| routes.contains(own.route.as_str())) {
                answers.all += 1;
                for what in &written.provoked {
                    *answers.provoked.entry(*what).or_default() += 1;
                }
            }
            return answers;
        }
        let routes: BTreeSet<&str> = clues.iter().map(|clue| clue.route.as_str()).collect();
        for route in routes.iter().filter_map(|route| traffic.route(route)) {
            answers.all += route.windows.values().sum::<u64>();
            for (what, times) in &route.provoked {
                *answers.provoked.entry(*what).or_default() += times;
            }
        }
        answers
    }
}

/// How many times something happened: findings of one moment are one.
fn occasions(clues: &[&Clue]) -> u64 {
    let mut begun: Vec<Timestamp> = clues.iter().map(|clue| begun(clue)).collect();
    begun.sort_unstable();
    let mut first: Option<Timestamp> = None;
    let mut occasions = 0;
    for sent in begun {
        if first.is_none_or(|first| sent.since(first) >= OCCASION) {
            first = Some(sent);
            occasions += 1;
        }
    }
    occasions
}

fn begun(clue: &Clue) -> Timestamp {
    match &clue.write {
        Some(write) if clue.rule == Rule::LostWrite => write.sent,
        _ => clue.passed.sent,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(part: u64, all: u64) -> f64 {
    part as f64 / all.max(1) as f64
}
