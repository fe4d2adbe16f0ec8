//! What simulated requests do and show, as the checkers are told it.

use super::super::operation::Kind;
use super::Simulation;
use crate::model::{Dealings, Effect, Shown, ValueHash, Verb, What};

impl Simulation {
    pub(super) fn hash(&self, value: u64) -> ValueHash {
        self.hasher.hash(&value.to_string())
    }

    pub(super) fn dealings(&self, at: usize, confirmed: bool) -> Dealings<ValueHash> {
        let op = &self.ops[at];
        let effect = |verb, of: &str, value: u64| Effect {
            verb,
            of: of.into(),
            value: self.hash(value),
            by: i64::from(verb == Verb::Raised),
            foretold: true,
            confirmed,
            coined: verb == Verb::Saved,
        };
        let effects = match op.kind {
            Kind::Save(_) | Kind::Invalid(_) => vec![effect(Verb::Saved, "note", op.id)],
            Kind::Delete(id) => vec![effect(Verb::Deleted, "note", id)],
            Kind::Claim(id) => vec![effect(Verb::Claimed, "slot", id)],
            Kind::Release(id) => vec![effect(Verb::Released, "slot", id)],
            Kind::Write(value) => vec![effect(Verb::Wrote, "name", value)],
            Kind::Raise => vec![effect(Verb::Raised, "likes", 0)],
            Kind::Append(value) => vec![effect(Verb::Appended, "log", value)],
            _ => Vec::new(),
        };
        let shown = op.what.as_ref().map(|what| {
            let (of, what) = match what {
                What::Listed { values, whole } => (
                    "note",
                    What::Listed {
                        values: values.iter().map(|own| self.hash(*own)).collect(),
                        whole: *whole,
                    },
                ),
                What::Found { value, present } => (
                    "note",
                    What::Found {
                        value: self.hash(*value),
                        present: *present,
                    },
                ),
                What::Value(value) => ("name", What::Value(self.hash(*value))),
                What::Count(count) => ("likes", What::Count(*count)),
                What::Sequence { values, whole } => (
                    "log",
                    What::Sequence {
                        values: values.iter().map(|own| self.hash(*own)).collect(),
                        whole: *whole,
                    },
                ),
                What::Requests(count) => ("requests", What::Requests(*count)),
                What::Sum { sum, total, whole } => (
                    "accounts",
                    What::Sum {
                        sum: *sum,
                        total: *total,
                        whole: *whole,
                    },
                ),
            };
            Shown {
                of: of.into(),
                what,
                eventual: false,
                users_only: true,
                at: None,
            }
        });
        Dealings {
            effects,
            shown: shown.into_iter().collect(),
            read_back: op.sweep,
            ..Dealings::default()
        }
    }
}
