//! Persons: one tagged identity each.

use std::fmt;

use crate::model::{Fact, FactName, UserId};

use super::Secret;

/// The identity of one virtual user.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The user's id, which is also the position in the population.
    pub id: UserId,
    /// The household, tenant or team; its members may see each other's group
    /// facts.
    pub group: u32,
    /// What tells the user's data from other people's.
    pub facts: Vec<Fact>,
    secrets: Vec<(FactName, Secret)>,
}

impl Person {
    /// A person with these facts and secrets.
    pub fn new(id: UserId, group: u32, facts: Vec<Fact>, secrets: Vec<(FactName, Secret)>) -> Self {
        Self {
            id,
            group,
            facts,
            secrets,
        }
    }

    /// The tag, such as `u000042`.
    pub fn tag(&self) -> String {
        self.id.to_string()
    }

    /// The fact called `name`. Secrets are no facts.
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| &*fact.name == name)
    }

    /// The value of the fact called `name`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fact(name).map(|fact| fact.value.as_str())
    }

    /// The secret called `name`, to be sent to the service under test.
    pub fn secret(&self, name: &str) -> Option<&str> {
        self.secrets
            .iter()
            .find(|(own, _)| &**own == name)
            .map(|(_, secret)| secret.reveal())
    }

    /// The names of the secrets.
    pub fn secret_names(&self) -> impl Iterator<Item = &FactName> {
        self.secrets.iter().map(|(name, _)| name)
    }
}

/// Names what is known of the person and tells none of it: facts are health
/// data, and a debug line may end in a log.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.facts.iter().map(|fact| &fact.name);
        f.debug_struct("Person")
            .field("tag", &format_args!("{}", self.id))
            .field("group", &self.group)
            .field("facts", &names.collect::<Vec<_>>())
            .field("secrets", &self.secret_names().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Origin, Visibility};

    #[test]
    fn debug_names_facts_and_tells_none() {
        let fact = Fact {
            name: "email".into(),
            value: "anna@example.test".into(),
            visibility: Visibility::Private,
            origin: Origin::Account,
            weak: false,
        };
        let secrets = vec![("pin".into(), Secret::new("4711"))];
        let person = Person::new(UserId(3), 1, vec![fact], secrets);
        assert_eq!(
            format!("{person:?}"),
            r#"Person { tag: u000003, group: 1, facts: ["email"], secrets: ["pin"] }"#
        );
        assert_eq!(person.value("email"), Some("anna@example.test"));
        assert_eq!(person.value("pin"), None);
        assert_eq!(person.secret("pin"), Some("4711"));
        assert_eq!(person.secret("email"), None);
    }
}
