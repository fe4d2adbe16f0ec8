//! Reading anew: what a user has read of a value, a counter or a list is read
//! once more after the load, in the same way.

use std::sync::Arc;

use http::Method;

use crate::campaign::failure::StepFailure;
use crate::campaign::guarantees::Reading;
use crate::campaign::request::Purpose;
use crate::campaign::template::Escape;
use crate::http::Selector;
use crate::model::{Attempt, Followed};

use super::VirtualUser;
use super::dealing::with_total;

/// Readings of different names that are remembered of one user.
const MOST_READINGS: usize = 64;

/// Shorter values stand in names by chance.
const SHORTEST_NAMING: usize = 4;

impl VirtualUser {
    /// Remembers how the last response, which shows `name`, was asked for.
    pub(super) fn remember_reading(
        &mut self,
        followed: Followed,
        (name, of_session): (String, bool),
        (selector, total): (&Selector, Option<i64>),
        eventual: bool,
    ) {
        let request = self.last_request.as_ref().filter(|request| {
            let plain = request.method == Method::GET && request.purpose == Purpose::Ordinary;
            plain && !request.probes()
        });
        let mut sent = self.pending.iter().rev();
        let first = sent.find(|exchange| exchange.hop == 0);
        let (Some(request), Some(first)) = (request, first) else {
            return;
        };
        let reading = Reading {
            followed,
            name,
            of_session,
            eventual,
            selector: selector.clone(),
            total,
            request: request.clone(),
            url: first.request.url.clone(),
            step: Arc::clone(&self.step),
        };
        let same = |own: &Reading| own.followed == followed && own.name == reading.name;
        self.readings.retain(|own| !same(own));
        if self.readings.len() == MOST_READINGS {
            self.readings.remove(0);
        }
        self.readings.push(reading);
    }

    /// Whether what a step calls `name` is named by what the session kept: it is
    /// the session's, and the next one does not find it.
    pub(super) fn is_of_session(&mut self, name: &str) -> Result<bool, StepFailure> {
        let rendered = self.render(name, Escape::None)?;
        let mut values = self.kept_by_session.values();
        Ok(values.any(|own| own.len() >= SHORTEST_NAMING && rendered.contains(own.as_str())))
    }

    /// Forgets what was read of things that are the session's.
    pub(super) fn forget_readings_of_session(&mut self) {
        self.readings.retain(|own| !own.of_session);
    }

    /// What the user has read and has to read once more.
    pub(in crate::campaign) fn unread(&self) -> Vec<Reading> {
        let oracle = &self.context.oracle;
        let owed = |own: &&Reading| oracle.is_unread(own.followed, &own.name, self.person.id);
        self.readings.iter().filter(owed).cloned().collect()
    }

    /// Reads it once more, and gives whether it was answered so that something
    /// can be said.
    pub(in crate::campaign) async fn read_anew(
        &mut self,
        reading: &Reading,
        attempt: Attempt,
    ) -> bool {
        let mut request = reading.request.clone();
        let route = std::mem::replace(&mut request.path, self.by_template(reading.url.clone()));
        self.ask_for(request, &route, attempt).await;
        let shown = self
            .answered(&[200])
            .then(|| self.shown_at(reading.followed, &reading.selector).ok())
            .flatten();
        let answered = shown.is_some();
        if let Some(what) = shown.map(|what| with_total(what, reading.total)) {
            let how = (&reading.selector, reading.eventual);
            self.note_shown(&reading.name, what, how);
        }
        self.close_answer();
        answered
    }
}
