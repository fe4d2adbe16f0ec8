//! Short numbers of people: customer numbers and the like, known before the
//! service has shown them.
//!
//! Six digits stand in many places by chance: prices, order numbers, counts. So
//! such a number tells whose data it is only at a place that shows customer
//! numbers: in a field that is called like it, or where several users were shown
//! their own, and hardly anything else. A place is a field, a way through a
//! page, or the words before the number (`Kd.-Nr. 100233`).

use std::sync::Arc;

use dashmap::DashMap;

use crate::model::{Fact, FactName, Spot, UserId, Visibility};

use super::field::{field_seen, plain};
use super::fold::fold;
use super::look::{Glimpse, GlimpseKind};
use super::sights::Sights;
use super::{Eyes, IndexedFact};

/// Longer numbers are unlikely enough to stand by themselves.
const FEWEST: usize = 6;
const MOST: usize = 8;

/// Users who have to be shown their own number at a place.
const ENOUGH_USERS: usize = 3;

/// One in so many numbers at a place has to be the user's own.
const ONE_IN: u64 = 4;

/// Places that are remembered.
const MOST_PLACES: usize = 65_536;

/// How much of the text before a number tells its place.
const BEFORE: usize = 16;

/// Bytes before a number that are enough to hold so many letters, and space
/// between them.
const BYTES_BEFORE: usize = 256;

/// What was seen at one place.
#[derive(Debug, Default)]
struct Seen {
    numbers: u64,
    own: Vec<(FactName, u64, Vec<UserId>)>,
}

impl Seen {
    fn shows(&self, name: &FactName) -> bool {
        self.own.iter().any(|(own, times, users)| {
            own == name && users.len() >= ENOUGH_USERS && times * ONE_IN >= self.numbers
        })
    }
}

/// People's short numbers, and where the service shows them.
#[derive(Debug, Default)]
pub(super) struct ShortNumbers {
    people: DashMap<Box<str>, Vec<Arc<IndexedFact>>>,
    places: DashMap<Box<str>, Seen>,
}

impl ShortNumbers {
    fn whose(&self, number: &str) -> Vec<Arc<IndexedFact>> {
        let known = self.people.get(number);
        known.map_or_else(Vec::new, |known| known.clone())
    }

    /// `user` was shown a number at `place`, which is `own` of theirs.
    fn note(&self, place: &str, user: UserId, own: &[Arc<IndexedFact>]) {
        if !self.places.contains_key(place) && self.places.len() >= MOST_PLACES {
            return;
        }
        let mut seen = self.places.entry(place.into()).or_default();
        seen.numbers += 1;
        for fact in own {
            let at = seen.own.iter().position(|(name, ..)| *name == fact.name);
            let at = at.unwrap_or_else(|| {
                seen.own.push((FactName::clone(&fact.name), 0, Vec::new()));
                seen.own.len() - 1
            });
            let (_, times, users) = &mut seen.own[at];
            *times += 1;
            if users.len() < ENOUGH_USERS && !users.contains(&user) {
                users.push(user);
            }
        }
    }

    fn shows(&self, place: &str, name: &FactName) -> bool {
        self.places.get(place).is_some_and(|seen| seen.shows(name))
    }

    /// `text` with every number of somebody's replaced by its name.
    pub(super) fn redact(&self, text: String) -> String {
        if self.people.is_empty() {
            return text;
        }
        let mut redacted = String::new();
        let mut at = 0;
        for (start, end) in numbers(&text) {
            if let Some(fact) = self.whose(&text[start..end]).first() {
                redacted.push_str(&text[at..start]);
                redacted.push_str(&format!("‹{}›", fact.name));
                at = end;
            }
        }
        redacted.push_str(&text[at..]);
        redacted
    }
}

/// Where whole numbers of this length stand by themselves: not in a longer
/// number, a price, a date or an id.
fn numbers(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut found = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        if !digit(start) {
            start += 1;
            continue;
        }
        let end = (start..bytes.len())
            .find(|at| !digit(*at))
            .unwrap_or(bytes.len());
        let before = text[..start].chars().next_back();
        let after = text[end..].chars().next();
        let joint = |c: char| matches!(c, '.' | ',' | '-' | '/' | ':' | '_' | '\'' | '+');
        let glued = before.is_some_and(char::is_alphanumeric)
            || after.is_some_and(char::is_alphanumeric)
            || (before.is_some_and(joint)
                && start >= 2
                && bytes[start - 2].is_ascii_alphanumeric())
            || (after.is_some_and(joint)
                && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric));
        if (FEWEST..=MOST).contains(&(end - start)) && !glued {
            found.push((start, end));
        }
        start = end;
    }
    found
}

