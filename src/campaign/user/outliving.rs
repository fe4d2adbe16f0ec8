//! Whether a session outlives its sign-out: the harness tries by itself.

use std::num::NonZeroU32;
use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use url::Url;

use crate::campaign::failure::{StepFailure, StepResult};
use crate::http::{Prepared, Sender, Session};
use crate::load::LoadOver;
use crate::model::Exchange;

use super::VirtualUser;

/// Of the sign-outs after a user's first one, every tenth is tried.
const EVERY: u32 = 10;

/// A request whose response told the user a private fact.
#[derive(Clone, Debug)]
pub(super) struct Telling {
    request: Prepared,
}

impl Telling {
    pub(super) fn request(&self) -> &Prepared {
        &self.request
    }
}

/// A session as it was before its acknowledged sign-out.
#[derive(Debug)]
pub(super) struct OldSession {
    session: Session,
    number: u32,
    telling: Option<Telling>,
    /// Whether it still told a private fact, once that was tried.
    works: Option<bool>,
}

impl VirtualUser {
    /// Remembers a plain read that told the user a private fact.
    pub(super) fn remember_telling(&mut self, exchange: &Exchange) {
        let ok = exchange
            .response
            .as_ref()
            .is_some_and(|response| (200..300).contains(&response.status));
        if !ok
            || exchange.request.method != "GET"
            || exchange.hop > 0
            || exchange.error.is_some()
            || !exchange.intent.signed_in
            || exchange.intent.probed.is_some()
        {
            return;
        }
        let Ok(url) = Url::parse(&exchange.request.url) else {
            return;
        };
        // What the session and the wire add is added anew.
        let own = &self.context.profile.http.request_id_header;
        let headers = exchange
            .request
            .headers
            .iter()
            .filter(|(name, _)| name != "cookie" && name != "traceparent" && name != own)
            .cloned()
            .collect();
        let telling = Telling {
            request: Prepared {
                method: Method::GET,
                url,
                route: Arc::clone(&exchange.request.route),
                headers,
                body: Bytes::new(),
            },
        };
        let side = self
            .sides
            .iter_mut()
            .find(|side| side.number == exchange.session);
        if let Some(side) = side {
            side.telling = Some(telling);
        }
    }

    /// What the session in use is before a sign-out.
    pub(super) fn session_to_end(&self) -> OldSession {
        let side = &self.sides[self.active];
        OldSession {
            session: side.session.clone(),
            number: side.number,
            telling: side.telling.clone(),
            works: None,
        }
    }

    /// `old` was signed out, and the service acknowledged it. A small share of
    /// such sessions is tried again.
    pub(super) async fn signed_out(&mut self, old: OldSession) {
        self.sides[self.active].telling = None;
        let due = self.sign_outs.is_multiple_of(EVERY);
        self.old_session = Some(old);
        if !self.context.profile.oracle.outlived {
            return;
        }
        self.sign_outs += 1;
        if due {
            // After the last permit there is nothing to try any more.
            self.try_old_session().await.ok();
        }
    }

    /// Sends the last telling request of the old session once more, with what it
    /// had then. The oracle judges it; no step sees it.
    async fn try_old_session(&mut self) -> Result<(), LoadOver> {
        let Some(mut old) = self.old_session.take() else {
            return Ok(());
        };
        let mut load_over = false;
        if let (Some(telling), None) = (&old.telling, old.works) {
            let Ok(permit) = self.context.wire.permit(NonZeroU32::MIN).await else {
                self.old_session = Some(old);
                return Err(LoadOver);
            };
            self.transactions += 1;
            let sender = Sender {
                user: self.person.id,
                session: old.number,
                iteration: self.iteration,
                step: Arc::clone(&self.step),
            };
            let request = telling.request.clone();
            let shared = self.shared_client.as_ref();
            let wire = &self.context.wire;
            let sent = wire.send(&mut old.session, shared, &sender, request, permit, None);
            // Without a client nothing was sent, and nothing can be said.
            if let Ok(mut chain) = sent.await {
                for exchange in &mut chain.hops {
                    exchange.intent.anonymous = self.is_anonymous(exchange);
                    exchange.intent.anonymous_expected = true;
                }
                load_over = chain.load_over;
                let complete = chain.hops.first().filter(|hop| hop.error.is_none());
                old.works = complete.map(|hop| self.context.oracle.eyes().tells(hop));
                self.aside.append(&mut chain.hops);
            }
        }
        self.old_session = Some(old);
        if load_over { Err(LoadOver) } else { Ok(()) }
    }

    /// The session that the user signed out of last shows nothing private any
    /// more.
    ///
    /// # Errors
    ///
    /// When there is no such session, or nothing to try it with.
    pub async fn check_old_session(&mut self) -> StepResult {
        if let Err(LoadOver) = self.try_old_session().await {
            return Err(self.load_over());
        }
        let Some(old) = &self.old_session else {
            return Err(StepFailure::new(
                "the user has not signed out of this session: a step has to sign the user out before",
            ));
        };
        match (&old.telling, old.works) {
            (None, _) => Err(StepFailure::new(
                "nothing to try: no GET of the session showed the user a private fact of their own",
            )),
            (Some(_), Some(false)) => Ok(()),
            (Some(_), Some(true)) => {
                // The oracle tells it as well.
                self.fail_softly("the old session still shows private facts");
                Ok(())
            }
            (Some(_), None) => Err(StepFailure::new(
                "the old session was tried and there was no complete answer",
            )),
        }
    }
}
