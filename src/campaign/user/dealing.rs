//! Following what becomes of things: what a request is about to do, what steps
//! declare that it did, and what responses show.

use std::sync::Arc;

use http::Method;

use crate::campaign::failure::{StepFailure, StepResult};
use crate::campaign::guarantees::Foretold;
use crate::campaign::request::Request;
use crate::campaign::template::{Escape, is_template};
use crate::http::{Prepared, Selector, join};
use crate::model::{
    Clock as _, Dealings, Effect, Exchange, Followed, Invocation, Provocation, Shown, UserId, Verb,
    What, rendered_name,
};

use super::VirtualUser;
use super::keyed::KEY;

/// Values that one request can name; further ones are not followed.
const MOST_NAMED: usize = 64;

impl VirtualUser {
    /// The effects that the steps behind the next one declare.
    pub(in crate::campaign) fn foresee(&mut self, foretold: &Arc<[Foretold]>) {
        self.foretold = Arc::clone(foretold);
    }

    /// What `request` is about to do, as far as it is known.
    pub(super) fn about_to(&mut self, request: &Request, prepared: &Prepared) -> Dealings<String> {
        let mut dealings = Dealings::default();
        if !self.context.settings.guarantees.are_declared() {
            return dealings;
        }
        for foretold in Arc::clone(&self.foretold).iter() {
            // What cannot be rendered yet comes from the response.
            if let (Ok(of), Ok(value)) = (
                self.name_of(&foretold.of),
                self.render(&foretold.value, Escape::None),
            ) {
                dealings.effects.push(Effect {
                    verb: foretold.verb,
                    of: of.into(),
                    value,
                    by: foretold.by,
                    foretold: true,
                    confirmed: false,
                });
            }
        }
        dealings.key = prepared
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(KEY))
            .map(|(_, value)| value.as_str())
            .or_else(|| self.sides[self.active].session.header(KEY))
            .map(str::to_owned);
        let method = &request.method;
        if method.is_safe() {
            return dealings;
        }
        dealings.named = named(prepared);
        if *method == Method::DELETE {
            dealings.clears = self.cleared_by(prepared, &dealings.effects);
        }
        let dynamic = is_template(&request.path);
        let refers = request
            .templates()
            .iter()
            .any(|(text, _)| text.contains("kept.") || text.contains("other."));
        dealings.touches =
            *method == Method::DELETE || dynamic || (dealings.effects.is_empty() && refers);
        dealings
    }

    /// The kinds of which a deletion removes the whole listing.
    fn cleared_by(&mut self, prepared: &Prepared, effects: &[Effect<String>]) -> Vec<Arc<str>> {
        let context = Arc::clone(&self.context);
        let mut kinds = Vec::new();
        for read_back in &context.settings.guarantees.read_backs {
            let declared = effects.iter().any(|own| *own.of == *read_back.kind);
            let listing = read_back.listed.is_some()
                && self.address(&read_back.path).as_deref() == Some(prepared.url.as_str());
            if listing && !declared {
                kinds.push(read_back.kind.as_str().into());
            }
        }
        kinds
    }

    /// Tells that a request is about to be sent which does this.
    pub(super) fn announce(&self, dealings: &Dealings<String>, probed: Option<UserId>) {
        let nothing = dealings.effects.is_empty()
            && dealings.named.is_empty()
            && dealings.clears.is_empty()
            && !dealings.touches;
        if nothing {
            return;
        }
        let invocation = Invocation {
            at: self.context.wire.clock().now(),
            user: self.person.id,
            session: self.sides[self.active].number,
            probed,
            dealings: self.context.oracle.eyes().hashed(dealings),
        };
        self.context.announce(&invocation);
    }

    /// What evidence calls a kind of thing, or a value, that steps call `name`.
    /// With templates in it, each rendering is another one; evidence tells them
    /// apart without showing what was rendered.
    fn name_of(&mut self, name: &str) -> Result<String, StepFailure> {
        let rendered = self.render(name, Escape::None)?;
        if !is_template(name) {
            return Ok(rendered);
        }
        let hash = self.context.oracle.eyes().hash(&rendered);
        Ok(rendered_name(name, hash))
    }

    /// Declares what the last request did.
    ///
    /// # Errors
    ///
    /// When there is no response, or it was judged already.
    pub fn declare(&mut self, verb: Verb, of: &str, value: &str, by: i64) -> StepResult {
        self.check_unjudged()?;
        let of = self.name_of(of)?;
        let value = self.render(value, Escape::None)?;
        if matches!(verb, Verb::Saved) {
            let own = self.saved.entry(of.clone()).or_default();
            if !own.contains(&value) {
                own.push(value.clone());
            }
        } else if verb == Verb::Deleted
            && let Some(own) = self.saved.get_mut(&of)
        {
            own.retain(|other| *other != value);
        }
        if verb == Verb::Saved {
            self.declare_of_second(&of, &value, by);
        }
        let mut known = false;
        for exchange in &mut self.pending {
            for effect in &mut exchange.intent.dealings.effects {
                let same = effect.verb == verb && *effect.of == *of && effect.value == value;
                if same {
                    effect.confirmed = true;
                    effect.by = by;
                }
                known |= same;
            }
        }
        if known {
            return Ok(());
        }
        let effect = Effect {
            verb,
            of: of.into(),
            value,
            by,
            foretold: false,
            confirmed: true,
        };
        let mut chains = self.pending.chunk_by_mut(|_, next| next.hop > 0).rev();
        let answered = |chain: &&mut [Exchange]| {
            let response = chain.last().and_then(|last| last.response.as_ref());
            response.is_some_and(|response| {
                response.status < 400 && response.graphql_refusal().is_none()
            })
        };
        if let Some(chain) = chains.find(answered) {
            let at = decisive(chain);
            chain[at].intent.dealings.effects.push(effect);
        }
        Ok(())
    }

    /// Of a request that was sent twice at once, the second answer may name another
    /// thing where the first one names `value`: both were saved then.
    fn declare_of_second(&mut self, of: &str, value: &str, by: i64) {
        let read = self.kept_here.iter().find(|(_, own)| own == value);
        let Some((selector, _)) = read.cloned() else {
            return;
        };
        for chain in self.aside.chunk_by_mut(|_, next| next.hop > 0) {
            let twice = chain
                .iter()
                .any(|own| own.intent.provocations.contains(&Provocation::DoubleSubmit));
            let answer = chain.last().filter(|last| twice && last.error.is_none());
            let answer = answer.and_then(|last| last.response.as_ref());
            let Some(Ok(reading)) = answer
                .filter(|answer| answer.grants())
                .map(|answer| selector.read(answer))
            else {
                continue;
            };
            let at = decisive(chain);
            chain[at].intent.dealings.effects.push(Effect {
                verb: Verb::Saved,
                of: of.into(),
                value: reading.text,
                by,
                foretold: false,
                confirmed: true,
            });
        }
    }

    /// Notes that the last response shows `what`.
    ///
    /// # Errors
    ///
    /// When it was judged already.
    fn shows(&mut self, of: &str, what: What<String>) -> StepResult {
        self.check_unjudged()?;
        let of = self.name_of(of)?;
        if let Some(exchange) = self.pending.last_mut() {
            exchange.intent.dealings.shown.push(Shown::new(of, what));
        }
        Ok(())
    }

    /// The last response shows a value of the user's, called `name`. With
    /// `eventual`, the service promises it only in the end.
    ///
    /// # Errors
    ///
    /// When nothing is there.
    pub fn shows_value(&mut self, selector: &Selector, name: &str, eventual: bool) -> StepResult {
        self.shows_followed(Followed::Value, selector, name, eventual)
    }

    /// The last response shows the counter `name`. With `eventual`, the service
    /// promises it only in the end.
    ///
    /// # Errors
    ///
    /// When no whole number is there.
    pub fn shows_counter(&mut self, selector: &Selector, name: &str, eventual: bool) -> StepResult {
        self.shows_followed(Followed::Counter, selector, name, eventual)
    }

    /// The last response shows the list `name` of the user's. With `eventual`,
    /// the service promises it only in the end.
    ///
    /// # Errors
    ///
    /// When there is no list.
    pub fn shows_list(&mut self, selector: &Selector, name: &str, eventual: bool) -> StepResult {
        self.shows_followed(Followed::List, selector, name, eventual)
    }

    fn shows_followed(
        &mut self,
        followed: Followed,
        selector: &Selector,
        name: &str,
        eventual: bool,
    ) -> StepResult {
        self.check_unjudged()?;
        let what = self.shown_at(followed, selector)?;
        let name = self.name_of(name)?;
        self.note_shown(&name, what, eventual);
        self.remember_reading(followed, name, selector, eventual);
        Ok(())
    }

    /// What the last response shows at `selector`.
    pub(super) fn shown_at(
        &self,
        followed: Followed,
        selector: &Selector,
    ) -> Result<What<String>, StepFailure> {
        Ok(match followed {
            Followed::Value => What::Value(self.read(selector)?.text),
            Followed::Counter => What::Count(self.whole_number(selector)?),
            Followed::List => {
                let listing = selector
                    .read_all(self.response()?)
                    .ok_or_else(|| StepFailure::new(format!("there is no list at {selector}")))?;
                What::Sequence {
                    values: listing.values,
                    whole: listing.whole,
                }
            }
        })
    }

    pub(super) fn note_shown(&mut self, name: &str, what: What<String>, eventual: bool) {
        let users_only = self.context.settings.guarantees.users_only.contains(name);
        if let Some(exchange) = self.pending.last_mut() {
            exchange.intent.dealings.shown.push(Shown {
                eventual,
                users_only,
                ..Shown::new(name, what)
            });
        }
    }

    /// The last response counts the requests of this session.
    ///
    /// # Errors
    ///
    /// When no whole number is there.
    pub fn shows_requests(&mut self, selector: &Selector) -> StepResult {
        let count = self.whole_number(selector)?;
        self.shows(&selector.to_string(), What::Requests(count))
    }

    fn whole_number(&self, selector: &Selector) -> Result<i64, StepFailure> {
        let text = self.read(selector)?.text;
        text.trim()
            .parse()
            .map_err(|_no_number| StepFailure::new(format!("{selector} is no whole number")))
    }

    /// The address of a path of the scenario, for this user.
    pub(super) fn address(&mut self, path: &str) -> Option<String> {
        let path = self.render(path, Escape::of_path(path)).ok()?;
        let url = join(&self.context.target, &path).ok()?;
        Some(url.to_string())
    }
}

