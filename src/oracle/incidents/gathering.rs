//! Gathering: clues while the run goes, incidents when it is over.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::model::{Finding, Provoked, Rule, UserId};
use crate::oracle::Observation;
use crate::oracle::judge::another;

use super::clue::{Clue, Relation, SharedCredential};
use super::grouping;
use super::incident::Incident;
use super::traffic::{Passed, Traffic};

/// Clues that wait for requests which were under way together with theirs and
/// are judged later.
const WATCHED: usize = 256;

/// Takes in what is judged, and finds what findings have in common.
#[derive(Debug)]
pub(in crate::oracle) struct Gathering {
    traffic: Traffic,
    clues: Vec<Clue>,
    watches: VecDeque<Watch>,
}

/// A clue that waits.
#[derive(Debug)]
struct Watch {
    clue: usize,
    overlapping: BTreeSet<UserId>,
    later: BTreeSet<UserId>,
    /// At whatever instance.
    anywhere: BTreeSet<UserId>,
}

impl Gathering {
    pub(in crate::oracle) fn new() -> Self {
        Self {
            traffic: Traffic::new(),
            clues: Vec::new(),
            watches: VecDeque::new(),
        }
    }

    /// Takes in one response, what is wrong with it, and what was provoked near
    /// it.
    pub(in crate::oracle) fn take(
        &mut self,
        seen: &Observation,
        findings: &[Finding],
        provoked: &[Provoked],
    ) {
        let passed = self.traffic.passed(seen);
        self.heed(&passed);
        for finding in findings {
            self.note(seen, finding, passed);
        }
        self.traffic.remember(seen, passed, provoked);
    }

    /// The incidents, numbered on from `before`. `counts` are all violations,
    /// those beyond the limit of written findings included.
    pub(in crate::oracle) fn incidents(
        &self,
        before: u64,
        counts: &BTreeMap<Rule, u64>,
    ) -> Vec<Incident> {
        let mut clues = self.clues.clone();
        for clue in &mut clues {
            clue.other_broke = clue.answer_to.and_then(|other| self.traffic.broken(other));
        }
        grouping::incidents(&clues, &self.traffic, before, counts)
    }

    /// Requests that were under way together with a finding's may be judged
    /// after it.
    fn heed(&mut self, passed: &Passed) {
        for watch in &mut self.watches {
            watch.see(&mut self.clues[watch.clue], passed);
        }
    }

    fn note(&mut self, seen: &Observation, finding: &Finding, passed: Passed) {
        // A finding that rests on an earlier response is of its time. What that
        // one overlapped explains nothing: only what somebody was shown or given
        // is explained so, and that is told at once.
        let passed = Passed {
            sent: finding.witness.sent,
            done: finding.witness.done,
            ..passed
        };
        let mut clue = Clue::of(finding, passed);
        clue.active = self.traffic.active(&passed);
        clue.answer_to = (finding.rule == Rule::WrongResponse)
            .then(|| another(seen))
            .flatten();
        if finding.rule == Rule::SessionLost {
            clue.session = self
                .traffic
                .trail(seen.user)
                .filter(|trail| trail.session == seen.session)
                .cloned();
        }
        if finding.rule == Rule::SessionSwap {
            clue.credential = self.shared_credential(seen);
        }
        if let Some(owner) = clue.other() {
            clue.previous = self.traffic.previous(&passed) == Some(owner);
            clue.broke_off = Relation {
                holds: self.traffic.broke_off(owner, &passed),
                others: clue
                    .active
                    .iter()
                    .filter(|user| self.traffic.broke_off(**user, &passed))
                    .count(),
            };
            if let Some(url) = seen.url_hash {
                let before = self.traffic.stretch(url, passed.instance);
                let before = before.filter(|stretch| stretch.shown == owner);
                clue.after_owner = before
                    .and_then(|stretch| stretch.filled)
                    .or_else(|| self.traffic.answered(owner, url))
                    .filter(|answered| *answered <= passed.done)
                    .map(|answered| passed.done.since(answered));
                clue.continues = before.is_some();
                clue.repeats =
                    before.is_some_and(|stretch| stretch.viewers.iter().any(|v| *v != seen.user));
            }
        }
        clue.claim.holds = clue.claimed_together();
        let mut watch = Watch {
            clue: self.clues.len(),
            overlapping: BTreeSet::new(),
            later: BTreeSet::new(),
            anywhere: BTreeSet::new(),
        };
        for other in self.traffic.recent() {
            watch.see(&mut clue, other);
        }
        self.clues.push(clue);
        if self.watches.len() == WATCHED {
            self.watches.pop_front();
        }
        self.watches.push_back(watch);
    }

    /// The credential that the user shares with somebody: the one just given,
    /// or one that the request carried.
    fn shared_credential(&self, seen: &Observation) -> Option<SharedCredential> {
        let given = seen.issued.iter().find_map(|credential| {
            let first = self.traffic.issued(credential.hash)?;
            (first.user != seen.user).then(|| SharedCredential {
                name: credential.name.clone(),
                hash: credential.hash,
                apart: Some(seen.done.since(first.done).max(first.done.since(seen.done))),
                at_sign_in: first.signs_in && seen.signs_in,
            })
        });
        given.or_else(|| {
            seen.carried.iter().find_map(|hash| {
                let first = self.traffic.issued(*hash)?;
                Some(SharedCredential {
                    name: first.name.clone(),
                    hash: *hash,
                    apart: None,
                    at_sign_in: first.signs_in,
                })
            })
        })
    }
}

impl Watch {
    fn see(&mut self, clue: &mut Clue, other: &Passed) {
        if !clue.passed.overlaps(other) {
            return;
        }
        if self.anywhere.insert(other.user) {
            clue.claim.others += 1;
        }
        if !clue.passed.shares_instance(other) {
            return;
        }
        let owner = Some(other.user) == clue.owner;
        clue.active.insert(other.user);
        if self.overlapping.insert(other.user) {
            clue.overlapping.others += 1;
        }
        clue.overlapping.holds |= owner;
        if other.sent >= clue.passed.sent {
            if self.later.insert(other.user) {
                clue.later.others += 1;
            }
            clue.later.holds |= owner;
        }
    }
}
