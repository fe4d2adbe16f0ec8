//! What a control plane calls the instances, in the words of their responses.

use crate::config::Pattern;
use crate::model::InstanceId;

/// Patterns for the two parts of an instance's identity.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    instance: Pattern,
    incarnation: Pattern,
}

impl Naming {
    /// The patterns that the user gave, else the usual ones.
    pub(super) fn new(
        (instance, usual_instance): (Option<&Pattern>, &str),
        (incarnation, usual_incarnation): (Option<&Pattern>, &str),
    ) -> Self {
        let or = |given: Option<&Pattern>, usual| {
            given.map_or_else(|| Pattern::new(usual), Pattern::clone)
        };
        Self {
            instance: or(instance, usual_instance),
            incarnation: or(incarnation, usual_incarnation),
        }
    }

    /// The identity of an instance of which this is `known`.
    pub(super) fn identity(&self, known: &[(&str, &str)]) -> InstanceId {
        InstanceId {
            name: self.instance.fill(known),
            incarnation: self.incarnation.fill(known),
        }
    }
}
