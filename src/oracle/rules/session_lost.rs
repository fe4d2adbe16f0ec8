//! `session-lost`: a signed-in user is treated as anonymous.

use std::time::Duration;

use crate::model::Rule;
use crate::oracle::Observation;
use crate::oracle::judge::{Judge, SessionState, Violation};

/// What the times of a service may be cut to.
const SECOND: Duration = Duration::from_secs(1);

/// Once for each session: without a sign-out, before the session expires, and
/// not where the step expects it.
pub(in crate::oracle) fn judge(
    judge: &mut Judge,
    seen: &Observation,
    violations: &mut Vec<Violation>,
) {
    let expires = judge.settings.session_expires;
    let state = judge.sessions.entry((seen.user, seen.session)).or_default();
    if seen.signs_in {
        let refused = seen.anonymous || seen.error.is_some();
        if !refused && seen.status.is_some_and(|status| status < 400) {
            // A new beginning, also for a session that had ended or was lost.
            let began = state.began.filter(|_| seen.hop > 0);
            *state = SessionState {
                began: began.or(Some(seen.sent)),
                ..SessionState::default()
            };
        }
        return;
    }
    if seen.signs_out {
        state.ended = true;
        return;
    }
    if is_renewed(seen) && !state.ended && !state.lost {
        // The same session, which lasts as long again.
        state.began = Some(seen.sent);
    }
    let expired = match (expires, state.began) {
        // Nobody knows when between a request and its answer the service looks at
        // its clock, and many count in whole seconds.
        (Some(expires), Some(began)) => seen.done.since(began) + SECOND.min(expires / 2) >= expires,
        _ => false,
    };
    let excused = seen.anonymous_expected || seen.denial_expected || state.ended || expired;
    if !seen.signed_in || !seen.anonymous || excused || state.lost {
        return;
    }
    state.lost = true;
    let answer = seen
        .status
        .map_or_else(String::new, |status| format!(" (status {status})"));
    violations.push(Violation {
        rule: Rule::SessionLost,
        owner: None,
        message: format!(
            "{} was signed in and was treated as anonymous{answer}",
            seen.user
        ),
        sighting: None,
        identity: None,
    });
}

/// The service gave the user a new credential: a token in place of an old one,
/// another session cookie. What only looks like one (a nonce that changes with each
/// response) renews nothing.
fn is_renewed(seen: &Observation) -> bool {
    seen.issued.iter().any(|credential| !credential.guessed)
        && !seen.anonymous
        && seen.error.is_none()
        && seen.status.is_some_and(|status| status < 400)
}
