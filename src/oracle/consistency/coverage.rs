//! What the checkers had to go on.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{ConsistencyCoverage, written_name};

use super::Consistency;
use super::counter::Counter;
use super::list::AppendList;
use super::register::Register;
use super::session::SessionEcho;
use super::set::DurableSet;
use super::sum::Sum;

impl Consistency {
    /// What there was to go on.
    pub(in crate::oracle) fn coverage(&self) -> ConsistencyCoverage {
        let mut coverage = ConsistencyCoverage {
            repeated_keys: self.keys.repeated(),
            ..ConsistencyCoverage::default()
        };
        let reads = self
            .sets
            .values()
            .map(DurableSet::reads)
            .chain(self.registers.values().map(Register::reads))
            .chain(self.counters.values().map(Counter::reads))
            .chain(self.lists.values().map(AppendList::reads))
            .chain(
                self.sums
                    .values()
                    .flat_map(BTreeMap::values)
                    .map(Sum::reads),
            )
            .chain(
                self.sessions
                    .values()
                    .flat_map(BTreeMap::values)
                    .map(SessionEcho::reads),
            );
        let mut all = self.reads_before;
        for reads in reads {
            all.add(reads);
        }
        coverage.decisive_reads = all.decisive;
        coverage.ambiguous_reads = all.ambiguous;
        for (kind, set) in &self.sets {
            coverage.kinds.insert(Arc::clone(kind), set.coverage());
        }
        for (kind, slots) in &self.slots {
            let counts = coverage.kinds.entry(Arc::clone(kind)).or_default();
            let own = slots.coverage();
            counts.refused += own.refused;
            counts.indeterminate += own.indeterminate;
            counts.claimed = own.claimed;
            counts.contended = own.contended;
            counts.doubled = own.doubled;
        }
        for (kind, away, there) in self.refused.coverage() {
            let counts = coverage.kinds.entry(Arc::clone(kind)).or_default();
            counts.stayed_away = away;
            counts.phantoms = there;
        }
        let values = self.registers.iter();
        let values = values.map(|((name, _), own)| (name, own.coverage()));
        let counters = self
            .counters
            .iter()
            .map(|(name, own)| (name, own.coverage()));
        let lists = self.lists.iter();
        let lists = lists.map(|((name, _), own)| (name, own.coverage()));
        let sums = self.sums.iter();
        let sums = sums.flat_map(|((name, _), own)| own.values().map(move |own| (name, own)));
        let sums = sums.map(|(name, own)| (name, own.coverage()));
        for (name, own) in values.chain(counters).chain(lists).chain(sums) {
            coverage
                .followed
                .entry(written_name(name).into())
                .or_default()
                .add(&own);
        }
        coverage
    }
}
