//! The oracle: of every response it asks whose data it is.
//!
//! It has two halves. *Looking* finds known facts in a response, wherever a
//! service may put them ([`look`]), and notes what it saw, without any raw
//! value, in an [`Observation`]. *Judging* ([`Judge`]) applies the rules to
//! observations, one after another, and gives findings. Judging needs nothing
//! but the observations, so that a recorded run can be judged again.
//!
//! There is no clock, no I/O and no async in here.

mod consistency;
mod echo;
mod elsewhere;
mod excuses;
mod eyes;
mod field;
mod fold;
mod forms;
mod hazards;
mod holders;
mod in_flight;
pub mod incidents;
mod index;
mod issued;
mod judge;
mod label;
mod learning;
pub mod look;
mod noting;
mod observation;
mod overlaps;
mod provocations;
mod rules;
mod scoped;
mod sharing;
#[cfg(test)]
mod sharing_tests;
mod short_numbers;
mod sights;
#[cfg(test)]
mod tests;
mod typed;
mod untold;

pub use eyes::{Eyes, EyesSettings};
pub use fold::fold;
pub use forms::{is_same, shows};
pub use hazards::FEWEST_CREDENTIALS;
pub use in_flight::InFlight;
pub use incidents::Incident;
pub use index::{FactIndex, IndexedFact};
pub use judge::{Judge, JudgeSettings};
pub use learning::{Claims, Scope};
pub use observation::{
    Echo, IdentityReading, IssuedCredential, Observation, Relation, SentBefore, Sighting,
};
pub use sharing::{RoleRights, Sharing};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{
    Coverage, Endpoint, Exchange, Finding, Followed, Hazard, Invocation, Rule, UserId,
};

/// Looking and judging together, for a live run.
#[derive(Debug)]
pub struct Oracle {
    eyes: Arc<Eyes>,
    in_flight: Arc<InFlight>,
    judge: Mutex<Judge>,
}

impl Oracle {
    /// An oracle that looks with `eyes` and judges with `judge`.
    pub fn new(eyes: Arc<Eyes>, in_flight: Arc<InFlight>, judge: Judge) -> Self {
        Self {
            eyes,
            in_flight,
            judge: Mutex::new(judge),
        }
    }

    /// What the oracle knows and how it looks.
    pub fn eyes(&self) -> &Arc<Eyes> {
        &self.eyes
    }

    /// Which requests are under way.
    pub fn in_flight(&self) -> &Arc<InFlight> {
        &self.in_flight
    }

    /// Judges `exchange`, which happened in the scale window `window`, and
    /// hands the observation with its findings to `record` while the order of
    /// judging is held, so that a recording has the same order.
    pub fn observe<T>(
        &self,
        exchange: &Exchange,
        window: &str,
        record: impl FnOnce(&Observation, &[Finding]) -> T,
    ) -> T {
        let observation = self.eyes.observe(exchange, window, &self.in_flight);
        self.eyes.note_typed(exchange);
        let mut judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        let findings = judge.judge(&observation);
        self.in_flight.judged(exchange.user, exchange.id);
        record(&observation, &findings)
    }

    /// Takes note of a request that is about to be sent, and hands it to
    /// `record` while the order of judging is held.
    pub fn announce(&self, coming: &Invocation, record: impl FnOnce(&Invocation)) {
        let mut judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        judge.invoked(coming);
        record(coming);
    }

    /// Whether `user` has anything of `kind` that has to be read back.
    pub fn is_owed(&self, kind: &str, user: UserId) -> bool {
        let judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        judge.is_owed(kind, user)
    }

    /// Whether what is called `name`, as `user` sees it, has to be read back.
    pub fn is_unread(&self, followed: Followed, name: &str, user: UserId) -> bool {
        let judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        judge.is_unread(followed, name, user)
    }

    /// The number of the last finding so far.
    pub fn numbered(&self) -> u64 {
        let judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        judge.numbered()
    }

    /// Violations of each rule so far.
    pub fn counts(&self) -> BTreeMap<Rule, u64> {
        let judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        judge.counts().clone()
    }

    /// The weaknesses that were seen so far.
    pub fn hazards(&self) -> Vec<Hazard> {
        let judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        judge.hazards()
    }

    /// What was seen so far of each route at each instance.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        judge.endpoints()
    }

    /// What the findings so far have in common.
    pub fn incidents(&self) -> Vec<Incident> {
        let judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        judge.incidents()
    }

    /// What was checked so far.
    pub fn coverage(&self) -> Coverage {
        let judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        let mut coverage = judge.coverage();
        drop(judge);
        coverage.facts = self.eyes.accusing();
        coverage.contested = self.eyes.contested();
        coverage.overlapping_pairs = self.in_flight.overlapping_pairs();
        coverage
    }
}
