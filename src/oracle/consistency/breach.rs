//! What a durable set is told, and what is wrong with it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::{Outcome, Timestamp, ValueHash};

use super::span::{Actor, Guarantee, Span};
use super::suspicion::Manner;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::oracle) enum Fault {
    /// Acknowledged, and not there in the end.
    Lost,
    /// Not as the same session has it.
    Rollback(Guarantee),
    /// Not as it was acknowledged, and later as it was.
    Stale,
}

/// A violation with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::oracle) struct Breach<W, R> {
    pub(in crate::oracle) fault: Fault,
    /// The deletion is what was acknowledged.
    pub(in crate::oracle) deletion: bool,
    pub(in crate::oracle) id: ValueHash,
    /// The write that was acknowledged.
    pub(in crate::oracle) write: W,
    pub(in crate::oracle) acknowledged: Timestamp,
    /// The read that was wrong, when it is an earlier one.
    pub(in crate::oracle) read: Option<R>,
}

/// A write that came to an end.
#[derive(Clone, Debug)]
pub(in crate::oracle) struct Write<W> {
    pub(in crate::oracle) actor: Actor,
    pub(in crate::oracle) span: Span,
    pub(in crate::oracle) outcome: Outcome,
    /// It was announced.
    pub(in crate::oracle) announced: bool,
    /// Refused because it is there already, with a key of its own.
    pub(in crate::oracle) conflict: bool,
    /// It ends by itself after that time.
    pub(in crate::oracle) lasting: Option<Duration>,
    pub(in crate::oracle) evidence: W,
}

/// A read of things of one user.
#[derive(Clone, Debug)]
pub(in crate::oracle) struct Read<'a, R> {
    pub(in crate::oracle) actor: Actor,
    pub(in crate::oracle) span: Span,
    pub(in crate::oracle) scope: Scope<'a>,
    pub(in crate::oracle) manner: Manner,
    pub(in crate::oracle) evidence: R,
}

/// What a read tells about.
#[derive(Clone, Copy, Debug)]
pub(in crate::oracle) enum Scope<'a> {
    /// Everything that the user has.
    All(&'a BTreeSet<ValueHash>),
    /// These are there; of others it says nothing.
    Some(&'a BTreeSet<ValueHash>),
    /// One thing.
    One(ValueHash, bool),
}
