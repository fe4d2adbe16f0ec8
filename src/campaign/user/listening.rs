//! Listening to responses that may never end.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::campaign::failure::{StepFailure, StepResult};
use crate::campaign::request::Request;
use crate::campaign::template::Escape;
use crate::http::Sender;
use crate::load::LoadOver;
use crate::model::{Received, RequestId};

use super::VirtualUser;
use super::sending::unanswered;

impl VirtualUser {
    /// Sends `request` and takes in what comes for `span`, or until the body
    /// contains `until`. The oracle looks at what comes as it comes. That the
    /// response does not end is no error.
    ///
    /// # Errors
    ///
    /// When there is no response at all, or `until` was not heard.
    pub async fn listen(
        &mut self,
        request: Request,
        span: Duration,
        until: Option<&str>,
    ) -> StepResult {
        self.settle();
        let request = self.with_next_headers(request);
        let probed = self.probed_by(&request)?;
        let prepared = self.prepare(&request)?;
        let dealings = self.about_to(&request, &prepared);
        let rendered = match until {
            Some(text) => Some(self.render(text, Escape::None)?),
            None => None,
        };
        let purpose = request.purpose;
        self.last_request = Some(request);
        self.answers.clear();
        let permit = match self.context.wire.permit(NonZeroU32::MIN).await {
            Ok(permit) => permit,
            Err(LoadOver) => return Err(self.load_over()),
        };
        self.transactions += 1;
        self.announce(&dealings, probed);
        let sender = Sender {
            user: self.person.id,
            session: self.sides[self.active].number,
            iteration: self.iteration,
            step: Arc::clone(&self.step),
        };
        let context = Arc::clone(&self.context);
        let user = self.person.id;
        let hearing = Arc::clone(&self.context);
        let ear = move |id: RequestId, url: &str, head: &Received, piece: &[u8]| {
            if hearing.judging {
                hearing.oracle.eyes().hear(user, id, url, head, piece);
            }
        };
        let chain = context
            .wire
            .listen(
                &mut self.sides[self.active].session,
                self.shared_client.as_ref(),
                &sender,
                prepared,
                permit,
                span,
                rendered.as_deref(),
                &ear,
            )
            .await
            .map_err(|error| StepFailure::new(error.to_string()))?;
        let (load_over, met) = (chain.load_over, chain.met);
        self.file(chain.hops, purpose, probed, &dealings);
        if load_over {
            return Err(self.load_over());
        }
        if let Some(error) = self.pending.last().and_then(|exchange| exchange.error) {
            return Err(unanswered(error));
        }
        match until {
            Some(text) if !met => Err(StepFailure::new(format!(
                "the body did not contain \"{text}\" within {}",
                humantime::format_duration(span)
            ))),
            _ => self.conclude(),
        }
    }
}
