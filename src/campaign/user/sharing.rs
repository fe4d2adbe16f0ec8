//! Sharing with another user, from a moment on and until another.

use std::sync::Arc;

use crate::campaign::failure::{StepFailure, StepResult};
use crate::campaign::request::Request;
use crate::model::{Clock as _, Exchange, UserId};
use crate::oracle::fold;

use super::VirtualUser;

impl VirtualUser {
    /// Sends `request`, which shares the user's `facts` (names with commas
    /// between) with the other user of the iteration. The other user may see
    /// them from the moment the request is sent, whatever becomes of it: without
    /// an acknowledgement nobody knows.
    ///
    /// # Errors
    ///
    /// When the user has no such fact, when there is no complete response, or
    /// when the service refuses.
    pub async fn share(&mut self, facts: &str, request: Request) -> StepResult {
        let (other, values) = self.about_to_share(facts)?;
        let context = Arc::clone(&self.context);
        let sharing = context.oracle.eyes().sharing();
        let me = self.person.id;
        self.settle();
        // Not later than the request itself: others may see its effect, and be
        // judged, before its answer is here.
        let now = context.wire.clock().now();
        for value in &values {
            sharing.grant(me, value, other, now);
        }
        let sent = self.send(request).await;
        let status = self.last_status();
        let refused = status.is_some_and(|status| (400..500).contains(&status));
        let first = self.pending.first().map(|first| first.sent);
        for value in &values {
            match first {
                Some(first) if !refused => sharing.began(me, value, other, first),
                Some(_) | None => sharing.refused(me, value, other),
            }
        }
        sent?;
        if refused {
            return Err(refusal("share", status));
        }
        Ok(())
    }

    /// Sends `request`, which ends that the user's `facts` are shared with the
    /// other user. From its acknowledgement on, a read that shows one of them to
    /// the other user is a finding; without one, nothing ends.
    ///
    /// # Errors
    ///
    /// As for [`share`](Self::share).
    pub async fn unshare(&mut self, facts: &str, request: Request) -> StepResult {
        let (other, values) = self.about_to_share(facts)?;
        self.send(request).await?;
        let status = self.last_status();
        if status.is_some_and(|status| (400..500).contains(&status)) {
            return Err(refusal("end the sharing", status));
        }
        let acknowledged = |last: &&Exchange| {
            last.error.is_none()
                && last.response.as_ref().is_some_and(|response| {
                    response.status < 400 && response.graphql_refusal().is_none()
                })
        };
        if let Some(last) = self.pending.last().filter(acknowledged) {
            let sharing = self.context.oracle.eyes().sharing();
            for value in &values {
                sharing.revoke(self.person.id, value, other, last.done);
            }
        }
        Ok(())
    }

    /// The other user, and the values of `facts`, folded.
    fn about_to_share(&mut self, facts: &str) -> Result<(UserId, Vec<String>), StepFailure> {
        self.meet_other()?;
        let Some(other) = self.other.as_ref().map(|other| other.person.id) else {
            return Err(StepFailure::new("there is no other user to share with"));
        };
        let mut values = Vec::new();
        for name in crate::campaign::names_in(facts) {
            let value = self.fact(name).ok_or_else(|| {
                StepFailure::new(format!("the user has no fact `{name}` to share yet"))
            })?;
            values.push(fold(value));
        }
        Ok((other, values))
    }

    fn last_status(&self) -> Option<u16> {
        let last = self.pending.last().filter(|last| last.error.is_none())?;
        last.response.as_ref().map(|response| response.status)
    }
}

fn refusal(what: &str, status: Option<u16>) -> StepFailure {
    StepFailure::new(format!(
        "the service refused to {what}: status is {}",
        status.unwrap_or_default()
    ))
}
