//! Other ways of writing a value: a phone number in national form, an id
//! without its separators, a name without its accents or with the last name
//! first, a date in another order.
//!
//! A value is filed in the index in each of its forms, as far as these can be
//! counted; what can be written in many ways, such as the grouping of digits,
//! is brought into one form on both sides, and that is filed with a mark that
//! no text holds. A form has to be as unlikely to stand there by chance as the
//! value itself: short numbers have no forms, and names none of a single word.

mod accents;
mod called_after;
mod cover;
mod date;
mod find;
mod found;
mod labels;
mod lines;
mod longer;
mod matches;
mod moment;
mod name;
mod number;
mod ordinary;
mod phone;
mod plainer;
mod shape;
mod slug;
#[cfg(test)]
mod tests;
mod towns;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use dashmap::DashSet;

use crate::model::{Fact, Origin, Received, UserId, Visibility, words};

use super::fold::fold;
use super::look::{GlimpseKind, look};
use super::{FactIndex, IndexedFact};

pub(super) use cover::Cover;
pub(super) use found::{Found, Match};
use shape::Shape;

/// Behind a form that is no text of its own: ids, phone numbers with and
/// without their country, dates.
const ID: &str = "\u{1}i";
const PHONE: &str = "\u{1}p";
const NATIONAL: &str = "\u{1}n";
const COUNTRY_UNKNOWN: &str = "\u{1}u";
const DATE: &str = "\u{1}d";

/// Finds values however they are written.
#[derive(Debug, Default)]
pub(super) struct Forms {
    /// Values too weak to accuse, in all their forms: somebody else's value is
    /// not told from these by its form alone.
    weak: DashSet<Box<str>>,
    /// Whether some date can accuse.
    dates: AtomicBool,
    /// What the service joins to names.
    labels: labels::Labels,
    /// Where people live.
    towns: towns::Towns,
}

impl Forms {
    /// Learns from `own`, a value of `user` in an answer to that user, what the
    /// service joins to names.
    pub(super) fn learn_labels(&self, user: UserId, own: &Match) {
        for word in &own.with {
            self.labels.beside_own_name(word, user);
        }
    }

    /// Whether a field called `hint` holds a town or a postcode that matters.
    pub(super) fn tells_town(&self, hint: &str) -> bool {
        self.towns.are_in(hint)
    }

    /// Whether `fact` is a street that is in many towns, and its owner's is known.
    pub(super) fn is_street_alone(&self, fact: &IndexedFact) -> bool {
        let is_of = |owner| self.towns.are_beside(owner, &fact.name, fact.folded());
        fact.owner.is_some_and(is_of)
    }

    /// Whether `user` lives in none of these towns and postcodes.
    pub(super) fn lives_elsewhere(&self, user: UserId, shown: &[String]) -> bool {
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        self.towns.live_elsewhere(user, &shown)
    }

    /// Files the forms of `fact`.
    pub(super) fn learn(&self, index: &FactIndex, user: UserId, group: u32, fact: &Fact) {
        self.towns.learn(user, fact);
        let forms = forms_of(&fact.name, &fact.value);
        if fact.weak {
            if !forms.is_empty() {
                self.weak.insert(fold(&fact.value).into());
            }
            for form in forms {
                self.weak.insert(form.into());
            }
            return;
        }
        for form in forms {
            if form.ends_with(DATE) {
                self.dates.store(true, Ordering::Relaxed);
            }
            index.insert_form(user, group, fact, &form);
        }
    }

    /// Files the forms of a value that accuses nobody.
    pub(super) fn declare_public(index: &FactIndex, name: &str, value: &str) {
        for form in forms_of(name, value) {
            index.insert_public(name, &form);
        }
    }
}

/// The forms of a value besides itself.
fn forms_of(name: &str, value: &str) -> BTreeSet<String> {
    let mut forms = match Shape::of(name, value) {
        Shape::Name => name::forms(value),
        Shape::Address => name::address_forms(value),
        Shape::Id => BTreeSet::from([number::compact(value) + ID]),
        Shape::Phone => phone::forms(value),
        Shape::Date => date::days(value)
            .into_iter()
            .map(|day| day + DATE)
            .collect(),
        Shape::Other => BTreeSet::new(),
    };
    forms.remove(&fold(value));
    forms
}

/// Whether `other` is `value` in some form. Chance is no question here, so
/// short ids are compared as well.
pub fn is_same(name: &str, value: &str, other: &str) -> bool {
    let (folded, other_folded) = (fold(value), fold(other));
    if folded == other_folded {
        return true;
    }
    let is_number = value.contains(|c: char| c.is_ascii_digit());
    let (short, other_short) = (number::compact(value), number::compact(other));
    if is_number && short.len() >= 4 && short == other_short && number::is_natural(other) {
        return true;
    }
    let fact = Fact {
        name: name.into(),
        value: value.to_owned(),
        visibility: Visibility::Private,
        origin: Origin::Account,
        weak: false,
    };
    let (index, forms) = only(&fact);
    let found = forms.find(&index, other, name, GlimpseKind::Fields);
    found.is_sure()
}

/// Whether `response` shows `value`, in whatever form.
pub fn shows(response: &Received, name: &str, value: &str) -> bool {
    let folded = fold(value);
    let fact = Fact {
        name: name.into(),
        value: value.to_owned(),
        visibility: Visibility::Private,
        origin: Origin::Account,
        weak: false,
    };
    let (index, forms) = only(&fact);
    let mut shown = false;
    look(response, &mut |glimpse| {
        shown |= fold(glimpse.text).contains(&folded)
            || forms
                .find(&index, glimpse.text, glimpse.hint, glimpse.kind)
                .is_sure();
    });
    shown
}

/// What knows `fact` and nothing else.
fn only(fact: &Fact) -> (FactIndex, Forms) {
    let index = FactIndex::with_room_for(1);
    let forms = Forms::default();
    index.insert(UserId(0), 0, fact);
    forms.learn(&index, UserId(0), 0, fact);
    (index, forms)
}

/// Whether a field called `hint` can hold the fact `name`.
fn hints_at(hint: &str, name: &str) -> bool {
    let own = words(name);
    words(hint)
        .iter()
        .any(|word| own.contains(word) || shape::is_phone_word(word))
}
