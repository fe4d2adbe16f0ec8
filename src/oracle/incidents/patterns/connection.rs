//! Answers are read from a connection that is out of step.

use super::super::clue::Clue;
use super::super::incident::{Pattern, Recognised};
use super::Case;
use crate::model::Rule;

/// Answers that belong to requests which were broken off; or to requests that
/// were themselves given another's answer, as when a connection is off by one.
pub(super) fn desynchronised(case: &Case<'_>) -> Option<Recognised> {
    if case.clues.first()?.rule == Rule::WrongResponse {
        return by_echo(case);
    }
    let (holds, chance) = case.beyond_chance(|clue| clue.broke_off)?;
    Some(Recognised {
        pattern: Pattern::DesynchronisedConnection,
        because: vec![format!(
            "in {} the owner had broken off a request within the 5 s before ({:.0} % by chance)",
            case.of_all(holds),
            chance * 100.0
        )],
    })
}

fn by_echo(case: &Case<'_>) -> Option<Recognised> {
    let broken = case.count(|clue| clue.other_broke.is_some());
    let passed_on = |clue: &Clue| {
        clue.other_broke.is_none() && clue.answer_to.is_some_and(|own| case.wrong.contains(&own))
    };
    let chained = case.count(passed_on);
    if broken == 0 || !case.nearly_all(broken + chained) {
        return None;
    }
    let mut because = vec![format!(
        "{} gave the answer to a request that its user had broken off",
        case.of_all(broken)
    )];
    if chained > 0 {
        because.push(format!(
            "{} gave the answer to a request that was itself given another's: off by one",
            case.of_all(chained)
        ));
    }
    Some(Recognised {
        pattern: Pattern::DesynchronisedConnection,
        because,
    })
}
