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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Whole;

    fn effect(verb: Verb, value: &str) -> Effect<String> {
        Effect {
            verb,
            of: "note".into(),
            value: value.to_owned(),
            by: 7,
            foretold: true,
            confirmed: true,
            coined: true,
        }
    }

    /// Whether both are the same to the checkers.
    fn is_same(one: &Dealings<String>, two: &Dealings<String>) -> bool {
        let hasher = ValueHasher::new([1; 32]);
        hashed(one, &hasher) == hashed(two, &hasher)
    }

    #[test]
    fn what_people_write_is_compared_without_regard_to_case() {
        for (verb, same) in [
            (Verb::Wrote, true),
            (Verb::Appended, true),
            (Verb::Saved, false),
            (Verb::Deleted, false),
            (Verb::Claimed, false),
        ] {
            let [one, two] = ["Dr.  Ann Lee", "dr. ann lee"].map(|value| Dealings {
                effects: vec![effect(verb, value)],
                ..Dealings::default()
            });
            assert_eq!(is_same(&one, &two), same, "{verb:?}");
        }
        let shown: [fn(String) -> What<String>; 5] = [
            What::Value,
            |value| What::Sequence {
                values: vec![value],
                whole: Whole::Yes,
            },
            |value| What::Listed {
                values: vec![value],
                whole: Whole::Yes,
            },
            |value| What::Found {
                value,
                present: true,
            },
            |_| What::Count(17),
        ];
        let same = shown.map(|shown| {
            let [one, two] = ["Dr.  Ann Lee", "dr. ann lee"].map(|value| Dealings {
                shown: vec![Shown::new("note", shown(value.to_owned()))],
                ..Dealings::default()
            });
            is_same(&one, &two)
        });
        assert_eq!(same, [true, true, false, false, true]);
    }

    /// Everything else stays as it was.
    #[test]
    fn only_values_are_hashed() {
        let hasher = ValueHasher::new([1; 32]);
        let dealings = Dealings {
            effects: vec![effect(Verb::Saved, "a")],
            named: vec!["b".to_owned()],
            clears: vec!["note".into()],
            touches: true,
            key: Some("c".to_owned()),
            ..Dealings::default()
        };
        let hash = |value| hasher.hash(value);
        let found = hashed(&dealings, &hasher);
        let effect = &found.effects[0];
        assert_eq!((effect.verb, effect.value), (Verb::Saved, hash("a")));
        assert_eq!((effect.by, &*effect.of), (7, "note"));
        assert!(effect.foretold && effect.confirmed && effect.coined);
        assert_eq!((found.named, found.key), (vec![hash("b")], Some(hash("c"))));
        assert_eq!(found.clears, dealings.clears);
        assert!(found.touches);
    }
}
