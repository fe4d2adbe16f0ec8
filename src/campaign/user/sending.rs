//! Sending requests.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use crate::campaign::failure::{StepFailure, StepResult};
use crate::campaign::request::{Purpose, Request};
use crate::http::{Chain, Prepared, Sender};
use crate::load::LoadOver;
use crate::model::{Dealings, Departure, ErrorClass, Exchange, Provocation, UserId};

use super::dealing::decisive;
use super::provoking::{Company, mark};
use super::{Ended, VirtualUser};

impl VirtualUser {
    /// Sends `request` and waits for the response, redirects followed.
    ///
    /// # Errors
    ///
    /// When there is no complete response, or the purpose of the request was
    /// not reached. Any status is a response; `Then` steps judge it.
    pub async fn send(&mut self, request: Request) -> StepResult {
        let request = self.with_next_headers(request);
        if request.purpose == Purpose::Registers
            && let Some(answer) = self.context.registrations.find(&self.person, &request)
        {
            // What follows reads from the answer what it read the first time.
            self.settle();
            self.answers = vec![answer];
            self.last_request = Some(request);
            return Ok(());
        }
        let ending = (request.purpose == Purpose::SignsOut).then(|| {
            self.settle();
            self.session_to_end()
        });
        if ending.is_some() && self.disturbs_sign_out() {
            self.sign_out_disturbed(request).await?;
        } else if self.doubles(&request) {
            self.submit_twice(request).await?;
        } else {
            let departure = self.drawn_departure();
            self.transact(request, NonZeroU32::MIN, departure).await?;
        }
        let error = self.pending.last().and_then(|exchange| exchange.error);
        match error {
            None => {
                self.conclude()?;
                if let Some(old) = ending.filter(|_| !self.is_signed_in()) {
                    self.signed_out(old).await;
                }
                Ok(())
            }
            Some(ErrorClass::Abandoned) => {
                self.ended = Some(Ended::Abandoned);
                Err(StepFailure::new("abandoned"))
            }
            Some(error) => Err(unanswered(error)),
        }
    }

    /// Sends `request` and goes away after `after`, answered or not.
    ///
    /// # Errors
    ///
    /// When it cannot be sent.
    pub async fn abandon(&mut self, request: Request, after: Duration) -> StepResult {
        let departure = Some(Departure::After(after));
        let request = self.with_next_headers(request);
        self.transact(request, NonZeroU32::MIN, departure).await?;
        match self.pending.last().and_then(|exchange| exchange.error) {
            None | Some(ErrorClass::Abandoned) => Ok(()),
            Some(error) => Err(unanswered(error)),
        }
    }

    /// Sends the same request `count` times at one moment.
    ///
    /// # Errors
    ///
    /// When one of them has no complete response.
    pub async fn send_at_once(&mut self, request: Request, count: NonZeroU32) -> StepResult {
        let request = self.with_next_headers(request);
        self.transact(request, count, None).await?;
        let error = self.pending.iter().find_map(|exchange| exchange.error);
        error.map_or(Ok(()), |error| Err(unanswered(error)))
    }

    /// The request sent last, to send it again.
    ///
    /// # Errors
    ///
    /// When none was sent yet.
    pub fn last_request(&self) -> Result<Request, StepFailure> {
        self.last_request
            .clone()
            .ok_or_else(|| StepFailure::new("no request was sent yet"))
    }

    /// Pauses.
    ///
    /// # Errors
    ///
    /// When the load ends meanwhile.
    pub async fn wait(&mut self, duration: Duration) -> StepResult {
        self.settle();
        let mut stop = self.context.stop.subscribe();
        tokio::select! {
            () = tokio::time::sleep(duration) => Ok(()),
            _ = stop.wait_for(|stop| *stop) => Err(self.load_over()),
        }
    }

