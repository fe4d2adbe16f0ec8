//! One credential was given to several users.

use std::collections::BTreeSet;

use super::super::incident::{Pattern, Recognised};
use super::Case;
use crate::model::Rule;

/// That is what the rule says; what is added is how far apart the two were.
pub(super) fn collision(case: &Case<'_>) -> Option<Recognised> {
    if case.clues.first()?.rule != Rule::SessionSwap {
        return None;
    }
    let shared: BTreeSet<_> = case
        .clues
        .iter()
        .filter_map(|clue| clue.credential.as_ref())
        .map(|own| own.hash)
        .collect();
    if shared.is_empty() {
        return None;
    }
    let s = if shared.len() == 1 { "" } else { "s" };
    let were = if shared.len() == 1 { "was" } else { "were" };
    let mut because = vec![format!(
        "{} credential{s} {were} given to more than one user",
        shared.len()
    )];
    let given: Vec<_> = case
        .clues
        .iter()
        .filter_map(|clue| clue.credential.as_ref())
        .filter_map(|own| Some((own.apart?, own.at_sign_in)))
        .collect();
    if let Some((longest, _)) = given.iter().max() {
        let at_sign_in = given.iter().filter(|(_, sign_in)| *sign_in).count();
        let what = if at_sign_in == given.len() {
            "both users signed in"
        } else {
            "both users got it"
        };
        because.push(format!(
            "in {} {what} within {:.0} ms of each other",
            case.of_all(given.len()),
            longest.as_secs_f64() * 1e3
        ));
    }
    Some(Recognised {
        pattern: Pattern::CredentialCollision,
        because,
    })
}

pub(super) fn against(case: &Case<'_>) -> Vec<String> {
    let elsewhere = case.count(|clue| {
        clue.credential
            .as_ref()
            .is_some_and(|own| own.apart.is_some() && !own.at_sign_in)
    });
    if elsewhere == 0 {
        return Vec::new();
    }
    vec![format!(
        "in {} the credential was not given at a sign-in: an answer with `Set-Cookie` may have \
         been kept and given to others",
        case.of_all(elsewhere)
    )]
}
