//! `wrong-response`: the response belongs to another request.

use crate::model::{Rule, Spot};
use crate::oracle::judge::{Judge, Violation, another};
use crate::oracle::{Echo, Observation};

/// The echoed request id is one of this run, but not this request's. On a page
/// from a cache for everybody that is as it should be, unless the other request
/// was for something else.
pub(in crate::oracle) fn judge(judge: &Judge, seen: &Observation, violations: &mut Vec<Violation>) {
    let Some(other) = another(seen) else { return };
    if matches!(seen.echo, Some(Echo::Cached(_)))
        && !judge.was_for_something_else(other, &seen.route)
    {
        return;
    }
    let whose = if other.user() == seen.user {
        "an earlier request of their own".to_owned()
    } else {
        format!("a request of {}", other.user())
    };
    violations.push(Violation {
        rule: Rule::WrongResponse,
        owner: Some(other.user()),
        message: format!(
            "{} was given the answer to {whose} (request {other})",
            seen.user
        ),
        sighting: None,
        identity: None,
    });
}

/// Where the violation shows.
pub(in crate::oracle) fn spot(rule: Rule, seen: &Observation) -> Option<Spot> {
    let header = seen.echo_header.clone();
    header
        .filter(|_| rule == Rule::WrongResponse)
        .map(Spot::Header)
}
