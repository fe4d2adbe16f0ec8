//! What a step expects of the response, for the oracle to know.

use crate::model::IdentityClaim;

use super::VirtualUser;

impl VirtualUser {
    /// The service has to deny the last request.
    pub fn expect_denial(&mut self) {
        for exchange in &mut self.pending {
            exchange.intent.denial_expected = true;
        }
    }

    /// The step expects to be treated as anonymous.
    pub fn expect_anonymous(&mut self) {
        for exchange in &mut self.pending {
            exchange.intent.anonymous_expected = true;
        }
    }

    /// Whether the last request was answered as to somebody not signed in.
    pub fn was_anonymous(&self) -> bool {
        self.pending
            .iter()
            .any(|exchange| exchange.intent.anonymous)
    }

    /// `claim` is where the last response has to show the user's own identity.
    pub(crate) fn claim_identity(&mut self, claim: IdentityClaim) {
        if let Some(exchange) = self.pending.last_mut() {
            exchange.intent.identity.push(claim);
        }
    }

    /// Notes that the present step did not hold without ending the iteration:
    /// for what the oracle reports as well.
    pub fn fail_softly(&mut self, reason: impl Into<String>) {
        self.soft_failure = Some(reason.into());
    }

    /// `text` without any private value that the run knows.
    pub fn redact(&self, text: &str) -> String {
        self.context.oracle.eyes().redact(text)
    }
}
