//! The stack: the service as processes of its own, with real stores behind it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::autoscale::AutoscaleConfig;
use super::element::Element;
use super::nearest::one_of;
use super::reader::Reader;

/// What can stand behind the instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StackPart {
    /// Redis, for sessions.
    Redis,
    /// PostgreSQL, for everything else.
    Postgres,
}

const NAMES: [(&str, StackPart); 2] = [
    ("redis", StackPart::Redis),
    ("postgres", StackPart::Postgres),
];

impl fmt::Display for StackPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redis => "redis",
            Self::Postgres => "postgres",
        })
    }
}

impl Element for StackPart {
    const EXPECTED: &'static str = "\"redis\" or \"postgres\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(text, &NAMES)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// How a stack is started. How many instances there are at the beginning, what
/// is planted in them and how long they work on a request is told by
/// [`BundledConfig`](super::BundledConfig).
#[derive(Clone, Debug)]
pub struct StackConfig {
    /// The folder of a stack that is already up. Without it, each campaign
    /// starts one of its own.
    pub data: Option<PathBuf>,
    /// What stands behind the instances.
    pub parts: Vec<StackPart>,
    /// How an instance is started, with `{port}`, `{name}`, `{incarnation}`,
    /// `{redis}` and `{postgres}` in its arguments. Empty: the bundled service.
    pub command: Vec<String>,
    /// The path that an instance answers with a 2xx status once it can serve.
    pub health: String,
    /// Whether the balancer keeps a client on its instance; without an answer,
    /// only where the planted defects need it.
    pub sticky: Option<bool>,
    /// Whether Redis writes what it holds to disk.
    pub redis_persistence: bool,
    /// Whether instances that are lost are replaced.
    pub replace_lost: bool,
    /// How long a part or an instance may take to start.
    pub start_limit: Duration,
    /// How it scales itself, where that is asked for.
    pub autoscale: AutoscaleConfig,
}

impl StackConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let config = Self {
            data: reader.path("stack.data"),
            parts: reader.list("stack.parts", vec![StackPart::Redis, StackPart::Postgres]),
            command: reader.list("stack.command", Vec::new()),
            health: reader.value("stack.health", "/health".to_owned()),
            sticky: reader.optional("stack.sticky"),
            redis_persistence: reader.value("stack.redis-persistence", false),
            replace_lost: reader.value("stack.replace-lost", true),
            start_limit: reader.value("stack.start-limit", Duration::from_secs(30)),
            autoscale: AutoscaleConfig::read(reader, "stack.autoscale"),
        };
        if !config.health.starts_with('/') {
            let origin = reader.origin("stack.health");
            let message = "Expected a path that begins with `/`, such as \"/health\".";
            reader.problem(origin, "stack.health", message.to_owned());
        }
        if !config.command.is_empty() && !config.command.iter().any(|own| own.contains("{port}")) {
            let origin = reader.origin("stack.command");
            let message = "No argument holds `{port}`, so an instance would not know where to \
                           listen. Write, for example, [\"./server\", \"--port\", \"{port}\"].";
            reader.problem(origin, "stack.command", message.to_owned());
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{problems, profile};
    use super::*;

    #[test]
    fn the_stack_has_defaults() {
        let stack = profile("").stack;
        assert_eq!(stack.parts, [StackPart::Redis, StackPart::Postgres]);
        assert_eq!(stack.health, "/health");
        assert!(stack.command.is_empty() && stack.data.is_none());
        assert!(stack.replace_lost && !stack.redis_persistence);
    }

    #[test]
    fn a_command_has_to_take_a_port() {
        assert!(problems("stack.command = ['./server']")[0].contains("`{port}`"));
        let stack = profile("stack.command = ['./server', '--port={port}']").stack;
        assert_eq!(stack.command.len(), 2);
        assert!(problems("stack.parts = ['postgre']")[0].contains("Did you mean `postgres`?"));
        assert!(problems("stack.health = 'health'")[0].contains("begins with `/`"));
    }
}
