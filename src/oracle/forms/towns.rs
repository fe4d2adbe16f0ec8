//! Streets of the same name: Bahnhofstraße 12 is in many towns. Where a street is all
//! that is known as somebody's address, the postcode behind it says whose it is not.

use dashmap::DashMap;

use crate::model::{Fact, UserId};

use super::super::fold::fold;
use super::super::look::words;
use super::accents::{Ascii, unaccented};

/// Digits of a postcode.
const FEWEST: usize = 4;
const MOST: usize = 6;

/// Words by which towns and postcodes are called.
const CALLED: [&str; 16] = [
    "city",
    "cp",
    "locality",
    "ort",
    "plz",
    "post",
    "postal",
    "postalcode",
    "postcode",
    "postleitzahl",
    "stadt",
    "town",
    "ville",
    "wohnort",
    "zip",
    "zipcode",
];

/// Where people live, by the facts that say so.
#[derive(Debug, Default)]
pub(super) struct Towns {
    known: DashMap<UserId, Vec<Box<str>>>,
}

impl Towns {
    /// Takes note of `fact` of `user` if it is a town or a postcode.
    pub(super) fn learn(&self, user: UserId, fact: &Fact) {
        if words(&fact.name)
            .iter()
            .any(|word| CALLED.contains(&word.as_str()))
        {
            let mut known = self.known.entry(user).or_default();
            let value: Box<str> = plain(&fact.value).into();
            if !known.contains(&value) {
                known.push(value);
            }
        }
    }

    /// Whether the postcode and the town right behind the address `street`, in
    /// `after`, are not those of `user`.
    pub(super) fn are_others(&self, user: UserId, street: &str, after: &str) -> bool {
        if self.known.is_empty() || has_postcode(street) {
            return false;
        }
        let between = |c: char| c.is_whitespace() || ",;|·•/–-".contains(c);
        let rest = after.trim_start_matches(between);
        // Right behind it they are a longer number.
        if rest.len() == after.len() {
            return false;
        }
        // `D-01067` is 01067.
        let bare = rest.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let rest = match bare.strip_prefix('-') {
            Some(bare) if rest.len() - bare.len() <= 3 => bare,
            _ => rest,
        };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (postcode, behind) = rest.split_at(digits);
        let town = behind.trim_start();
        if !(FEWEST..=MOST).contains(&digits)
            || town.len() == behind.len()
            || !town.starts_with(char::is_uppercase)
        {
            return false;
        }
        let Some(known) = self.known.get(&user) else {
            return false;
        };
        let is_number = |own: &str| own.bytes().all(|byte| byte.is_ascii_digit());
        let mut postcodes = known.iter().filter(|own| is_number(own)).peekable();
        if postcodes.peek().is_some() {
            return postcodes.all(|own| **own != *postcode);
        }
        let town = plain(town.lines().next().unwrap_or_default());
        known.iter().all(|own| !town.starts_with(&**own))
    }
}

/// As towns are compared.
fn plain(text: &str) -> String {
    unaccented(&fold(text), Ascii::WrittenOut).0
}

fn has_postcode(street: &str) -> bool {
    street
        .split(|c: char| !c.is_ascii_digit())
        .any(|digits| digits.len() >= FEWEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Origin, Visibility};

    fn living(facts: &[(&str, &str)]) -> Towns {
        let towns = Towns::default();
        for (name, value) in facts {
            let fact = Fact {
                name: (*name).into(),
                value: (*value).to_owned(),
                visibility: Visibility::Private,
                origin: Origin::Account,
                weak: true,
            };
            towns.learn(UserId(1), &fact);
        }
        towns
    }

    #[test]
    fn the_postcode_behind_a_street_says_whose_it_is_not() {
        let by_code = living(&[("postal_code", "99084"), ("city", "Erfurt")]);
        let by_town = living(&[("wohnort", "Lübeck"), ("phone", "01067")]);
        for (after, other_code, other_town) in [
            (", 01067 Dresden", true, true),
            ("\n01067 Dresden", true, true),
            (" · D-01067 Dresden", true, true),
            (", 99084 Erfurt", false, true),
            (", 23552 Lübeck", true, false),
            (", 23552 LUEBECK, Germany", true, false),
            // None that could be told.
            ("", false, false),
            (", Dresden", false, false),
            (", 01067", false, false),
            (", 12 Dresden", false, false),
            ("01067 Dresden", false, false),
            (", 01067 and others", false, false),
            (", 1234567 Dresden", false, false),
        ] {
            for (towns, other) in [(&by_code, other_code), (&by_town, other_town)] {
                let found = towns.are_others(UserId(1), "Bahnhofstraße 12", after);
                assert_eq!(found, other, "{after}");
            }
            // Of whom no town is known.
            assert!(!by_code.are_others(UserId(2), "Bahnhofstraße 12", after));
        }
        let whole = "Bahnhofstraße 12, 99084 Erfurt";
        assert!(!by_code.are_others(UserId(1), whole, ", 01067 Dresden"));
    }
}