    /// Sends `sign_out` while `during` is under way. How the service answers
    /// `during`, signed in or not, is its own affair.
    ///
    /// # Errors
    ///
    /// When one of them has no complete response, or the sign-out is refused.
    pub async fn sign_out_during(&mut self, sign_out: Request, during: Request) -> StepResult {
        self.settle();
        let sign_out = self.with_next_headers(sign_out);
        let probed = self.probed_by(&during)?;
        let prepared = vec![self.prepare(&during)?, self.prepare(&sign_out)?];
        self.last_request = Some(sign_out);
        let dealings = vec![self.about_to(&during, &prepared[0]), Dealings::default()];
        let ending = self.session_to_end();
        let chains = self.carry(prepared, None, None, &dealings, probed).await?;
        let load_over = chains.iter().any(|chain| chain.load_over);
        for ((mut chain, purpose), dealings) in chains
            .into_iter()
            .zip([during.purpose, Purpose::SignsOut])
            .zip(dealings)
        {
            for exchange in &mut chain.hops {
                exchange.intent.anonymous_expected = true;
            }
            mark(&mut chain.hops, Provocation::SignOutInFlight);
            let probed = probed.filter(|_| purpose != Purpose::SignsOut);
            self.file(chain.hops, purpose, probed, &dealings);
        }
        if load_over {
            return Err(self.load_over());
        }
        let error = self.pending.iter().find_map(|exchange| exchange.error);
        match error {
            None => {
                self.conclude()?;
                if !self.is_signed_in() {
                    self.signed_out(ending).await;
                }
                Ok(())
            }
            Some(error) => Err(unanswered(error)),
        }
    }

    pub(super) async fn transact(
        &mut self,
        request: Request,
        count: NonZeroU32,
        departure: Option<Departure>,
    ) -> StepResult {
        self.settle();
        let probed = self.probed_by(&request)?;
        let prepared = vec![self.prepare(&request)?; count.get() as usize];
        let dealings = self.about_to(&request, &prepared[0]);
        let all = vec![dealings.clone(); prepared.len()];
        let purpose = request.purpose;
        let company = (count == NonZeroU32::MIN)
            .then(|| self.company(&request))
            .flatten();
        self.last_request = Some(request);
        let chains = self
            .carry(prepared, departure, company, &all, probed)
            .await?;
        let load_over = chains.iter().any(|chain| chain.load_over);
        let outrun = self.are_outrun(&chains);
        for mut chain in chains {
            for exchange in chain.hops.iter_mut().filter(|_| outrun) {
                exchange.intent.anonymous_expected = true;
            }
            self.file(chain.hops, purpose, probed, &dealings);
        }
        if load_over {
            return Err(self.load_over());
        }
        Ok(())
    }

    /// Whose data `request` asks for, if it is another user's.
    pub(super) fn probed_by(&mut self, request: &Request) -> Result<Option<UserId>, StepFailure> {
        if !request.probes() {
            return Ok(None);
        }
        self.meet_other()?;
        Ok(self.other.as_ref().map(|other| other.person.id))
    }

    /// Takes in the exchanges of one request, with what was meant by it.
    pub(super) fn file(
        &mut self,
        mut chain: Vec<Exchange>,
        purpose: Purpose,
        probed: Option<UserId>,
        dealings: &Dealings<String>,
    ) {
        self.describe(&mut chain, purpose, probed, dealings);
        if let Some(last) = chain.last().filter(|last| last.error.is_none()) {
            self.answers.extend(last.response.clone());
        }
        self.pending.extend(chain);
    }

    /// Notes what was meant by the exchanges of one request.
    pub(super) fn describe(
        &mut self,
        chain: &mut [Exchange],
        purpose: Purpose,
        probed: Option<UserId>,
        dealings: &Dealings<String>,
    ) {
        if !chain.is_empty() {
            let at = decisive(chain);
            chain[at].intent.dealings = dealings.clone();
        }
        let signed_in = self.is_signed_in();
        let first = chain
            .first()
            .map(|exchange| Arc::new(exchange.request.clone()));
        let anonymous = self.anonymous_at(chain);
        for (at, exchange) in chain.iter_mut().enumerate() {
            let intent = &mut exchange.intent;
            intent.signed_in = signed_in;
            intent.signs_in = purpose == Purpose::SignsIn;
            intent.signs_out = purpose == Purpose::SignsOut;
            intent.probed = probed;
            intent.anonymous = anonymous == Some(at);
            intent.issued.append(&mut self.unattributed);
            if exchange.hop > 0 {
                intent.first.clone_from(&first);
            }
        }
    }

