//! Hazards counted together: one for each kind, route and message.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Hazard, HazardKind, HazardWitness, SeenHazard};
use crate::oracle::Observation;

/// Different hazards that are kept; a hostile service shall not fill the
/// memory with more.
const MOST: usize = 1_000;

/// Every hazard so far.
#[derive(Debug, Default)]
pub(in crate::oracle) struct HazardTally {
    hazards: BTreeMap<(HazardKind, String, String), Hazard>,
}

impl HazardTally {
    /// Counts `hazard`, which was seen on `observation`.
    pub(in crate::oracle) fn add(&mut self, hazard: &SeenHazard, observation: &Observation) {
        let key = (
            hazard.kind,
            observation.route.clone(),
            hazard.message.clone(),
        );
        if let Some(known) = self.hazards.get_mut(&key) {
            known.count += 1;
            return;
        }
        if self.hazards.len() >= MOST {
            return;
        }
        let first = Hazard {
            kind: hazard.kind,
            route: observation.route.clone(),
            message: hazard.message.clone(),
            count: 1,
            first: HazardWitness {
                request: observation.request,
                traceparent: observation.request.traceparent(),
                user: observation.user,
                status: observation.status,
                step: Arc::clone(&observation.step),
                sent: observation.sent,
                instance: observation.instance.clone(),
                spot: hazard.spot.clone(),
            },
        };
        self.hazards.insert(key, first);
    }

    /// All of them, by kind and route.
    pub(in crate::oracle) fn all(&self) -> Vec<Hazard> {
        self.hazards.values().cloned().collect()
    }
}
