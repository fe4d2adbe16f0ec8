//! From values to their hashes.

use std::sync::Arc;

use crate::model::{Dealings, Effect, Shown, ValueHash, ValueHasher, Verb, What};
use crate::oracle::fold;

/// `dealings` without any value. Values that people write are compared without
/// regard to case and white space; ids are compared as they are.
pub(in crate::oracle) fn hashed(
    dealings: &Dealings<String>,
    hasher: &ValueHasher,
) -> Dealings<ValueHash> {
    let hash = |value: &String| hasher.hash(value);
    let folded = |value: &String| hasher.hash(&fold(value));
    let all = |values: &[String]| values.iter().map(hash).collect::<Vec<_>>();
    Dealings {
        effects: dealings
            .effects
            .iter()
            .map(|effect| Effect {
                verb: effect.verb,
                of: Arc::clone(&effect.of),
                value: match effect.verb {
                    Verb::Wrote | Verb::Appended => folded(&effect.value),
                    _ => hash(&effect.value),
                },
                by: effect.by,
                foretold: effect.foretold,
                confirmed: effect.confirmed,
                coined: effect.coined,
            })
            .collect(),
        shown: dealings
            .shown
            .iter()
            .map(|shown| Shown {
                of: Arc::clone(&shown.of),
                what: match &shown.what {
                    What::Listed { values, whole } => What::Listed {
                        values: all(values),
                        whole: *whole,
                    },
                    What::Found { value, present } => What::Found {
                        value: hash(value),
                        present: *present,
                    },
                    What::Value(value) => What::Value(folded(value)),
                    What::Count(count) => What::Count(*count),
                    What::Sequence { values, whole } => What::Sequence {
                        values: values.iter().map(folded).collect(),
                        whole: *whole,
                    },
                    What::Requests(count) => What::Requests(*count),
                    What::Sum { sum, total, whole } => What::Sum {
                        sum: *sum,
                        total: *total,
                        whole: *whole,
                    },
                },
                eventual: shown.eventual,
                users_only: shown.users_only,
                at: shown.at.clone(),
            })
            .collect(),
        named: all(&dealings.named),
        clears: dealings.clears.clone(),
        touches: dealings.touches,
        key: dealings.key.as_ref().map(hash),
        read_back: dealings.read_back,
    }
}
