//! Streets of the same name: Bahnhofstraße 12 is in many towns. Where a street is all
//! that is known as somebody's address, the postcode behind it says whose it is not.

use dashmap::DashMap;

use crate::model::{Fact, UserId, words};

use super::super::fold::fold;
use super::accents::{Ascii, unaccented};
use super::shape::Shape;

/// Digits of a postcode.
const FEWEST: usize = 4;
const MOST: usize = 6;

/// Names of fields that hold a town or a postcode and nothing else.
const CALLED: [&str; 14] = [
    "city",
    "codepostal",
    "cp",
    "locality",
    "ort",
    "plz",
    "postalcode",
    "postcode",
    "postleitzahl",
    "stadt",
    "town",
    "wohnort",
    "zip",
    "zipcode",
];

/// Words by which streets are called.
const STREETS: [&str; 10] = [
    "address",
    "addr",
    "adresse",
    "anschrift",
    "line",
    "line1",
    "rue",
    "str",
    "strasse",
    "street",
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
        let Some(known) = self.known.get(&user) else {
            return false;
        };
        // Other numbers stand behind addresses, too.
        let is_alike = |own: &str| own.len() == digits && is_number(own);
        known.iter().any(|own| is_alike(own)) && self.live_elsewhere(user, &[postcode, town])
    }

    /// Whether the `shown` postcodes are others than that of `user`, and no town or
    /// postcode among them is theirs. Towns alone are written in too many ways.
    pub(super) fn live_elsewhere(&self, user: UserId, shown: &[&str]) -> bool {
        let Some(known) = self.known.get(&user) else {
            return false;
        };
        if !known.iter().any(|own| is_code(own)) || !shown.iter().any(|own| is_code(own)) {
            return false;
        }
        let shown: Vec<String> = shown.iter().map(|own| plain(own)).collect();
        !shown
            .iter()
            .any(|shown| known.iter().any(|own| is_same(own, shown)))
    }

    /// Whether a field called `hint` holds a town or a postcode, and anybody's is known.
    pub(super) fn are_in(&self, hint: &str) -> bool {
        !self.known.is_empty() && hint.len() <= LONGEST_NAME && is_called(hint)
    }

    /// Whether `value` of `user`, called `name`, is a street alone and the town is known.
    pub(super) fn are_beside(&self, user: UserId, name: &str, value: &str) -> bool {
        self.known.contains_key(&user)
            && is_street(name)
            && Shape::of(name, value) == Shape::Address
            && !has_postcode(value)
    }
}

/// Bytes of the name of a field of towns.
const LONGEST_NAME: usize = 40;

fn is_called(name: &str) -> bool {
    CALLED.contains(&words(name).concat().as_str())
}

/// Whether a fact called `name` is a street or an address.
pub(super) fn is_street(name: &str) -> bool {
    words(&unaccented(name, Ascii::WrittenOut).0)
        .iter()
        .any(|word| STREETS.contains(&word.as_str()))
}

/// Whether `text` can hold a postcode.
fn is_code(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 2 && text.len() >= FEWEST
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the town or postcode `own` is `shown`, both folded, or a part of it: `01067`
/// in `D-01067`, `1067` and `Dresden, 01067`, `sw1a 1aa` in `SW1A1AA`.
fn is_same(own: &str, shown: &str) -> bool {
    let bare = |text: &str| {
        let text: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        text.trim_start_matches('0').to_owned()
    };
    let (own, whole) = (bare(own), bare(shown));
    let mut words = shown.split(|c: char| !c.is_alphanumeric()).map(bare);
    !own.is_empty()
        && (whole.starts_with(&own)
            || whole.trim_start_matches(|c: char| c.is_ascii_alphabetic()) == own
            || (!whole.is_empty() && own.starts_with(&whole))
            || words.any(|word| word == own))
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
        let british = living(&[("zip", "SW1A 1AA")]);
        let eastern = living(&[("zip", "01067")]);
        let nobodys = living(&[("blog post", "Lübeck")]);
        for (shown, other_code, other_town) in [
            (&["01067", "Dresden"][..], true, false),
            (&["D-01067"], true, false),
            (&["99084-12"], false, false),
            (&["D-99084", "Dresden"], false, false),
            (&["Springfield, IL 99084"], false, false),
            // By its name it is no postcode, and no other town is told by names alone.
            (&["17"], false, false),
            (&["Dresden"], false, false),
            (&["Erfurt-Nord", "01067"], false, false),
            (&[""], false, false),
            (&[], false, false),
        ] {
            let user = UserId(1);
            assert_eq!(by_code.live_elsewhere(user, shown), other_code, "{shown:?}");
            assert_eq!(by_town.live_elsewhere(user, shown), other_town, "{shown:?}");
            assert!(!nobodys.live_elsewhere(user, shown));
        }
        for (shown, of_british, of_eastern) in [
            (&["SW1A1AA"][..], false, true),
            (&["sw1a 1aa"], false, true),
            (&["1067"], true, false),
            (&["D 01067"], true, false),
        ] {
            let user = UserId(1);
            assert_eq!(british.live_elsewhere(user, shown), of_british, "{shown:?}");
            assert_eq!(eastern.live_elsewhere(user, shown), of_eastern, "{shown:?}");
        }
        for (hint, is_town) in [
            ("postalCode", true),
            ("zip_code", true),
            ("post", false),
            ("code", false),
            ("postalAddress", false),
            ("cityId", false),
            ("clinicCity", false),
            ("birth_city", false),
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
        let note = "knie-op links, 3 wochen pause";
        assert!(!by_code.are_beside(UserId(1), "note", note));
    }

    #[test]
    fn the_postcode_behind_a_street_says_whose_it_is_not() {
        let by_code = living(&[("postal_code", "99084"), ("city", "Erfurt")]);
        let by_town = living(&[("wohnort", "Lübeck"), ("phone", "01067")]);
        for (after, other_code, other_town) in [
            (", 01067 Dresden", true, false),
            ("\n01067 Dresden", true, false),
            (" · D-01067 Dresden", true, false),
            (", 99084 Erfurt", false, false),
            (", 23552 Lübeck", true, false),
            (" · 2026 Termine", false, false),
            (", 4711 Kunde", false, false),
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
