//! The population itself.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::model::{FactName, UserId};

use super::generate::Generator;
use super::{Person, Spec, SpecError};

/// All virtual users of a run.
#[derive(Clone)]
pub struct Population {
    people: Vec<Arc<Person>>,
    fact_names: Vec<String>,
    weakened: Vec<Weakened>,
}

/// A fact that lost its power to accuse without anybody having asked for it.
/// Tell the user: a weak e-mail address is a blind eye.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weakened {
    /// The fact.
    pub fact: FactName,
    /// Why, with the lines of the file and without any value.
    pub reason: String,
}

impl fmt::Display for Weakened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is weak: {}", self.fact, self.reason)
    }
}

impl Population {
    /// Makes `count` users. The first 50 of 5000 are the 50 of 50.
    ///
    /// # Errors
    ///
    /// When the spec cannot be kept: nobody, too many, no locale, or settings
    /// that would let a shared value accuse.
    pub fn generate(spec: &Spec, count: u32) -> Result<Self, SpecError> {
        spec.check(count)?;
        let generator = Generator::new(spec);
        let people = (0..count).map(|index| generator.person(index)).collect();
        Ok(Self::of(people, Vec::new()))
    }

    /// The population of these people, each of whom has its place as its id.
    pub(super) fn of(people: Vec<Person>, weakened: Vec<Weakened>) -> Self {
        let mut names = BTreeSet::new();
        for person in &people {
            let facts = person.facts.iter().map(|fact| &fact.name);
            for name in facts.chain(person.secret_names()) {
                if !names.contains(&**name) {
                    names.insert(name.to_string());
                }
            }
        }
        Self {
            people: people.into_iter().map(Arc::new).collect(),
            fact_names: names.into_iter().collect(),
            weakened,
        }
    }

    /// The user with this id.
    pub fn person(&self, id: UserId) -> Option<&Arc<Person>> {
        self.people.get(id.0 as usize)
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether there is nobody. There always is somebody.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Everybody, in the order of their ids.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Person>> {
        self.people.iter()
    }

    /// The names that a template may use of a user, sorted: facts and secrets.
    pub fn fact_names(&self) -> Vec<String> {
        self.fact_names.clone()
    }

    /// Whether both users exist and are in one group, as everyone is with
    /// themselves.
    pub fn same_group(&self, a: UserId, b: UserId) -> bool {
        match (self.person(a), self.person(b)) {
            (Some(a), Some(b)) => a.group == b.group,
            _ => false,
        }
    }

    /// The facts of an accounts file that were made weak without a setting.
    pub fn weakened(&self) -> &[Weakened] {
        &self.weakened
    }
}

impl<'a> IntoIterator for &'a Population {
    type Item = &'a Arc<Person>;
    type IntoIter = std::slice::Iter<'a, Arc<Person>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// How many and what is known of them, and no value.
impl fmt::Debug for Population {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Population")
            .field("people", &self.people.len())
            .field("fact_names", &self.fact_names)
            .field("weakened", &self.weakened)
            .finish()
    }
}
