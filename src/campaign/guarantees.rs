//! What a scenario says about things that have to last.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::http::Selector;
use crate::model::{Followed, Place, StepRef, Verb};

use super::pages::Pages;
use super::request::Request;

/// What a scenario says about things that have to last.
#[derive(Clone, Debug, Default)]
pub struct Guarantees {
    /// How saved things are read back.
    pub read_backs: Vec<ReadBack>,
    /// Counters that nobody but the users raises.
    pub users_only: BTreeSet<String>,
    /// Some step tells what becomes of things: requests are followed.
    pub followed: bool,
}

impl Guarantees {
    /// Whether requests have to be followed.
    pub(crate) fn are_declared(&self) -> bool {
        self.followed || !self.read_backs.is_empty()
    }
}

/// How things of a kind are read back.
#[derive(Clone, Debug)]
pub struct ReadBack {
    /// The kind, as the scenario calls it.
    pub kind: String,
    /// The path below the target; with `{{ id }}` when it is of one thing.
    pub path: String,
    /// Where a listing has the ids; `None` when the path is of one thing.
    pub listed: Option<Selector>,
    /// How a listing goes on; `None` when one answer shows everything.
    pub pages: Option<Pages>,
    /// The service promises it only in the end.
    pub eventual: bool,
    /// The step that says so.
    pub step: (String, Place),
}

/// How a user has read a value, a counter or a list, to read it once more.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// What it is.
    pub(crate) followed: Followed,
    /// What the scenario calls it.
    pub(crate) name: String,
    /// It is the session's, and no other one finds it.
    pub(crate) of_session: bool,
    /// The service promises it only in the end.
    pub(crate) eventual: bool,
    /// Where it stands in the answer.
    pub(crate) selector: Selector,
    /// What the numbers there should add up to, in ten-thousandths, if that is
    /// known.
    pub(crate) total: Option<i64>,
    /// The request, and its address as it was then.
    pub(crate) request: Request,
    pub(crate) url: String,
    /// The step that read it.
    pub(crate) step: Arc<StepRef>,
}

/// An effect that a step declares of the request before it, known before that
/// request is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foretold {
    /// What it does.
    pub verb: Verb,
    /// To what kind of thing, or to the value of which name.
    pub of: String,
    /// Which one, or the value; a template.
    pub value: String,
    /// By how much.
    pub by: i64,
}

/// What stands for the id in the path of one thing.
pub(crate) const ID: &str = "{{ id }}";

/// `path` with the id, however it is spaced, written as [`ID`].
pub(crate) fn with_plain_id(path: &str) -> String {
    path.replace("{{id}}", ID)
}
