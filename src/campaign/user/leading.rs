//! The life of a user, as the engine leads it.

use std::sync::Arc;

use rand::RngExt as _;

use crate::model::{Exchange, StepRef};

use super::{Ended, VirtualUser};

impl VirtualUser {
    pub(in crate::campaign) fn enter(&mut self, step: &Arc<StepRef>) {
        self.step = Arc::clone(step);
        self.soft_failure = None;
    }

    pub(in crate::campaign) fn share_client(&mut self, client: Option<reqwest::Client>) {
        self.shared_client = client;
    }

    /// Lets go of connections, which belong to the runtime they were opened in.
    pub(in crate::campaign) fn disconnect(&mut self) {
        self.shared_client = None;
        for side in &mut self.sides {
            side.session.disconnect();
        }
    }

    /// Begins a session with nothing of the one before, such as that of the
    /// preflight.
    pub(in crate::campaign) fn begin_session(&mut self) {
        self.session = self.next_session;
        self.next_session += 1;
        for side in &mut self.sides {
            side.session.clear();
        }
        self.sides.truncate(1);
        self.sides[0].signed_in = false;
        self.sides[0].telling = None;
        self.old_session = None;
        self.sides[0].number = self.session;
        self.active = 0;
        self.establishing = true;
        self.iteration = 0;
        self.lost = false;
        self.ended = None;
        self.holds_on = false;
        self.forget_readings_of_session();
        self.kept_by_session.clear();
        self.kept_by_iteration.clear();
        self.next_headers.clear();
        self.post();
    }

    /// The user was there before, in sessions that are not known any more.
    pub(in crate::campaign) fn come_again(&mut self) {
        self.session = 1 << 16;
        self.next_session = self.session + 1;
        self.lost = true;
    }

    pub(in crate::campaign) fn begin_iteration(&mut self, number: u32) {
        // An iteration that ended early may have left some; what `Given` steps set is
        // for the first request of the first one.
        if !std::mem::take(&mut self.establishing) {
            self.next_headers.clear();
        }
        self.iteration = number;
        self.holds_on |= self.ended == Some(Ended::NothingToProbe);
        self.ended = None;
        self.other = None;
        self.answers.clear();
        self.kept_by_iteration.clear();
        self.post();
    }

    /// Whether the user is signed in, in the session in use.
    pub fn is_signed_in(&self) -> bool {
        self.sides[self.active].signed_in
    }

    pub(in crate::campaign) fn transactions(&self) -> u64 {
        self.transactions
    }

    pub(in crate::campaign) fn draw(&mut self, below: u32) -> u32 {
        self.rng.random_range(0..below.max(1))
    }

    /// Hands the last exchanges to the oracle. Called when all `Then` steps
    /// have said what they expect.
    pub(in crate::campaign) fn settle(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        self.taken.clear();
        let denied = self.context.profile.oracle.denied.as_slice();
        // Each request with its redirects is denied, or not, by itself.
        for chain in pending.chunk_by_mut(|_, next| next.hop > 0) {
            decide_denial(chain, denied);
        }
        for exchange in &mut pending {
            self.look_for_saved(exchange);
            let intent = &exchange.intent;
            let excused = intent.anonymous_expected || intent.signs_in || intent.signs_out;
            if intent.signed_in && intent.anonymous && !excused {
                self.lost = true;
            }
        }
        let observed = self.take_in(&pending);
        for exchange in std::mem::take(&mut self.aside) {
            self.context.observe(&exchange);
        }
        self.offer(&pending, observed);
    }
}

/// Where a denial is expected: one anywhere in a chain of redirects denies it
/// all; without any, it is the end of the chain that should have been one.
fn decide_denial(chain: &mut [Exchange], denied: &[u16]) {
    if !chain.iter().any(|exchange| exchange.intent.denial_expected) {
        return;
    }
    let denying = chain
        .iter()
        .position(|exchange| is_denied(exchange, denied));
    let decisive = denying.unwrap_or(chain.len() - 1);
    for (at, exchange) in chain.iter_mut().enumerate() {
        exchange.intent.denial_expected = at == decisive;
        exchange.intent.anonymous_expected = true;
    }
}

/// Whether `exchange` was denied, with one of the statuses `denied`, by a way
/// to a sign-in page, or by GraphQL errors.
fn is_denied(exchange: &Exchange, denied: &[u16]) -> bool {
    exchange.intent.anonymous
        || exchange.response.as_ref().is_some_and(|response| {
            denied.contains(&response.status) || response.graphql_refusal().is_some()
        })
}

impl VirtualUser {
    /// Whether every request that was sent last was denied.
    pub(in crate::campaign) fn was_denied(&self) -> bool {
        let denied = &self.context.profile.oracle.denied;
        let mut chains = self.pending.chunk_by(|_, next| next.hop > 0);
        !self.pending.is_empty()
            && chains.all(|chain| chain.iter().any(|exchange| is_denied(exchange, denied)))
    }
}
