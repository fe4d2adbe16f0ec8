//! Scaling by a program of one's own.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::super::duration::Span;
use super::super::element::Element;
use super::super::reader::Reader;

/// A program that scales the service.
#[derive(Clone)]
pub struct CommandConfig {
    /// The program and its arguments; no shell is involved.
    pub run: Vec<String>,
    /// How long one answer may take.
    pub timeout: Duration,
    /// The shortest time between two looks at the instances.
    pub interval: Duration,
    /// What is scaled, in the program's own words, if it knows several things.
    pub group: Option<String>,
    /// Variables that the program gets besides those of fpt. Values may be
    /// secrets.
    pub environment: Vec<(String, String)>,
}

impl Default for CommandConfig {
    fn default() -> Self {
        Self {
            run: Vec::new(),
            timeout: Duration::from_secs(30),
            interval: Duration::from_millis(250),
            group: None,
            environment: Vec::new(),
        }
    }
}

impl CommandConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let usual = Self::default();
        Self {
            run: reader.list("scaling.command.run", usual.run),
            timeout: reader
                .value("scaling.command.timeout", Span(usual.timeout))
                .0,
            interval: reader.value("scaling.command.interval", usual.interval),
            group: reader.optional("scaling.command.group"),
            environment: environment(reader),
        }
    }
}

fn environment(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let mut variables = BTreeMap::new();
    for name in reader.below("scaling.command.environment") {
        let key = format!("scaling.command.environment.{name}");
        let Some(Variable(value)) = reader.optional(&key) else {
            continue;
        };
        if name.is_empty() || name.contains(['=', '\0']) {
            let message = "This cannot be the name of a variable. Choose another one.";
            reader.problem(reader.origin(&key), &key, message.to_owned());
        }
        variables.insert(name, value);
    }
    variables.into_iter().collect()
}

/// Shows the names of the variables only.
impl fmt::Debug for CommandConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        f.debug_struct("CommandConfig")
            .field("run", &self.run)
            .field("timeout", &self.timeout)
            .field("interval", &self.interval)
            .field("group", &self.group)
            .field("environment", &names)
            .finish()
    }
}

/// The value of a variable: maybe a secret, so neither quoted nor shown.
struct Variable(String);

impl Element for Variable {
    const EXPECTED: &'static str = "the value of a variable";
    const INTERPOLATED: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        if text.contains('\0') {
            return Err(format!("Expected {}.", Self::EXPECTED));
        }
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        "(set, not shown)".into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{load, problems, profile};

    #[test]
    fn commands_have_defaults() {
        let command = profile("").scaling.command;
        assert!(command.run.is_empty() && command.group.is_none());
        assert_eq!(command.timeout.as_secs(), 30);
        assert_eq!(command.interval.as_millis(), 250);
    }

    #[test]
    fn variables_are_secrets() {
        let text = "[profiles.a.scaling.command]\nrun = ['./scale.sh', '--fast']\ngroup = 'web'\n\
                    [profiles.a.scaling.command.environment]\nTOKEN = 'Bearer ${SECRET}'";
        let profile = load(text, None, &[("SECRET", "hush")], &[]).unwrap();
        let command = &profile.scaling.command;
        assert_eq!(command.run, ["./scale.sh", "--fast"]);
        assert_eq!(command.group.as_deref(), Some("web"));
        assert_eq!(
            command.environment,
            [("TOKEN".to_owned(), "Bearer hush".to_owned())]
        );
        assert!(!format!("{profile:?} {:?}", profile.describe()).contains("hush"));
    }

    #[test]
    fn a_command_has_to_be_named() {
        let told = problems("scaling.by = 'command'");
        assert!(
            told.len() == 1 && told[0].contains("Name the program: `scaling.command.run"),
            "{told:?}"
        );
    }
}
