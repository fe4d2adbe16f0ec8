//! Dealings: what a request does with things that have to last, and what its
//! response shows of them.
//!
//! The same types hold raw values while a request is under way (`V` is a text)
//! and keyed hashes where they are judged and written down.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Timestamp, UserId, ValueHash};

/// What a request does with things that have to last, and what its response
/// shows of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(serialize = "V: Serialize", deserialize = "V: Deserialize<'de>"))]
pub struct Dealings<V> {
    /// What steps declare that it did.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect<V>>,
    /// What the response shows.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Shown<V>>,
    /// Values that a request which may change something names: whatever it does
    /// to these without a declaration makes them indeterminate.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<V>,
    /// Kinds of which it may have removed everything that the user has.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub clears: Vec<Arc<str>>,
    /// It may give up something that the user holds.
    #[serde(default, skip_serializing_if = "is_false")]
    pub touches: bool,
    /// The idempotency key that it carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<V>,
    /// It was sent for the read-back, after the load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<Attempt>,
}

impl<V> Default for Dealings<V> {
    fn default() -> Self {
        Self {
            effects: Vec::new(),
            shown: Vec::new(),
            named: Vec::new(),
            clears: Vec::new(),
            touches: false,
            key: None,
            read_back: None,
        }
    }
}

impl<V: PartialEq> Dealings<V> {
    /// Whether there is nothing to judge.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Between a name with templates in it and the hash of what was rendered.
const RENDERED: &str = " #";

/// `template`, a name with templates in it, as one of its renderings, `hash`, is
/// called.
pub fn rendered_name(template: &str, hash: ValueHash) -> String {
    format!("{template}{RENDERED}{hash}")
}

/// What the renderings of one name have in common: what the step wrote.
pub fn written_name(name: &str) -> &str {
    match name.rsplit_once(RENDERED) {
        Some((template, _)) if template.contains("{{") => template,
        _ => name,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// A read-back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attempt {
    /// What is missing now is asked for once more.
    More,
    /// What is missing now is lost.
    Last,
}

/// What a request did to something, as a step declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect<V> {
    /// What it did.
    pub verb: Verb,
    /// To what kind of thing, or to the value of this name.
    pub of: Arc<str>,
    /// Which one of them, or the value.
    pub value: V,
    /// By how much a counter was raised; of what was saved or claimed and ends by
    /// itself, after how many milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub by: i64,
    /// It was announced before the request was sent.
    #[serde(default, skip_serializing_if = "is_false")]
    pub foretold: bool,
    /// The step that declares it was reached: what stands before it held.
    #[serde(default, skip_serializing_if = "is_false")]
    pub confirmed: bool,
    /// The value was drawn in this run, and no request has carried it before:
    /// nobody else can know of it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub coined: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// What can be done to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// It was saved and has to last.
    Saved,
    /// It was deleted.
    Deleted,
    /// An exclusive thing belongs to the user now.
    Claimed,
    /// The user gave it up.
    Released,
    /// A value of the user's was set.
    Wrote,
    /// A counter of all users was raised.
    Raised,
    /// A value was added to a list of the user's.
    Appended,
}

/// What a response shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown<V> {
    /// Of what kind of thing, or of the value of which name.
    pub of: Arc<str>,
    /// What.
    pub what: What<V>,
    /// The service promises it only in the end.
    #[serde(default, skip_serializing_if = "is_false")]
    pub eventual: bool,
    /// Nobody but the users of the run changes it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub users_only: bool,
    /// Where it stands in the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Arc<str>>,
}

impl<V> Shown<V> {
    /// `what` of the things, or the value, called `of`.
    pub fn new(of: impl Into<Arc<str>>, what: What<V>) -> Self {
        Self {
            of: of.into(),
            what,
            eventual: false,
            users_only: false,
            at: None,
        }
    }
}

/// What is followed by its name, beside the things of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// A value of the user's.
    Value,
    /// A counter of all users.
    Counter,
    /// A list of the user's.
    List,
    /// Numbers that always add up to the same.
    Sum,
}

/// What a response can show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What<V> {
    /// The user's things.
    Listed {
        /// Which.
        values: Vec<V>,
        /// How sure it is that what is missing here is missing.
        whole: Whole,
    },
    /// One thing, or its absence.
    Found {
        /// Which.
        value: V,
        /// Whether it was there.
        present: bool,
    },
    /// A value of the user's.
    Value(V),
    /// A counter of all users.
    Count(i64),
    /// A list of the user's, in order.
    Sequence {
        /// Its values.
        values: Vec<V>,
        /// How sure it is that what is missing here is missing.
        whole: Whole,
    },
    /// How many requests the service counted in this session.
    Requests(i64),
    /// What the numbers of one answer add up to, in ten-thousandths.
    Sum {
        /// This much.
        sum: i64,
        /// What they should add up to, when a step says so.
        total: Option<i64>,
        /// How sure it is that all of them are there.
        whole: Whole,
    },
}

/// Whether a list shows everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whole {
    /// Everything.
    Yes,
    /// Everything: its pages were followed to an end that the service told.
    Followed,
    /// Nothing stands there at all: an empty list, or another page.
    IfOwn,
    /// There are further pages, or it looks like it.
    No,
}

/// A request is about to be sent. Told before its first byte leaves, so that
/// whatever others see of its effect comes later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// When.
    pub at: Timestamp,
    /// Who sends it.
    pub user: UserId,
    /// In which session.
    pub session: u32,
    /// Whose thing it asks for, when it is a probe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed: Option<UserId>,
    /// What it is about to do.
    pub dealings: Dealings<ValueHash>,
}

#[cfg(test)]
mod tests {
    use super::super::ValueHasher;
    use super::*;

    #[test]
    fn renderings_of_one_name_have_that_in_common() {
        let hasher = ValueHasher::new([1; 32]);
        let name = "text of {{ user.kept.claim }}";
        let (one, other) = (
            rendered_name(name, hasher.hash("one")),
            rendered_name(name, hasher.hash("other")),
        );
        assert_ne!(one, other);
        assert_eq!([written_name(&one), written_name(&other)], [name, name]);
        assert_eq!(written_name("ticket #17"), "ticket #17");
    }
}
