//! Learning: what a service issues to a user becomes that user's own.
//!
//! Nothing is learned from a response that is itself under accusation: an id
//! that came to the wrong user would accuse its owner for ever. And nobody is
//! accused by a value that the service issued to two users: it is not unique
//! after all, such as a number that counts for each user from 1. Unless values
//! of its name look drawn: then it is the first one's, and foreign data for the
//! second.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::mapref::entry::Entry;
use dashmap::{DashMap, DashSet};
use percent_encoding::percent_decode_str;

use crate::model::{Credential, Fact, FactName, Lesson, Origin, Spot, UserId, Visibility};

use super::field::field_of;
use super::fold::fold;
use super::index::SHORTEST;
use super::issued::Issued;
use super::scoped::ScopedFacts;
use super::{Eyes, IndexedFact};

/// The name of the fact that a session credential is.
pub(super) const SESSION_FACT: &str = "session credential";

/// Whole numbers with fewer digits stand in many places by chance.
const UNIQUE_DIGITS: usize = 16;

/// Numbers with fewer digits that stand in no field are nobody's.
const UNIQUE_DIGITS_WITHOUT_FIELD: usize = 10;

/// Credentials that are shorter could stand in a text by chance.
const SHORTEST_SESSION: usize = 12;

/// Where a learned value tells whose data it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Wherever it stands.
    Anywhere,
    /// As the whole value of a field of this name.
    Field(Arc<str>),
    /// Nowhere: it is too short, and no field names it.
    Nowhere,
}

impl Scope {
    /// The scope of `value`, read at `spot` of the answer to `url`.
    pub fn of(value: &str, spot: &Spot, url: &str) -> Self {
        let folded = fold(value);
        let number = !folded.is_empty() && folded.bytes().all(|b| b.is_ascii_digit());
        if folded.len() >= SHORTEST && !(number && folded.len() < UNIQUE_DIGITS) {
            return Self::Anywhere;
        }
        match field_of(spot, url) {
            Some(field) if !folded.is_empty() => Self::Field(field.into()),
            _ if number && folded.len() >= UNIQUE_DIGITS_WITHOUT_FIELD => Self::Anywhere,
            _ => Self::Nowhere,
        }
    }
}

/// What was learned, beyond the index that finds it. Values are kept as hashes,
/// a few bytes each.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) scoped: ScopedFacts,
    /// Who was issued a value first, and whether others were, too.
    claims: DashMap<u64, Claim>,
    /// How many of these were issued to several.
    contested: AtomicU64,
    issued: Issued,
    /// Values that a step says are issued to nobody else.
    unique: DashSet<(UserId, u64)>,
    /// From which answer each user has each value.
    lessons: DashMap<(UserId, u64), Arc<Lesson>>,
    /// The lessons by themselves: there are as many as steps that teach.
    taught: DashMap<Lesson, Arc<Lesson>>,
    /// The first value of the credentials of each name, until another one shows
    /// that they vary.
    first: DashMap<String, Option<(UserId, u32, String)>>,
}

#[derive(Clone, Copy, Debug)]
struct Claim {
    first: UserId,
    contested: bool,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claimed {
    First,
    Before,
    /// Somebody else was, though it looks drawn: it is that one's.
    Doubled,
    /// It only now turned out to be issued to several.
    Contested,
}

/// `folded` as a number.
fn number(folded: &str) -> Option<u64> {
    let digits = folded.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| folded.parse().ok()).flatten()
}

/// Under what a value is claimed. Equal hashes of different values cost a
/// finding at worst, and are not met with in years.
fn key(field: Option<&str>, folded: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one((field, folded))
}

impl Memory {
    /// Whether a value was issued to several users, or may be, so that it accuses
    /// nobody. `field` is where it was found, for one that is so only there.
    pub(super) fn contested(&self, field: Option<&str>, fact: &IndexedFact) -> bool {
        let key = key(field, fact.folded());
        let unique = || {
            let owner = fact.owner.filter(|_| !self.unique.is_empty());
            owner.is_some_and(|owner| self.unique.contains(&(owner, key)))
        };
        let claimed = || self.claims.get(&key).is_some_and(|claim| claim.contested);
        let anybodys = || {
            let number = field.zip(number(fact.folded()));
            number.is_some_and(|(field, number)| self.issued.may_be_anybodys(field, number))
        };
        matches!(fact.origin, Origin::Learned | Origin::Session)
            && (claimed() || anybodys())
            && !unique()
    }

