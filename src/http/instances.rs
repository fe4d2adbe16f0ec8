//! Which instance answered, as far as a service tells it.

use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashSet;

use crate::config::InstanceConfig;
use crate::model::{InstanceId, Received};

/// Instances that are told apart. Of each a good deal is kept, and no service has so
/// many lives in a run.
const MOST: usize = 10_000;

/// Bytes of a name, and of an incarnation: names in the DNS have no more than 253.
/// They are written down with every response.
const LONGEST: usize = 256;

/// The instances that have answered so far.
#[derive(Debug)]
pub(super) struct Instances {
    headers: InstanceConfig,
    known: DashSet<InstanceId>,
    left_out: AtomicU64,
}

impl Instances {
    pub(super) fn new(headers: InstanceConfig) -> Self {
        Self {
            headers,
            known: DashSet::new(),
            left_out: AtomicU64::new(0),
        }
    }

    /// The instance that gave `response`, if that is told and can be kept.
    pub(super) fn of(&self, response: &Received) -> Option<InstanceId> {
        let name = response.header(&self.headers.header)?;
        let incarnation = response.header(&self.headers.incarnation_header);
        let incarnation = incarnation.unwrap_or_default();
        if name.len() <= LONGEST && incarnation.len() <= LONGEST {
            let id = InstanceId {
                name: name.to_owned(),
                incarnation: incarnation.to_owned(),
            };
            if self.known.contains(&id) {
                return Some(id);
            }
            if self.known.len() < MOST {
                self.known.insert(id.clone());
                return Some(id);
            }
        }
        self.left_out.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// What the user should know of responses whose instance is not kept.
    pub(super) fn note(&self) -> Option<String> {
        let left_out = self.left_out.load(Ordering::Relaxed);
        (left_out > 0).then(|| {
            format!(
                "of {left_out} responses it is not known which instance answered: more than {MOST} \
                 were named, or by names longer than {LONGEST} bytes; see `{}` and `{}`",
                self.headers.header, self.headers.incarnation_header
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instances() -> Instances {
        Instances::new(InstanceConfig {
            header: "x-instance".to_owned(),
            incarnation_header: "x-incarnation".to_owned(),
        })
    }

    fn from(name: &str, incarnation: Option<&str>) -> Received {
        let headers = [("x-instance", Some(name)), ("x-incarnation", incarnation)];
        let told = headers
            .iter()
            .filter_map(|(own, value)| Some(((*own).to_owned(), (*value)?.to_owned())));
        Received {
            headers: told.collect(),
            ..Received::default()
        }
    }

    #[test]
    fn so_many_instances_are_told_apart() {
        let instances = instances();
        for at in 0..MOST {
            let name = format!("n{at}");
            let id = instances.of(&from(&name, Some("1"))).unwrap();
            assert_eq!(id.to_string(), format!("{name}/1"));
        }
        assert_eq!(instances.note(), None);
        for _ in 0..2 {
            assert_eq!(instances.of(&from("n7", Some("2"))), None);
        }
        assert!(instances.of(&from("n7", Some("1"))).is_some());
        let note = instances.note().unwrap();
        assert!(note.starts_with("of 2 responses"), "{note}");
        assert!(note.contains("`x-instance`"), "{note}");
    }

    #[test]
    fn names_that_are_too_long_tell_nobody() {
        let instances = instances();
        let long = |length| "n".repeat(length);
        for (name, incarnation, told) in [
            (long(1), None, true),
            (long(LONGEST), Some(long(LONGEST)), true),
            (long(LONGEST + 1), None, false),
            (long(1), Some(long(LONGEST + 1)), false),
        ] {
            let response = from(&name, incarnation.as_deref());
            assert_eq!(instances.of(&response).is_some(), told, "{name}");
        }
        assert!(instances.note().unwrap().starts_with("of 2 responses"));
        assert_eq!(instances.of(&Received::default()), None);
        assert!(instances.note().unwrap().starts_with("of 2 responses"));
    }
}
