//! An answer is kept and given to others.

use super::super::incident::{Pattern, Recognised};
use super::{Case, FEWEST, access};
use crate::model::Rule;

/// Of a hundred findings so many need no overlap, so that requests that are
/// under way together do not explain it.
const WITHOUT_OVERLAP: usize = 20;

/// The owner had been answered at the same address before; the address went on
/// showing the owner to others, and no request of the owner needed to be under
/// way.
pub(super) fn kept_for_others(case: &Case<'_>) -> Option<Recognised> {
    let all = case.clues.len();
    if all < FEWEST {
        return None;
    }
    // A probe asks for an address of the owner's, so that what speaks for a cache
    // is always there. Without any check none is needed.
    let probed = case.clues.first()?.rule == Rule::AccessGranted;
    if probed && !access::is_checked(case) {
        return None;
    }
    let after = case.count(|clue| clue.after_owner.is_some());
    let apart = case.count(|clue| clue.after_owner.is_some() && !clue.overlapping.holds);
    let continued = case.count(|clue| clue.continues);
    let repeated = case.count(|clue| clue.repeats);
    let speaks = case.nearly_all(after)
        && apart >= FEWEST
        && apart * 100 >= all * WITHOUT_OVERLAP
        && continued * 2 >= all
        && repeated >= 2;
    // Where the owner's requests come together with it beyond chance, it is
    // not the address alone.
    if !speaks || case.beyond_chance(|clue| clue.later).is_some() {
        return None;
    }
    let longest = case.clues.iter().filter_map(|clue| clue.after_owner).max();
    let longest = longest.unwrap_or_default().as_secs_f64();
    Some(Recognised {
        pattern: Pattern::Cache,
        because: vec![
            format!(
                "{} were answers to the same address within {longest:.1} s of the owner's own \
                 answer",
                case.of_all(after)
            ),
            format!(
                "{} came without any request of the owner under way: no overlap is needed",
                case.of_all(apart)
            ),
            format!(
                "in {} the answer before at that address had shown the same person, in {} to \
                 somebody else",
                case.of_all(continued),
                repeated
            ),
        ],
    })
}

pub(super) fn against(case: &Case<'_>) -> Vec<String> {
    let mut told = Vec::new();
    let never = case.count(|clue| clue.after_owner.is_none());
    if never > 0 {
        told.push(format!(
            "in {} no answer of the owner's own at that address was seen before",
            case.of_all(never)
        ));
    }
    let first = case.count(|clue| !clue.continues);
    if first > 0 {
        told.push(format!(
            "in {} the answer before at that address had shown somebody else",
            case.of_all(first)
        ));
    }
    told
}
