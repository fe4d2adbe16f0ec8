//! Requests that are under way together share a field, a buffer or a context.

use super::super::incident::{Pattern, Recognised};
use super::Case;

/// Above this share of the others, overlapping says little.
const OFTEN: f64 = 0.2;

/// The owner's own request on the same route was under way at the same time,
/// more often than anybody else's was. Where everybody's always is, because the
/// service is slow or the load is high, this is told by requests that were
/// *sent* while the answer was under way: the last one to write wins.
pub(super) fn shared(case: &Case<'_>) -> Option<Recognised> {
    case.clues.iter().find(|clue| clue.other().is_some())?;
    let because = if let Some((holds, chance)) = case.beyond_chance(|clue| clue.later) {
        format!(
            "in {} the owner's own request on the same route was sent while the answer was under \
             way ({:.0} % by chance)",
            case.of_all(holds),
            chance * 100.0
        )
    } else {
        let (holds, chance) = case.beyond_chance(|clue| clue.overlapping)?;
        // Under high load the request before overlaps as well; what is only
        // left over from it needs no overlap.
        if chance > OFTEN && case.nearly_all(case.count(|clue| clue.previous)) {
            return None;
        }
        format!(
            "in {} the owner's own request on the same route was under way at the same time \
             ({:.0} % by chance)",
            case.of_all(holds),
            chance * 100.0
        )
    };
    let mut because = vec![because];
    let known = case.count(|clue| clue.passed.instance.is_some());
    if known == case.clues.len() {
        because.push("both were answered by the same instance".to_owned());
    }
    Some(Recognised {
        pattern: Pattern::SharedState,
        because,
    })
}

pub(super) fn against(case: &Case<'_>) -> Vec<String> {
    let apart = case.count(|clue| !clue.overlapping.holds);
    if apart == 0 {
        return Vec::new();
    }
    vec![format!(
        "{} came without a request of the owner on the same route at the same time",
        case.of_all(apart)
    )]
}
