//! Looking at the response, and keeping values of it.

use std::sync::Arc;
use std::time::Duration;

use crate::campaign::failure::{StepFailure, StepResult};
use crate::campaign::request::Purpose;
use crate::http::{CaptureError, Reading, Selector};
use crate::model::{Fact, Origin, Received};

use super::VirtualUser;

impl VirtualUser {
    /// The response to the last request.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn response(&self) -> Result<&Received, StepFailure> {
        self.answers
            .last()
            .ok_or_else(|| StepFailure::new("there is no response to look at"))
    }

    /// The responses to the last requests, when several were sent at once.
    pub fn responses(&self) -> &[Received] {
        &self.answers
    }

    /// How long the last response took, from sending to its end.
    pub(crate) fn response_time(&self) -> Option<Duration> {
        let first = self.pending.first()?;
        let last = self.pending.last()?;
        Some(last.done.since(first.sent))
    }

    /// Reads a value from the response.
    ///
    /// # Errors
    ///
    /// When nothing is there.
    pub fn read(&self, selector: &Selector) -> Result<Reading, StepFailure> {
        let response = self.response()?;
        let failure = |error: CaptureError| {
            let known = match &self.last_request {
                Some(last) if last.purpose == Purpose::Registers && response.status == 409 => {
                    KNOWN_ALREADY
                }
                _ => "",
            };
            StepFailure::new(format!("{error}{known}"))
        };
        selector.read(response).map_err(failure)
    }

    /// Keeps `value` as `name`: what a `Given` keeps lives as long as the
    /// session, other values as long as the iteration.
    pub fn keep(&mut self, name: &str, value: String) {
        let kept = if self.establishing {
            &mut self.kept_by_session
        } else {
            &mut self.kept_by_iteration
        };
        if self.context.settings.probing.is_some() {
            self.context.foreign.kept(self.person.id, name, &value);
        }
        kept.insert(name.to_owned(), value);
        self.post();
    }

    /// Reads a value from the response and keeps it.
    ///
    /// # Errors
    ///
    /// When nothing is there.
    pub fn keep_from(&mut self, selector: &Selector, name: &str) -> StepResult {
        let reading = self.read(selector)?;
        self.kept_here
            .push((selector.clone(), reading.text.clone()));
        self.keep(name, reading.text);
        Ok(())
    }

    /// Adds a fact that a step declares. It is the user's own from now on, and
    /// private.
    pub fn learn(&mut self, name: &str, value: String) {
        let fact = Fact {
            name: name.into(),
            value: value.clone(),
            visibility: self.visibility_of(name),
            origin: Origin::Learned,
            weak: false,
        };
        if self.learned.get(name) == Some(&value) {
            return;
        }
        Arc::make_mut(&mut self.learned).insert(name.to_owned(), value);
        self.context
            .oracle
            .eyes()
            .learn(self.person.id, self.person.group, &fact);
        self.post();
    }

    /// A fact of the user's: learned, generated or read from the accounts file.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.learned
            .get(name)
            .map(String::as_str)
            .or_else(|| self.person.value(name))
    }

    pub(super) fn post(&mut self) {
        let mut all = self.kept_by_session.clone();
        all.extend(self.kept_by_iteration.clone());
        self.kept = Arc::new(all);
        let wanted = &self.context.wanted_of_others;
        let held = |name: &String| self.kept.contains_key(name) || self.learned.contains_key(name);
        if wanted.is_empty() || (self.holds_on && !wanted.iter().all(held)) {
            return;
        }
        self.holds_on = false;
        self.context.board.post(
            self.person.id,
            Arc::clone(&self.kept),
            Arc::clone(&self.learned),
        );
    }
}

/// Why nothing is found in the answer to a registration.
const KNOWN_ALREADY: &str = ": the account was there before this run (status 409), and what the \
    service tells newcomers is not told again; make other users with another seed, such as \
    `--seed 2`";
