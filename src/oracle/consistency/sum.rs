//! Numbers that always add up to the same, such as what is in all accounts
//! together: nothing appears or vanishes when it is moved.
//!
//! After Jepsen's `bank`: one answer is one read, and has to show both sides of
//! a transfer, or neither.

use crate::model::FollowedCoverage;

use super::breach::Fault;
use super::span::Reads;
use super::suspicion::{Manner, Suspicion, Swept};

/// A sum that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::oracle) struct Uneven<R> {
    pub(in crate::oracle) fault: Fault,
    /// By how much it is more, in ten-thousandths.
    pub(in crate::oracle) by: i64,
    /// The read that was wrong, when it is an earlier one.
    pub(in crate::oracle) read: Option<R>,
}

/// What one user reads at one place.
#[derive(Debug)]
pub(in crate::oracle) struct Sum<R> {
    /// What it added up to at first, in how many reads, and the first of these.
    known: Option<(i64, u32, R)>,
    /// What it added up to when it was something else, last.
    other: Option<i64>,
    standing: Suspicion<(i64, R)>,
    reads: Reads,
}

impl<R> Default for Sum<R> {
    fn default() -> Self {
        Self {
            known: None,
            other: None,
            standing: Suspicion::default(),
            reads: Reads::default(),
        }
    }
}

impl<R: Clone> Sum<R> {
    /// A read that does not show everything.
    pub(in crate::oracle) fn unclear(&mut self) {
        self.reads.ambiguous += 1;
    }

    /// A read of `sum` came to an end; it should be `total`, where that is
    /// known.
    pub(in crate::oracle) fn read(
        &mut self,
        sum: i64,
        total: Option<i64>,
        manner: Manner,
        evidence: impl Fn() -> R,
    ) -> Option<Uneven<R>> {
        let (known, times) = match (total, &self.known) {
            (Some(total), _) => (total, u32::MAX),
            (None, Some((known, times, _))) => (*known, *times),
            (None, None) => {
                self.known = Some((sum, 1, evidence()));
                return None;
            }
        };
        self.reads.decisive += 1;
        if sum == known {
            if let Some((_, times, _)) = &mut self.known {
                *times = times.saturating_add(1);
            }
            return self.told_late(manner);
        }
        let by = sum.saturating_sub(known);
        if times == 1 && self.other == Some(sum) {
            // Twice the same: the first one was wrong.
            let first = self.known.replace((sum, 2, evidence()));
            self.standing.drop_suspect();
            if let Some((_, _, read)) = first {
                let odd = || (by.saturating_neg(), read);
                self.standing.wrong(Manner::default(), None, odd);
            }
            return self.told_late(manner);
        }
        self.other = Some(sum);
        let fault = self.standing.wrong(manner, None, || (by, evidence()))?;
        Some(Uneven {
            fault,
            by,
            read: None,
        })
    }

    fn told_late(&mut self, manner: Manner) -> Option<Uneven<R>> {
        let (fault, (by, read)) = self.standing.right(manner.sweep)?;
        let read = Some(read);
        Some(Uneven { fault, by, read })
    }

    /// Whether it was not read back yet.
    pub(in crate::oracle) fn is_owed(&self) -> bool {
        !self.standing.swept.is_settled()
    }

    pub(in crate::oracle) fn reads(&self) -> Reads {
        self.reads
    }

    /// What became of it.
    pub(in crate::oracle) fn coverage(&self) -> FollowedCoverage {
        let mut counts = FollowedCoverage::default();
        counts.count(self.is_owed(), self.standing.swept == Swept::Lost);
        counts
    }
}