    /// How many learned values were issued to several users.
    pub(super) fn issued_to_several(&self) -> u64 {
        self.contested.load(Ordering::Relaxed)
    }

    /// From which answer `fact` was learned, when it was.
    pub(super) fn lesson(&self, fact: &IndexedFact) -> Option<Lesson> {
        let at = (fact.owner?, key(None, fact.folded()));
        self.lessons.get(&at).map(|lesson| Lesson::clone(&lesson))
    }

    /// `user` was issued a value: who was before, and whether that makes it one
    /// that was issued to several. With `drawn` it does not.
    fn claim(&self, user: UserId, key: u64, drawn: bool) -> Claimed {
        match self.claims.entry(key) {
            Entry::Occupied(mut known) => {
                let claim = known.get_mut();
                if claim.first == user || claim.contested {
                    Claimed::Before
                } else if drawn {
                    Claimed::Doubled
                } else {
                    claim.contested = true;
                    Claimed::Contested
                }
            }
            Entry::Vacant(free) => {
                free.insert(Claim {
                    first: user,
                    contested: false,
                });
                Claimed::First
            }
        }
    }

    fn note(&self, user: UserId, folded: &str, lesson: Lesson) {
        let at = (user, key(None, folded));
        let known = self.taught.get(&lesson).map(|known| Arc::clone(&known));
        let lesson = known.unwrap_or_else(|| {
            let shared = Arc::new(lesson.clone());
            Arc::clone(&self.taught.entry(lesson).or_insert(shared))
        });
        self.lessons.insert(at, lesson);
    }
}

/// Values that one response made turn out to be issued to several, to be
/// withdrawn when that response turns out to be under accusation.
#[derive(Debug, Default)]
pub struct Claims(Vec<Contest>);

#[derive(Debug)]
struct Contest {
    key: u64,
    /// Of what name, for what is no credential.
    name: Option<FactName>,
    /// The field, for a number.
    field: Option<Box<str>>,
}

impl Eyes {
    /// `user` was issued `value` as `name`. When somebody else was as well, it
    /// accuses nobody any more, unless values of that name look drawn. Called
    /// before the response is looked at.
    pub fn claim(
        &self,
        user: UserId,
        name: &FactName,
        field: Option<&str>,
        value: &str,
        claims: &mut Claims,
    ) {
        let folded = fold(value);
        let key = key(field, &folded);
        let drawn = self.memory.issued.look_drawn(name);
        match self.memory.claim(user, key, drawn) {
            Claimed::First => self.memory.issued.note(name, &folded),
            Claimed::Before => {}
            Claimed::Doubled => self.memory.issued.double(name),
            Claimed::Contested => {
                let field = field.filter(|_| number(&folded).is_some());
                self.memory.issued.contest(name, field, true);
                self.memory.contested.fetch_add(1, Ordering::Relaxed);
                claims.0.push(Contest {
                    key,
                    name: Some(FactName::clone(name)),
                    field: field.map(Into::into),
                });
            }
        }
    }

    /// The same for a session credential.
    pub fn claim_credential(&self, user: UserId, credential: &Credential, claims: &mut Claims) {
        for secret in secrets(&credential.value) {
            let key = key(None, &fold(&secret));
            if self.memory.claim(user, key, false) == Claimed::Contested {
                claims.0.push(Contest {
                    key,
                    name: None,
                    field: None,
                });
            }
        }
    }

