//! What reads have shown wrong of one thing. Some of it is told at once; the
//! rest is suspected until a later read tells whether it came late or is lost.

use std::collections::BTreeSet;

use crate::model::Attempt;

use super::breach::Fault;
use super::span::Guarantee;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Rollback,
    Stale,
    Lost,
}

/// What the read-back showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::oracle) enum Swept {
    #[default]
    No,
    /// Not as it was acknowledged; to be asked once more.
    Wrong,
    Right,
    Lost,
}

impl Swept {
    /// Whether there is nothing left to ask.
    pub(in crate::oracle) fn is_settled(self) -> bool {
        matches!(self, Self::Right | Self::Lost)
    }
}

/// In what way something was read.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::oracle) struct Manner {
    /// For the read-back, after the load.
    pub(in crate::oracle) sweep: Option<Attempt>,
    /// Only the end is promised.
    pub(in crate::oracle) eventual: bool,
}

impl Manner {
    /// Whether a read of a session is held against what the session has seen.
    pub(in crate::oracle) fn is_judged(self) -> bool {
        !self.eventual || self.sweep == Some(Attempt::Last)
    }
}

/// What is held against one thing. `E` is the evidence of a read.
#[derive(Debug)]
pub(in crate::oracle) struct Suspicion<E> {
    /// A read that contradicts what was acknowledged; it was late if a later one
    /// does not.
    suspect: Option<(E, Option<Guarantee>)>,
    told: BTreeSet<Told>,
    pub(in crate::oracle) swept: Swept,
}

impl<E> Default for Suspicion<E> {
    fn default() -> Self {
        Self {
            suspect: None,
            told: BTreeSet::new(),
            swept: Swept::No,
        }
    }
}

impl<E> Suspicion<E> {
    /// It was changed, and has to be read back anew.
    pub(in crate::oracle) fn renew(&mut self) {
        self.swept = Swept::No;
    }

    /// What was suspected does not matter any more.
    pub(in crate::oracle) fn drop_suspect(&mut self) {
        self.suspect = None;
    }

    /// A guarantee of the session does not hold; whether that is new.
    pub(in crate::oracle) fn roll_back(&mut self) -> bool {
        self.told.insert(Told::Rollback)
    }

    /// A read was wrong, against `guarantee` of the session when it is one that
    /// the session can tell. Gives what has to be told now.
    pub(in crate::oracle) fn wrong(
        &mut self,
        manner: Manner,
        guarantee: Option<Guarantee>,
        evidence: impl FnOnce() -> E,
    ) -> Option<Fault> {
        if manner.sweep == Some(Attempt::Last) {
            self.suspect = None;
            self.swept = Swept::Lost;
            return self.told.insert(Told::Lost).then_some(Fault::Lost);
        }
        if manner.sweep.is_some() {
            self.swept = Swept::Wrong;
        }
        if manner.eventual {
            return None;
        }
        match guarantee {
            Some(guarantee) if manner.sweep.is_none() => {
                self.roll_back().then_some(Fault::Rollback(guarantee))
            }
            // Told already, as what it is to this session.
            _ if self.told.contains(&Told::Rollback) => None,
            // In the read-back it is lost, or only late; that is known later.
            _ => {
                self.suspect.get_or_insert_with(|| (evidence(), guarantee));
                None
            }
        }
    }

    /// A read was right. Gives what turned out to have come late.
    pub(in crate::oracle) fn right(&mut self, sweep: Option<Attempt>) -> Option<(Fault, E)> {
        if sweep.is_some() && self.swept != Swept::Lost {
            self.swept = Swept::Right;
        }
        let (evidence, guarantee) = self.suspect.take()?;
        let fault = guarantee.map_or(Fault::Stale, Fault::Rollback);
        self.told.insert(Told::Stale).then_some((fault, evidence))
    }
}
