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
    Clock as _, Dealings, Effect, Exchange, Followed, Invocation, Shown, UserId, Verb, What,
    rendered_name,
};

use super::VirtualUser;
use super::amounts::amount;
use super::coining::drawn;

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
        let drawn = drawn(prepared, &self.context.uniques);
        let safe = request.method.is_safe();
        let mut coins = Vec::new();
        for foretold in Arc::clone(&self.foretold).iter() {
            // What cannot be rendered yet comes from the response.
            if let (Ok(of), Ok(value)) = (
                self.name_of(&foretold.of),
                self.render(&foretold.value, Escape::None),
            ) {
                let uniques = &self.context.uniques;
                let coined = !safe
                    && match foretold.verb {
                        Verb::Saved => self.carried.is_new(&value, uniques),
                        // It may stand in any text.
                        Verb::Appended => self.carried.holds_new(&value, uniques),
                        _ => false,
                    };
                if coined {
                    coins.push(value.clone());
                }
                dealings.effects.push(Effect {
                    verb: foretold.verb,
                    of: of.into(),
                    coined,
                    value,
                    by: foretold.by,
                    foretold: true,
                    confirmed: false,
                });
            }
        }
        for value in coins {
            self.carried.make(&value, &self.context.uniques);
        }
        self.carried.add(&drawn);
        dealings.key = self.key_of(&prepared.headers).map(str::to_owned);
        let method = &request.method;
        if safe {
            return dealings;
        }
        dealings.named = named(prepared);
        dealings.named.extend(self.carried.made_of(&drawn));
        dealings.named.extend(drawn);
        dealings.named.sort();
        dealings.named.dedup();
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

    /// The same of what has no name but its place.
    fn name_at(&self, selector: &Selector) -> String {
        let place = selector.to_string();
        match selector.rendering() {
            Some(rendered) => {
                let hash = self.context.oracle.eyes().hash(&rendered);
                rendered_name(&place, hash)
            }
            None => place,
        }
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
            coined: false,
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
            chain[at].intent.dealings.effects.push(effect.clone());
            self.declare_of_twins(&effect);
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

    /// The numbers that the last response shows add up to the same as ever, or
    /// to `total`. With `eventual`, the service promises it only in the end.
    ///
    /// # Errors
    ///
    /// When there are no numbers, or `total` is none.
    pub fn adds_up(
        &mut self,
        selector: &Selector,
        total: Option<&str>,
        eventual: bool,
    ) -> StepResult {
        self.check_unjudged()?;
        let known = match total {
            Some(total) => {
                let total = self.render(total, Escape::None)?;
                let known = amount(&total).ok_or_else(|| {
                    StepFailure::new("what it should add up to is no number that can be added up")
                })?;
                Some(known)
            }
            None => None,
        };
        let name = self.name_at(selector);
        let what = self.shown_at(Followed::Sum, selector)?;
        self.note_shown(&name, with_total(what, known), (selector, eventual));
        self.remember_reading(Followed::Sum, (name, false), (selector, known), eventual);
        Ok(())
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
        let of_session = self.is_of_session(name)?;
        let name = self.name_of(name)?;
        self.note_shown(&name, what, (selector, eventual));
        self.remember_reading(followed, (name, of_session), (selector, None), eventual);
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
                let listing = selector.read_all(self.response()?).ok_or_else(|| {
                    StepFailure::new(format!("there is no list at {selector} that can be read"))
                })?;
                What::Sequence {
                    values: listing.values,
                    whole: listing.whole,
                }
            }
            Followed::Sum => {
                let listing = selector.read_all(self.response()?).ok_or_else(|| {
                    StepFailure::new(format!("nothing is there at {selector} that can be read"))
                })?;
                let amounts = listing.values.iter();
                let amounts = amounts.map(|own| amount(own).map(i128::from));
                let sum = amounts.sum::<Option<i128>>();
                let sum = sum.and_then(|sum| i64::try_from(sum).ok()).ok_or_else(|| {
                    StepFailure::new(format!("{selector} are no numbers that can be added up"))
                })?;
                What::Sum {
                    sum,
                    total: None,
                    whole: listing.whole,
                }
            }
        })
    }

    pub(super) fn note_shown(
        &mut self,
        name: &str,
        what: What<String>,
        (selector, eventual): (&Selector, bool),
    ) {
        let users_only = self.context.settings.guarantees.users_only.contains(name);
        if let Some(exchange) = self.pending.last_mut() {
            exchange.intent.dealings.shown.push(Shown {
                eventual,
                users_only,
                at: Some(selector.to_string().into()),
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
        self.check_unjudged()?;
        let what = What::Requests(self.whole_number(selector)?);
        let shown = Shown::new(self.name_at(selector), what);
        if let Some(exchange) = self.pending.last_mut() {
            exchange.intent.dealings.shown.push(shown);
        }
        Ok(())
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

/// `what`, of which `known` is what it should add up to.
pub(super) fn with_total(what: What<String>, known: Option<i64>) -> What<String> {
    match what {
        What::Sum { sum, whole, .. } => What::Sum {
            sum,
            total: known,
            whole,
        },
        other => other,
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
