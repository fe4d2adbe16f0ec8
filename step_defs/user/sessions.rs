//! Several sessions of one user, and whether the user is signed in.

use cucumber::{given, then, when};

use super::super::params::Count;
use crate::prelude::*;

/// Opens another session of the same user, without cookies and not signed in,
/// and goes on in it.
#[given(expr = "the user opens a second session")]
#[when(expr = "the user opens a second session")]
fn opens_session(user: &mut VirtualUser) {
    user.open_session();
}

/// Goes on in one of the user's sessions; the first is session 1.
#[given(expr = "the user goes on in session {count}")]
#[when(expr = "the user goes on in session {count}")]
fn goes_on_in_session(user: &mut VirtualUser, number: Count) -> StepResult {
    user.use_session(number.0 as usize)
}

/// The user is signed in and was answered so.
#[then(expr = "the user is signed in")]
fn is_signed_in(user: &mut VirtualUser) -> StepResult {
    user.check_signed_in()
}

/// The user was answered as somebody not signed in, and that is right.
#[then(expr = "the user is treated as anonymous")]
fn is_anonymous(user: &mut VirtualUser) -> StepResult {
    user.check_anonymous()
}

/// What the user had before signing out is tried again, and shows nothing
/// private any more.
#[then(expr = "the user's old session no longer works")]
async fn old_session_is_over(user: &mut VirtualUser) -> StepResult {
    user.check_old_session().await
}
