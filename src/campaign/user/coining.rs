//! Values that were drawn in this run and that no request has carried yet: nobody
//! but the user knows of them, so that a service can only have them by the
//! request that carries them first.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::campaign::uniques::{Uniques, number};
use crate::http::Prepared;

/// Drawn values that are remembered of one user; older ones count as carried.
const MOST: usize = 256;

/// The drawn values that requests of one user have carried, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Carried {
    numbers: BTreeSet<u64>,
    /// All up to this one count as carried.
    floor: u64,
}

impl Carried {
    /// Whether all of `value` was drawn, and nothing has carried it yet.
    pub(super) fn is_new(&self, value: &str, uniques: &Uniques) -> bool {
        let number = uniques.number_of(value);
        number.is_some_and(|own| own > self.floor && !self.numbers.contains(&own))
    }

    /// A request carries `values`.
    pub(super) fn add(&mut self, values: &[String]) {
        self.numbers
            .extend(values.iter().filter_map(|own| number(own)));
        while self.numbers.len() > MOST {
            self.floor = self.numbers.pop_first().unwrap_or(0).max(self.floor);
        }
    }
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
            found.map(|(_, own)| own.to_owned()).collect::<Vec<_>>()
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
                text: format!("<note><id>{body}</id></note>"),
                media_type: "text/xml".to_owned(),
            },
        );
        assert_eq!(drawn(&prepared, &uniques), [path, header, body]);
    }
}
