//! A stranger is shown, always the same one.

use std::collections::BTreeSet;

use super::super::incident::{Pattern, Recognised};
use super::{Case, FEWEST};
use crate::model::Rule;

/// Different users see one and the same value that is nobody's.
pub(super) fn built_in(case: &Case<'_>) -> Option<Recognised> {
    let all = case.clues.len();
    if case.clues.first()?.rule != Rule::UnknownIdentity || all < FEWEST {
        return None;
    }
    let values: BTreeSet<_> = case
        .clues
        .iter()
        .filter(|clue| clue.owner.is_none())
        .map(|clue| clue.value)
        .collect();
    let users: BTreeSet<_> = case.clues.iter().map(|clue| clue.user).collect();
    let strangers = case.count(|clue| clue.owner.is_none() && clue.value.is_some());
    if strangers != all || values.len() != 1 || users.len() < 2 {
        return None;
    }
    Some(Recognised {
        pattern: Pattern::BuiltInDefault,
        because: vec![format!(
            "{} showed one and the same value, to {} users, and it is no user's of this run",
            case.of_all(all),
            users.len()
        )],
    })
}
