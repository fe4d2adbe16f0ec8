//! Keeping values for later requests.

use cucumber::{given, then, when};

use super::super::params::{Place, Text};
use crate::prelude::*;

/// Keeps a value of the response, to be used as `{{ user.kept.NAME }}`.
#[given(expr = "the user keeps {place} as {text}")]
#[when(expr = "the user keeps {place} as {text}")]
#[then(expr = "the user keeps {place} as {text}")]
fn keeps(user: &mut VirtualUser, place: Place, name: Text) -> StepResult {
    let selector = place.select(user)?;
    user.keep_from(&selector, &name.0)
}

/// Keeps a text of your own, to be used as `{{ user.kept.NAME }}`.
#[given(expr = "the user keeps the text {text} as {text}")]
#[when(expr = "the user keeps the text {text} as {text}")]
#[then(expr = "the user keeps the text {text} as {text}")]
fn keeps_text(user: &mut VirtualUser, text: Text, name: Text) -> StepResult {
    let value = user.render(&text.0, Escape::None)?;
    user.keep(&name.0, value);
    Ok(())
}