/// What says at which place of an answer the number at `start..end` stands.
fn place(glimpse: &Glimpse<'_>, url: &str, start: usize, end: usize) -> Option<String> {
    let text = glimpse.text;
    // Only up to the next letter: there can be numbers all over a long text.
    let before = text[..start].trim_end();
    let alone = before.is_empty() && text[end..].trim_start().is_empty();
    if !alone {
        let near = before.len().saturating_sub(BYTES_BEFORE);
        let before = fold(&before[before.ceil_char_boundary(near)..]);
        let length = before.chars().count();
        // Other numbers before it are others in each answer.
        let near: String = before
            .chars()
            .skip(length.saturating_sub(BEFORE))
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        let telling = near.chars().filter(|c| c.is_alphabetic()).count() >= 2;
        return telling.then(|| format!("behind {near}"));
    }
    let spot = (glimpse.spot)();
    field_seen(glimpse.hint, &spot, url)
        .map(|field| format!("field {field}"))
        .or_else(|| matches!(spot, Spot::Html(_) | Spot::Json(_)).then(|| format!("at {spot}")))
}

/// Whether `fact` is a number that is short enough to stand anywhere by chance.
fn is_short_number(fact: &Fact, folded: &str) -> bool {
    (FEWEST..=MOST).contains(&folded.len())
        && folded.bytes().all(|byte| byte.is_ascii_digit())
        && fact.visibility != Visibility::Public
        && !fact.weak
}

impl Eyes {
    /// Whether all of `folded` is a value that accuses nobody.
    pub(super) fn is_public(&self, folded: &str) -> bool {
        let mut public = false;
        self.index().scan(folded, |place, fact| {
            public |= place.len() == folded.len() && fact.visibility == Visibility::Public;
        });
        public
    }

    /// Files `fact` as a short number, if it is one.
    pub(super) fn file_short_number(&self, user: UserId, group: u32, fact: &Fact) -> bool {
        let folded = fold(&fact.value);
        if !is_short_number(fact, &folded) {
            return false;
        }
        let indexed = Arc::new(IndexedFact::new(user, group, fact));
        let mut known = self.short_numbers.people.entry(folded.into()).or_default();
        if !known.contains(&indexed) {
            known.push(Arc::clone(&indexed));
        }
        self.memory.scoped.insert(&plain(&fact.name), indexed);
        true
    }

