//! Words that this service puts before or behind names: `Kurvenblatt_Anna_Schmidt.pdf`.
//!
//! No list holds all of them, and behind a first name it is another person. But
//! what stands so beside the own names of several users, each time in an answer
//! to the one whose name it is, belongs to none of these names.

use dashmap::DashMap;

use crate::model::UserId;

/// Users beside whose own names a word has to stand.
const ENOUGH: usize = 3;

/// Words that are looked at; more are no labels.
const MOST: usize = 1_024;

/// What was seen beside users' own names.
#[derive(Debug, Default)]
pub(super) struct Labels {
    beside: DashMap<Box<str>, Vec<UserId>>,
}

impl Labels {
    /// `word` stands beside the own name of `user`, in an answer to that user.
    pub(super) fn beside_own_name(&self, word: &str, user: UserId) {
        if !self.beside.contains_key(word) && self.beside.len() >= MOST {
            return;
        }
        let mut users = self.beside.entry(word.into()).or_default();
        if users.len() < ENOUGH && !users.contains(&user) {
            users.push(user);
        }
    }

    /// Whether `word` is a label of this service.
    pub(super) fn is_one(&self, word: &str) -> bool {
        self.beside
            .get(word)
            .is_some_and(|users| users.len() >= ENOUGH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_the_names_of_several_is_a_label() {
        let labels = Labels::default();
        for user in [1, 1, 2, 1, 2] {
            labels.beside_own_name("kurvenblatt", UserId(user));
            assert!(!labels.is_one("kurvenblatt"));
        }
        labels.beside_own_name("kurvenblatt", UserId(3));
        assert!(labels.is_one("kurvenblatt"));
        assert!(!labels.is_one("maria"));
    }

    #[test]
    fn no_more_words_are_looked_at_than_labels_can_be() {
        let labels = Labels::default();
        for word in 0..MOST {
            labels.beside_own_name(&format!("word{word}"), UserId(1));
        }
        for user in [2, 3] {
            labels.beside_own_name("word7", UserId(user));
        }
        for user in [1, 2, 3] {
            labels.beside_own_name("kurvenblatt", UserId(user));
        }
        assert!(labels.is_one("word7"));
        assert!(!labels.is_one("kurvenblatt"));
    }
}