/// The hop of a chain of redirects whose answer tells what became of the
/// request: redirects that repeat the request (307, 308) only pass it on.
pub(super) fn decisive(chain: &[Exchange]) -> usize {
    chain
        .iter()
        .position(|exchange| {
            let status = exchange.response.as_ref().map(|response| response.status);
            !matches!(status, Some(307 | 308)) || exchange.error.is_some()
        })
        .unwrap_or(chain.len() - 1)
}

/// The values that a request names: segments of its path, values of its query,
/// and those of its body.
fn named(prepared: &Prepared) -> Vec<String> {
    let mut values: Vec<String> = prepared
        .url
        .path_segments()
        .into_iter()
        .flatten()
        .map(|segment| {
            percent_encoding::percent_decode_str(segment)
                .decode_utf8_lossy()
                .into_owned()
        })
        .collect();
    values.extend(
        prepared
            .url
            .query_pairs()
            .map(|(_, value)| value.into_owned()),
    );
    if let Ok(json) = serde_json::from_slice::<serde_json::Value>(&prepared.body) {
        leaves(&json, &mut values);
    } else if prepared.body.len() < 65_536 {
        values.extend(
            url::form_urlencoded::parse(&prepared.body).map(|(_, value)| value.into_owned()),
        );
    }
    values.retain(|value| !value.is_empty() && value.len() <= 256);
    values.sort();
    values.dedup();
    values.truncate(MOST_NAMED);
    values
}

fn leaves(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => into.push(text.clone()),
        serde_json::Value::Number(number) => into.push(number.to_string()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, into)),
        serde_json::Value::Object(fields) => fields.values().for_each(|own| leaves(own, into)),
        _ => {}
    }
}
