//! What is free is looked at first, and claimed in a second step.

use super::super::incident::{Pattern, Recognised};
use super::Case;
use crate::model::Rule;

/// The owner's own claim of the same thing was under way at the same time, more
/// often than anybody else's: both found it free. Without any check, claims that
/// come later would succeed as well.
pub(super) fn check_then_act(case: &Case<'_>) -> Option<Recognised> {
    if case.clues.first()?.rule != Rule::DoubleBooking {
        return None;
    }
    let (holds, chance) = case.beyond_chance(|clue| clue.claim)?;
    Some(Recognised {
        pattern: Pattern::CheckThenAct,
        because: vec![format!(
            "in {} the claim of who got it first was under way at the same time ({:.0} % by \
             chance)",
            case.of_all(holds),
            chance * 100.0
        )],
    })
}

pub(super) fn against(case: &Case<'_>) -> Vec<String> {
    let apart = case.count(|clue| !clue.claim.holds);
    if apart == 0 {
        return Vec::new();
    }
    vec![format!(
        "in {} the other claim had been acknowledged before this one was sent",
        case.of_all(apart)
    )]
}