    /// Takes in what `glimpse` of the answer to `url` shows to `user` of people's
    /// short numbers.
    pub(super) fn glimpse_short_numbers(
        &self,
        user: UserId,
        url: &str,
        glimpse: &Glimpse<'_>,
        sights: &mut Sights,
    ) {
        if glimpse.kind != GlimpseKind::Whole || self.short_numbers.people.is_empty() {
            return;
        }
        for (start, end) in numbers(glimpse.text) {
            let Some(place) = place(glimpse, url, start, end) else {
                continue;
            };
            let whose = self.short_numbers.whose(&glimpse.text[start..end]);
            let (own, foreign): (Vec<_>, Vec<_>) =
                whose.into_iter().partition(|fact| fact.owner == Some(user));
            self.short_numbers.note(&place, user, &own);
            for fact in own.iter().filter(|own| {
                self.short_numbers.shows(&place, &own.name) && !self.is_public(own.folded())
            }) {
                sights.own = sights.own.saturating_add(1);
                sights.add_own(vec![Arc::clone(fact)]);
            }
            for fact in foreign {
                if own.is_empty()
                    && self.short_numbers.shows(&place, &fact.name)
                    && !self.may_see(user, &fact)
                    && !self.is_public(fact.folded())
                {
                    sights.add(fact, (glimpse.spot)());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;

    fn number(owner: u32, name: &str) -> Arc<IndexedFact> {
        let fact = Fact {
            name: name.into(),
            value: format!("10023{owner}"),
            visibility: Visibility::Private,
            origin: Origin::Account,
            weak: false,
        };
        Arc::new(IndexedFact::new(UserId(owner), 0, &fact))
    }

    #[test]
    fn a_place_shows_numbers_where_several_are_shown_their_own_and_not_much_else() {
        let customer: FactName = "customer_no".into();
        // Who is shown their own how often, and how many other numbers.
        for (own, others, shows) in [
            (&[(1, 1), (2, 1), (3, 1)][..], 0, true),
            (&[(1, 1), (2, 1), (3, 1), (4, 1)], 0, true),
            (&[(1, 5), (2, 5)], 0, false),
            (&[(1, 5)], 0, false),
            (&[(1, 1), (2, 1), (3, 1)], 9, true),
            (&[(1, 1), (2, 1), (3, 1)], 10, false),
        ] {
            let numbers = ShortNumbers::default();
            for (user, times) in own {
                for _ in 0..*times {
                    let own = [number(*user, "customer_no")];
                    numbers.note("field no", UserId(*user), &own);
                }
            }
            for _ in 0..others {
                numbers.note("field no", UserId(1), &[]);
            }
            let told = numbers.shows("field no", &customer);
            assert_eq!(told, shows, "{own:?} and {others} others");
            assert!(!numbers.shows("field nr", &customer));
            assert!(!numbers.shows("field no", &"contract_no".into()));
        }
    }

    #[test]
    fn places_are_bounded_and_those_that_are_known_go_on() {
        let numbers = ShortNumbers::default();
        for at in 0..MOST_PLACES {
            numbers.note(&format!("field {at}"), UserId(0), &[]);
        }
        for user in 1..4 {
            for place in ["field 7", "field x"] {
                numbers.note(place, UserId(user), &[number(user, "customer_no")]);
            }
        }
        let customer: FactName = "customer_no".into();
        assert!(numbers.shows("field 7", &customer));
        assert!(!numbers.shows("field x", &customer));
        assert_eq!(numbers.places.len(), MOST_PLACES);
    }

    fn places_of(text: &str) -> Vec<Option<String>> {
        let glimpse = Glimpse {
            text,
            hint: "",
            kind: GlimpseKind::Whole,
            spot: &|| Spot::Text(0),
        };
        let all = numbers(text).into_iter();
        all.map(|(start, end)| place(&glimpse, "http://h.test/", start, end))
            .collect()
    }

    #[test]
    fn what_stands_before_a_number_tells_its_place() {
        let far = " ".repeat(10_000);
        let accents = "ä".repeat(300);
        for (text, expected) in [
            ("Kd.-Nr. 100233, Berlin", Some("kd.-nr.")),
            ("My customer  number is\n 100233", Some("stomer number is")),
            ("of 12 orders No 100233", Some("of 00 orders no")),
            (&format!("Kd.-Nr.{far}100233"), Some("kd.-nr.")),
            (&format!("{accents} 100233"), Some(&accents[..32])),
            ("7 100233", None),
        ] {
            let expected = expected.map(|near| format!("behind {near}"));
            assert_eq!(places_of(text), [expected], "{text}");
        }
        // Alone, at no place that is known.
        assert_eq!(places_of(&format!("{far}100233{far}")), [None]);
    }

    /// All before each number was looked at.
    #[test]
    fn a_long_list_of_numbers_is_no_matter_of_minutes() {
        let lines = (200_000..300_000).map(|number| format!("Kd.-Nr. {number}\n"));
        let list = lines.collect::<Vec<String>>().concat();
        let space = " ".repeat(1_000_000);
        let places = places_of(&format!("{space}{list}{space}"));
        assert_eq!(places.len(), 100_000);
        let behind = Some("behind . 000000 kd.-nr.".to_owned());
        assert!(places[2..].iter().all(|place| *place == behind));
    }

    #[test]
    fn numbers_stand_by_themselves() {
        for (text, found) in [
            ("100233", vec!["100233"]),
            ("Kd.-Nr. 100233, Berlin", vec!["100233"]),
            ("(100233)", vec!["100233"]),
            ("No. 100233.", vec!["100233"]),
            ("100233.50", vec![]),
            ("1.100233", vec![]),
            ("C-100233", vec![]),
            ("2026-100233", vec![]),
            ("12345", vec![]),
            ("123456789", vec![]),
            ("x100233", vec![]),
            ("100233 and 100236", vec!["100233", "100236"]),
            ("", vec![]),
        ] {
            let own: Vec<&str> = numbers(text).iter().map(|(a, b)| &text[*a..*b]).collect();
            assert_eq!(own, found, "{text}");
        }
    }
}
