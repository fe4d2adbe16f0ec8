//! Values that were drawn in this run and that no request has carried yet: nobody
//! but the user knows of them, so that a service can only have them by the
//! request that carries them first.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::campaign::uniques::{Uniques, number};
use crate::http::Prepared;

/// Drawn values that are remembered of one user; older ones count as carried.
const MOST: usize = 256;

/// The drawn values that requests of one user have carried, by their numbers, each
/// with the id that was made of it, if more than the value itself.
#[derive(Debug, Default)]
pub(super) struct Carried {
    numbers: BTreeMap<u64, Option<String>>,
    /// All up to this one count as carried.
    floor: u64,
}

impl Carried {
    /// Whether `value` was drawn, as it is or within fixed letters, digits and
    /// signs such as `hook-`, and nothing has carried it yet.
    pub(super) fn is_new(&self, value: &str, uniques: &Uniques) -> bool {
        let drawn = uniques.found_in(value).next();
        let is_id = drawn.is_some_and(|(at, own)| joined(value, at, own).len() == value.len());
        is_id && self.holds_new(value, uniques)
    }

    /// Whether one drawn value stands somewhere in `value`, and nothing has carried
    /// it yet.
    pub(super) fn holds_new(&self, value: &str, uniques: &Uniques) -> bool {
        let mut drawn = uniques.found_in(value);
        let (Some((_, own)), None) = (drawn.next(), drawn.next()) else {
            return false;
        };
        number(own).is_some_and(|own| own > self.floor && !self.numbers.contains_key(&own))
    }

    /// A request carries `values`.
    pub(super) fn add(&mut self, values: &[String]) {
        for number in values.iter().filter_map(|own| number(own)) {
            self.numbers.entry(number).or_default();
        }
        while self.numbers.len() > MOST {
            let oldest = self.numbers.pop_first();
            self.floor = oldest.map_or(0, |(number, _)| number).max(self.floor);
        }
    }

    /// A request is about to save `value`, which is new.
    pub(super) fn make(&mut self, value: &str, uniques: &Uniques) {
        if let Some((_, own)) = uniques.found_in(value).next()
            && own.len() < value.len()
            && let Some(number) = number(own)
        {
            self.numbers.insert(number, Some(value.to_owned()));
        }
    }

    /// What was made of `values`, which name it, too.
    pub(super) fn made_of(&self, values: &[String]) -> Vec<String> {
        let numbers = values.iter().filter_map(|own| number(own));
        numbers
            .filter_map(|number| self.numbers.get(&number)?.clone())
            .collect()
    }
}

/// What `drawn`, which stands in `text` at `at`, is a part of: all that is joined to
/// it and may stand in an id.
fn joined<'a>(text: &'a str, at: usize, drawn: &str) -> &'a str {
    let of_id = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let (before, rest) = text.split_at(at);
    let begin = at - before.chars().rev().take_while(of_id).count();
    let behind = rest[drawn.len()..].chars().take_while(of_id).count();
    &text[begin..at + drawn.len() + behind]
}

/// The drawn values that `prepared` carries in its address, headers and body, in
/// whatever format.
pub(super) fn drawn(prepared: &Prepared, uniques: &Uniques) -> Vec<String> {
    let body = String::from_utf8_lossy(&prepared.body);
    let headers = prepared
        .headers
        .iter()
        .map(|(_, value)| Cow::from(value.as_str()));
    let texts = [Cow::from(prepared.url.as_str()), body];
    let mut values: Vec<String> = texts
        .into_iter()
        .chain(headers)
        .flat_map(|text| {
            let found = uniques.found_in(&text);
            let named = found.flat_map(|(at, own)| [own, joined(&text, at, own)]);
            named.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    values.sort();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Body;
    use crate::model::{RunTag, UserId};

    #[test]
    fn what_was_carried_is_not_new() {
        let uniques = Uniques::new(RunTag(7));
        let draw = || uniques.next(UserId(1));
        let (one, two) = (draw(), draw());
        let mut carried = Carried::default();
        assert!(carried.is_new(&one, &uniques) && carried.is_new(&two, &uniques));
        assert!(!carried.is_new("17", &uniques));
        carried.add(std::slice::from_ref(&one));
        assert!(!carried.is_new(&one, &uniques) && carried.is_new(&two, &uniques));
        for _ in 0..300 {
            carried.add(&[draw()]);
        }
        assert!(!carried.is_new(&one, &uniques) && !carried.is_new(&two, &uniques));
        assert!(carried.is_new(&draw(), &uniques));
    }

    #[test]
    fn fixed_text_takes_nothing_from_what_was_drawn() {
        let uniques = Uniques::new(RunTag(7));
        let draw = || uniques.next(UserId(1));
        let mut carried = Carried::default();
        let one = draw();
        let hook = format!("hook-{one}.json");
        assert!(carried.is_new(&hook, &uniques));
        for other in [
            format!("hook {one}"),
            format!("{one}/{}", draw()),
            "hook-".to_owned(),
        ] {
            assert!(!carried.is_new(&other, &uniques), "{other}");
            let in_text = other.starts_with("hook ");
            assert_eq!(carried.holds_new(&other, &uniques), in_text, "{other}");
        }
        carried.make(&hook, &uniques);
        assert!(!carried.is_new(&hook, &uniques) && !carried.is_new(&one, &uniques));
        // Whoever names what was drawn names what was made of it.
        assert_eq!(carried.made_of(std::slice::from_ref(&one)), [hook]);
        carried.make(&draw(), &uniques);
        assert_eq!(carried.made_of(&[draw()]), [""; 0]);
    }

    #[test]
    fn drawn_values_are_found_wherever_they_stand() {
        let uniques = Uniques::new(RunTag(7));
        let draw = || uniques.next(UserId(1));
        let (path, header, body) = (draw(), draw(), draw());
        let prepared = Prepared::new(
            http::Method::PUT,
            url::Url::parse(&format!("http://x.test/notes/{path}?copy={path}")).unwrap(),
            "/notes".into(),
            vec![("x-of".to_owned(), format!("note {header}"))],
            &Body::Text {
                text: format!("<note><id>hook-{body}</id></note>"),
                media_type: "text/xml".to_owned(),
            },
        );
        let hook = format!("hook-{body}");
        assert_eq!(drawn(&prepared, &uniques), [hook, path, header, body]);
    }
}
