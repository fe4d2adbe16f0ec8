//! How the service under test is scaled.

mod command;
mod docker;
mod kubernetes;
mod webhook;

use std::fmt;
use std::time::Duration;

use super::element::{Count, Element};
use super::nearest::one_of;
use super::reader::Reader;

pub use command::CommandConfig;
pub use docker::DockerConfig;
pub use kubernetes::KubernetesConfig;
pub use webhook::WebhookConfig;

/// Who changes the number of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScaledBy {
    /// Whoever started the service: the bundled one and the stack can be scaled
    /// by themselves, a service at a URL cannot.
    Itself,
    /// A program that speaks the contract for commands.
    Command,
    /// An address that speaks the same contract.
    Webhook,
    /// A Docker engine, or a service of its swarm.
    Docker,
    /// A Kubernetes cluster.
    Kubernetes,
}

const NAMES: [(&str, ScaledBy); 5] = [
    ("itself", ScaledBy::Itself),
    ("command", ScaledBy::Command),
    ("webhook", ScaledBy::Webhook),
    ("docker", ScaledBy::Docker),
    ("kubernetes", ScaledBy::Kubernetes),
];

impl fmt::Display for ScaledBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, by)| by == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
}

impl Element for ScaledBy {
    const EXPECTED: &'static str =
        "\"itself\", \"command\", \"webhook\", \"docker\" or \"kubernetes\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(text, &NAMES)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// How the service is scaled, and what nobody may exceed.
#[derive(Clone, Debug)]
pub struct ScalingConfig {
    /// Who does it.
    pub by: ScaledBy,
    /// The most instances that may be asked for.
    pub max: u32,
    /// The most instances that may be killed or hung at once.
    pub max_kill: u32,
    /// How long a number of instances has to be held to be steady.
    pub hold: Duration,
    /// How long an event may take until the service is steady again.
    pub deadline: Duration,
    /// How long an instance may take to finish what it has begun.
    pub drain: Duration,
    /// The contract as a command.
    pub command: CommandConfig,
    /// The contract over HTTP.
    pub webhook: WebhookConfig,
    /// Containers.
    pub docker: DockerConfig,
    /// Pods.
    pub kubernetes: KubernetesConfig,
}

impl ScalingConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let scaling = Self {
            by: reader.value("scaling.by", ScaledBy::Itself),
            max: reader.value("scaling.max", Count(20)).0,
            max_kill: reader.value("scaling.max-kill", Count(20)).0,
            hold: reader.value("scaling.hold", Duration::from_secs(1)),
            deadline: reader.value("scaling.deadline", Duration::from_mins(1)),
            drain: reader.value("scaling.drain", Duration::from_secs(10)),
            command: CommandConfig::read(reader),
            webhook: WebhookConfig::read(reader),
            docker: DockerConfig::read(reader),
            kubernetes: KubernetesConfig::read(reader),
        };
        scaling.require(reader);
        scaling
    }

    /// Whoever scales has to be named.
    fn require(&self, reader: &mut Reader<'_>) {
        let missing = match self.by {
            ScaledBy::Command if self.command.run.is_empty() => {
                "Name the program: `scaling.command.run = [\"./scale.sh\"]`."
            }
            ScaledBy::Webhook if self.webhook.url.is_none() => {
                "Name the address: `scaling.webhook.url = \"https://...\"`."
            }
            _ => return,
        };
        reader.problem(
            reader.origin("scaling.by"),
            "scaling.by",
            missing.to_owned(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{problems, profile};
    use super::*;

    #[test]
    fn nobody_scales_but_the_service_itself_unless_told() {
        let scaling = profile("").scaling;
        assert_eq!(scaling.by, ScaledBy::Itself);
        assert_eq!(scaling.hold, Duration::from_secs(1));
        let scaling = profile("scaling.by = 'docker'").scaling;
        assert_eq!(scaling.by, ScaledBy::Docker);
        assert!(problems("scaling.by = 'dokcer'")[0].contains("Did you mean `docker`?"));
    }
}
