//! Takes typed values out of the layers, and collects every problem.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::element::{Element, read};
use super::layer::Layer;
use super::origin::Origin;
use super::problem::Problem;
use super::setting::{Setting, Written};
use super::unknown::why_not;

/// A setting as it took effect, for people to read.
#[derive(Clone, Debug)]
pub(super) struct Effective {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) origin: Origin,
    /// Number of the layer it comes from, 0 for a default.
    rank: usize,
}

/// Takes typed values out of layers, later ones winning.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    layers: Vec<Layer>,
    environment: &'a [(String, String)],
    asked: BTreeSet<String>,
    sections: BTreeSet<&'static str>,
    effective: Vec<Effective>,
    problems: Vec<(Origin, Problem)>,
    notes: Vec<String>,
}

impl<'a> Reader<'a> {
    /// A reader over layers, weakest first.
    pub(super) fn new(layers: Vec<Layer>, environment: &'a [(String, String)]) -> Self {
        Self {
            layers,
            environment,
            asked: BTreeSet::new(),
            sections: BTreeSet::new(),
            effective: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The value of `key`, if anybody set it.
    pub(super) fn optional<T: Element>(&mut self, key: &str) -> Option<T> {
        let value = self.winner(key, read::<T>);
        let (shown, origin, rank) = match &value {
            Some((value, origin, rank)) => (value.show(), origin.clone(), *rank),
            None => ("none".to_owned(), Origin::Default, 0),
        };
        self.record(key, shown, origin, rank);
        value.map(|(value, _, _)| value)
    }

    /// The value of `key`, or `default`.
    pub(super) fn value<T: Element>(&mut self, key: &str, default: T) -> T {
        self.optional(key).unwrap_or_else(|| {
            self.amend(key, default.show());
            default
        })
    }

    /// The values of the list `key`, or `default`.
    pub(super) fn list<T: Element>(&mut self, key: &str, default: Vec<T>) -> Vec<T> {
        let (list, origin, rank) = match self.items(key) {
            Some((list, origin, rank)) => (list, origin, rank),
            None => (default, Origin::Default, 0),
        };
        let shown: Vec<_> = list.iter().map(Element::show).collect();
        self.record(key, format!("[{}]", shown.join(", ")), origin, rank);
        list
    }

    /// The path `key`; one from the file is meant from where the file is.
    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        let path: PathBuf = self.optional(key)?;
        let Origin::File(place) = self.origin(key) else {
            return Some(path);
        };
        let folder = Path::new(&*place.file).parent().unwrap_or(Path::new(""));
        let path = folder.join(path);
        self.amend(key, path.show());
        Some(path)
    }

    /// The names below a section whose keys the user chooses.
    pub(super) fn below(&mut self, section: &'static str) -> BTreeSet<String> {
        self.sections.insert(section);
        self.layers
            .iter()
            .flat_map(|layer| layer.below(section))
            .collect()
    }

    /// Who set `key`.
    pub(super) fn origin(&self, key: &str) -> Origin {
        self.find(key)
            .map_or(Origin::Default, |own| own.origin.clone())
    }

    /// The number of the layer that set `key`, 0 for a default.
    pub(super) fn rank(&self, key: &str) -> usize {
        self.find(key).map_or(0, |own| own.rank)
    }

    /// `value`, but at most `limit`. The user learns it if they asked for more.
    pub(super) fn cap<T: Element + PartialOrd>(
        &mut self,
        key: &str,
        value: T,
        limit: T,
        why: &str,
    ) -> T {
        if value <= limit {
            return value;
        }
        let (found, allowed) = (value.show(), limit.show());
        if self.rank(key) > 0 {
            let origin = self.origin(key);
            self.note(format!(
                "{origin}: `{key}` is {found}, limited to {allowed}: {why}."
            ));
        }
        self.amend(key, allowed);
        limit
    }

    /// Corrects what is shown for `key`.
    pub(super) fn amend(&mut self, key: &str, value: String) {
        if let Some(own) = self.effective.iter_mut().rfind(|own| own.key == key) {
            own.value = value;
        }
    }

    /// Tells the user something that is no problem.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Adds a problem.
    pub(super) fn problem(&mut self, origin: Origin, key: &str, message: String) {
        let place = match &origin {
            Origin::Default => None,
            origin => Some(origin.to_string()),
        };
        let key = key.to_owned();
        self.problems.push((
            origin,
            Problem {
                place,
                key,
                message,
            },
        ));
    }

    /// The settings in effect and the notes, or every problem in its order.
    pub(super) fn finish(mut self) -> Result<(Vec<Effective>, Vec<String>), Vec<Problem>> {
        self.refuse_the_rest();
        if self.problems.is_empty() {
            return Ok((self.effective, self.notes));
        }
        self.problems.sort_by(|(one, _), (other, _)| one.cmp(other));
        Err(self
            .problems
            .into_iter()
            .map(|(_, problem)| problem)
            .collect())
    }

    fn find(&self, key: &str) -> Option<&Effective> {
        self.effective.iter().rfind(|own| own.key == key)
    }

    fn record(&mut self, key: &str, value: String, origin: Origin, rank: usize) {
        self.effective.push(Effective {
            key: key.to_owned(),
            value,
            origin,
            rank,
        });
    }

    /// The settings of `key` in every layer, each with the layer's number.
    fn take(&mut self, key: &str) -> Vec<(usize, Setting)> {
        self.asked.insert(key.to_owned());
        (1..)
            .zip(&mut self.layers)
            .filter_map(|(rank, layer)| Some((rank, layer.take(key)?)))
            .collect()
    }

    /// The last good value. Values that others override are read all the
    /// same: a mistake shows when it is made, not when the override goes.
    fn winner<T>(
        &mut self,
        key: &str,
        read: impl Fn(&Setting, &[(String, String)]) -> Result<T, String>,
    ) -> Option<(T, Origin, usize)> {
        let mut last = None;
        for (rank, setting) in self.take(key) {
            match read(&setting, self.environment) {
                Ok(value) => last = Some((value, setting.origin, rank)),
                Err(message) => self.problem(setting.origin, key, message),
            }
        }
        last
    }

    fn items<T: Element>(&mut self, key: &str) -> Option<(Vec<T>, Origin, usize)> {
        let lists = self.winner(key, |setting, _| match &setting.value {
            Written::List(items) => Ok(items.clone()),
            Written::Untyped(text) => Ok(split(text, &setting.origin)),
            found => Err(format!(
                "Found {}, expected a list such as [\"one\", \"two\"].",
                found.kind()
            )),
        });
        let (items, origin, rank) = lists?;
        let mut list = Vec::new();
        for item in items {
            match read(&item, self.environment) {
                Ok(value) => list.push(value),
                Err(message) => self.problem(item.origin, key, message),
            }
        }
        Some((list, origin, rank))
    }

    fn refuse_the_rest(&mut self) {
        let mut refused: BTreeMap<(Origin, String), String> = BTreeMap::new();
        for layer in &self.layers {
            for (key, setting) in layer.rest() {
                if let Some(message) = why_not(key, setting, layer, &self.asked, &self.sections) {
                    refused.insert((setting.origin.clone(), key.to_owned()), message);
                }
            }
        }
        for ((origin, key), message) in refused {
            self.problem(origin, &key, message);
        }
    }
}

/// The items of a list on one line; an empty text is an empty list.
fn split(text: &str, origin: &Origin) -> Vec<Setting> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    text.split(',')
        .map(|item| Setting {
            value: Written::Untyped(item.trim().to_owned()),
            origin: origin.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::element::Count;
    use super::*;

    fn flags(pairs: &[(&str, &str)]) -> Layer {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Layer::flags(&pairs)
    }

    #[test]
    fn later_layers_win_and_are_remembered() {
        let environment = [("FPT_USERS".to_owned(), "3".to_owned())];
        let layers = vec![
            flags(&[("users", "2"), ("tps", "1")]),
            Layer::environment(&environment),
        ];
        let mut reader = Reader::new(layers, &environment);
        assert_eq!(reader.value("users", Count(1)), Count(3));
        assert_eq!(reader.value("tps", Count(9)), Count(1));
        assert_eq!(reader.value("other", Count(9)), Count(9));
        assert_eq!(reader.origin("users").to_string(), "FPT_USERS");
        assert_eq!(
            (
                reader.rank("users"),
                reader.rank("tps"),
                reader.rank("other")
            ),
            (2, 1, 0)
        );
        let (effective, _) = reader.finish().unwrap();
        let values: Vec<_> = effective.iter().map(|own| own.value.as_str()).collect();
        assert_eq!(values, ["3", "1", "9"]);
    }

    #[test]
    fn overridden_mistakes_are_told_too() {
        let layers = vec![flags(&[("users", "none")]), flags(&[("users", "2")])];
        let mut reader = Reader::new(layers, &[]);
        assert_eq!(reader.value("users", Count(1)), Count(2));
        assert_eq!(reader.finish().unwrap_err().len(), 1);
    }

    #[test]
    fn lists_on_one_line_are_split() {
        let mut reader = Reader::new(vec![flags(&[("a", "x, y"), ("b", "")])], &[]);
        assert_eq!(reader.list::<String>("a", Vec::new()), ["x", "y"]);
        assert_eq!(reader.list("b", vec!["z".to_owned()]), Vec::<String>::new());
        assert_eq!(reader.list("c", vec!["z".to_owned()]), ["z"]);
    }

    #[test]
    fn caps_are_told_to_who_asked_for_more() {
        let mut reader = Reader::new(vec![flags(&[("users", "9")])], &[]);
        let users = reader.value("users", Count(1));
        assert_eq!(reader.cap("users", users, Count(5), "so it is"), Count(5));
        let other = reader.value("other", Count(50));
        assert_eq!(reader.cap("other", other, Count(5), "so it is"), Count(5));
        let (effective, notes) = reader.finish().unwrap();
        assert_eq!(notes, ["--users: `users` is 9, limited to 5: so it is."]);
        assert!(effective.iter().all(|own| own.value == "5"));
    }
}
