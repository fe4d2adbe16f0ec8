//! Places of a text, to ask whether one of them covers another one.

use std::ops::Range;

/// Where each begins, in order, and where the furthest of those up to it ends.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Cover(Vec<(usize, usize)>);

impl Cover {
    /// Of these places.
    pub(in crate::oracle) fn of<'r>(ranges: impl IntoIterator<Item = &'r Range<usize>>) -> Self {
        let mut places: Vec<(usize, usize)> = ranges
            .into_iter()
            .map(|range| (range.start, range.end))
            .collect();
        places.sort_unstable();
        let mut furthest = 0;
        for (_, end) in &mut places {
            furthest = furthest.max(*end);
            *end = furthest;
        }
        Self(places)
    }

    /// Whether all of `range` lies within one of them.
    pub(in crate::oracle) fn covers(&self, range: &Range<usize>) -> bool {
        let behind = self.0.partition_point(|(start, _)| *start <= range.start);
        self.0[..behind]
            .last()
            .is_some_and(|(_, furthest)| range.end <= *furthest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_lies_within_one_of_them_is_covered(
            places in prop::collection::vec((0_usize..20, 0_usize..6), 0..8),
            (start, length) in (0_usize..20, 0_usize..6),
        ) {
            let places: Vec<Range<usize>> = places
                .into_iter()
                .map(|(start, length)| start..start + length)
                .collect();
            let range = start..start + length;
            let within = |other: &Range<usize>| other.start <= range.start && range.end <= other.end;
            let expected = places.iter().any(within);
            prop_assert_eq!(Cover::of(&places).covers(&range), expected);
        }
    }
}
