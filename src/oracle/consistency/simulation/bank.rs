//! Accounts between which users move something.

use super::Bug;
use crate::model::{What, Whole};

/// What is in each of them.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    pub(super) accounts: [i64; Bank::ACCOUNTS],
}

impl Default for Bank {
    fn default() -> Self {
        Self {
            accounts: [1_000_000; Self::ACCOUNTS],
        }
    }
}

impl Bank {
    pub(super) const ACCOUNTS: usize = 6;

    /// Moves something; gives what arrives later.
    pub(super) fn transfer(
        &mut self,
        from: usize,
        to: usize,
        number: usize,
        bug: Bug,
    ) -> Option<i64> {
        let amount = 10_000;
        let wrong = number.is_multiple_of(3);
        self.accounts[from] -= amount;
        match bug {
            Bug::TornTransfers => return Some(amount),
            Bug::LostTransfers if wrong => {}
            Bug::DoubledTransfers if wrong => self.accounts[to] += 2 * amount,
            _ => self.accounts[to] += amount,
        }
        None
    }

    pub(super) fn audit(&self) -> What<u64> {
        What::Sum {
            sum: self.accounts.iter().sum(),
            total: None,
            whole: Whole::Yes,
        }
    }
}