    /// The response that `claims` were made for is under accusation.
    pub fn withdraw(&self, claims: Claims) {
        for own in claims.0 {
            if let Some(mut claim) = self.memory.claims.get_mut(&own.key) {
                claim.contested = false;
            }
            if let Some(name) = own.name {
                let field = own.field.as_deref();
                self.memory.issued.contest(&name, field, false);
                self.memory.contested.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    /// A step says that the service issues `value`, which it issued to `user`, to
    /// nobody else.
    pub fn insist(&self, user: UserId, field: Option<&str>, value: &str) {
        self.memory.unique.insert((user, key(field, &fold(value))));
    }

    /// Makes known that `fact` was issued to `user`, a member of `group`. Called
    /// when the response that it was read from has turned out to be clean.
    pub fn study(&self, user: UserId, group: u32, fact: &Fact, lesson: Lesson) {
        let folded = fold(&fact.value);
        self.know(user, group, &fact.name, &folded);
        if let Some((field, number)) = lesson.field.as_deref().zip(number(&folded)) {
            self.memory.issued.note_number(field, user, number);
        }
        if fact.weak || self.owns(user, lesson.field.as_deref(), &folded) {
            return;
        }
        let filed = match &lesson.field {
            Some(field) => {
                let indexed = IndexedFact::new(user, group, fact);
                self.memory.scoped.insert(field, Arc::new(indexed));
                true
            }
            None if fact.origin == Origin::Session => self.index().insert(user, group, fact),
            None => self.file(user, group, fact),
        };
        if filed {
            self.memory.note(user, &folded, lesson);
        }
    }

    /// Makes known that the service issued `credential` to `user`. A credential
    /// that has had one value only is a constant with a misleading name.
    pub fn study_credential(&self, user: UserId, group: u32, credential: &Credential, at: &Lesson) {
        let Some(secret) = secrets(&credential.value).next() else {
            return;
        };
        let held = match self.memory.first.entry(credential.name.clone()) {
            Entry::Vacant(free) => {
                free.insert(Some((user, group, credential.value.clone())));
                return;
            }
            Entry::Occupied(mut known) => match known.get() {
                Some((_, _, value)) if *value == credential.value => return,
                Some(_) => known.get_mut().take(),
                None => None,
            },
        };
        let learn = |user, group, value: String| {
            let fact = Fact {
                name: SESSION_FACT.into(),
                value,
                visibility: Visibility::Private,
                origin: Origin::Session,
                weak: false,
            };
            self.study(user, group, &fact, at.clone());
        };
        if let Some((user, group, value)) = held {
            for secret in secrets(&value) {
                learn(user, group, secret);
            }
        }
        learn(user, group, secret);
        for decoded in secrets(&credential.value).skip(1) {
            learn(user, group, decoded);
        }
    }

    /// Whether `value` is a session credential of `user`.
    pub fn is_credential(&self, user: UserId, value: &str) -> bool {
        let folded = fold(value);
        self.found_as(user, &folded, |fact| fact.origin == Origin::Session)
    }

    /// Whether `value` was learned as a fact of `user`, and of nobody else.
    pub fn is_own(&self, user: UserId, value: &str) -> bool {
        let folded = fold(value);
        let own = |field: Option<&str>, fact: &IndexedFact| {
            fact.visibility == Visibility::Private
                && fact.origin == Origin::Learned
                && !self.memory.contested(field, fact)
        };
        self.found_as(user, &folded, |fact| own(None, fact))
            || self.memory.scoped.any(&folded, |field, fact| {
                fact.owner == Some(user) && own(Some(field), fact)
            })
    }

    fn owns(&self, user: UserId, field: Option<&str>, folded: &str) -> bool {
        match field {
            Some(field) => self
                .memory
                .scoped
                .at(folded, || Some(field.to_owned()))
                .iter()
                .any(|fact| fact.owner == Some(user)),
            None => self.found_as(user, folded, |_| true),
        }
    }

    fn found_as(&self, user: UserId, folded: &str, wanted: impl Fn(&IndexedFact) -> bool) -> bool {
        let mut found = false;
        self.index().scan(folded, |range, fact| {
            let whole = range.start == 0 && range.end == folded.len();
            found |= whole && fact.owner == Some(user) && wanted(fact);
        });
        found
    }
}

/// The secret in a credential without its scheme, and as it reads without its
/// percent-encoding.
fn secrets(value: &str) -> impl Iterator<Item = String> {
    let secret = value.rsplit(' ').next().unwrap_or(value).to_owned();
    let decoded = percent_decode_str(&secret)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
        .filter(|decoded| *decoded != secret);
    std::iter::once(secret)
        .chain(decoded)
        .filter(|secret| secret.len() >= SHORTEST_SESSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_and_numbers_are_scoped_to_their_field() {
        let json = Spot::Json("$.appointmentId".to_owned());
        let field = Scope::Field("appointmentid".into());
        for (value, spot, scope) in [
            ("17", &json, field.clone()),
            ("AB-1", &json, field.clone()),
            ("1732278000000", &json, field.clone()),
            ("123456789012345", &json, field),
            ("1234567890123456", &json, Scope::Anywhere),
            ("AP-7F3K9Q2M", &json, Scope::Anywhere),
            ("1234567890123456789", &json, Scope::Anywhere),
            ("", &json, Scope::Nowhere),
            ("17", &Spot::Text(1), Scope::Nowhere),
            ("482913", &Spot::Text(1), Scope::Nowhere),
            ("482913482", &Spot::Text(1), Scope::Nowhere),
            ("4829134829", &Spot::Text(1), Scope::Anywhere),
        ] {
            assert_eq!(Scope::of(value, spot, "/x"), scope, "{value} at {spot}");
        }
    }
}
