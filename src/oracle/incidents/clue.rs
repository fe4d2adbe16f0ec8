//! Clues: a finding with what patterns are read from.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::{
    ErrorClass, FactName, Finding, InstanceId, Passage, Place, Provoked, RequestId, Rule, Spot,
    Timestamp, UserId, ValueHash,
};

use super::traffic::{Passed, Trail};

/// Something that holds of the owner, and for how many of the others who were
/// active it holds as well: what holds of everybody says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) holds: bool,
    pub(super) others: usize,
}

/// A finding, and what was known around it.
#[derive(Clone, Debug)]
pub(super) struct Clue {
    pub(super) number: u64,
    pub(super) rule: Rule,
    pub(super) user: UserId,
    pub(super) owner: Option<UserId>,
    pub(super) route: String,
    pub(super) step: Place,
    pub(super) place: Where,
    pub(super) fact: Option<FactName>,
    pub(super) value: Option<ValueHash>,
    pub(super) passed: Passed,
    pub(super) instance: Option<InstanceId>,
    pub(super) window: String,
    /// Others who were active on the route.
    pub(super) active: BTreeSet<UserId>,
    /// Had a request on the same route under way at the same time.
    pub(super) overlapping: Relation,
    /// Sent it while this one was under way.
    pub(super) later: Relation,
    /// The owner was the one answered before, at the same instance.
    pub(super) previous: bool,
    /// Broke a request off shortly before.
    pub(super) broke_off: Relation,
    /// From the owner's own answer at the same address to this request's end.
    pub(super) after_owner: Option<Duration>,
    /// The answer before, at the same address, showed the same person.
    pub(super) continues: bool,
    /// Somebody else had been shown the same before.
    pub(super) repeats: bool,
    /// Whose answer this was, by its request.
    pub(super) answer_to: Option<RequestId>,
    /// How the request ended whose answer this was.
    pub(super) other_broke: Option<ErrorClass>,
    /// The credential that two users have: its name, how far apart the two got
    /// it, and whether that was at a sign-in.
    pub(super) credential: Option<SharedCredential>,
    /// The session that was lost.
    pub(super) session: Option<Trail>,
    /// The write that was acknowledged, when it is about one.
    pub(super) write: Option<Passage>,
    /// The owner's own claim of the same thing was under way at the same time,
    /// at whatever instance.
    pub(super) claim: Relation,
    /// What was done on purpose, to this request or near it.
    pub(super) provoked: Vec<Provoked>,
}

/// A credential that two users were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SharedCredential {
    pub(super) name: String,
    pub(super) hash: ValueHash,
    /// Known for the response that gave it to the second user.
    pub(super) apart: Option<Duration>,
    pub(super) at_sign_in: bool,
}

/// A spot without positions in lists, which differ from one response to the
/// next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Where {
    /// The kind of spot: header `x`, JSON, ...
    pub(super) kind: String,
    /// The spot.
    pub(super) spot: Option<String>,
}

impl Where {
    pub(super) fn of(spot: Option<&Spot>) -> Self {
        let kind = spot.map_or_else(|| "response".to_owned(), kind_of);
        Self {
            kind,
            spot: spot.map(place_of),
        }
    }
}

/// What kind of spot it is: headers by name, bodies as such.
fn kind_of(spot: &Spot) -> String {
    match spot {
        Spot::Json(_) => "JSON".to_owned(),
        Spot::Html(_) => "HTML".to_owned(),
        Spot::Xml(_) => "XML".to_owned(),
        Spot::Csv { .. } => "CSV".to_owned(),
        Spot::Text(_) => "body".to_owned(),
        Spot::Line(_) => "line".to_owned(),
        Spot::Part(_) => "part".to_owned(),
        Spot::Way(way) => way.iter().map(kind_of).collect::<Vec<_>>().join(" > "),
        Spot::StatusLine
        | Spot::Header(_)
        | Spot::Cookie(_)
        | Spot::Trailer(_)
        | Spot::Event(_)
        | Spot::Field(_)
        | Spot::Layer(_) => spot.to_string(),
    }
}

