//! The sessions of a user.

use crate::campaign::failure::{StepFailure, StepResult};
use crate::campaign::request::Request;
use crate::model::Credential;

use super::{Side, VirtualUser};

impl VirtualUser {
    /// Sends `value` as the header `name` with every request of this session,
    /// and counts the user as signed in. A value that the service issued is
    /// remembered as this user's credential.
    pub fn authorize(&mut self, name: &str, value: String, secret: &str) {
        let side = &self.sides[self.active].session;
        let kept = self.kept.values().any(|kept| kept == secret);
        let taught = self.taught.iter().any(|own| own.is(secret));
        if (kept || taught) && !side.sends(name, &value) {
            let credential = Credential {
                name: name.to_ascii_lowercase(),
                value: value.clone(),
                guessed: false,
            };
            match self.pending.last_mut() {
                Some(exchange) => exchange.intent.issued.push(credential),
                None => self.unattributed.push(credential),
            }
        }
        let side = &mut self.sides[self.active];
        side.session.authorize(name, value);
        side.signed_in = true;
    }

    /// Sends `value` as the header `name` with every request of this session.
    pub fn set_header(&mut self, name: &str, value: String) {
        self.sides[self.active].session.set_header(name, value);
    }

    /// Sends `value`, a template, as the header `name` with the next request and
    /// no other.
    pub fn set_next_header(&mut self, name: &str, value: String) {
        self.next_headers.push((name.to_owned(), value));
    }

    /// `request` with the headers that were meant for it; its own come later and
    /// replace these.
    pub(super) fn with_next_headers(&mut self, mut request: Request) -> Request {
        let own = std::mem::replace(&mut request.headers, std::mem::take(&mut self.next_headers));
        request.headers.extend(own);
        request
    }

    /// Opens a further session, without cookies and not signed in, and goes on
    /// in it.
    pub fn open_session(&mut self) {
        self.settle();
        self.session += 1;
        self.sides.push(Side {
            number: self.session,
            ..Side::default()
        });
        self.active = self.sides.len() - 1;
    }

    /// Goes on in session `number`, counted from 1.
    ///
    /// # Errors
    ///
    /// When there is no such session.
    pub fn use_session(&mut self, number: usize) -> StepResult {
        self.settle();
        match number.checked_sub(1).filter(|at| *at < self.sides.len()) {
            Some(at) => {
                self.active = at;
                Ok(())
            }
            None => Err(StepFailure::new(format!(
                "there is no session {number}: {} are open",
                self.sides.len()
            ))),
        }
    }
}
