//! Streets in fields of their own: whose they are is told by the postcode or the
//! town in the fields beside them, which may come later.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Spot, UserId};

use super::IndexedFact;

/// Fields of either kind that are remembered of a response.
const MOST: usize = 10_000;

/// Streets of others in a response, and the towns in it.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    streets: Vec<(Arc<IndexedFact>, Spot)>,
    /// By the object or the row that they are in.
    towns: HashMap<String, Vec<String>>,
    fields: usize,
}

impl Elsewhere {
    /// A field at `spot` holds the town or the postcode `text`.
    pub(super) fn add_town(&mut self, spot: &Spot, text: &str) {
        if self.fields < MOST
            && let Some(object) = around(spot)
        {
            self.fields += 1;
            self.towns.entry(object).or_default().push(text.to_owned());
        }
    }

    /// `fact`, which is a street and no town, was seen at `spot`. Given back where it
    /// cannot be remembered.
    pub(super) fn add_street(
        &mut self,
        fact: Arc<IndexedFact>,
        spot: Spot,
    ) -> Option<(Arc<IndexedFact>, Spot)> {
        if self.streets.len() == MOST {
            return Some((fact, spot));
        }
        self.streets.push((fact, spot));
        None
    }

    /// The streets that can be those of their owners: `lives_elsewhere` tells of
    /// somebody whether the towns beside a street are others.
    pub(super) fn at_home(
        self,
        lives_elsewhere: impl Fn(UserId, &[String]) -> bool,
    ) -> Vec<(Arc<IndexedFact>, Spot)> {
        let Self { streets, towns, .. } = self;
        let is_at_home = |(fact, spot): &(Arc<IndexedFact>, Spot)| {
            let beside = around(spot).and_then(|object| towns.get(&object));
            let (Some(owner), Some(beside)) = (fact.owner, beside) else {
                return true;
            };
            !lives_elsewhere(owner, beside)
        };
        streets.into_iter().filter(is_at_home).collect()
    }
}

/// The object or the row that the field at `spot` is in. An element of a list is in
/// what the list is in.
fn around(spot: &Spot) -> Option<String> {
    match spot {
        Spot::Json(path) => {
            let path = match path.rsplit_once('[') {
                Some((list, index)) if index != "?]" && index.ends_with(']') => list,
                _ => path,
            };
            let at = path.rfind(['.', '['])?;
            Some(path[..at].to_owned())
        }
        Spot::Csv { row, .. } => Some(row.to_string()),
        Spot::Way(way) => {
            let (last, before) = way.split_last()?;
            Some(format!("{before:?} {}", around(last)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fact, Origin, Visibility};

    fn street() -> Arc<IndexedFact> {
        let fact = Fact {
            name: "street".into(),
            value: "Bahnhofstraße 12".to_owned(),
            visibility: Visibility::Private,
            origin: Origin::Account,
            weak: false,
        };
        Arc::new(IndexedFact::new(UserId(1), 0, &fact))
    }

    #[test]
    fn towns_in_the_same_object_count_whatever_comes_first() {
        let json = |path: &str| Spot::Json(path.to_owned());
        let csv = |row| Spot::Csv {
            row,
            column: "x".to_owned(),
        };
        for (town, at, is_at_home) in [
            (json("$.zip"), json("$.street"), false),
            (json("$.a[3].zip"), json("$.a[3].line[0]"), false),
            (json("$.a[?]"), json("$.a.street"), false),
            (csv(3), csv(3), false),
            (
                Spot::Line(2).with(json("$.zip")),
                Spot::Line(2).with(json("$.street")),
                false,
            ),
            // Of something else.
            (json("$.zip"), json("$.home.street"), true),
            (json("$.home.zip"), json("$.street"), true),
            (json("$.a[3].zip"), json("$.a[4].street"), true),
            (csv(3), csv(4), true),
            (
                Spot::Line(2).with(json("$.zip")),
                Spot::Line(3).with(json("$.street")),
                true,
            ),
            (Spot::Text(3), Spot::Text(3), true),
        ] {
            let mut elsewhere = Elsewhere::default();
            assert!(elsewhere.add_street(street(), at.clone()).is_none());
            elsewhere.add_town(&town, "Dresden");
            let left = elsewhere.at_home(|user, towns| user == UserId(1) && towns == ["Dresden"]);
            assert_eq!(!left.is_empty(), is_at_home, "{town} {at}");
        }
        let mut elsewhere = Elsewhere::default();
        assert!(elsewhere.add_street(street(), json("$.street")).is_none());
        elsewhere.add_town(&json("$.zip"), "Erfurt");
        assert_eq!(elsewhere.at_home(|_, _| false).len(), 1);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut elsewhere = Elsewhere::default();
        for at in 0..=MOST {
            let left = elsewhere.add_street(street(), Spot::Text(at));
            assert_eq!(left.is_some(), at == MOST);
            elsewhere.add_town(&Spot::Json(format!("$[{at}].zip")), "Dresden");
        }
        assert_eq!(
            (elsewhere.streets.len(), elsewhere.towns.len()),
            (MOST, MOST)
        );
    }
}
