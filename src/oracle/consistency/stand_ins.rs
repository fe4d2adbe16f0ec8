//! What a place shows in place of what was written: a default, an old text.
//!
//! A service may write values in a spelling of its own, and then a read shows a
//! value that nobody wrote, though nothing was lost. But a spelling is another
//! one for each value. What a place shows alike for different values, while it
//! shows others as they were written, is no spelling of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::ValueHash;

/// Different values that a place has to have shown as they were written.
const FAITHFUL: usize = 5;

/// Places, and values at one place, that are remembered.
const MOST: usize = 64;

/// What steps call the value, by which request it is read, and where in its
/// response.
pub(super) type Place<'a> = (&'a str, &'a str, Option<&'a str>);

#[derive(Debug, Default)]
pub(super) struct StandIns {
    places: BTreeMap<(String, String, Option<String>), Shown>,
}

#[derive(Debug, Default)]
struct Shown {
    verbatim: BTreeSet<ValueHash>,
    /// Values that nobody wrote, each with some of those that were due.
    instead: BTreeMap<ValueHash, BTreeSet<ValueHash>>,
}

impl StandIns {
    /// `place` shows `value`, and `due` was to be shown. Whether `value` stands
    /// for what is not there.
    pub(super) fn is_one(&mut self, place: Place<'_>, value: ValueHash, due: ValueHash) -> bool {
        let (name, route, at) = place;
        let place = (name.to_owned(), route.to_owned(), at.map(str::to_owned));
        if self.places.len() == MOST && !self.places.contains_key(&place) {
            return false;
        }
        let shown = self.places.entry(place).or_default();
        if value == due {
            if shown.verbatim.len() < FAITHFUL {
                shown.verbatim.insert(value);
            }
            return false;
        }
        if shown.instead.len() == MOST && !shown.instead.contains_key(&value) {
            return false;
        }
        let missed = shown.instead.entry(value).or_default();
        if missed.len() < 2 {
            missed.insert(due);
        }
        missed.len() == 2 && shown.verbatim.len() == FAITHFUL
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ValueHasher;

    fn value(text: &str) -> ValueHash {
        ValueHasher::new([1; 32]).hash(text)
    }

    /// Shows each of these in place of what was due, and tells which stood in.
    fn stood_in(shown: &[(&str, &str)]) -> Vec<bool> {
        let mut stand_ins = StandIns::default();
        shown
            .iter()
            .map(|(shown, due)| {
                let place = ("note", "GET /note", Some("$.text"));
                stand_ins.is_one(place, value(shown), value(due))
            })
            .collect()
    }

    const FIVE: [(&str, &str); 5] = [("a", "a"), ("b", "b"), ("c", "c"), ("d", "d"), ("e", "e")];

    #[test]
    fn what_is_shown_for_two_is_a_spelling_of_neither() {
        let shown = [&FIVE[..], &[("new", "f"), ("new", "f"), ("new", "g")]].concat();
        assert_eq!(stood_in(&shown)[5..], [false, false, true]);
    }

    #[test]
    fn a_spelling_is_another_one_for_each_value() {
        let shown = [&FIVE[..], &[("1.5", "1.50"), ("2.5", "2.50")]].concat();
        assert!(!stood_in(&shown).contains(&true));
    }

    #[test]
    fn where_all_is_spelled_otherwise_nobody_knows() {
        let masked = [("***", "a"), ("***", "b"), ("***", "c"), ("d", "d")];
        assert!(!stood_in(&masked).contains(&true));
    }

    #[test]
    fn what_is_shown_for_many_stands_for_all_of_them() {
        let more = [("f", "f"), ("new", "g"), ("new", "h"), ("new", "i")];
        let shown = [&FIVE[..], &more].concat();
        assert_eq!(stood_in(&shown)[5..], [false, false, true, true]);
    }

    /// What is remembered of sixty-four is not forgotten for the next one.
    #[test]
    fn many_values_and_places_do_not_displace_the_first() {
        let mut stand_ins = StandIns::default();
        let mut shows = |route: &str, shown: &str, due: &str| {
            let place = ("note", route, None);
            stand_ins.is_one(place, value(shown), value(due))
        };
        for (shown, due) in FIVE {
            assert!(!shows("GET /note", shown, due));
        }
        assert!(!shows("GET /note", "new", "first"));
        for number in 0..70 {
            let spelling = format!("spelling {number}");
            assert!(!shows("GET /note", &spelling, &number.to_string()));
        }
        assert!(shows("GET /note", "new", "second"));
        // The last one of these came too late.
        assert!(!shows("GET /note", "spelling 69", "other"));
        for number in 0..70 {
            let route = format!("GET /notes/{number}");
            for (shown, due) in FIVE {
                assert!(!shows(&route, shown, due));
            }
        }
        assert!(shows("GET /note", "new", "third"));
        assert!(!shows("GET /notes/69", "new", "fourth"));
        assert!(!shows("GET /notes/69", "new", "fifth"));
    }
}
