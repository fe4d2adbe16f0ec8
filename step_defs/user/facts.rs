//! Facts: values that are the user's own and nobody else's.

use cucumber::{given, then, when};

use super::super::arguments;
use super::super::params::{Place, Text};
use crate::prelude::*;

/// Declares values as the user's own: nobody else may be shown them.
#[given(expr = "the user has facts:")]
#[when(expr = "the user has facts:")]
fn has_facts(user: &mut VirtualUser, step: &Step) -> StepResult {
    for (name, value) in arguments::pairs(step)? {
        let value = user.render(&value, Escape::None)?;
        user.learn(&name, value);
    }
    Ok(())
}

/// Reads a value that the service gave the user: nobody else may be shown it.
#[given(expr = "the user keeps {place} as own fact {text}")]
#[when(expr = "the user keeps {place} as own fact {text}")]
#[then(expr = "the user keeps {place} as own fact {text}")]
fn keeps_fact(user: &mut VirtualUser, place: Place, name: Text) -> StepResult {
    let selector = place.select(user)?;
    user.learn_from(&selector, &name.0, false)
}

/// Reads a value that the service gives nobody else: that another user is given
/// it as well is a finding.
#[given(expr = "the user keeps {place} as own unique fact {text}")]
#[when(expr = "the user keeps {place} as own unique fact {text}")]
#[then(expr = "the user keeps {place} as own unique fact {text}")]
fn keeps_unique_fact(user: &mut VirtualUser, place: Place, name: Text) -> StepResult {
    let selector = place.select(user)?;
    user.learn_from(&selector, &name.0, true)
}