/// The spot as incidents name it: positions in lists and bytes left out.
pub fn place_of(spot: &Spot) -> String {
    match spot {
        Spot::Json(_) | Spot::Html(_) | Spot::Xml(_) => without_positions(&spot.to_string()),
        Spot::Csv { column, .. } => format!("CSV column {column}"),
        Spot::Text(_) => "body".to_owned(),
        Spot::Line(_) => "line".to_owned(),
        Spot::Way(way) => way.iter().map(place_of).collect::<Vec<_>>().join(" > "),
        Spot::StatusLine
        | Spot::Header(_)
        | Spot::Cookie(_)
        | Spot::Trailer(_)
        | Spot::Event(_)
        | Spot::Part(_)
        | Spot::Field(_)
        | Spot::Layer(_) => spot.to_string(),
    }
}

/// `$['items'][3]['id']` as `$['items'][*]['id']`.
fn without_positions(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('[') {
        let (before, bracket) = rest.split_at(at + 1);
        out.push_str(before);
        let digits = bracket.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && bracket[digits..].starts_with(']') {
            out.push('*');
            rest = &bracket[digits..];
        } else {
            rest = bracket;
        }
    }
    out.push_str(rest);
    out
}

impl Clue {
    /// What the finding itself tells.
    pub(super) fn of(finding: &Finding, passed: Passed) -> Self {
        let witness = &finding.witness;
        Self {
            number: finding.number,
            rule: finding.rule,
            user: finding.user,
            owner: finding.owner,
            route: witness.route.clone(),
            step: witness.step.place.clone(),
            place: Where::of(witness.spot.as_ref()),
            fact: witness.fact.clone(),
            value: witness.value_hash,
            passed,
            instance: witness.instance.clone(),
            window: witness.window.clone(),
            active: BTreeSet::new(),
            overlapping: Relation::default(),
            later: Relation::default(),
            previous: false,
            broke_off: Relation::default(),
            after_owner: None,
            continues: false,
            repeats: false,
            answer_to: None,
            other_broke: None,
            credential: None,
            session: None,
            write: witness.write.clone(),
            claim: Relation::default(),
            provoked: witness.provoked.clone(),
        }
    }

    /// The owner, when that is somebody else.
    pub(super) fn other(&self) -> Option<UserId> {
        self.owner.filter(|owner| *owner != self.user)
    }

    /// The owner's own claim overlapped this one.
    pub(super) fn claimed_together(&self) -> bool {
        let claim = self.other().and(self.write.as_ref());
        claim.is_some_and(|claim| claim.overlaps(self.passed.sent, self.passed.done))
    }

    /// Whether another instance answered than the one of the write.
    pub(super) fn answered_elsewhere(&self) -> Option<bool> {
        let of_write = self.write.as_ref()?.instance.as_ref()?;
        Some(self.instance.as_ref()? != of_write)
    }

    pub(super) fn done(&self) -> Timestamp {
        self.passed.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_left_out() {
        for (spot, expected) in [
            (
                Spot::Json("$['items'][3]['tags'][0]".into()),
                "JSON $['items'][*]['tags'][*]",
            ),
            (Spot::Json("$.email".into()), "JSON $.email"),
            (Spot::Json("$['[1]x']".into()), "JSON $['[*]x']"),
            (Spot::Json("$[".into()), "JSON $["),
            (Spot::Json("$[]".into()), "JSON $[]"),
            (Spot::Json("$[1:2]".into()), "JSON $[1:2]"),
            (Spot::Json("$[12".into()), "JSON $[12"),
            (
                Spot::Csv {
                    row: 7,
                    column: "email".into(),
                },
                "CSV column email",
            ),
            (Spot::Text(1_234), "body"),
            (Spot::Header("x-a".into()), "header x-a"),
        ] {
            assert_eq!(place_of(&spot), expected);
        }
        assert_eq!(Where::of(None).kind, "response");
        assert_eq!(Where::of(Some(&Spot::Html("p[1]".into()))).kind, "HTML");
        let header = Where::of(Some(&Spot::Header("x-a".into())));
        assert_eq!(header.kind, "header x-a");
    }
}
