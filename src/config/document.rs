//! The profile file: which profiles there are, and who inherits from whom.

use toml_edit::{Item, TableLike};

use super::inheritance::chain;
use super::layer::Layer;
use super::nearest::{did_you_mean, quoted};
use super::origin::Origin;
use super::problem::Problem;
use super::setting::{Lines, flatten};

/// A problem of the file as a whole, with its place.
pub(super) type Complaint = (Origin, &'static str, String);

/// A parsed file of profiles.
#[derive(Debug)]
pub(super) struct Document<'a> {
    toml: toml_edit::Document<&'a str>,
    lines: Lines<'a>,
}

/// The profile that was chosen, with everything it inherits.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) name: String,
    /// The oldest ancestor first.
    pub(super) layers: Vec<Layer>,
}

impl<'a> Document<'a> {
    /// Parses the text of a file.
    ///
    /// # Errors
    ///
    /// What breaks the syntax of TOML, with its line.
    pub(super) fn parse(file: &'a str, text: &'a str) -> Result<Self, Problem> {
        let lines = Lines { file, text };
        match toml_edit::Document::parse(text) {
            Ok(toml) => Ok(Self { toml, lines }),
            Err(error) => Err(Problem {
                place: Some(lines.place(error.span()).to_string()),
                key: String::new(),
                message: format!(
                    "This is not TOML: {}. Correct the line.",
                    error.message().replace('\n', ", ")
                ),
            }),
        }
    }

    /// The names of the profiles, in the order of the file.
    pub(super) fn names(&self) -> Vec<String> {
        self.profiles()
            .map(|profiles| profiles.iter().map(|(name, _)| name.to_owned()).collect())
            .unwrap_or_default()
    }

    /// The profile called `wanted`, or the default one.
    pub(super) fn choose(&self, wanted: Option<&str>, complaints: &mut Vec<Complaint>) -> Chosen {
        self.check_top(complaints);
        let default = self.default_profile(complaints);
        let chosen = match wanted {
            Some(name) => Some((name.to_owned(), Origin::Default, "profile")),
            None => default.map(|(name, origin)| (name, origin, "default-profile")),
        };
        let Some((name, origin, key)) = chosen else {
            if !complaints
                .iter()
                .any(|(_, key, _)| *key == "default-profile")
            {
                complaints.push((
                    Origin::Default,
                    "profile",
                    format!("No profile is chosen. Name one; {}.", self.told_names()),
                ));
            }
            return Chosen {
                name: String::new(),
                layers: Vec::new(),
            };
        };
        let layers = chain(self, &name, origin, key, complaints);
        Chosen { name, layers }
    }

    fn profiles(&self) -> Option<&dyn TableLike> {
        self.toml.get("profiles").and_then(Item::as_table_like)
    }

    /// Where `key` of `table` stands.
    pub(super) fn origin(&self, table: &dyn TableLike, key: &str) -> Origin {
        let span = table.key(key).and_then(toml_edit::Key::span);
        let span = span.or_else(|| table.get(key).and_then(Item::span));
        self.lines.origin(span)
    }

    fn check_top(&self, complaints: &mut Vec<Complaint>) {
        let top = self.toml.as_table();
        for (key, item) in top {
            let message = match key {
                "profiles" if !item.is_table_like() => {
                    format!(
                        "Found {}, expected tables: [profiles.NAME].",
                        item.type_name()
                    )
                }
                "profiles" | "default-profile" => continue,
                key => format!(
                    "There is no setting {} outside of a profile.{} Settings belong below \
                     [profiles.NAME].",
                    quoted(key),
                    did_you_mean(key, ["profiles", "default-profile"])
                ),
            };
            complaints.push((self.origin(top, key), "", message));
        }
    }

    fn default_profile(&self, complaints: &mut Vec<Complaint>) -> Option<(String, Origin)> {
        let Some(item) = self.toml.get("default-profile") else {
            // With a single profile there is nothing to choose.
            let [only] = <[String; 1]>::try_from(self.names()).ok()?;
            return Some((only, Origin::Default));
        };
        let origin = self.origin(self.toml.as_table(), "default-profile");
        if let Some(name) = item.as_str() {
            return Some((name.to_owned(), origin));
        }
        let message = format!("Expected the name of a profile; {}.", self.told_names());
        complaints.push((origin, "default-profile", message));
        None
    }

