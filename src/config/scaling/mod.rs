//! How the service under test is scaled.

mod command;
mod docker;
mod kubernetes;
mod pattern;
mod webhook;

use std::fmt;
use std::time::Duration;

use super::element::{Count, Element};
use super::nearest::one_of;
use super::provoke::Share;
use super::reader::Reader;

pub use command::CommandConfig;
pub use docker::{Containers, DockerConfig};
pub use kubernetes::{KubernetesConfig, Workload};
pub use pattern::Pattern;
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
    /// Whether a service of others may be scaled, by the profile.
    pub allow: bool,
    /// The same, by who starts the run; no profile says it.
    pub allowed_now: bool,
    /// The share of errors, in percent, above which the load is stopped.
    pub abort_above: Option<f64>,
    /// Over which time errors are counted for that.
    pub abort_window: Duration,
    /// Events for scenarios that have none of their own, in words such as
    /// `kill 1 after 10s`.
    pub events: Vec<String>,
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
            allow: reader.value("scaling.allow", false),
            allowed_now: false,
            abort_above: reader
                .optional("scaling.abort-above")
                .map(|Share(percent)| percent),
            abort_window: reader.value("scaling.abort-window", Duration::from_secs(5)),
            events: reader.list("scaling.events", Vec::new()),
            command: CommandConfig::read(reader),
            webhook: WebhookConfig::read(reader),
            docker: DockerConfig::read(reader),
            kubernetes: KubernetesConfig::read(reader),
        };
        scaling.check(reader);
        scaling
    }

    /// Tells what is missing for the one who is to scale the service.
    fn check(&self, reader: &mut Reader<'_>) {
        let missing = match self.by {
            ScaledBy::Command if self.command.run.is_empty() => {
                "Name the program: `scaling.command.run = [\"./scale.sh\"]`."
            }
            ScaledBy::Webhook if self.webhook.url.is_none() => {
                "Name the address: `scaling.webhook.url = \"https://...\"`."
            }
            ScaledBy::Docker if !cfg!(feature = "docker") => {
                return not_built_in(reader, "docker");
            }
            ScaledBy::Kubernetes if !cfg!(feature = "kubernetes") => {
                return not_built_in(reader, "kubernetes");
            }
            ScaledBy::Docker => return self.docker.check(reader),
            ScaledBy::Kubernetes => return self.kubernetes.check(reader),
            ScaledBy::Itself | ScaledBy::Command | ScaledBy::Webhook => return,
        };
        reader.problem(
            reader.origin("scaling.by"),
            "scaling.by",
            missing.to_owned(),
        );
    }
}

/// Tells how to get a program that has `feature`.
fn not_built_in(reader: &mut Reader<'_>, feature: &str) {
    let message = format!(
        "This fpt was built without `{feature}`. Build it with: \
         cargo install fpt --features {feature}"
    );
    reader.problem(reader.origin("scaling.by"), "scaling.by", message);
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
        let scaling =
            profile("scaling.by = 'command'\nscaling.command.run = ['./scale.sh']").scaling;
        assert_eq!(scaling.by, ScaledBy::Command);
        assert!(!scaling.allow && scaling.abort_above.is_none() && scaling.events.is_empty());
        let text =
            "scaling.abort-above = 50\nscaling.events = ['kill 1 after 10s', 'no-op after 20s']";
        let scaling = profile(text).scaling;
        assert_eq!(scaling.abort_above, Some(50.0));
        assert_eq!(scaling.events.len(), 2);
        assert!(problems("scaling.by = 'dokcer'")[0].contains("Did you mean `docker`?"));
    }

    #[test]
    fn what_is_not_built_in_is_told_with_what_to_do() {
        for (feature, built_in, asked) in [
            (
                "docker",
                cfg!(feature = "docker"),
                "which containers are the instances?",
            ),
            (
                "kubernetes",
                cfg!(feature = "kubernetes"),
                "whose pods are the instances?",
            ),
        ] {
            let problem = &problems(&format!("scaling.by = '{feature}'"))[0];
            if built_in {
                assert!(problem.contains(asked), "{problem}");
            } else {
                let build = format!("cargo install fpt --features {feature}");
                assert!(problem.contains(&build), "{problem}");
            }
        }
    }
}
