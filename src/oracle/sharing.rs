//! Sharing that comes and goes: grants from one user to another, and roles.
//!
//! A grant holds from the moment at which the request that shares was sent,
//! because a read at the same time may see its effect, to the moment at which
//! the request that revokes was acknowledged. Without an acknowledgement
//! nothing ends: a write whose outcome is unknown may or may not have happened,
//! and accuses nobody.

use std::collections::BTreeSet;
use std::sync::Arc;

use dashmap::DashMap;

use crate::model::{SharedWith, Timestamp, UserId};

use super::IndexedFact;

/// Closed grants of one value that are remembered.
const REMEMBERED: usize = 64;

/// Grants that are told with a finding.
const TOLD: usize = 3;

/// What users with a role may see of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRights {
    /// The facts, by name.
    pub facts: BTreeSet<String>,
    /// Only those of people of their own group.
    pub own_group: bool,
}

/// Who may see what, beyond what the visibility of a fact says.
#[derive(Debug, Default)]
pub struct Sharing {
    /// By owner and folded value.
    grants: DashMap<(UserId, Box<str>), Vec<SharedWith>>,
    /// What each user may see by role.
    roles: DashMap<UserId, Vec<Arc<RoleRights>>>,
}

impl Sharing {
    /// `user` may see what `rights` say.
    pub fn allow(&self, user: UserId, rights: &Arc<RoleRights>) {
        self.roles.entry(user).or_default().push(Arc::clone(rights));
    }

    /// From the moment `from` on, `to` may see the folded `value` of `owner`.
    pub fn grant(&self, owner: UserId, value: &str, to: UserId, from: Timestamp) {
        let mut grants = self.grants.entry((owner, value.into())).or_default();
        let closed = grants.iter().filter(|grant| grant.until.is_some()).count();
        if closed > REMEMBERED
            && let Some(oldest) = grants.iter().position(|grant| grant.until.is_some())
        {
            grants.remove(oldest);
        }
        grants.push(SharedWith {
            user: to,
            from,
            until: None,
        });
    }

    /// The last grant that is still open began no sooner than at `from`.
    pub fn began(&self, owner: UserId, value: &str, to: UserId, from: Timestamp) {
        self.last_open(owner, value, to, |grant| {
            grant.from = grant.from.max(from);
            true
        });
    }

    /// The last grant that is still open was refused: it never was.
    pub fn refused(&self, owner: UserId, value: &str, to: UserId) {
        self.last_open(owner, value, to, |_| false);
    }

    /// The end of the last grant that is still open was acknowledged at `until`.
    pub fn revoke(&self, owner: UserId, value: &str, to: UserId, until: Timestamp) {
        self.last_open(owner, value, to, |grant| {
            grant.until = Some(until);
            true
        });
    }

    fn last_open(
        &self,
        owner: UserId,
        value: &str,
        to: UserId,
        change: impl FnOnce(&mut SharedWith) -> bool,
    ) {
        let Some(mut grants) = self.grants.get_mut(&(owner, Box::from(value))) else {
            return;
        };
        let open = grants
            .iter()
            .rposition(|grant| grant.user == to && grant.until.is_none());
        if let Some(at) = open
            && !change(&mut grants[at])
        {
            grants.remove(at);
        }
    }

    /// Whether `reader` may have been shown the folded `value` of `owner` by a
    /// request that was sent and done at these moments.
    pub fn covers(
        &self,
        owner: UserId,
        value: &str,
        reader: UserId,
        sent: Timestamp,
        done: Timestamp,
    ) -> bool {
        if self.grants.is_empty() {
            return false;
        }
        self.grants
            .get(&(owner, Box::from(value)))
            .is_some_and(|grants| {
                grants.iter().any(|grant| {
                    grant.user == reader
                        && grant.from <= done
                        && grant.until.is_none_or(|until| sent <= until)
                })
            })
    }

    /// Whether a role lets `reader`, who is of the group `group`, see `fact`.
    pub(super) fn by_role(&self, reader: UserId, group: Option<u32>, fact: &IndexedFact) -> bool {
        !self.roles.is_empty()
            && self.roles.get(&reader).is_some_and(|roles| {
                roles.iter().any(|rights| {
                    rights.facts.contains(&*fact.name)
                        && (!rights.own_group || group == Some(fact.group))
                })
            })
    }

    /// With whom the folded `value` of `owner` was shared: `reader` first, then
    /// the latest.
    pub(super) fn told(&self, owner: UserId, value: &str, reader: UserId) -> Vec<SharedWith> {
        let Some(grants) = self.grants.get(&(owner, Box::from(value))) else {
            return Vec::new();
        };
        let (mut own, others): (Vec<_>, Vec<_>) = grants
            .iter()
            .rev()
            .copied()
            .partition(|grant| grant.user == reader);
        // What ended last tells why nothing holds any more.
        own.sort_by_key(|grant| std::cmp::Reverse(grant.until));
        own.into_iter().chain(others).take(TOLD).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::after(Duration::from_millis(millis))
    }

    #[test]
    fn reads_that_overlap_a_grant_or_its_end_are_covered() {
        let sharing = Sharing::default();
        let (owner, reader) = (UserId(1), UserId(2));
        let covers = |sent, done| sharing.covers(owner, "doc-1", reader, at(sent), at(done));
        assert!(!covers(0, 1_000));
        sharing.grant(owner, "doc-1", reader, at(90));
        sharing.began(owner, "doc-1", reader, at(100));
        assert!(!covers(10, 95), "over before the request was sent");
        assert!(covers(10, 101) && covers(500, 501));
        assert!(!sharing.covers(owner, "doc-1", UserId(3), at(500), at(501)));
        assert!(!sharing.covers(owner, "doc-2", reader, at(500), at(501)));
        sharing.revoke(owner, "doc-1", reader, at(600));
        assert!(covers(599, 900), "sent before the end was acknowledged");
        assert!(!covers(601, 602));
        sharing.grant(owner, "doc-1", reader, at(700));
        assert!(covers(800, 801));
        sharing.refused(owner, "doc-1", reader);
        assert!(!covers(800, 801));
    }

    #[test]
    fn the_end_of_one_of_two_grants_leaves_the_other() {
        let sharing = Sharing::default();
        let (owner, reader) = (UserId(1), UserId(2));
        sharing.grant(owner, "anna lee", reader, at(10));
        sharing.grant(owner, "anna lee", reader, at(20));
        sharing.revoke(owner, "anna lee", reader, at(30));
        assert!(sharing.covers(owner, "anna lee", reader, at(40), at(41)));
        sharing.revoke(owner, "anna lee", reader, at(50));
        assert!(!sharing.covers(owner, "anna lee", reader, at(60), at(61)));
        assert_eq!(
            sharing.told(owner, "anna lee", reader)[0].until,
            Some(at(50))
        );
    }

    #[test]
    fn the_oldest_of_many_ended_grants_is_forgotten() {
        let sharing = Sharing::default();
        let (owner, reader) = (UserId(1), UserId(2));
        let lent = |number: u64| {
            sharing.grant(owner, "doc-1", reader, at(number * 10));
            sharing.revoke(owner, "doc-1", reader, at(number * 10 + 5));
        };
        let covers = |number: u64| {
            let moment = at(number * 10 + 1);
            sharing.covers(owner, "doc-1", reader, moment, moment)
        };
        let most = REMEMBERED as u64;
        for number in 1..=most + 1 {
            lent(number);
        }
        assert!((1..=most + 1).all(covers));
        lent(most + 2);
        assert!(!covers(1), "the oldest goes first");
        assert!((2..=most + 2).all(covers));
    }
}