    /// The table of a profile.
    pub(super) fn profile(&self, name: &str) -> Option<&dyn TableLike> {
        self.profiles()?.get(name)?.as_table_like()
    }

    /// What a profile sets itself.
    pub(super) fn layer(&self, table: &dyn TableLike) -> Layer {
        let settings = table
            .iter()
            .filter(|(name, _)| *name != "inherits")
            .flat_map(|(name, item)| flatten(name, item, self.origin(table, name), self.lines))
            .collect();
        Layer::profile(settings)
    }

    /// Why there is no table of that profile.
    pub(super) fn why_no_profile(&self, name: &str) -> String {
        let names = self.names();
        if names.iter().any(|own| own == name) {
            return format!("Expected profile {} to be a table.", quoted(name));
        }
        format!(
            "There is no profile {}.{} Choose another one; {}.",
            quoted(name),
            did_you_mean(name, names.iter().map(String::as_str)),
            self.told_names()
        )
    }

    /// The end of a sentence that tells which profiles there are.
    pub(super) fn told_names(&self) -> String {
        let names: Vec<_> = self.names().iter().map(|name| quoted(name)).collect();
        match names.as_slice() {
            [] => "there is none in the file, add [profiles.NAME]".into(),
            names => format!("there are {}", names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str, wanted: Option<&str>) -> (String, usize, Vec<String>) {
        let document = Document::parse("f", text).unwrap();
        let mut complaints = Vec::new();
        let chosen = document.choose(wanted, &mut complaints);
        let told = complaints
            .into_iter()
            .map(|(origin, key, message)| format!("{origin} {key} {message}"))
            .collect();
        (chosen.name, chosen.layers.len(), told)
    }

    #[test]
    fn profiles_are_chosen_with_their_ancestors() {
        let text = "default-profile = 'b'\n[profiles.a]\n[profiles.b]\ninherits = 'a'";
        assert_eq!(choose(text, None), ("b".into(), 2, vec![]));
        assert_eq!(choose(text, Some("a")), ("a".into(), 1, vec![]));
        assert_eq!(choose("[profiles.only]", None), ("only".into(), 1, vec![]));
        assert_eq!(
            choose("profiles.a = {}", Some("a")),
            ("a".into(), 1, vec![])
        );
    }

    #[test]
    fn mistakes_have_their_line() {
        for (text, wanted, expected) in [
            (
                "",
                None,
                "default profile No profile is chosen. Name one; there is none",
            ),
            (
                "[profiles.live]",
                Some("lve"),
                "default profile There is no profile `lve`. Did you mean `live`?",
            ),
            (
                "[profiles.a]\n[profiles.b]",
                None,
                "default profile No profile is chosen. Name one; there are `a`, `b`.",
            ),
            (
                "\ndefault-profile = 3",
                None,
                "f:2 default-profile Expected the name of a profile",
            ),
            (
                "default-profile = 'x'\n[profiles.a]",
                None,
                "f:1 default-profile There is no profile `x`.",
            ),
            (
                "[profiles.a]\ninherits = 'c'",
                None,
                "f:2 inherits There is no profile `c`.",
            ),
            (
                "[profiles.a]\ninherits = 3",
                None,
                "f:2 inherits Expected the name of a profile",
            ),
            (
                "[profiles.a]\ninherits = 'a'",
                None,
                "f:2 inherits Profiles inherit in a loop: a → a.",
            ),
            (
                "profiles = 3",
                Some("a"),
                "f:1  Found integer, expected tables",
            ),
            (
                "profiles.a = 3",
                Some("a"),
                "default profile Expected profile `a` to be a table.",
            ),
            (
                "tps = 3\n[profiles.a]",
                None,
                "f:1  There is no setting `tps` outside of a profile.",
            ),
            (
                "[profile.a]\n[profiles.a]",
                None,
                "f:1  There is no setting `profile` outside of a profile. Did you mean `profiles`?",
            ),
        ] {
            let (_, _, told) = choose(text, wanted);
            assert!(told[0].starts_with(expected), "{text}: {told:?}");
        }
    }

    #[test]
    fn broken_syntax_is_one_problem_with_its_line() {
        let problem = Document::parse("f", "a = 1\nb = = 2\n").unwrap_err();
        assert_eq!(problem.place.as_deref(), Some("f:2"));
        assert!(
            problem.message.starts_with("This is not TOML: "),
            "{problem}"
        );
    }
}
