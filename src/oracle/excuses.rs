//! Excuses: why a fact of somebody else accuses nobody.

use crate::model::{Exchange, Origin, Timestamp, UserId, Visibility};

use super::fold::fold;
use super::{Eyes, IndexedFact, Sharing};

impl Eyes {
    /// Who may see what, beyond the visibility of facts.
    pub fn sharing(&self) -> &Sharing {
        &self.sharing
    }

    /// Whether `fact` is no secret from `user`: their own, shared with their
    /// group or their role, or of nobody in particular.
    pub(super) fn may_see(&self, user: UserId, fact: &IndexedFact) -> bool {
        let group = || self.groups.get(&user).map(|group| *group);
        fact.visibility == Visibility::Public
            || fact.owner == Some(user)
            || (fact.visibility == Visibility::Group && Some(fact.group) == group())
            || self.sharing.by_role(user, group(), fact)
            || self.memory.contested(None, fact)
    }

    /// Whether what was seen of `fact` in `exchange` accuses nobody: it was
    /// shared with the user at that time, turned out to be issued to several, or
    /// is a credential that the response issues, which is another rule's affair.
    pub(super) fn is_excused(&self, fact: &IndexedFact, exchange: &Exchange) -> bool {
        let Some(owner) = fact.owner else { return true };
        let (sent, done) = (exchange.sent, exchange.done);
        let issued = || {
            let mut issued = exchange.intent.issued.iter();
            issued.any(|credential| fold(&credential.value).contains(fact.folded()))
        };
        self.sharing
            .covers(owner, fact.folded(), exchange.user, sent, done)
            || self.memory.contested(None, fact)
            || (fact.origin == Origin::Session && issued())
    }

    /// Whether `user` may be shown the `value` of `owner`, shared with them in
    /// whatever way, by a request that was sent and done at these moments.
    pub fn may_be_shown(
        &self,
        user: UserId,
        owner: UserId,
        value: &str,
        sent: Timestamp,
        done: Timestamp,
    ) -> bool {
        let folded = fold(value);
        let of_owner = |fact: &IndexedFact| fact.owner == Some(owner) && self.may_see(user, fact);
        let mut shown = self.sharing.covers(owner, &folded, user, sent, done);
        self.index().scan(&folded, |range, fact| {
            let whole = range.start == 0 && range.end == folded.len();
            shown |= whole && of_owner(fact);
        });
        shown || self.memory.scoped.any(&folded, |_, fact| of_owner(fact))
    }
}
