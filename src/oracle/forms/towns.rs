//! Streets of the same name: Bahnhofstraße 12 is in many towns. Where a street is all
//! that is known as somebody's address, the postcode behind it says whose it is not.

use dashmap::DashMap;

use crate::model::{Fact, UserId};

use super::super::fold::fold;
use super::super::look::words;
use super::accents::{Ascii, unaccented};
use super::shape::Shape;

/// Digits of a postcode.
const FEWEST: usize = 4;
const MOST: usize = 6;

/// Words by which towns and postcodes are called.
const CALLED: [&str; 15] = [
    "city",
    "cp",
    "locality",
    "ort",
    "plz",
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
        if is_called(&fact.name) {
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
        let town = town.lines().next().unwrap_or_default();
        self.live_elsewhere(user, &[postcode, town])
    }

    /// Whether `user` does not live in any of the `shown` postcodes and towns, as far as
    /// both are known; postcodes say it better.
    pub(super) fn live_elsewhere(&self, user: UserId, shown: &[&str]) -> bool {
        let Some(known) = self.known.get(&user) else {
            return false;
        };
        let shown: Vec<String> = shown.iter().map(|own| plain(own)).collect();
        for of_codes in [true, false] {
            let known: Vec<&str> = known.iter().map(|own| &**own).collect();
            // `d-` of `d-01067`.
            let before = |c: char| of_codes && (c.is_ascii_alphabetic() || c == '-');
            let own = |own: &&&str| is_code(own) == of_codes;
            let mut others = shown
                .iter()
                .filter(|other| !other.is_empty() && is_code(other) == of_codes)
                .peekable();
            if known.iter().filter(own).count() > 0 && others.peek().is_some() {
                return others.all(|other| {
                    let other = other.trim_start_matches(before);
                    // With a part of the town or the country behind it.
                    let is_same = |own: &&str| {
                        let own = own.trim_start_matches(before);
                        other.starts_with(own) || own.starts_with(other)
                    };
                    !known.iter().filter(own).any(is_same)
                });
            }
        }
        false
    }

    /// Whether a field called `hint` holds a town or a postcode, and anybody's is known.
    pub(super) fn are_in(&self, hint: &str) -> bool {
        !self.known.is_empty() && hint.len() <= LONGEST_NAME && is_called(hint)
    }

    /// Whether `value` of `user`, called `name`, is a street alone and the town is known.
    pub(super) fn are_beside(&self, user: UserId, name: &str, value: &str) -> bool {
        self.known.contains_key(&user)
            && Shape::of(name, value) == Shape::Address
            && !has_postcode(value)
    }
}

/// Bytes of the name of a field of towns.
const LONGEST_NAME: usize = 40;

fn is_called(name: &str) -> bool {
    let words = words(name);
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    CALLED.iter().any(|wanted| has(wanted)) || (has("post") && has("code"))
}

fn is_code(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
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
    fn fields_beside_a_street_say_whose_it_is_not() {
        let by_code = living(&[("postCode", "99084"), ("city", "Erfurt")]);
        let by_town = living(&[("wohnort", "Lübeck")]);
        let nobodys = living(&[("blog post", "Lübeck")]);
        for (shown, other_code, other_town) in [
            (&["01067", "Dresden"][..], true, true),
            (&["D-01067"], true, false),
            (&["99084-12"], false, false),
            (&["D-99084", "Dresden"], false, true),
            (&["Erfurt"], false, true),
            (&["Lübeck-Travemünde", "23570"], true, false),
            (&["LUEBECK"], true, false),
            (&[""], false, false),
            (&[], false, false),
        ] {
            let user = UserId(1);
            assert_eq!(by_code.live_elsewhere(user, shown), other_code, "{shown:?}");
            assert_eq!(by_town.live_elsewhere(user, shown), other_town, "{shown:?}");
            assert!(!nobodys.live_elsewhere(user, shown));
        }
        for (hint, is_town) in [
            ("postalCode", true),
            ("zip_code", true),
            ("post", false),
            ("code", false),
        ] {
            assert_eq!(by_code.are_in(hint), is_town, "{hint}");
            assert!(!nobodys.are_in(hint), "{hint}");
        }
        for (user, value, is_street) in [
            (1, "bahnhofstraße 12", true),
            (2, "bahnhofstraße 12", false),
            (1, "bahnhofstraße 12, 99084 erfurt", false),
            (1, "anna schmidt", false),
        ] {
            assert_eq!(by_code.are_beside(UserId(user), "street", value), is_street);
        }
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