    /// Sends all of `prepared` at one moment, each over its own view of the
    /// session.
    pub(super) async fn carry(
        &mut self,
        mut prepared: Vec<Prepared>,
        departure: Option<Departure>,
        company: Option<Company>,
        dealings: &[Dealings<String>],
        probed: Option<UserId>,
    ) -> Result<Vec<Chain>, StepFailure> {
        self.answers.clear();
        let count = u32::try_from(prepared.len()).unwrap_or(u32::MAX);
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let wire = &self.context.wire;
        let granted = match &company {
            Some(own) => {
                wire.permit_together(&own.what, own.size, own.patience)
                    .await
            }
            None => wire.permit(count).await.map(|permit| (permit, false)),
        };
        let Ok((permit, met)) = granted else {
            return Err(self.load_over());
        };
        self.transactions += u64::from(count.get());
        for dealings in dealings {
            self.announce(dealings, probed);
        }
        let sender = Sender {
            user: self.person.id,
            session: self.sides[self.active].number,
            iteration: self.iteration,
            step: Arc::clone(&self.step),
        };
        let wire = &self.context.wire;
        let shared = self.shared_client.as_ref();
        let side = &mut self.sides[self.active].session;
        let broken = |error: crate::http::ClientError| StepFailure::new(error.to_string());
        if count == NonZeroU32::MIN {
            let Some(only) = prepared.pop() else {
                return Ok(Vec::new());
            };
            let mut chain = wire
                .send(side, shared, &sender, only, permit, departure)
                .await
                .map_err(broken)?;
            if let Some(own) = company.filter(|_| met) {
                mark(&mut chain.hops, own.mark);
            }
            let mut chains = vec![chain];
            self.note_keys(&mut chains);
            return Ok(chains);
        }
        let mut views = vec![side.clone(); prepared.len()];
        let sends = views
            .iter_mut()
            .zip(prepared)
            .map(|(view, one)| wire.send(view, shared, &sender, one, permit, departure));
        let chains: Result<Vec<_>, _> = join_all(sends).await.into_iter().collect();
        let mut chains = chains.map_err(broken)?;
        side.rejoin(views, &chains);
        self.note_keys(&mut chains);
        Ok(chains)
    }

    /// Draws the consequences of a complete response.
    pub(super) fn conclude(&mut self) -> StepResult {
        let request = self.last_request.as_ref();
        let purpose = request.map(|request| request.purpose);
        let anonymous = self
            .pending
            .iter()
            .any(|exchange| exchange.intent.anonymous);
        let status = self.answers.last().map_or(0, |answer| answer.status);
        let errors = self
            .answers
            .last()
            .is_some_and(|answer| answer.graphql_refusal().is_some());
        match purpose {
            Some(Purpose::SignsIn) => {
                if status >= 400 || anonymous || errors {
                    let told = if errors { ", with GraphQL errors" } else { "" };
                    return Err(StepFailure::new(format!(
                        "signing in was refused: status is {status}{told}"
                    )));
                }
                self.sides[self.active].signed_in = true;
            }
            Some(Purpose::SignsOut) if status < 400 && !errors => {
                self.sides[self.active].signed_in = false;
            }
            Some(Purpose::Registers) => {
                // An account left from an earlier run is as good as a new one.
                if status >= 400 && status != 409 {
                    return Err(StepFailure::new(format!(
                        "registering was refused: status is {status}"
                    )));
                }
                if let (Some(request), Some(answer)) = (request, self.answers.last()) {
                    let (request, answer) = (request.clone(), answer.clone());
                    self.context
                        .registrations
                        .add(&self.person, request, answer);
                }
            }
            Some(Purpose::SignsOut | Purpose::Ordinary) | None => {}
        }
        Ok(())
    }

    pub(super) fn load_over(&mut self) -> StepFailure {
        self.ended = Some(Ended::LoadOver);
        StepFailure::new(LoadOver.to_string())
    }
}

/// Why a request without a complete response failed its step.
pub(super) fn unanswered(error: ErrorClass) -> StepFailure {
    let hint = match error {
        ErrorClass::Tls => {
            ": the certificate of the service was not accepted, or it speaks no TLS; name a certificate authority of your own as `ca` in the profile"
        }
        ErrorClass::Refused => {
            ": too many redirects, a header that cannot be sent, or a host that the profile does not name"
        }
        _ => "",
    };
    StepFailure::new(format!("no complete response: {error}{hint}"))
}
