//! What a user learns from responses, once these have turned out to be clean.

use std::sync::Arc;

use crate::campaign::context::Observed;
use crate::campaign::failure::StepResult;
use crate::http::Selector;
use crate::model::{Exchange, Fact, Lesson, Origin, Visibility};
use crate::oracle::{Claims, Scope};

use super::VirtualUser;

/// A value that a step says is the user's own, until the response it was read
/// from has been judged.
#[derive(Clone, Debug)]
pub(super) struct Taught {
    fact: Fact,
    lesson: Lesson,
    unique: bool,
}

impl Taught {
    /// Whether `value` is what was read.
    pub(super) fn is(&self, value: &str) -> bool {
        self.fact.value == value
    }
}

/// The last response that was judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Settled {
    route: Arc<str>,
    url: String,
    accused: bool,
}

impl VirtualUser {
    /// Reads a value that the service gave the user: it is the user's own from
    /// now on. A short or purely numeric one is so in fields of its name only.
    /// A value that somebody else is given as well accuses nobody, unless it is
    /// said to be `unique`.
    ///
    /// # Errors
    ///
    /// When nothing is there.
    pub fn learn_from(&mut self, selector: &Selector, name: &str, unique: bool) -> StepResult {
        let reading = self.read(selector)?;
        self.note_taken(selector, &reading.text);
        let (route, url) = match self.pending.last() {
            Some(last) => {
                let route = format!("{} {}", last.request.method, last.request.route);
                (route.into(), last.request.url.clone())
            }
            None => (Arc::clone(&self.settled.route), self.settled.url.clone()),
        };
        // A field that is called like somebody's value is no kind of field.
        let spot = self.context.oracle.eyes().told(reading.spot);
        let scope = Scope::of(&reading.text, &spot, &url);
        let fact = Fact {
            name: name.into(),
            value: reading.text.clone(),
            visibility: self.visibility_of(name),
            origin: Origin::Learned,
            weak: scope == Scope::Nowhere,
        };
        let lesson = Lesson {
            route,
            place: self.step.place.clone(),
            field: match scope {
                Scope::Field(field) => Some(field),
                Scope::Anywhere | Scope::Nowhere => None,
            },
        };
        if self.learned.get(name) != Some(&reading.text) {
            Arc::make_mut(&mut self.learned).insert(name.to_owned(), reading.text);
            self.post();
        }
        self.taught.push(Taught {
            fact,
            lesson,
            unique,
        });
        Ok(())
    }

    pub(super) fn visibility_of(&self, fact: &str) -> Visibility {
        let settings = &self.context.settings;
        let declared = settings.sharing.get(fact).copied();
        let profile = &self.context.profile.population.visibility;
        declared
            .or_else(|| profile.get(fact)?.visibility)
            .unwrap_or(Visibility::Private)
    }

    /// Hands `pending`, the exchanges of the last step, to the oracle, and
    /// learns from them what steps said, if nothing is wrong with them.
    pub(super) fn take_in(&mut self, pending: &[Exchange]) -> Observed {
        let taught = std::mem::take(&mut self.taught);
        if pending.is_empty() && taught.is_empty() {
            return Observed::default();
        }
        let context = Arc::clone(&self.context);
        let eyes = context.oracle.eyes();
        let (id, group) = (self.person.id, self.person.group);
        let mut claims = Claims::default();
        for own in taught.iter().filter(|own| !own.unique && !own.fact.weak) {
            eyes.claim(
                id,
                &own.fact.name,
                own.lesson.field.as_deref(),
                &own.fact.value,
                &mut claims,
            );
        }
        for credential in pending.iter().flat_map(|exchange| &exchange.intent.issued) {
            eyes.claim_credential(id, credential, &mut claims);
        }
        let mut observed = Observed::default();
        for exchange in pending {
            let one = context.observe(exchange);
            if one.told > 0 {
                self.remember_telling(exchange);
            }
            observed.accused |= one.accused;
            observed.own += one.own;
        }
        if let Some(last) = pending.last() {
            let route = format!("{} {}", last.request.method, last.request.route);
            self.settled = Settled {
                route: route.into(),
                url: last.request.url.clone(),
                accused: observed.accused,
            };
        }
        if self.settled.accused {
            eyes.withdraw(claims);
            return observed;
        }
        for Taught {
            fact,
            lesson,
            unique,
        } in taught
        {
            if unique {
                eyes.insist(id, lesson.field.as_deref(), &fact.value);
            }
            eyes.study(id, group, &fact, lesson);
        }
        for exchange in pending {
            for credential in &exchange.intent.issued {
                let lesson = Lesson {
                    route: format!("{} {}", exchange.request.method, exchange.request.route).into(),
                    place: exchange.step.place.clone(),
                    field: None,
                };
                eyes.study_credential(id, group, credential, &lesson);
            }
        }
        observed
    }
}
