//! `foreign-data`: a response carries a fact of somebody else.

use std::collections::BTreeMap;

use crate::model::{Origin, Rule, Spot, UserId, Visibility};
use crate::oracle::judge::{Judge, Violation};
use crate::oracle::{Observation, Sighting};

/// One violation for each owner whose facts were seen. When the user carries
/// the owner's session credential, the service answered *as* the owner, and the
/// violation is the swapped session.
pub(in crate::oracle) fn judge(judge: &Judge, seen: &Observation, violations: &mut Vec<Violation>) {
    let mut owners: BTreeMap<UserId, Vec<usize>> = BTreeMap::new();
    for (at, sighting) in seen.sightings.iter().enumerate() {
        owners.entry(sighting.owner).or_default().push(at);
    }
    for (owner, sightings) in owners {
        if super::access_granted::explains(seen, owner) {
            continue;
        }
        // The credential that the user was given names the owner: that it was
        // given is the violation, whether or not the owner's own sign-in was
        // judged already. If it was, `session_swap::issued` has told it.
        let in_credential = |at: &usize| is_in_issued_token(seen, &seen.sightings[*at].spot);
        if sightings.iter().all(in_credential) {
            if !judge.was_given_credential_of(seen, owner) {
                let named = &seen.sightings[sightings[0]];
                violations.push(Violation {
                    rule: Rule::SessionSwap,
                    owner: Some(owner),
                    message: format!(
                        "{} was given a session credential that names {owner}: {} in {}",
                        seen.user, named.fact, named.spot
                    ),
                    sighting: None,
                    identity: None,
                });
            }
            continue;
        }
        // What is private tells more than what a household shares.
        let first = sightings
            .iter()
            .copied()
            .min_by_key(|at| (seen.sightings[*at].visibility != Visibility::Private, *at))
            .unwrap_or(sightings[0]);
        let sighting = &seen.sightings[first];
        let more = match sightings.len() - 1 {
            0 => String::new(),
            1 => " and one more fact".to_owned(),
            more => format!(" and {more} more facts"),
        };
        let group = match sighting.holders {
            0 | 1 => String::new(),
            holders => format!(", which {holders} of one group have,"),
        };
        let (fact, spot) = (&sighting.fact, &sighting.spot);
        let what = format!("{fact} of {owner}{group} in {spot}{more}");
        let swapped = judge.shares_credential(seen, owner);
        violations.push(Violation {
            rule: if swapped {
                Rule::SessionSwap
            } else {
                Rule::ForeignData
            },
            owner: Some(owner),
            message: if swapped {
                format!("{} was answered as {owner}: saw {what}", seen.user)
            } else {
                format!("{} saw {what}", seen.user)
            },
            sighting: Some(first),
            identity: None,
        });
    }
}

/// Whether `spot` is inside a token that the response gives as a credential: in
/// the cookie of that name, or in the body when requests carry it in a header.
/// A token in some other header is data like any other.
fn is_in_issued_token(seen: &Observation, spot: &Spot) -> bool {
    let Spot::Way(way) = spot else { return false };
    let is_credential = |name: &str| seen.issued.iter().any(|own| own.name == name);
    spot.is_in_token()
        && match way.first() {
            Some(Spot::Cookie(name)) => is_credential(name),
            Some(Spot::Header(_) | Spot::Trailer(_)) => false,
            _ => !seen.issued.is_empty(),
        }
}

/// Why the value was held private, for people who doubt it.
pub(in crate::oracle) fn held_private(sighting: &Sighting, reader: UserId) -> String {
    let (fact, owner) = (&sighting.fact, sighting.owner);
    let lesson = sighting.lesson.as_ref().map(|lesson| {
        let field = lesson
            .field
            .as_ref()
            .map_or_else(String::new, |field| format!(", in a field `{field}`,"));
        format!(
            "from the answer to {} at {}{field} ",
            lesson.route, lesson.place
        )
    });
    let origin = match (sighting.origin, lesson) {
        (Origin::Generated, _) => "generated for".to_owned(),
        (Origin::Account, _) => "read from the accounts file for".to_owned(),
        (Origin::Learned, Some(lesson)) => format!("learned {lesson}for"),
        (Origin::Learned, None) => "declared by a step for".to_owned(),
        (Origin::Session, _) => "issued by the service to".to_owned(),
    };
    let visibility = match sighting.visibility {
        Visibility::Private => "private to that user",
        Visibility::Group => "shared only within that user's group",
        Visibility::Public => "public",
    };
    let mut shared = String::new();
    for grant in &sighting.shared {
        let end = grant
            .until
            .map_or_else(String::new, |until| format!(" until {until}"));
        shared.push_str(&format!(
            ", shared with {} from {}{end}",
            grant.user, grant.from
        ));
    }
    if !sighting.shared.is_empty() && sighting.shared.iter().all(|grant| grant.user != reader) {
        shared.push_str(&format!(", never with {reader}"));
    }
    let typed = sighting.sent_before.as_ref().map(|before| {
        let times = match before.times {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        format!(
            ", but {reader} had sent it before ({times}, first with {} at {}): this may be their \
             own input",
            before.route, before.at
        )
    });
    let typed = typed.unwrap_or_default();
    format!(
        "`{fact}` was {origin} {owner} and is {visibility}{shared}; the request did not send it\
         {typed}"
    )
}
