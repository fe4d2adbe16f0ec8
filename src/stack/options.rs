//! What a stack is started with.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::{BundledConfig, Profile, StackConfig};

/// What a stack is started with.
#[derive(Clone, Debug)]
pub struct StackOptions {
    /// The profile's settings of the stack.
    pub stack: StackConfig,
    /// Its settings of the bundled service, which hold for the instances.
    pub bundled: BundledConfig,
    /// How many instances there are at the beginning.
    pub instances: u32,
    /// The most instances that there can be.
    pub max: u32,
    /// How long an instance may take to finish what it has begun.
    pub drain: Duration,
    /// Whether its policy changes the number of instances by itself.
    pub autoscaled: bool,
    /// The header in which an instance tells its incarnation.
    pub incarnation_header: String,
    /// The program that is called with `instance` for each instance of the
    /// bundled service: this one.
    pub program: PathBuf,
    /// The folder of the stack; without it, one that is removed in the end.
    pub folder: Option<PathBuf>,
}

impl StackOptions {
    /// The options of `profile`, with `instances` at the beginning and this
    /// program as the one that knows the bundled service.
    pub fn of(profile: &Profile, instances: u32) -> Self {
        Self {
            stack: profile.stack.clone(),
            bundled: profile.bundled.clone(),
            instances,
            max: profile.scaling.max,
            autoscaled: false,
            drain: profile.scaling.drain,
            incarnation_header: profile.instance.incarnation_header.clone(),
            // Without it, the first instance tells that it cannot be started.
            program: std::env::current_exe().unwrap_or_default(),
            folder: None,
        }
    }

    /// Whether the balancer keeps a client on its instance.
    pub(super) fn sticky(&self) -> bool {
        let needed = || {
            self.bundled
                .defects
                .iter()
                .any(|own| own == "local-sessions")
        };
        self.stack.sticky.unwrap_or_else(needed)
    }

    /// How an instance is started, with the placeholders still in it.
    pub(super) fn command(&self) -> Vec<String> {
        if !self.stack.command.is_empty() {
            return self.stack.command.clone();
        }
        let mut command = vec![self.program.display().to_string()];
        let work = humantime::format_duration(self.bundled.work).to_string();
        let drain = humantime::format_duration(self.drain).to_string();
        let pairs = [
            ("--name", "{name}"),
            ("--incarnation", "{incarnation}"),
            ("--port", "{port}"),
            ("--sessions", "{redis}"),
            ("--database", "{postgres}"),
            ("--work", &work),
            ("--drain", &drain),
        ];
        command.push("instance".to_owned());
        command.extend(
            pairs
                .into_iter()
                .flat_map(|(key, value)| [key.to_owned(), value.to_owned()]),
        );
        for defect in &self.bundled.defects {
            command.extend(["--defect".to_owned(), defect.clone()]);
        }
        for condition in &self.bundled.conditions {
            command.extend(["--condition".to_owned(), condition.clone()]);
        }
        command
    }

    /// Whether the instances are those of the bundled service, which say in
    /// each answer who they are.
    pub(super) fn is_bundled(&self) -> bool {
        self.stack.command.is_empty()
    }
}
