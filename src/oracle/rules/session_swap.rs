//! `session-swap`: one session credential serves two users.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Rule, UserId, ValueHash};
use crate::oracle::Observation;
use crate::oracle::judge::{Judge, Violation};

/// Who holds credentials as a visitor only, whom the service knows no more than
/// anybody else. Of those that nobody named some are the same for all visitors.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Visitors {
    credentials: BTreeMap<ValueHash, Visited>,
}

#[derive(Debug, Default)]
struct Visited {
    name: String,
    users: BTreeSet<UserId>,
}

impl Visitors {
    fn add(&mut self, hash: ValueHash, name: &str, user: UserId) {
        let visited = self.credentials.entry(hash).or_default();
        name.clone_into(&mut visited.name);
        visited.users.insert(user);
    }

    pub(in crate::oracle) fn has(&self, hash: ValueHash, user: UserId) -> bool {
        self.credentials
            .get(&hash)
            .is_some_and(|visited| visited.users.contains(&user))
    }

    /// `user` is a visitor no more; gives the credential's name, if they were.
    fn leave(&mut self, hash: ValueHash, user: UserId) -> Option<String> {
        let visited = self.credentials.get_mut(&hash)?;
        visited.users.remove(&user).then(|| visited.name.clone())
    }
}

/// A credential was issued to the user that somebody else was given before.
/// A cookie that has had one value only, for everybody, is no credential but a
/// constant with a misleading name, and accuses nobody. One that nobody named,
/// and that was given to visitors, does not accuse yet either: see [`used`].
///
/// (Answers as somebody else under a shared credential are told apart from
/// other foreign data in [`foreign_data`](super::foreign_data).)
pub(in crate::oracle) fn issued(
    judge: &mut Judge,
    seen: &Observation,
    violations: &mut Vec<Violation>,
) {
    for credential in &seen.issued {
        let (hash, name) = (credential.hash, credential.name.as_str());
        let holders = judge.holders.entry(hash).or_default();
        let newly = holders.insert(seen.user);
        let values = judge.values.entry(name.to_owned()).or_default();
        values.insert(hash);
        if credential.guessed {
            judge.guesses.insert(hash, name.to_owned());
        }
        if credential.guessed && !knows_the_user(seen) {
            if newly {
                judge.visitors.add(hash, name, seen.user);
            }
            continue;
        }
        let visited = judge.visitors.leave(hash, seen.user).is_some();
        if (newly || visited)
            && let Some(other) = other_holder(judge, hash, name, seen.user)
        {
            violations.push(violation(
                other,
                format!(
                    "{} was given the session credential `{name}` that {other} already holds",
                    seen.user
                ),
            ));
        }
    }
}

/// The service knows the user by nothing but what it gave to a visitor: from now
/// on that is a credential as any other.
pub(in crate::oracle) fn used(
    judge: &mut Judge,
    seen: &Observation,
    violations: &mut Vec<Violation>,
) {
    let known = (knows_the_user(seen) && !seen.signs_in) || seen.told > 0;
    let visitor = |hash: &ValueHash| judge.visitors.has(*hash, seen.user);
    if !known || !seen.carried.iter().all(visitor) {
        return;
    }
    for hash in &seen.carried {
        let Some(name) = judge.visitors.leave(*hash, seen.user) else {
            continue;
        };
        if let Some(other) = other_holder(judge, *hash, &name, seen.user) {
            violations.push(violation(
                other,
                format!(
                    "{} is known by the session credential `{name}` that {other} holds",
                    seen.user
                ),
            ));
        }
    }
}

/// Whether the response is one to a user who is signed in, or just signed in.
fn knows_the_user(seen: &Observation) -> bool {
    (seen.signs_in || (seen.signed_in && !seen.signs_out))
        && !seen.anonymous
        && seen.error.is_none()
        && seen.status.is_some_and(|status| status < 400)
}

/// Somebody else who holds the credential, not as a visitor, if credentials of
/// this name differ at all.
fn other_holder(judge: &Judge, hash: ValueHash, name: &str, user: UserId) -> Option<UserId> {
    let varies = judge.values.get(name).is_some_and(|own| own.len() > 1);
    let holders = judge.holders.get(&hash).filter(|_| varies)?;
    holders
        .iter()
        .copied()
        .find(|holder| *holder != user && !judge.visitors.has(hash, *holder))
}

fn violation(other: UserId, message: String) -> Violation {
    Violation {
        rule: Rule::SessionSwap,
        owner: Some(other),
        message,
        sighting: None,
        identity: None,
    }
}
