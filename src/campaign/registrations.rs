//! Registrations: accounts that users of this run have made.
//!
//! Many services tell a number or a key once, in the answer to the
//! registration. A user who establishes a second session, or meets the same
//! service in another scenario, is registered already; so the answer is kept,
//! and the steps behind the registration find in it what they found before.

use std::sync::Arc;

use dashmap::DashMap;

use crate::model::{Received, UserId};
use crate::population::Person;

use super::request::Request;

/// The answers to the registrations of a service that goes on running.
#[derive(Debug, Default)]
pub struct Registrations {
    made: DashMap<UserId, Vec<Registration>>,
}

#[derive(Debug)]
struct Registration {
    person: Arc<Person>,
    request: Request,
    answer: Received,
}

impl Registrations {
    /// The answer to `request` if `person` sent it before.
    pub(super) fn find(&self, person: &Person, request: &Request) -> Option<Received> {
        let made = self.made.get(&person.id)?;
        made.iter()
            .find(|own| own.request == *request && same_values(&own.person, person))
            .map(|own| own.answer.clone())
    }

    /// `person` registered with `request` and was given `answer`.
    pub(super) fn add(&self, person: &Arc<Person>, request: Request, answer: Received) {
        self.made.entry(person.id).or_default().push(Registration {
            person: Arc::clone(person),
            request,
            answer,
        });
    }
}

/// Scenarios differ in who may see a fact, and that makes nobody another
/// person; another accounts file does.
fn same_values(a: &Person, b: &Person) -> bool {
    let values = |person: &Person| -> Vec<(Arc<str>, String)> {
        let facts = person.facts.iter();
        facts
            .map(|fact| (Arc::clone(&fact.name), fact.value.clone()))
            .collect()
    };
    values(a) == values(b)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Method;

    use super::*;
    use crate::model::{Fact, Origin, Visibility};

    fn person(email: &str, visibility: Visibility) -> Arc<Person> {
        let fact = Fact {
            name: "email".into(),
            value: email.to_owned(),
            visibility,
            origin: Origin::Generated,
            weak: false,
        };
        Arc::new(Person::new(UserId(3), 0, vec![fact], vec![]))
    }

    #[test]
    fn the_answer_is_found_by_the_one_who_was_given_it() {
        let registrations = Registrations::default();
        let anna = person("anna@x.test", Visibility::Private);
        let request = Request::new(Method::POST, "/customers").json("{}");
        let answer = Received {
            status: 201,
            body: Bytes::from_static(b"{\"key\":\"k1\"}"),
            ..Received::default()
        };
        assert!(registrations.find(&anna, &request).is_none());
        registrations.add(&anna, request.clone(), answer);

        let elsewhere = Request::new(Method::POST, "/members").json("{}");
        for (who, request, known) in [
            (&anna, &request, true),
            (&person("anna@x.test", Visibility::Group), &request, true),
            (&person("ben@x.test", Visibility::Private), &request, false),
            (&anna, &elsewhere, false),
        ] {
            let found = registrations.find(who, request);
            let body = found.map(|answer| answer.body);
            let expected = known.then(|| Bytes::from_static(b"{\"key\":\"k1\"}"));
            assert_eq!(body, expected, "{who:?} {}", request.path);
        }
    }
}
