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

/// Headers that tell who asks, whatever a session sends.
const TELLING_WHO: [&str; 2] = ["authorization", "proxy-authorization"];

/// A request whose response told the user a private fact.
#[derive(Clone, Debug)]
pub(super) struct Telling {
    request: Prepared,
    /// Headers that tell who asks.
    credentials: Vec<String>,
}

impl Telling {
    pub(super) fn request(&self) -> &Prepared {
        &self.request
    }

    /// The same as somebody would send it whom the service never met.
    fn of_nobody(&self) -> Prepared {
        let mut request = self.request.clone();
        request
            .headers
            .retain(|(name, _)| !self.credentials.contains(name));
        request
    }
}

/// A session as it was before its acknowledged sign-out.
#[derive(Debug)]
pub(super) struct OldSession {
    session: Session,
    number: u32,
    telling: Option<Telling>,
    /// What came of it, once it was tried.
    tried: Option<Tried>,
}

/// What an old session was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tried {
    /// It is over.
    Over,
    /// It still told a private fact.
    Works,
    /// What it told is told without any session.
    Open,
}

impl VirtualUser {
    /// Remembers a plain read that told the user a private fact, also one that
    /// the sign-in led to.
    pub(super) fn remember_telling(&mut self, exchange: &Exchange) {
        let ok = exchange
            .response
            .as_ref()
            .is_some_and(|response| (200..300).contains(&response.status));
        if !ok
            || exchange.request.method != "GET"
            || (exchange.hop > 0 && !exchange.intent.signs_in)
            || exchange.error.is_some()
            || !(exchange.intent.signed_in || exchange.intent.signs_in)
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
            credentials: exchange
                .request
                .credentials
                .iter()
                .map(|credential| credential.name.clone())
                .chain(TELLING_WHO.map(str::to_owned))
                .collect(),
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
            tried: None,
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
    /// had then; and if that tells something, without any credential: what is
    /// told to everybody who knows the address is no sign of a session. The
    /// oracle judges both; no step sees them.
    async fn try_old_session(&mut self) -> Result<(), LoadOver> {
        let Some(mut old) = self.old_session.take() else {
            return Ok(());
        };
        let outcome = match (&old.telling, old.tried) {
            (Some(telling), None) => {
                let (telling, number) = (telling.clone(), old.number);
                self.try_with(&mut old.session, number, &telling).await
            }
            (_, tried) => Ok(tried),
        };
        old.tried = outcome.unwrap_or(None);
        self.old_session = Some(old);
        outcome.map(|_| ())
    }

    async fn try_with(
        &mut self,
        session: &mut Session,
        number: u32,
        telling: &Telling,
    ) -> Result<Option<Tried>, LoadOver> {
        let mut with = self
            .ask_aside(session, number, telling.request().clone())
            .await?;
        let told = self.was_told(&with);
        let mut tried = told.map(|told| if told { Tried::Works } else { Tried::Over });
        if tried == Some(Tried::Works) {
            let nobody = &mut Session::default();
            let without = self.ask_aside(nobody, number, telling.of_nobody()).await;
            let mut without = without.unwrap_or_default();
            tried = match self.was_told(&without) {
                Some(true) => Some(Tried::Open),
                Some(false) => tried,
                // Nobody can say.
                None => None,
            };
            for exchange in &mut with {
                exchange.intent.open_to_all = tried != Some(Tried::Works);
            }
            for exchange in &mut without {
                exchange.intent.open_to_all = tried == Some(Tried::Open);
            }
            self.aside.extend(with);
            self.aside.extend(without);
        } else {
            self.aside.extend(with);
        }
        Ok(tried)
    }

    /// Whether an answer told the user a private fact; `None` without a whole
    /// answer.
    fn was_told(&self, hops: &[Exchange]) -> Option<bool> {
        let complete = hops.first().filter(|hop| hop.error.is_none())?;
        Some(self.context.oracle.eyes().tells(complete))
    }

    /// Sends `request` in a session that is not one of the user's any more.
    async fn ask_aside(
        &mut self,
        session: &mut Session,
        number: u32,
        request: Prepared,
    ) -> Result<Vec<Exchange>, LoadOver> {
        let permit = self.context.wire.permit(NonZeroU32::MIN).await?;
        self.transactions += 1;
        let sender = Sender {
            user: self.person.id,
            session: number,
            iteration: self.iteration,
            step: Arc::clone(&self.step),
        };
        let shared = self.shared_client.as_ref();
        let wire = &self.context.wire;
        let sent = wire.send(session, shared, &sender, request, permit, None);
        // Without a client nothing was sent, and nothing can be said.
        let Ok(mut chain) = sent.await else {
            return Ok(Vec::new());
        };
        let anonymous = self.anonymous_at(&chain.hops);
        for (at, exchange) in chain.hops.iter_mut().enumerate() {
            exchange.intent.anonymous = anonymous == Some(at);
            exchange.intent.anonymous_expected = true;
        }
        if chain.load_over {
            self.aside.append(&mut chain.hops);
            return Err(LoadOver);
        }
        Ok(chain.hops)
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
        match (&old.telling, old.tried) {
            (None, _) => Err(StepFailure::new(
                "nothing to try: no GET of the session showed the user a private fact of their own",
            )),
            (Some(_), Some(Tried::Over)) => Ok(()),
            (Some(_), Some(Tried::Open)) => Err(StepFailure::new(
                "nothing to try: what the last GET of the session showed is shown without any session as well",
            )),
            (Some(_), Some(Tried::Works)) => {
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
